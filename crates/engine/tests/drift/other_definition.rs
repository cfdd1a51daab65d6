//! A service that somebody has given another task definition.

use aws_sdk_ecs::types::{Compatibility, ContainerDefinition, NetworkMode};
use topology::node::{NodeId, NodeKind};

use crate::common::{SEED, Shipyard};
use crate::{assert_nothing_is_to_do, backend, told};

fn definition() -> NodeId {
    NodeId::part(NodeKind::TaskDefinition, "backend")
}

/// A revision of `family` as the backend's own, but smaller and with a container more.
async fn register(yard: &Shipyard, family: &str) -> String {
    let ecs = aws_sdk_ecs::Client::new(&yard.sdk().await);
    let own =
        ecs.describe_task_definition().task_definition("cruddur-backend").send().await.expect("it is there");
    let own = own.task_definition.expect("a definition");
    let sidecar = ContainerDefinition::builder().name("sidecar").image("busybox:1").build();
    let containers = own.container_definitions().iter().cloned().chain([sidecar]);
    let register = ecs
        .register_task_definition()
        .family(family)
        .network_mode(NetworkMode::Awsvpc)
        .requires_compatibilities(Compatibility::Fargate)
        .cpu("256")
        .memory("512")
        .set_execution_role_arn(own.execution_role_arn.clone())
        .set_task_role_arn(own.task_role_arn.clone())
        .set_container_definitions(Some(containers.collect()));
    let registered = register.send().await.expect("it is registered").task_definition.expect("a definition");
    registered.task_definition_arn.expect("an ARN")
}

async fn give(yard: &Shipyard, definition: &str) {
    let ecs = aws_sdk_ecs::Client::new(&yard.sdk().await);
    let update =
        ecs.update_service().cluster("cruddur").service("cruddur-backend").task_definition(definition);
    update.send().await.expect("it is given");
    yard.look().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_somebody_gave_another_definition_is_told_and_given_ours_again() {
    let yard = Shipyard::new().await;
    yard.deploy(SEED).await.expect_done();
    // The first revision of another family has the number of ours.
    for (family, revision) in [("cruddur-backend", "cruddur-backend:2"), ("elsewhere", "elsewhere:1")] {
        give(&yard, &register(&yard, family).await).await;
        let seen = told(&yard).await;
        let service = format!("it runs the task definition `{revision}`, which Slipway did not ask for");
        assert!(seen[&backend()].contains(&service), "{seen:?}");
        assert!(seen[&definition()].contains("it has the container `sidecar` besides"), "{seen:?}");
        assert_eq!(
            seen[&definition()].contains("its family is `elsewhere`"),
            family == "elsewhere",
            "{seen:?}"
        );
        yard.deploy(SEED).await.expect_done();
        assert_nothing_is_to_do(&yard, SEED).await;
    }
    give(&yard, "elsewhere:1").await;
    yard.tear_down(true).await.expect_done();
    let ecs = aws_sdk_ecs::Client::new(&yard.sdk().await);
    let left =
        ecs.list_task_definitions().send().await.expect("a list").task_definition_arns.unwrap_or_default();
    assert!(left.iter().all(|arn| arn.ends_with("/elsewhere:1")) && left.len() == 1, "{left:?}");
}
