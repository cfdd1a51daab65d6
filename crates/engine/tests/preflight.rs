//! What would make a plan fail later is said before it can run.

mod common;

use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType};
use common::{SEED, Shipyard};
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

async fn errors(yard: &Shipyard) -> Vec<String> {
    let plan = yard.plan(&Request::Deploy { file: SEED.into() }).await;
    let errors = plan.notes.into_iter().filter(|note| note.severity == Severity::Error);
    errors.map(|note| note.text).collect()
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
