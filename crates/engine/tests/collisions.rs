//! What has a name that a stack needs and is somebody else's: told, offered where that is safe, and never touched unasked.

mod common;

use std::collections::BTreeSet;

use aws_sdk_elasticloadbalancingv2::types::{ProtocolEnum, TargetTypeEnum};
use common::{SEED, Shipyard, cruddur};
use engine::{Error, Journal as _};
use topology::node::NodeId;
use topology::operation::{Operation, OperationId};
use topology::plan::{Plan, Severity};
use topology::view::Request;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
    "Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

/// Somebody who works in the same account by other means.
struct Somebody {
    sdk: aws_config::SdkConfig,
}

impl Somebody {
    async fn at(yard: &Shipyard) -> Self {
        Self { sdk: yard.sdk().await }
    }

    fn elb(&self) -> aws_sdk_elasticloadbalancingv2::Client {
        aws_sdk_elasticloadbalancingv2::Client::new(&self.sdk)
    }

    fn ec2(&self) -> aws_sdk_ec2::Client {
        aws_sdk_ec2::Client::new(&self.sdk)
    }

    fn ecs(&self) -> aws_sdk_ecs::Client {
        aws_sdk_ecs::Client::new(&self.sdk)
    }

    fn logs(&self) -> aws_sdk_cloudwatchlogs::Client {
        aws_sdk_cloudwatchlogs::Client::new(&self.sdk)
    }

    fn ecr(&self) -> aws_sdk_ecr::Client {
        aws_sdk_ecr::Client::new(&self.sdk)
    }

    async fn vpc(&self) -> String {
        let vpcs = self.ec2().describe_vpcs().send().await.expect("VPCs").vpcs.expect("a default VPC");
        vpcs[0].vpc_id.clone().expect("an id")
    }

    async fn makes_a_target_group(&self, port: i32) -> String {
        let group =
            self.elb().create_target_group().name("cruddur-backend").port(port).vpc_id(self.vpc().await);
        let group =
            group.protocol(ProtocolEnum::Http).target_type(TargetTypeEnum::Ip).health_check_path("/ping");
        let made = group.send().await.expect("a target group");
        made.target_groups()[0].target_group_arn().expect("an ARN").to_owned()
    }

    async fn makes_a_security_group(&self) -> String {
        let group =
            self.ec2().create_security_group().group_name("cruddur-services").description("somebody's");
        let made = group.vpc_id(self.vpc().await).send().await.expect("a security group");
        made.group_id.expect("an id")
    }

    async fn makes_a_cluster(&self) {
        self.ecs().create_cluster().cluster_name("cruddur").send().await.expect("a cluster");
    }

    async fn makes_a_log_group(&self) {
        let group = self.logs().create_log_group().log_group_name("/slipway/cruddur/backend");
        group.send().await.expect("a log group");
    }

    async fn makes_a_role(&self, path: &str) {
        let iam = aws_sdk_iam::Client::new(&self.sdk);
        let role = iam.create_role().role_name("cruddur-task-backend").path(path);
        role.assume_role_policy_document(TRUST).description("mine").send().await.expect("a role");
    }

    async fn makes_a_repository(&self, stack: Option<&str>) {
        let tag = |stack: &str| {
            aws_sdk_ecr::types::Tag::builder().key("slipway:stack").value(stack).build().expect("whole")
        };
        let repository = self.ecr().create_repository().repository_name("backend-flask");
        repository.set_tags(stack.map(|stack| vec![tag(stack)])).send().await.expect("a repository");
    }

    async fn has_repository(&self, name: &str) -> bool {
        let all = self.ecr().describe_repositories().send().await.expect("repositories");
        all.repositories().iter().any(|repository| repository.repository_name() == Some(name))
    }

    async fn has_log_group(&self) -> bool {
        let all =
            self.logs().describe_log_groups().log_group_name_prefix("/slipway/cruddur/backend").send().await;
        !all.expect("log groups").log_groups().is_empty()
    }

    /// How many tags it has.
    async fn tags_of_target_group(&self, arn: &str) -> usize {
        let told = self.elb().describe_tags().resource_arns(arn).send().await.expect("tags");
        told.tag_descriptions()[0].tags().len()
    }
}

fn deploy() -> Request {
    Request::Deploy { file: SEED.to_owned() }
}

fn id(text: &str) -> NodeId {
    text.parse().expect("an id")
}

fn offers(plan: &Plan) -> BTreeSet<String> {
    plan.notes.iter().filter_map(|note| note.offer.as_ref()).map(ToString::to_string).collect()
}

#[track_caller]
fn note_on<'a>(plan: &'a Plan, part: &str) -> &'a str {
    let note = plan.notes.iter().find(|note| note.node.as_ref() == Some(&id(part)));
    note.map_or_else(|| panic!("{part}: {:?}", plan.notes), |note| &note.text)
}

