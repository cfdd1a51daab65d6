//! Route 53: zone and records.

pub mod alias;
pub mod change;
pub mod delegation;
mod dns;
pub mod note;
pub mod validation;
pub mod zone;

use std::collections::BTreeMap;

use aws_sdk_route53::types::ResourceRecordSet;
use topology::node::{NodeId, NodeKind};
use topology::observation::Found;
use topology::stack::HostName;

use super::limits::Api;
use super::observe::{Look, Seen};
use super::{Aws, AwsError};

/// The records of the stack, and the delegation of its zone; `found` holds what they stand on.
pub async fn observe_records(look: &Look<'_>, found: &BTreeMap<NodeId, Found>) -> Result<Seen, AwsError> {
    let Some(zone) = found.get(&NodeId::only(NodeKind::HostedZone)) else { return Ok(Seen::default()) };
    let domain = HostName::new(zone.facts.get("domain").cloned().unwrap_or_default());
    let (records, delegation) =
        tokio::join!(all_records(look.aws, &zone.aws_id), delegation::observe(look.aws, &domain, zone));
    let records = records?;
    let balancer = found.get(&NodeId::only(NodeKind::LoadBalancer));
    let mut seen = alias::observe(look.stack, look.wanted, &records, balancer);
    let delegation_id = NodeId::only(NodeKind::Delegation);
    let asks = look.wanted.is_none_or(|wanted| wanted.nodes.contains_key(&delegation_id));
    if asks {
        seen.found.insert(delegation_id, delegation);
    }
    let certificate = found.get(&NodeId::only(NodeKind::Certificate));
    if let Some(record) = certificate.and_then(|certificate| validation::observe(&records, certificate)) {
        seen.found.insert(NodeId::only(NodeKind::ValidationRecord), record);
    }
    Ok(seen)
}

/// Every record of a zone.
async fn all_records(aws: &Aws, zone_id: &str) -> Result<Vec<ResourceRecordSet>, AwsError> {
    let mut records = Vec::new();
    let mut next = (None, None, None);
    loop {
        let (name, kind, identifier) = next;
        let request = aws.inner.route53.list_resource_record_sets().hosted_zone_id(zone_id);
        let request = request.set_start_record_name(name).set_start_record_type(kind);
        let request = request.set_start_record_identifier(identifier);
        let page = aws.call(Api::Route53, "list the records", request.send()).await?;
        records.extend(page.resource_record_sets);
        if !page.is_truncated {
            return Ok(records);
        }
        next = (page.next_record_name, page.next_record_type, page.next_record_identifier);
    }
}

/// The records of one name.
async fn records_of(aws: &Aws, zone_id: &str, name: &str) -> Result<Vec<ResourceRecordSet>, AwsError> {
    let request =
        aws.inner.route53.list_resource_record_sets().hosted_zone_id(zone_id).start_record_name(name);
    let page = aws
        .call(Api::Route53, &format!("look at the records of `{name}`"), request.max_items(10).send())
        .await;
    let is_it = |set: &ResourceRecordSet| without_dot(&set.name) == without_dot(name);
    match page {
        Ok(page) => Ok(page.resource_record_sets.into_iter().filter(is_it).collect()),
        Err(error) if error.class == super::Class::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn without_dot(name: &str) -> &str {
    name.trim_end_matches('.')
}
