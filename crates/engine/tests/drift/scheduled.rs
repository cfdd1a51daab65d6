//! What somebody does to a service that a schedule scales, and to the schedule.

use std::collections::BTreeMap;

use aws_sdk_applicationautoscaling::types::{ScalableDimension, ServiceNamespace};
use topology::node::{NodeId, NodeKind};
use topology::observation::Found;

use crate::common::{SEED, Shipyard};
use crate::{assert_nothing_is_to_do, backend, told};

fn schedule() -> NodeId {
    NodeId::part(NodeKind::Schedule, "backend")
}

/// The seed stack, whose services a schedule scales.
fn scheduled() -> String {
    let schedule = r#"{ timezone = "Europe/Berlin", awake = "Mon-Fri 09:00-18:00", otherwise = "doze" }"#;
    format!("{SEED}\n[uptime]\nschedule = {schedule}\n")
}

async fn scale(yard: &Shipyard, tasks: i32) {
    let ecs = aws_sdk_ecs::Client::new(&yard.sdk().await);
    let scale = ecs.update_service().cluster("cruddur").service("cruddur-backend").desired_count(tasks);
    scale.send().await.expect("it is scaled");
    yard.look().await;
}

async fn allow(yard: &Shipyard, least: i32, most: i32) {
    let scaling = aws_sdk_applicationautoscaling::Client::new(&yard.sdk().await);
    let register = scaling
        .register_scalable_target()
        .service_namespace(ServiceNamespace::Ecs)
        .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
        .resource_id("service/cruddur/cruddur-backend");
    register.min_capacity(least).max_capacity(most).send().await.expect("it is registered");
    yard.look().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scheduled_service_that_somebody_scales_is_set_back_to_what_its_schedule_allows() {
    let yard = Shipyard::new().await;
    yard.deploy(&scheduled()).await.expect_done();
    scale(&yard, 3).await;
    let seen = told(&yard).await;
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert!(seen[&backend()].contains("the number of tasks is `3`; the stack file says `1`"), "{seen:?}");
    yard.deploy(&scheduled()).await.expect_done();
    assert_nothing_is_to_do(&yard, &scheduled()).await;
    let tasks = |found: &Found| found.fields["tasks"].clone();
    assert_eq!(tasks(&yard.look().await.found[&backend()]), "1");

    // As its schedule lets it doze.
    allow(&yard, 0, 0).await;
    assert_eq!(told(&yard).await, BTreeMap::new());
    scale(&yard, 2).await;
    let seen = told(&yard).await;
    assert!(seen[&backend()].contains("the number of tasks is `2`; it should be `0`"), "{seen:?}");
    yard.deploy(&scheduled()).await.expect_done();
    assert_eq!(tasks(&yard.look().await.found[&backend()]), "0", "it dozes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_that_somebody_changed_is_seen_and_set_back() {
    let yard = Shipyard::new().await;
    yard.deploy(&scheduled()).await.expect_done();
    allow(&yard, 1, 5).await;
    let seen = told(&yard).await;
    let range = "the number of tasks that the schedule allows now is `1 to 5`; it should be `as scheduled`";
    assert!(seen[&schedule()].contains(range), "{seen:?}");
    let scaling = aws_sdk_applicationautoscaling::Client::new(&yard.sdk().await);
    let delete = scaling
        .delete_scheduled_action()
        .service_namespace(ServiceNamespace::Ecs)
        .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
        .resource_id("service/cruddur/cruddur-backend");
    delete.scheduled_action_name("doze").send().await.expect("it is deleted");
    yard.look().await;
    let seen = told(&yard).await;
    assert!(
        seen[&schedule()].contains("the time to doze is `never`; the stack file says `cron("),
        "{seen:?}"
    );
    yard.deploy(&scheduled()).await.expect_done();
    assert_nothing_is_to_do(&yard, &scheduled()).await;
}
