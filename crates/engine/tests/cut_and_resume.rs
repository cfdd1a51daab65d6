//! An operation is cut off at each entry of its journal and taken up by a new process: the end is the same.

mod common;

use std::time::Duration;

use common::{SEED, Shipyard, cruddur, shape};
use engine::{Journal, Patience};
use topology::operation::{Happened, Outcome};
use topology::stack::Level;
use topology::view::Request;

/// What can be under way when a process is killed, and what was done before.
#[derive(Clone, Copy, Debug)]
enum Job {
    Deploy,
    Change,
    Sleep,
    TearDown,
}

impl Job {
    async fn prepare(self, yard: &Shipyard) {
        // By its draft the stack is known also when AWS knows nothing of it any more.
        yard.engine.save_draft(&cruddur(), SEED).await.expect("it is saved");
        if !matches!(self, Job::Deploy) {
            yard.deploy(SEED).await.expect_done();
        }
    }

    fn request(self) -> Request {
        match self {
            Job::Deploy => Request::Deploy { file: SEED.into() },
            Job::Change => Request::Deploy {
                file: SEED
                    .replace("backend-flask:latest", "backend-flask:v2")
                    .replace("count  = 1", "count  = 2"),
            },
            Job::Sleep => Request::Level { stack: cruddur(), level: Level::Sleep },
            Job::TearDown => Request::TearDown { stack: cruddur(), delete_zone: true },
        }
    }
}

/// Cuts the journal before its `entry`th event of the job.
async fn cut_off(job: Job, entry: usize) -> Shipyard {
    let yard = Shipyard::new().await;
    job.prepare(&yard).await;
    let plan = yard.plan(&job.request()).await;
    yard.journal.break_before(entry);
    yard.engine.apply(&plan.id, Patience::Healthy).await.expect("it starts");
    // The run breaks off at the cut, and what was in flight is dropped with it.
    until(&format!("{job:?} breaks off at {entry}"), async || {
        !yard.engine.is_running(&cruddur()).await.expect("it answers")
    })
    .await;
    yard.journal.mend();
    yard
}

/// The same, starts anew, and waits for the end.
async fn cut_at(job: Job, entry: usize) -> Shipyard {
    let mut yard = cut_off(job, entry).await;
    yard.restart().await;
    yard.engine.resume().await.expect("it is taken up");
    until(&format!("{job:?} cut at {entry} ends"), async || ended(&yard).await.is_some()).await;
    assert_eq!(ended(&yard).await, Some(Outcome::Done), "{job:?} cut at {entry}");
    yard
}

async fn ended(yard: &Shipyard) -> Option<Outcome> {
    yard.journal.last_operation(&cruddur()).await.expect("it answers").and_then(|operation| operation.outcome)
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let patience = tokio::time::timeout(Duration::from_secs(120), async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    patience.await.unwrap_or_else(|_| panic!("it never came true that {what}"));
}

/// Runs the job undisturbed, then once for each entry, and compares what is on AWS.
async fn survives_every_cut(job: Job) {
    let undisturbed = Shipyard::new().await;
    job.prepare(&undisturbed).await;
    let before = undisturbed.journal.length();
    undisturbed.run(&job.request()).await.expect_done();
    let entries = undisturbed.journal.length() - before;
    let expected = shape(&undisturbed.look().await);
    for entry in 1..=entries {
        let yard = cut_at(job, entry).await;
        assert_eq!(shape(&yard.look().await), expected, "{job:?} cut at {entry} of {entries}");
        let again = yard.plan(&job.request()).await;
        assert!(
            again.is_empty(),
            "{job:?} cut at {entry}: {:?}",
            again.work().map(|change| &change.id).collect::<Vec<_>>()
        );
        yard.sandbox.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deploy_survives_a_cut_at_each_entry() {
    survives_every_cut(Job::Deploy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_survives_a_cut_at_each_entry() {
    survives_every_cut(Job::Change).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn going_to_sleep_survives_a_cut_at_each_entry() {
    survives_every_cut(Job::Sleep).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tear_down_survives_a_cut_at_each_entry() {
    survives_every_cut(Job::TearDown).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_that_was_cancelled_before_the_kill_does_not_go_on() {
    let mut yard = cut_off(Job::Deploy, 5).await;
    let operation = yard.journal.last_operation(&cruddur()).await.expect("it answers").expect("it began");
    let (stack, asked) = (cruddur(), Happened::CancelRequested);
    let noted = yard.journal.append(operation.started_at, &stack, &operation.id, &asked);
    noted.await.expect("it is noted");
    yard.restart().await;
    yard.engine.resume().await.expect("it is taken up");
    assert_eq!(ended(&yard).await, Some(Outcome::Cancelled));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_that_cannot_reach_aws_is_taken_up_once_it_can_and_can_be_cancelled_until_then() {
    let mut yard = cut_off(Job::Deploy, 5).await;
    yard.restart().await;
    yard.sandbox.rehearse("refuse=AccessDenied".parse().expect("a rule"));
    yard.engine.resume().await.expect("it waits");
    assert_eq!(ended(&yard).await, None);
    let operation = yard.journal.last_operation(&cruddur()).await.expect("it answers").expect("it began");
    yard.engine.cancel(&operation.id).await.expect("it can be cancelled");
    until("it ends", async || ended(&yard).await.is_some()).await;
    assert_eq!(ended(&yard).await, Some(Outcome::Cancelled));
}
