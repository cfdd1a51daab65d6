//! What no bulk call tells: read a few parts a round, or all at once on demand.

use std::collections::BTreeMap;

use topology::node::{NodeId, NodeKind};
use topology::view::Request;

use crate::common::{SEED, Shipyard, cruddur};
use crate::{assert_nothing_is_to_do, heard, plan_in_full, target_group, told};

/// Changes what no bulk call tells: how long targets drain, what the execution role may do, what a repository lets go.
async fn meddle_out_of_sight(yard: &Shipyard) {
    let found = yard.look().await.found;
    let sdk = yard.sdk().await;
    let elb = aws_sdk_elasticloadbalancingv2::Client::new(&sdk);
    let delay = aws_sdk_elasticloadbalancingv2::types::TargetGroupAttribute::builder()
        .key("deregistration_delay.timeout_seconds")
        .value("300");
    let edit = elb.modify_target_group_attributes().target_group_arn(&found[&target_group()].aws_id);
    edit.attributes(delay.build()).send().await.expect("it drains longer");
    let everything =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
    let iam = aws_sdk_iam::Client::new(&sdk);
    let edit = iam.put_role_policy().role_name("cruddur-execution").policy_name("slipway");
    edit.policy_document(everything).send().await.expect("it may do other things");
    let ecr = aws_sdk_ecr::Client::new(&sdk);
    let edit = ecr.delete_lifecycle_policy().repository_name("backend-flask");
    edit.send().await.expect("nothing goes by itself");
}

fn execution() -> NodeId {
    NodeId::part(NodeKind::Role, "execution")
}

fn repository() -> NodeId {
    NodeId::part(NodeKind::Repository, "backend-flask")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_bulk_call_tells_is_read_a_few_parts_a_round_and_stays_told() {
    let yard = Shipyard::new().await;
    yard.deploy(SEED).await.expect_done();
    yard.look().await;
    meddle_out_of_sight(&yard).await;
    yard.look().await;
    assert_eq!(told(&yard).await, BTreeMap::new(), "a bulk look does not see it");
    let before = yard.engine.calls();
    yard.look().await;
    let bulk = yard.engine.calls() - before;

    // Two target groups, two task definitions, three repositories and a role: eight parts, four a round.
    let mut attention = yard.engine.attend(Some(cruddur()));
    for _ in 0..2 {
        let before = yard.engine.calls();
        yard.engine.look_around().await;
        assert_eq!(yard.engine.calls() - before, bulk + 4);
    }
    assert_eq!(heard(&mut attention), Some(cruddur()));
    let seen = told(&yard).await;
    assert_eq!(seen.len(), 3, "{seen:?}");
    assert!(
        seen[&target_group()].contains("its deregistration delay is `300 s`; it should be `5 s`"),
        "{seen:?}"
    );
    assert!(seen[&execution()].contains("its policy also allows `s3:*` on `*`, and"), "{seen:?}");
    let gone = "its lifecycle policy is `none`; it should be `untagged images go after 14 days`";
    assert!(seen[&repository()].contains(gone), "{seen:?}");

    while heard(&mut attention).is_some() {}
    for _ in 0..3 {
        yard.engine.look_around().await;
        assert_eq!(told(&yard).await, seen, "it does not come and go");
    }
    assert_eq!(heard(&mut attention), None);
    let plan = yard.plan(&Request::Deploy { file: SEED.into() }).await;
    let work: Vec<NodeId> = plan.work().map(|change| change.id.clone()).collect();
    assert_eq!(work, [target_group(), repository(), execution()]);
    yard.apply(&plan).await.expect_done();
    assert_nothing_is_to_do(&yard, SEED).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_in_full_finds_it_at_once_and_another_process_may_set_it_right() {
    let mut yard = Shipyard::new().await;
    yard.deploy(SEED).await.expect_done();
    assert_nothing_is_to_do(&yard, SEED).await;
    meddle_out_of_sight(&yard).await;
    assert!(yard.plan(&Request::Deploy { file: SEED.into() }).await.is_empty(), "tags are as they were");

    yard.engine.observe_in_full(&cruddur()).await.expect("it looks");
    assert_eq!(told(&yard).await.len(), 3);
    let panel = yard.engine.clone();
    yard.restart().await;
    let (plan, work) = plan_in_full(&yard, SEED).await;
    assert_eq!(work[&target_group()], "deregistration delay: `300 s` → `5 s`");
    assert!(work[&execution()].starts_with("its policy also allows `s3:*` on `*`"), "{work:?}");
    assert_eq!(work.len(), 3, "{work:?}");
    yard.apply(&plan).await.expect_done();
    // Who saw it before the operation does not tell it after.
    let plan = panel.plan(&Request::Deploy { file: SEED.into() }).await.expect("it plans");
    assert!(plan.is_empty(), "{:?}", plan.work().collect::<Vec<_>>());
    assert_nothing_is_to_do(&yard, SEED).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_use_a_role_and_whether_images_are_scanned_is_seen_by_every_look() {
    let yard = Shipyard::new().await;
    yard.deploy(SEED).await.expect_done();
    let sdk = yard.sdk().await;
    let anybody = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}]}"#;
    let role = aws_sdk_iam::Client::new(&sdk).update_assume_role_policy().role_name("cruddur-task-backend");
    role.policy_document(anybody).send().await.expect("anybody may");
    let never = aws_sdk_ecr::types::ImageScanningConfiguration::builder().scan_on_push(false).build();
    let scan = aws_sdk_ecr::Client::new(&sdk).put_image_scanning_configuration();
    scan.repository_name("backend-flask").image_scanning_configuration(never).send().await.expect("never");
    yard.look().await;
    let seen = told(&yard).await;
    let role = NodeId::part(NodeKind::Role, "task/backend");
    assert!(seen[&role].starts_with("On AWS, not only ECS tasks of this account may use it"), "{seen:?}");
    assert!(seen[&repository()].contains("its scan on push is `off`; it should be `on`"), "{seen:?}");
    yard.deploy(SEED).await.expect_done();
    assert_nothing_is_to_do(&yard, SEED).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_cannot_be_read_in_full_spoils_no_round() {
    let yard = Shipyard::new().await;
    yard.deploy(SEED).await.expect_done();
    yard.look().await;
    meddle_out_of_sight(&yard).await;
    yard.sandbox.rehearse("refuse=AccessDenied iam:GetRolePolicy".parse().expect("a rule"));
    let _attention = yard.engine.attend(Some(cruddur()));
    for _ in 0..3 {
        assert!(yard.engine.look_around().await.is_empty());
    }
    let seen = told(&yard).await;
    assert_eq!(seen.keys().collect::<Vec<_>>(), [&target_group(), &repository()], "{seen:?}");
    // Asked for, an answer that is not whole is none.
    let plan = yard.engine.plan_in_full(&Request::Deploy { file: SEED.into() }).await;
    let error = crate::common::told(&plan.expect_err("one part was not read"));
    assert!(error.contains("read the policy of the role `cruddur-execution`"), "{error}");
}
