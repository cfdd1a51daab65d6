//! What a network and a busy AWS do to an operation: nothing is made twice, nothing is left, and a failure at any
//! call is told and mended by the next deploy.

mod common;

use std::collections::BTreeSet;

use common::{Ended, SEED, Shipyard, cruddur, shape};
use topology::node::{NodeId, NodeKind};
use topology::observation::MADE;
use topology::operation::Outcome;
use topology::view::Request;

/// The calls that change something, as `service:Operation`.
fn writes(yard: &Shipyard) -> BTreeSet<String> {
    let reads = ["Describe", "List", "Get", "BatchGet", "Simulate"];
    let calls = yard.sandbox.calls().into_iter();
    calls
        .filter(|(_, operation, _)| !reads.iter().any(|read| operation.starts_with(read)))
        .map(|(service, operation, _)| format!("{service}:{operation}"))
        .collect()
}

fn rehearse(yard: &Shipyard, rules: &[&str]) {
    for rule in rules {
        yard.sandbox.rehearse(rule.parse().unwrap_or_else(|error| panic!("{error}")));
    }
}

async fn deploys_and_goes_under(rules: &[&str]) {
    let calm = Shipyard::new().await;
    calm.deploy(SEED).await.expect_done();
    let expected = shape(&calm.look().await);

    let yard = Shipyard::new().await;
    rehearse(&yard, rules);
    yard.deploy(SEED).await.expect_done();
    yard.sandbox.calm();
    assert_eq!(shape(&yard.look().await), expected);
    assert!(yard.plan(&Request::Deploy { file: SEED.into() }).await.is_empty());

    rehearse(&yard, rules);
    let receipt = yard.tear_down(true).await.expect_done().receipt.expect("a receipt");
    assert!(receipt.left.is_empty() && receipt.kept.is_empty(), "{receipt:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fifth_of_the_calls_throttled_costs_time_only() {
    deploys_and_goes_under(&["throttle 20%"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn server_errors_cost_time_only() {
    deploys_and_goes_under(&["error 10%"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_lost_after_the_work_was_done_double_nothing() {
    deploys_and_goes_under(&["drop 10%"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_cut_and_slow_answers_cost_time_only() {
    deploys_and_goes_under(&["cut 10%", "slow=0.2 10%"]).await;
}

/// Every call that changes something is refused once; the failure is told, and the next run mends it.
#[tokio::test(flavor = "multi_thread")]
async fn a_deploy_that_fails_at_any_call_tells_and_is_mended_by_the_next() {
    let calm = Shipyard::new().await;
    calm.deploy(SEED).await.expect_done();
    let expected = shape(&calm.look().await);
    for call in writes(&calm) {
        let yard = Shipyard::new().await;
        rehearse(&yard, &[&format!("refuse=AccessDenied {call}")]);
        let ended = yard.deploy(SEED).await;
        assert_told(&ended, &call);
        yard.sandbox.calm();
        yard.deploy(SEED).await.expect_done();
        assert_eq!(shape(&yard.look().await), expected, "after `{call}` was refused");
        yard.sandbox.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tear_down_that_fails_at_any_call_names_what_is_left_and_is_mended_by_the_next() {
    let calm = Shipyard::new().await;
    calm.deploy(SEED).await.expect_done();
    let before = writes(&calm);
    calm.tear_down(true).await.expect_done();
    for call in writes(&calm).difference(&before) {
        let yard = Shipyard::new().await;
        yard.deploy(SEED).await.expect_done();
        rehearse(&yard, &[&format!("refuse=AccessDenied {call}")]);
        let ended = yard.tear_down(true).await;
        assert_told(&ended, call);
        let receipt = ended.receipt.expect("a receipt");
        assert!(!receipt.left.is_empty(), "`{call}` was refused, and the receipt names nothing");
        yard.sandbox.calm();
        let receipt = yard.tear_down(true).await.expect_done().receipt.expect("a receipt");
        assert!(receipt.left.is_empty() && receipt.kept.is_empty(), "after `{call}`: {receipt:?}");
        yard.sandbox.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tear_down_after_which_nobody_can_look_ends_and_says_that_nothing_is_proven() {
    let yard = Shipyard::new().await;
    yard.deploy(SEED).await.expect_done();
    let plan = yard.plan(&Request::TearDown { stack: cruddur(), delete_zone: true }).await;
    rehearse(&yard, &["refuse=AccessDenied ecr:DescribeRepositories"]);
    let ended = yard.apply(&plan).await;
    assert_eq!(ended.outcome, Outcome::Failed(Vec::new()), "{}", ended.story());
    let why = ended.receipt.and_then(|receipt| receipt.unproven).expect("a reason");
    assert!(why.contains("list the repositories"), "{why}");
    // The next operation is not told that one runs.
    yard.sandbox.calm();
    yard.deploy(SEED).await.expect_done();
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_expire_in_the_middle_are_told_and_the_next_deploy_goes_on() {
    let yard = Shipyard::new().await;
    rehearse(&yard, &["refuse=ExpiredTokenException after=60"]);
    let ended = yard.deploy(SEED).await;
    assert!(matches!(ended.outcome, Outcome::Failed(_)), "{}", ended.story());
    assert!(ended.story().contains("Sign in to AWS again"), "{}", ended.story());
    yard.sandbox.calm();
    yard.deploy(SEED).await.expect_done();
    assert!(yard.plan(&Request::Deploy { file: SEED.into() }).await.is_empty());
}

/// An operation that met a refusal fails, and its failures carry AWS's own code.
#[track_caller]
fn assert_told(ended: &Ended, call: &str) {
    assert!(matches!(ended.outcome, Outcome::Failed(_)), "`{call}` was refused: {}", ended.story());
    assert!(ended.story().contains("AccessDenied"), "`{call}` was refused: {}", ended.story());
}

/// A tear down by somebody else: what stood in a list is gone when its tags are asked for.
#[tokio::test(flavor = "multi_thread")]
async fn what_goes_while_it_is_looked_at_makes_the_look_begin_anew() {
    let yard = Shipyard::new().await;
    yard.deploy(SEED).await.expect_done();
    let vanished = [
        "LoadBalancerNotFound elasticloadbalancing:DescribeTags",
        "NoSuchHostedZone route53:ListTagsForResources",
    ];
    let rules = vanished.map(|what| format!("refuse={what} times=1"));
    rehearse(&yard, &rules.each_ref().map(String::as_str));
    assert_eq!(yard.engine.stacks().await.expect("it looks again").len(), 1);
    assert!(yard.plan(&Request::Deploy { file: SEED.into() }).await.is_empty());
}

/// A hosted zone takes its tags in a second call.
#[tokio::test(flavor = "multi_thread")]
async fn a_zone_whose_tags_never_came_is_known_as_made_by_slipway() {
    let yard = Shipyard::new().await;
    rehearse(&yard, &["refuse=AccessDenied route53:ChangeTagsForResource"]);
    assert!(matches!(yard.deploy(SEED).await.outcome, Outcome::Failed(_)));
    yard.sandbox.calm();
    yard.deploy(SEED).await.expect_done();
    let zone = NodeId::only(NodeKind::HostedZone);
    assert!(yard.look().await.found[&zone].facts.contains_key(MADE));
}
