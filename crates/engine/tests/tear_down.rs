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

#[tokio::test(flavor = "multi_thread")]
async fn a_zone_that_was_kept_is_found_by_the_stacks_name_alone_and_can_still_go() {
    let mut yard = Shipyard::new().await;
    yard.deploy(SEED).await.expect_done();
    yard.tear_down(false).await.expect_done();
    assert!(yard.look().await.is_only_the_zone());

    // Neither a draft nor a history: another database.
    yard.forget().await;
    let stacks = yard.engine.stacks().await.expect("the list");
    assert_eq!(stacks.len(), 1);
    assert!(stacks[0].is_only_the_zone && stacks[0].level.is_none());
    assert_eq!((stacks[0].domain.as_str(), stacks[0].month_usd), ("cruddur-dw.com", Some(0.5)));
    let view = yard.engine.stack(&cruddur()).await.expect("the page");
    assert!(view.observation.expect("somebody looked").is_only_the_zone());

    let kept = yard.tear_down(false).await.expect_done().receipt.expect("a tear down gives one");
    assert_eq!(kept.kept.len(), 1, "{kept:?}");
    let gone = yard.tear_down(true).await.expect_done().receipt.expect("a tear down gives one");
    assert!(gone.left.is_empty() && gone.kept.is_empty(), "{gone:?}");
    assert_eq!(yard.engine.stacks().await.expect("the list").len(), 0);
    assert!(matches!(yard.engine.stack(&cruddur()).await, Err(engine::Error::NoSuchStack(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zone_that_was_kept_is_free_for_another_stack_and_then_no_longer_the_first_ones() {
    let yard = Shipyard::new().await;
    yard.deploy(SEED).await.expect_done();
    yard.tear_down(false).await.expect_done();
    let other = SEED.replace("name   = \"cruddur\"", "name   = \"crew\"");
    yard.deploy(&other).await.expect_done();
    let stacks = yard.engine.stacks().await.expect("the list");
    assert_eq!(stacks.iter().map(|stack| stack.name.as_str()).collect::<Vec<_>>(), ["crew"]);
    assert!(!stacks[0].is_only_the_zone);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zone_that_slipway_never_had_is_not_called_left_over() {
    let yard = Shipyard::new().await;
    let route53 = aws_sdk_route53::Client::new(&yard.sdk().await);
    let request = route53.create_hosted_zone().name("cruddur-dw.com").caller_reference("somebody");
    request.send().await.expect("it is made");
    yard.engine.save_draft(&cruddur(), SEED).await.expect("it is saved");
    assert!(!yard.look().await.is_only_the_zone());
    assert!(!yard.engine.stacks().await.expect("the list")[0].is_only_the_zone);
}

/// All certificates of an account for one domain are proven by one record, so it stays in a zone that was there before.
#[tokio::test(flavor = "multi_thread")]
async fn the_record_that_proves_the_domain_is_told_where_it_stays_and_goes_with_the_zone() {
    let yard = Shipyard::new().await;
    let route53 = aws_sdk_route53::Client::new(&yard.sdk().await);
    let made = route53.create_hosted_zone().name("cruddur-dw.com").caller_reference("by hand").send().await;
    made.expect("it is made");
    yard.deploy(SEED).await.expect_done();

    let receipt = yard.tear_down(false).await.expect_done().receipt.expect("a receipt");
    let kept: Vec<NodeKind> = receipt.kept.iter().map(|kept| kept.id.kind).collect();
    assert_eq!(kept, [NodeKind::HostedZone, NodeKind::ValidationRecord], "{receipt:?}");
    assert!(receipt.left.is_empty(), "{receipt:?}");

    let receipt = yard.tear_down(true).await.expect_done().receipt.expect("a receipt");
    assert!(receipt.left.is_empty() && receipt.kept.is_empty(), "{receipt:?}");
}
