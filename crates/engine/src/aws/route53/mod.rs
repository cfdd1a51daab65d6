//! Route 53: zone and records.

pub mod alias;
pub mod change;
pub mod delegation;
mod dns;
pub mod note;
mod several;
pub mod validation;
pub mod zone;

use std::collections::BTreeMap;

use aws_sdk_route53::types::{ResourceRecordSet, RrType};
use topology::node::{NodeId, NodeKind, ZoneNote};
use topology::observation::{CAA, Found};
use topology::stack::HostName;

use super::limits::Api;
use super::observe::{Look, Seen};
use super::{Aws, AwsError};

/// What was seen of the zone.
pub struct ZoneSeen {
    pub seen: Seen,
    pub note: Option<ZoneNote>,
    /// Everything that stands in it; [`name_records`] says what that is.
    pub records: Vec<ResourceRecordSet>,
}

/// The zone, its delegation and its records.
pub async fn observe(look: &Look<'_>) -> Result<ZoneSeen, AwsError> {
    let (mut seen, note) = zone::observe(look).await?;
    let Some(zone) = seen.found.get(&NodeId::only(NodeKind::HostedZone)) else {
        return Ok(ZoneSeen { seen, note, records: Vec::new() });
    };
    let domain = HostName::new(zone.facts.get("domain").cloned().unwrap_or_default());
    let (records, delegated) =
        tokio::join!(all_records(look.aws, &zone.aws_id), delegation::delegated_to(look.aws, &domain));
    let records = records?;
    // The zone's own record of them saves a call.
    let name_servers = match name_servers(&records, &domain) {
        listed if listed.is_empty() => zone::name_servers(look.aws, &zone.aws_id).await?,
        listed => listed,
    };
    let mut zone = zone::with_name_servers(zone.clone(), &name_servers);
    if let Some(caa) = caa(&records, &domain) {
        zone = zone.fact(CAA, caa);
    }
    let delegation = NodeId::only(NodeKind::Delegation);
    if look.wanted.is_none_or(|wanted| wanted.nodes.contains_key(&delegation)) {
        seen.found.insert(delegation, delegation::as_found(&domain, &zone, &delegated));
    }
    seen.found.insert(NodeId::only(NodeKind::HostedZone), zone);
    Ok(ZoneSeen { seen, note, records })
}

/// The stack's records; `found` holds what they point at and what they prove.
pub fn name_records(look: &Look<'_>, records: &[ResourceRecordSet], found: &BTreeMap<NodeId, Found>) -> Seen {
    let balancer = found.get(&NodeId::only(NodeKind::LoadBalancer));
    let mut named = alias::observe(look.stack, look.wanted, records, balancer);
    let certificate = found.get(&NodeId::only(NodeKind::Certificate));
    if let Some(record) = certificate.and_then(|certificate| validation::observe(records, certificate)) {
        named.found.insert(NodeId::only(NodeKind::ValidationRecord), record);
    }
    let id = NodeId::only(NodeKind::Delegation);
    if let Some(proven) = certificate
        .zip(found.get(&id))
        .and_then(|(certificate, delegation)| delegation::proven(delegation, certificate))
    {
        named.found.insert(id, proven);
    }
    named
}

/// What a zone says of itself: the name servers that it was given.
fn name_servers(records: &[ResourceRecordSet], domain: &HostName) -> Vec<String> {
    let own =
        records.iter().filter(|set| set.r#type == RrType::Ns && without_dot(&set.name) == domain.as_str());
    own.flat_map(ResourceRecordSet::resource_records)
        .map(|record| without_dot(&record.value).to_owned())
        .collect()
}

/// Who may issue the domain's certificates, as [`CAA`] has it; `None`: anybody may.
fn caa(records: &[ResourceRecordSet], domain: &HostName) -> Option<String> {
    let own =
        records.iter().filter(|set| set.r#type == RrType::Caa && without_dot(&set.name) == domain.as_str());
    // `0 issue "amazon.com; policy=..."`: flags, tag, value.
    let read = |value: &str| {
        let mut words = value.splitn(3, ' ').skip(1);
        let (tag, value) = (words.next()?, words.next()?.trim_matches('"'));
        let name = value.split(';').next().unwrap_or_default().trim();
        Some(format!("{tag}={}", if name.is_empty() { ";" } else { name }).to_ascii_lowercase())
    };
    let all: Vec<String> =
        own.flat_map(ResourceRecordSet::resource_records).filter_map(|record| read(&record.value)).collect();
    (!all.is_empty()).then(|| all.join(" "))
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
