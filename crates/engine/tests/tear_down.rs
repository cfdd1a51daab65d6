//! A tear down takes all of the stack along, and nothing else, with few calls.

mod common;

use std::collections::BTreeMap;

use common::{SEED, Shipyard, cruddur};
use topology::node::NodeKind;
use topology::operation::Outcome;

/// How often each operation of ECS was called.
type Counts = BTreeMap<String, u64>;

fn ecs_calls(yard: &Shipyard) -> Counts {
    let all = yard.sandbox.calls().into_iter();
    all.filter(|(service, _, _)| service == "ecs").map(|(_, operation, count)| (operation, count)).collect()
}

/// The seed stack with so many services more.
fn with_services(count: usize) -> String {
    let more = (0..count).map(|number| {
        format!(
            "\n[services.s{number}]\nhost = \"s{number}\"\nimage = \"s{number}:1\"\nport = 8080\ncpu = 256\nmemory = 512\n"
        )
    });
    format!("{SEED}{}", more.collect::<String>())
}

async fn families(yard: &Shipyard, status: &str) -> Vec<String> {
    let ecs = aws_sdk_ecs::Client::new(&yard.sdk().await);
    let listed = ecs.list_task_definitions().status(status.into()).send().await.expect("they are listed");
    let names = listed.task_definition_arns().iter().filter_map(|arn| arn.rsplit('/').next());
    names.map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_task_definitions_of_many_services_go_in_few_calls() {
    let yard = Shipyard::new().await;
    yard.deploy(&with_services(28)).await.expect_done();
    let before = ecs_calls(&yard);
    yard.tear_down(true).await.expect_done();
    let after = ecs_calls(&yard);
    let made = |operation: &str| {
        after.get(operation).copied().unwrap_or_default() - before.get(operation).copied().unwrap_or_default()
    };
    // Thirty families; how many calls depends on how many services end at the same time.
    assert_eq!(made("DeregisterTaskDefinition"), 30);
    assert!(made("DeleteTaskDefinitions") <= 12, "{} deletes", made("DeleteTaskDefinitions"));
    assert!(made("ListTaskDefinitions") <= 24, "{} lists", made("ListTaskDefinitions"));
    assert!(made("ListTasks") <= 12, "{} looks at tasks", made("ListTasks"));
    assert_eq!(made("DescribeTaskDefinition"), 0);
    assert_eq!(families(&yard, "ACTIVE").await, [""; 0]);
    assert_eq!(families(&yard, "INACTIVE").await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_deregistered_before_goes_too_and_a_family_whose_name_goes_on_stays() {
    let yard = Shipyard::new().await;
    yard.deploy(SEED).await.expect_done();
    yard.deploy(&SEED.replace("backend-flask:latest", "backend-flask:v2")).await.expect_done();
    let ecs = aws_sdk_ecs::Client::new(&yard.sdk().await);
    ecs.deregister_task_definition()
        .task_definition("cruddur-backend:1")
        .send()
        .await
        .expect("it is deregistered");
    let container = aws_sdk_ecs::types::ContainerDefinition::builder().name("one").image("docker.io/one:1");
    for family in ["cruddur-backend-old", "cruddur-backendery"] {
        let request = ecs.register_task_definition().family(family);
        request.container_definitions(container.clone().build()).send().await.expect("it is registered");
    }
    yard.tear_down(true).await.expect_done();
    assert_eq!(families(&yard, "ACTIVE").await, ["cruddur-backend-old:1", "cruddur-backendery:1"]);
    assert_eq!(families(&yard, "INACTIVE").await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_definition_that_a_tear_down_had_only_deregistered_goes_with_the_next() {
    let yard = Shipyard::new().await;
    yard.engine.save_draft(&cruddur(), SEED).await.expect("it is saved");
    yard.deploy(SEED).await.expect_done();
    yard.sandbox.rehearse("refuse=AccessDenied ecs:DeleteTaskDefinitions".parse().expect("a rule"));
    let ended = yard.tear_down(true).await;
    assert!(matches!(ended.outcome, Outcome::Failed(_)), "{}", ended.story());
    assert_eq!(families(&yard, "INACTIVE").await.len(), 2);
    let left = ended.receipt.expect("a tear down gives one").left;
    assert_eq!(left.iter().filter(|left| left.id.kind == NodeKind::TaskDefinition).count(), 2);

    yard.sandbox.calm();
    yard.tear_down(true).await.expect_done();
    assert_eq!(families(&yard, "INACTIVE").await, [""; 0]);
}
