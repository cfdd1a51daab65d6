//! The clock of the machine is set while an operation runs, and between two processes. Nothing is decided by it.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use common::{SEED, SPEED, Shipyard, cruddur, shape};
use engine::aws::Aws;
use engine::aws::connection::{Connection, Sandbox as Endpoint};
use engine::{Clock, Engine};
use topology::operation::{EventId, Outcome};
use topology::stack::{Level, Region};
use topology::view::Request;

const HOUR: u64 = 3_600_000;

/// Goes an hour back and a day forward by turns, each time that it is asked.
fn jumping() -> Clock {
    let asked = AtomicU64::new(0);
    Arc::new(move || match asked.fetch_add(1, Ordering::Relaxed) {
        even if even % 2 == 0 => 500_000 * HOUR - even * HOUR,
        odd => 500_000 * HOUR + odd * 24 * HOUR,
    })
}

fn stopped_at(time: u64) -> Clock {
    Arc::new(move || time)
}

/// Another process on the same AWS and the same journal.
async fn process(yard: &Shipyard, clock: Clock) -> Engine {
    let sandbox = Endpoint { endpoint: yard.sandbox.endpoint(), speed: SPEED, door: None };
    let connection = Connection { sandbox: Some(sandbox), region: Some(Region::new("us-east-1")) };
    let aws = Aws::connect(&connection).await.expect("the sandbox answers");
    Engine::by_clock(aws, yard.journal.clone(), "a test", clock)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_in_the_middle_of_a_life_changes_nothing_of_it() {
    let calm = Shipyard::new().await;
    calm.deploy(SEED).await.expect_done();
    let expected = shape(&calm.look().await);

    let mut yard = Shipyard::new().await;
    yard.engine = process(&yard, jumping()).await;
    let deployed = yard.deploy(SEED).await.expect_done();
    let ids: Vec<EventId> = deployed.events.iter().map(|event| event.id).collect();
    assert!(ids.is_sorted(), "{ids:?}");
    assert_eq!(shape(&yard.look().await), expected);
    assert!(yard.plan(&Request::Deploy { file: SEED.into() }).await.is_empty());
    yard.level(Level::Sleep).await.expect_done();
    assert_eq!(yard.engine.stack(&cruddur()).await.expect("a view").level, Some(Level::Sleep));
    let receipt = yard.tear_down(true).await.expect_done().receipt.expect("a receipt");
    assert!(receipt.left.is_empty(), "{receipt:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_process_did_is_seen_also_where_its_clock_is_behind() {
    let mut yard = Shipyard::new().await;
    yard.engine = process(&yard, stopped_at(500_000 * HOUR)).await;
    yard.deploy(SEED).await.expect_done();
    let first = yard.engine.clone();
    assert_eq!(first.stack(&cruddur()).await.expect("a view").level, Some(Level::Awake));

    yard.engine = process(&yard, stopped_at(400_000 * HOUR)).await;
    yard.level(Level::Doze).await.expect_done();
    let view = first.stack(&cruddur()).await.expect("a view");
    assert_eq!(view.level, Some(Level::Doze), "the first process shows what it had seen before");
    let last = view.operation.expect("an operation").operation;
    assert_eq!((last.to, last.outcome), (Level::Doze, Some(Outcome::Done)));
}