#[track_caller]
fn refused(taken: Result<(), Error>) -> String {
    match taken {
        Err(error @ (Error::NotTakenOver { .. } | Error::NothingToTakeOver { .. })) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_uses_is_offered_and_once_taken_over_is_deployed_and_torn_down_as_the_stacks_own() {
    let yard = Shipyard::new().await;
    let somebody = Somebody::at(&yard).await;
    somebody.makes_a_target_group(4567).await;
    somebody.makes_a_security_group().await;
    somebody.makes_a_cluster().await;
    somebody.makes_a_log_group().await;
    somebody.makes_a_role("/slipway/cruddur/").await;
    let plan = yard.plan(&deploy()).await;
    assert!(!plan.can_run());
    let all = [
        "cluster",
        "log-group/backend",
        "role/task/backend",
        "security-group/services",
        "target-group/backend",
    ];
    assert_eq!(offers(&plan), all.iter().map(ToString::to_string).collect(), "{:?}", plan.notes);

    for part in all {
        // The second time there is nothing left to do.
        for _ in 0..2 {
            yard.engine.take_over(SEED, &id(part)).await.unwrap_or_else(|error| panic!("{part}: {error}"));
        }
    }
    let plan = yard.plan(&deploy()).await;
    assert!(plan.can_run(), "{:?}", plan.notes);
    yard.apply(&plan).await.expect_done();
    assert!(yard.plan(&deploy()).await.is_empty(), "everything is as the stack file says");
    let receipt = yard.tear_down(true).await.expect_done().receipt.expect("a receipt");
    assert!(receipt.left.is_empty(), "{receipt:?}");
    assert!(!somebody.has_log_group().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_or_is_in_use_is_refused_with_the_reason_and_left_as_it_is() {
    let yard = Shipyard::new().await;
    let somebody = Somebody::at(&yard).await;
    let group = somebody.makes_a_target_group(80).await;
    somebody.makes_a_role("/").await;
    somebody.makes_a_cluster().await;
    let definition = somebody.ecs().register_task_definition().family("theirs").container_definitions(
        aws_sdk_ecs::types::ContainerDefinition::builder().name("one").image("nginx").build(),
    );
    definition.send().await.expect("a definition");
    let service =
        somebody.ecs().create_service().cluster("cruddur").service_name("theirs").task_definition("theirs");
    service.desired_count(0).send().await.expect("a service");
    let plan = yard.plan(&deploy()).await;
    assert!(!plan.can_run());
    assert!(offers(&plan).is_empty(), "{:?}", plan.notes);
    assert!(note_on(&plan, "target-group/backend").contains("its port is `80`, which AWS cannot change"));
    assert!(note_on(&plan, "role/task/backend").contains("it stands under the path `/`"), "{:?}", plan.notes);
    assert!(note_on(&plan, "cluster").contains("it is in use (services: 1)"), "{:?}", plan.notes);

    let port = refused(yard.engine.take_over(SEED, &id("target-group/backend")).await);
    assert!(port.contains("its port is `80`"), "{port}");
    assert_eq!(somebody.tags_of_target_group(&group).await, 0);
    let cluster = refused(yard.engine.take_over(SEED, &id("cluster")).await);
    assert!(cluster.contains("services: 1"), "{cluster}");
    let nothing = refused(yard.engine.take_over(SEED, &id("log-group/backend")).await);
    assert!(nothing.starts_with("nothing of somebody else's stands"), "{nothing}");
    refused(yard.engine.take_over(SEED, &id("target-group/nobody")).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_an_operation_runs_nothing_is_taken_over() {
    let yard = Shipyard::new().await;
    let somebody = Somebody::at(&yard).await;
    let group = somebody.makes_a_target_group(4567).await;
    let plan = yard.plan(&deploy()).await;
    let operation = Operation {
        id: OperationId("other".into()),
        plan: plan.id.clone(),
        stack: cruddur(),
        kind: plan.kind,
        to: plan.to,
        by: "another process".into(),
        started_at: 1,
        ended_at: None,
        outcome: None,
    };
    assert!(yard.journal.begin(&operation, &plan).await.expect("it begins").is_none());
    let taken = yard.engine.take_over(SEED, &id("target-group/backend")).await;
    assert!(matches!(taken, Err(Error::Busy(_))), "{taken:?}");
    assert_eq!(somebody.tags_of_target_group(&group).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_group_that_was_there_before_is_not_deleted_by_a_tear_down_that_found_it() {
    let yard = Shipyard::new().await;
    let somebody = Somebody::at(&yard).await;
    yard.engine.save_draft(&cruddur(), SEED).await.expect("it is kept");
    somebody.makes_a_log_group().await;
    yard.tear_down(true).await.expect_done();
    assert!(somebody.has_log_group().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_was_there_before_is_used_and_kept_unless_it_is_taken_over() {
    let yard = Shipyard::new().await;
    let somebody = Somebody::at(&yard).await;
    somebody.makes_a_repository(None).await;
    let plan = yard.plan(&deploy()).await;
    assert!(plan.can_run() && offers(&plan).contains("repository/backend-flask"), "{:?}", plan.notes);
    yard.apply(&plan).await.expect_done();
    yard.tear_down(true).await.expect_done();
    assert!(somebody.has_repository("backend-flask").await);

    // Also of a stack that runs, whose services remember that it was not its own.
    yard.deploy(SEED).await.expect_done();
    yard.engine.take_over(SEED, &id("repository/backend-flask")).await.expect("it is safe");
    yard.deploy(SEED).await.expect_done();
    assert!(yard.plan(&deploy()).await.is_empty());
    yard.tear_down(true).await.expect_done();
    assert!(!somebody.has_repository("backend-flask").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_repository_of_another_stack_is_used_and_never_offered_or_deleted() {
    let yard = Shipyard::new().await;
    let somebody = Somebody::at(&yard).await;
    somebody.makes_a_repository(Some("shop")).await;
    let plan = yard.plan(&deploy()).await;
    assert!(plan.can_run() && offers(&plan).is_empty(), "{:?}", plan.notes);
    assert!(note_on(&plan, "repository/backend-flask").contains("belongs to the stack `shop`"));
    let why = refused(yard.engine.take_over(SEED, &id("repository/backend-flask")).await);
    assert!(why.contains("it belongs to the stack `shop`"), "{why}");
    yard.apply(&plan).await.expect_done();
    yard.tear_down(true).await.expect_done();
    assert!(somebody.has_repository("backend-flask").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stacks_own_repository_outlives_it_while_another_stack_runs_its_images() {
    let yard = Shipyard::new().await;
    let somebody = Somebody::at(&yard).await;
    yard.deploy(SEED).await.expect_done();
    let other = SEED.replace("\"cruddur\"", "\"shop\"").replace("cruddur-dw.com", "shop.example");
    let other = other.replace("frontend-react-js", "shop-frontend").replace("cruddur-python", "shop-base");
    yard.deploy(&other).await.expect_done();
    let plan = yard.plan(&Request::TearDown { stack: cruddur(), delete_zone: true }).await;
    assert!(note_on(&plan, "repository/backend-flask").contains("the stack `shop` uses its images"));
    let receipt = yard.apply(&plan).await.expect_done().receipt.expect("a receipt");
    assert!(receipt.left.is_empty(), "{receipt:?}");
    assert_eq!(receipt.kept[0].id, id("repository/backend-flask"));
    assert!(somebody.has_repository("backend-flask").await);
    assert!(!somebody.has_repository("frontend-react-js").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_hosted_zones_of_a_domain_the_fuller_one_is_used_and_both_are_named() {
    let yard = Shipyard::new().await;
    let somebody = Somebody::at(&yard).await;
    let route53 = aws_sdk_route53::Client::new(&somebody.sdk);
    let mut zones = Vec::new();
    for reference in ["one", "two"] {
        let zone =
            route53.create_hosted_zone().name("cruddur-dw.com").caller_reference(reference).send().await;
        zones.push(zone.expect("a zone").hosted_zone.expect("a zone").id.replace("/hostedzone/", ""));
    }
    let [empty, full] = &zones[..] else { unreachable!() };
    use aws_sdk_route53::types::{
        Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType,
    };
    let record = ResourceRecord::builder().value("\"hello\"").build().expect("whole");
    let set = ResourceRecordSet::builder()
        .name("cruddur-dw.com")
        .r#type(RrType::Txt)
        .ttl(60)
        .resource_records(record);
    let change =
        Change::builder().action(ChangeAction::Create).resource_record_set(set.build().expect("whole"));
    let batch = ChangeBatch::builder().changes(change.build().expect("whole")).build().expect("whole");
    let changed = route53.change_resource_record_sets().hosted_zone_id(full).change_batch(batch).send().await;
    changed.expect("a record");

    let plan = yard.plan(&deploy()).await;
    let note = plan.notes.iter().find(|note| note.severity == Severity::Warning).expect("it is warned of");
    assert!(
        note.text.contains(&format!("Slipway uses `{full}`, because no other holds more records")),
        "{}",
        note.text
    );
    assert!(note.text.contains(&format!("leaves `{empty}` alone")), "{}", note.text);
    yard.apply(&plan).await.expect_done();
    let plan = yard.plan(&deploy()).await;
    assert!(
        note_on(&plan, "hosted-zone").contains(&format!("uses `{full}`, because its tags name the stack"))
    );
}
