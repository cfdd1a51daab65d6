//! The certificate's validation record: one CNAME, the same for the domain and its wildcard.
//!
//! It stays for the certificate's life: renewal needs it.
//!
//! | | |
//! | --- | --- |
//! | in | the certificate's facts `validation name` and `validation value`; the hosted zone |
//! | out | the record's name; fact `change` |

use std::collections::BTreeMap;

use aws_sdk_route53::types::{ChangeAction, ResourceRecord, ResourceRecordSet, RrType};
use topology::node::{NodeId, NodeKind, Spec};
use topology::observation::{Condition, Found};

use super::super::error::{AwsError, Class};
use super::super::{Aws, Task, acm};
use super::{all_records, change, records_of, without_dot};

/// Seconds that resolvers may remember it.
const TTL: i64 = 300;
/// What the values of Amazon's records end with.
const AUTHORITY: &str = ".acm-validations.aws";
/// The batch that wrote it.
const CHANGE: &str = "change";

pub async fn make(task: &Task<'_>, spec: &Spec, _found: Option<&Found>) -> Result<Found, AwsError> {
    let Spec::ValidationRecord { domain } = spec else { unreachable!("part::make knows the kind") };
    let certificate = NodeId::only(NodeKind::Certificate);
    let name = task.fact(&certificate, acm::VALIDATION_NAME)?;
    let value = task.fact(&certificate, acm::VALIDATION_VALUE)?;
    let doing = format!("write the validation record of `{domain}`");
    let record =
        |error: aws_sdk_route53::error::BuildError| AwsError::new(&doing, Class::Invalid, error.to_string());
    let set = ResourceRecordSet::builder()
        .name(&name)
        .r#type(RrType::Cname)
        .ttl(TTL)
        .resource_records(ResourceRecord::builder().value(&value).build().map_err(record)?)
        .build()
        .map_err(record)?;
    let zone = task.aws_id(&NodeId::only(NodeKind::HostedZone))?;
    let change =
        change::submit(task.aws, &zone, &doing, vec![change::change(ChangeAction::Upsert, set)?]).await?;
    Ok(as_found(&name, &value).fact(CHANGE, change))
}

pub async fn settle(task: &Task<'_>, _spec: &Spec, made: Found) -> Result<Found, AwsError> {
    if let Some(change) = made.facts.get(CHANGE) {
        change::until_in_sync(task, change).await?;
    }
    Ok(made)
}

pub async fn delete(task: &Task<'_>, found: &Found) -> Result<(), AwsError> {
    let Ok(zone) = task.aws_id(&NodeId::only(NodeKind::HostedZone)) else { return Ok(()) };
    // A delete has to repeat every value, so the record is read first.
    let there = records_of(task.aws, &zone, &found.aws_id).await?;
    let changes: Result<Vec<_>, AwsError> = there
        .into_iter()
        .filter(|set| set.r#type == RrType::Cname)
        .map(|set| change::change(ChangeAction::Delete, set))
        .collect();
    let changes = changes?;
    if changes.is_empty() {
        return Ok(());
    }
    let doing = format!("delete the validation record of `{}`", task.name);
    match change::submit(task.aws, &zone, &doing, changes).await {
        // The answer of an earlier try may have been lost after its work was done.
        Err(error) if error.code.as_deref() == Some("InvalidChangeBatch") => {
            let left = records_of(task.aws, &zone, &found.aws_id).await?;
            if left.iter().any(|set| set.r#type == RrType::Cname) { Err(error) } else { Ok(()) }
        }
        submitted => submitted.map(drop),
    }
}

/// The record among all of the zone's, if it is there with the certificate's value.
pub fn observe(records: &[ResourceRecordSet], certificate: &Found) -> Option<Found> {
    let name = certificate.facts.get(acm::VALIDATION_NAME)?;
    let value = certificate.facts.get(acm::VALIDATION_VALUE)?;
    let is_it = |set: &&ResourceRecordSet| {
        let values = set.resource_records();
        set.r#type == RrType::Cname
            && without_dot(&set.name) == without_dot(name)
            && values.iter().any(|record| without_dot(&record.value) == without_dot(value))
    };
    records.iter().find(is_it).map(|_| as_found(name, value))
}

/// The domain's record in the zone, where no certificate tells of it any more.
pub async fn stray(aws: &Aws, found: &BTreeMap<NodeId, Found>) -> Result<Option<(NodeId, Found)>, AwsError> {
    let id = NodeId::only(NodeKind::ValidationRecord);
    let zone = found.get(&NodeId::only(NodeKind::HostedZone)).filter(|_| !found.contains_key(&id));
    let Some((zone, domain)) = zone.and_then(|zone| Some((zone, zone.facts.get("domain")?))) else {
        return Ok(None);
    };
    let records = all_records(aws, &zone.aws_id).await?;
    let proves = |set: &ResourceRecordSet| {
        let name = without_dot(&set.name).strip_suffix(domain.as_str())?.strip_suffix('.')?;
        let is_label = name.starts_with('_') && !name.contains('.');
        let value = set.resource_records().first().map(|record| record.value.clone())?;
        let is_it = is_label && set.r#type == RrType::Cname && without_dot(&value).ends_with(AUTHORITY);
        is_it.then(|| as_found(&set.name, &value))
    };
    Ok(records.iter().find_map(proves).map(|record| (id, record)))
}

fn as_found(name: &str, value: &str) -> Found {
    let name = without_dot(name);
    // `_<hash>.<domain>`
    let domain = name.split_once('.').map_or(name, |(_, domain)| domain);
    Found::new(name, Condition::Ready).fact("name", domain).fact("value", without_dot(value))
}
