//! What would make a plan fail later is said before it can run.

mod common;

use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType};
use common::{SEED, Shipyard};
use topology::observation::Ask;
use topology::operation::Happened;
use topology::plan::Severity;
use topology::view::Request;

/// A zone of the stack's domain that somebody made, with one CAA record.
async fn zone_with_caa(yard: &Shipyard, value: &str) -> String {
    let route53 = aws_sdk_route53::Client::new(&yard.sdk().await);
    let made = route53.create_hosted_zone().name("cruddur-dw.com").caller_reference(value).send().await;
    let zone = made.expect("it is made").hosted_zone.expect("a zone").id;
    let record = ResourceRecord::builder().value(value).build().expect("complete");
    let set = ResourceRecordSet::builder().name("cruddur-dw.com").r#type(RrType::Caa).ttl(300);
    let set = set.resource_records(record).build().expect("complete");
    let change = Change::builder().action(ChangeAction::Upsert).resource_record_set(set).build();
    let batch = ChangeBatch::builder().changes(change.expect("complete")).build().expect("complete");
    let changed = route53.change_resource_record_sets().hosted_zone_id(&zone).change_batch(batch).send();
    changed.await.expect("it is taken");
    zone
}

async fn notes(yard: &Shipyard, severity: Severity) -> Vec<String> {
    let plan = yard.plan(&Request::Deploy { file: SEED.into() }).await;
    plan.notes.into_iter().filter(|note| note.severity == severity).map(|note| note.text).collect()
}

async fn errors(yard: &Shipyard) -> Vec<String> {
    notes(yard, Severity::Error).await
}

/// Makes the caller a user with this policy alone; before, it may do everything.
async fn limit_to(yard: &Shipyard, actions: &[&str]) {
    let iam = aws_sdk_iam::Client::new(&yard.sdk().await);
    let statement = serde_json::json!({ "Effect": "Allow", "Action": actions, "Resource": "*" });
    let policy = serde_json::json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string();
    iam.create_user().user_name("sandbox").send().await.expect("a user");
    let put = iam.put_user_policy().user_name("sandbox").policy_name("all").policy_document(policy);
    put.send().await.expect("it is taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_that_lets_only_others_issue_certificates_is_told_with_the_record_that_is_missing() {
    let yard = Shipyard::new().await;
    zone_with_caa(&yard, "0 issue \"letsencrypt.org\"").await;
    let errors = errors(&yard).await;
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].contains("`0 issue \"amazon.com\"`"), "{errors:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_that_lets_amazon_issue_is_fine_and_its_zone_is_taken_over() {
    let yard = Shipyard::new().await;
    let zone = zone_with_caa(&yard, "0 issue \"amazon.com\"").await;
    assert_eq!(errors(&yard).await, Vec::<String>::new());
    yard.deploy(SEED).await.expect_done();
    let observation = yard.look().await;
    assert!(observation.found.values().any(|found| found.aws_id == zone), "a second zone was made");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_do_everything_is_told_nothing() {
    let yard = Shipyard::new().await;
    let plan = yard.plan(&Request::Deploy { file: SEED.into() }).await;
    assert_eq!(plan.notes, Vec::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_that_the_plan_needs_and_the_caller_lacks_is_named_before_it_is_missed() {
    let yard = Shipyard::new().await;
    let all_but_ecs = ["acm:*", "ec2:*", "ecr:*", "elasticloadbalancing:*", "iam:*", "logs:*", "route53:*"];
    limit_to(&yard, &all_but_ecs).await;
    let warnings = notes(&yard, Severity::Warning).await;
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings[0].contains("`ecs:CreateService`") && warnings[0].contains("user/sandbox"),
        "{warnings:?}"
    );
    assert!(!warnings[0].contains("ecs:DeleteService"), "the plan deletes nothing: {warnings:?}");
    assert!(!warnings[0].contains("`iam:"), "{warnings:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_simulator_that_does_not_answer_is_told_and_stops_nothing() {
    let yard = Shipyard::new().await;
    yard.sandbox.rehearse("refuse=AccessDenied iam:SimulatePrincipalPolicy".parse().expect("a rule"));
    let notes = notes(&yard, Severity::Note).await;
    assert!(notes[0].contains("was not checked beforehand"), "{notes:?}");
    yard.deploy(SEED).await.expect_done();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_beyond_a_quota_cannot_run_and_one_that_just_fits_can() {
    let none = sandbox::Quotas { load_balancers: 0, vcpus: 0, ..sandbox::Quotas::default() };
    let yard = Shipyard::with_quotas(none).await;
    let errors = errors(&yard).await;
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(errors[0].contains("Application Load Balancers") && errors[1].contains("0.5 vCPU"), "{errors:?}");
    let plan = yard.plan(&Request::Deploy { file: SEED.into() }).await;
    let refused = yard.engine.apply(&plan.id, engine::Patience::Healthy).await;
    assert!(matches!(refused, Err(engine::Error::PlanHasErrors(_))), "{refused:?}");

    let few =
        sandbox::Quotas { load_balancers: 1, target_groups: 2, vcpus: 1, hosted_zones: 1, rules: 1, vpcs: 1 };
    let yard = Shipyard::with_quotas(few).await;
    yard.deploy(SEED).await.expect_done();
    assert_eq!(yard.plan(&Request::Deploy { file: SEED.into() }).await.notes, Vec::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finished_world_is_planned_without_asking_what_is_allowed() {
    let yard = Shipyard::new().await;
    yard.deploy(SEED).await.expect_done();
    yard.sandbox.rehearse("refuse=AccessDenied iam:SimulatePrincipalPolicy".parse().expect("a rule"));
    assert_eq!(yard.plan(&Request::Deploy { file: SEED.into() }).await.notes, Vec::new());
}

/// The sandbox's tag `arm64` stands for an image that was built on a Mac and pushed as it was.
#[tokio::test(flavor = "multi_thread")]
async fn an_image_for_another_processor_waits_for_one_that_tasks_can_run() {
    let yard = Shipyard::new().await;
    let file = SEED.replace("backend-flask:latest", "backend-flask:arm64");
    let plan = yard.plan(&Request::Deploy { file: file.clone() }).await;
    let mut events = yard.engine.subscribe();
    let operation = yard.engine.apply(&plan.id, engine::Patience::Healthy).await.expect("it starts");
    let ask = loop {
        match events.recv().await.expect("the engine goes on").what {
            Happened::NodeWaitedForYou { ask: ask @ Ask::PushImage { built_for: Some(_), .. }, .. } => {
                break ask;
            }
            Happened::OperationEnded { outcome, .. } => panic!("{outcome:?}"),
            _ => {}
        }
    };
    assert!(ask.sentence().contains("for `arm64`"), "{}", ask.sentence());
    assert!(ask.lines()[0].contains("--platform linux/amd64"), "{:?}", ask.lines());
    yard.engine.cancel(&operation).await.expect("it runs");
}
