//! What somebody does to a stack by other means: it is noticed, told by name, and set right by the next deploy.

#[path = "../common/mod.rs"]
mod common;
mod in_full;
mod other_definition;
mod scheduled;

use std::collections::BTreeMap;

use common::{SEED, Shipyard, cruddur};
use topology::drift::Drift;
use topology::node::{NodeId, NodeKind};
use topology::plan::Plan;
use topology::view::Request;

/// Scales a service, edits a health check, deletes a rule.
async fn meddle(yard: &Shipyard) {
    let found = yard.look().await.found;
    let sdk = yard.sdk().await;
    let ecs = aws_sdk_ecs::Client::new(&sdk);
    let scale = ecs.update_service().cluster("cruddur").service("cruddur-backend").desired_count(3);
    scale.send().await.expect("it is scaled");
    let elb = aws_sdk_elasticloadbalancingv2::Client::new(&sdk);
    let group = &found[&target_group()].aws_id;
    elb.modify_target_group()
        .target_group_arn(group)
        .health_check_path("/ping")
        .send()
        .await
        .expect("it is edited");
    elb.delete_rule().rule_arn(&found[&rule()].aws_id).send().await.expect("it is deleted");
}

/// What the stack's page says of each part that was changed.
async fn told(yard: &Shipyard) -> BTreeMap<NodeId, String> {
    let drift = yard.engine.stack(&cruddur()).await.expect("it is there").drift;
    drift.iter().map(|(id, drift)| (id.clone(), drift.sentences().join(" "))).collect()
}

/// The reasons of a plan for the seed stack, by a look at every part in full.
async fn plan_in_full(yard: &Shipyard, file: &str) -> (Plan, BTreeMap<NodeId, String>) {
    let request = Request::Deploy { file: file.to_owned() };
    let plan = yard.engine.plan_in_full(&request).await.unwrap_or_else(|error| panic!("{error}"));
    let work = plan.work().map(|change| (change.id.clone(), plan.why(change))).collect();
    (plan, work)
}

async fn assert_nothing_is_to_do(yard: &Shipyard, file: &str) {
    let (_, work) = plan_in_full(yard, file).await;
    assert_eq!(work, BTreeMap::new());
    yard.look().await;
    assert_eq!(told(yard).await, BTreeMap::new());
}

/// What has been told by now.
fn heard(attention: &mut engine::Attention) -> Option<topology::stack::StackName> {
    use futures::FutureExt as _;
    attention.changed().now_or_never().flatten()
}

fn backend() -> NodeId {
    NodeId::part(NodeKind::Service, "backend")
}

fn target_group() -> NodeId {
    NodeId::part(NodeKind::TargetGroup, "backend")
}

fn rule() -> NodeId {
    NodeId::part(NodeKind::Rule, "backend")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_by_other_means_is_noticed_named_and_set_right() {
    let yard = Shipyard::new().await;
    yard.deploy(SEED).await.expect_done();
    yard.look().await;
    assert!(yard.engine.stack(&cruddur()).await.expect("it is there").drift.is_empty());
    let mut attention = yard.engine.attend(Some(cruddur()));
    yard.engine.look_around().await;
    assert_eq!(heard(&mut attention), None, "nothing was changed");

    meddle(&yard).await;
    yard.engine.look_around().await;
    assert_eq!(heard(&mut attention), Some(cruddur()));
    let drift = yard.engine.stack(&cruddur()).await.expect("it is there").drift;
    let listed = yard.engine.stacks().await.expect("the list");
    assert_eq!(listed.iter().map(|stack| stack.drifted).collect::<Vec<_>>(), [drift.len()]);
    let told = |id: &NodeId| drift.get(id).map(Drift::sentences).unwrap_or_default().join(" ");
    assert!(told(&backend()).contains("the number of tasks is `3`; the stack file says `1`"), "{drift:?}");
    assert!(told(&target_group()).contains("`/ping`; the stack file says `/api/health-check`"), "{drift:?}");
    assert_eq!(drift.get(&rule()), Some(&Drift::Missing));
    assert_eq!(drift.len(), 3, "{drift:?}");

    // The tasks that were asked for come up one by one; then there is nothing more to tell.
    loop {
        yard.engine.look_around().await;
        if heard(&mut attention).is_none() {
            break;
        }
    }
    yard.deploy(SEED).await.expect_done();
    assert!(yard.engine.stack(&cruddur()).await.expect("it is there").drift.is_empty());
    assert!(yard.plan(&Request::Deploy { file: SEED.into() }).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_look_disturbs_an_operation() {
    let yard = Shipyard::new().await;
    yard.deploy(SEED).await.expect_done();
    yard.look().await;
    let mut attention = yard.engine.attend(Some(cruddur()));
    let plan = yard.plan(&Request::Level { stack: cruddur(), level: topology::stack::Level::Sleep }).await;
    let operation = yard.engine.apply(&plan.id, engine::Patience::Healthy).await.expect("it starts");
    yard.engine.look_around().await;
    assert_eq!(heard(&mut attention), None, "events tell what {operation} does");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_looks_at_what_nobody_attends_to() {
    let yard = Shipyard::new().await;
    yard.deploy(SEED).await.expect_done();
    let attention = yard.engine.attend(Some(cruddur()));
    let calls = yard.engine.calls();
    yard.engine.look_around().await;
    assert!(yard.engine.calls() > calls);
    drop(attention);
    let calls = yard.engine.calls();
    yard.engine.look_around().await;
    assert_eq!(yard.engine.calls(), calls);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_deploy_is_no_drift_and_neither_is_a_stack_of_another_region() {
    let yard = Shipyard::new().await;
    yard.sandbox.rehearse("refuse=AccessDenied ecs:CreateService".parse().expect("a rule"));
    assert!(matches!(yard.deploy(SEED).await.outcome, topology::operation::Outcome::Failed(_)));
    yard.look().await;
    assert!(yard.engine.stack(&cruddur()).await.expect("it is there").drift.is_empty());

    let mut elsewhere = yard.look().await;
    assert!(!topology::drift::of(&elsewhere).is_empty(), "services are missing");
    elsewhere.region = topology::stack::Region::new("eu-west-1");
    assert!(topology::drift::of(&elsewhere).is_empty());
}
