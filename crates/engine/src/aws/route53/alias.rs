//! Alias records: one host's A and AAAA, both to the load balancer.
//!
//! An alias of ours is known by its target, which begins with the load balancer's name. Any other record at a
//! host that the stack needs belongs to somebody else.
//!
//! | | |
//! | --- | --- |
//! | in | the host; the load balancer's facts `dns name` and `canonical zone`; the hosted zone |
//! | out | the host; field `points at` |

use std::collections::BTreeMap;

use aws_sdk_route53::types::{AliasTarget, Change, ChangeAction, ResourceRecordSet, RrType};
use topology::field::{POINTS_AT, missing_record};
use topology::graph::Topology;
use topology::names;
use topology::node::{NodeId, NodeKind, Spec};
use topology::observation::{Condition, Found};
use topology::stack::StackName;

use super::super::Task;
use super::super::error::{AwsError, Class};
use super::super::observe::Seen;
use super::{change, records_of, without_dot};

const CHANGE: &str = "change";
const TARGET: &str = "target";
const TARGET_ZONE: &str = "target zone";
const LOAD_BALANCER: &str = "load balancer";
const TYPES: [RrType; 2] = [RrType::A, RrType::Aaaa];

pub async fn make(task: &Task<'_>, spec: &Spec, _found: Option<&Found>) -> Result<Found, AwsError> {
    let Spec::Alias { host } = spec else { unreachable!("part::make knows the kind") };
    let balancer = NodeId::only(NodeKind::LoadBalancer);
    let dns_name = task.fact(&balancer, "dns name")?;
    let balancer_zone = task.fact(&balancer, "canonical zone")?;
    let doing = format!("write the alias records of `{host}`");
    let changes = both(&ChangeAction::Upsert, host.as_str(), &dns_name, &balancer_zone)?;
    let zone = task.aws_id(&NodeId::only(NodeKind::HostedZone))?;
    let change = change::submit(task.aws, &zone, &doing, changes).await?;
    let found = as_found(host.as_str()).field(POINTS_AT, LOAD_BALANCER).fact(CHANGE, change);
    Ok(found.fact(TARGET, dns_name).fact(TARGET_ZONE, balancer_zone))
}

pub async fn settle(task: &Task<'_>, _spec: &Spec, made: Found) -> Result<Found, AwsError> {
    if let Some(change) = made.facts.get(CHANGE) {
        change::until_in_sync(task, change).await?;
    }
    Ok(made)
}

pub async fn delete(task: &Task<'_>, found: &Found) -> Result<(), AwsError> {
    let Ok(zone) = task.aws_id(&NodeId::only(NodeKind::HostedZone)) else { return Ok(()) };
    let doing = format!("delete the alias records of `{}`", task.name);
    if let (Some(target), Some(target_zone)) = (found.facts.get(TARGET), found.facts.get(TARGET_ZONE)) {
        let changes = both(&ChangeAction::Delete, &found.aws_id, target, target_zone)?;
        match change::submit(task.aws, &zone, &doing, changes).await {
            // They are not, or no longer, as they were seen.
            Err(error) if error.class == Class::Invalid => {}
            Err(error) if error.class == Class::NotFound => return Ok(()),
            other => return other.map(drop),
        }
    }
    // A delete has to repeat every value, so the records are read.
    let there = records_of(task.aws, &zone, &found.aws_id).await?;
    let changes: Result<Vec<_>, AwsError> = there
        .into_iter()
        .filter(|set| is_ours(task.stack, set))
        .map(|set| change::change(ChangeAction::Delete, set))
        .collect();
    let changes = changes?;
    if changes.is_empty() {
        return Ok(());
    }
    change::submit(task.aws, &zone, &doing, changes).await.map(drop)
}

/// The aliases among all of the zone's records.
pub fn observe(
    stack: &StackName,
    wanted: Option<&Topology>,
    records: &[ResourceRecordSet],
    balancer: Option<&Found>,
) -> Seen {
    let mut hosts: BTreeMap<String, Vec<&ResourceRecordSet>> = BTreeMap::new();
    // A CNAME leaves no room for an alias.
    let takes_room = |set: &&ResourceRecordSet| TYPES.contains(&set.r#type) || set.r#type == RrType::Cname;
    for set in records.iter().filter(takes_room) {
        hosts.entry(without_dot(&set.name).to_owned()).or_default().push(set);
    }
    let nodes: BTreeMap<&str, &NodeId> = wanted
        .into_iter()
        .flat_map(|wanted| wanted.nodes.values())
        .filter_map(|node| match &node.spec {
            Spec::Alias { host } => Some((host.as_str(), &node.id)),
            _ => None,
        })
        .collect();
    let mut seen = Seen::default();
    for (host, sets) in hosts {
        let node = nodes.get(host.as_str());
        if sets.iter().all(|set| is_ours(stack, set)) {
            let id = node.map_or_else(|| unasked(&host, wanted), |id| (*id).clone());
            let found = as_found(&host).field(POINTS_AT, points_at(&sets, balancer));
            seen.found.insert(id, with_target(found, &sets));
        } else if let Some(id) = node {
            seen.foreign.insert((*id).clone(), as_found(&host).fact(POINTS_AT, told(&sets)));
        }
    }
    seen
}

/// The id of an alias that the stack no longer asks for: its host's first label, where no service has that name.
fn unasked(host: &str, wanted: Option<&Topology>) -> NodeId {
    let short = NodeId::part(NodeKind::Alias, host.split('.').next().unwrap_or_default());
    let taken = wanted.is_some_and(|wanted| wanted.nodes.contains_key(&short));
    if taken { NodeId::part(NodeKind::Alias, host) } else { short }
}

/// The facts from which both records can be written down again, where they are as [`make`] writes them.
fn with_target(found: Found, sets: &[&ResourceRecordSet]) -> Found {
    let targets: Vec<&AliasTarget> = sets.iter().filter_map(|set| set.alias_target.as_ref()).collect();
    match targets.as_slice() {
        [one, other] if one == other && !one.evaluate_target_health => {
            found.fact(TARGET, &one.dns_name).fact(TARGET_ZONE, &one.hosted_zone_id)
        }
        _ => found,
    }
}

/// One change of the A record, and the same of the AAAA record.
fn both(action: &ChangeAction, host: &str, target: &str, target_zone: &str) -> Result<Vec<Change>, AwsError> {
    let invalid = |error: aws_sdk_route53::error::BuildError| {
        AwsError::new(format!("describe the alias of `{host}`"), Class::Invalid, error.to_string())
    };
    let target = AliasTarget::builder().hosted_zone_id(target_zone).dns_name(target);
    let target = target.evaluate_target_health(false).build().map_err(invalid)?;
    TYPES
        .into_iter()
        .map(|kind| {
            let set = ResourceRecordSet::builder().name(host).r#type(kind).alias_target(target.clone());
            change::change(action.clone(), set.build().map_err(invalid)?)
        })
        .collect()
}

/// The load balancer, or a clause on each record that leads elsewhere or is missing.
fn points_at(sets: &[&ResourceRecordSet], balancer: Option<&Found>) -> String {
    let wanted = balancer.and_then(|found| found.facts.get("dns name")).map(|name| target(name));
    let wrong = TYPES.iter().filter_map(|kind| {
        let set = sets.iter().find(|set| set.r#type == *kind);
        let there = set.and_then(|set| set.alias_target.as_ref()).map(|alias| target(&alias.dns_name));
        match there {
            None => Some(missing_record(kind.as_str())),
            there if there == wanted => None,
            Some(other) => Some(format!("its {kind} record points at `{other}`")),
        }
    });
    let wrong: Vec<String> = wrong.collect();
    if wrong.is_empty() { LOAD_BALANCER.to_owned() } else { wrong.join(", and ") }
}

/// What somebody else's records say, in short.
fn told(sets: &[&ResourceRecordSet]) -> String {
    let value = |set: &ResourceRecordSet| match &set.alias_target {
        Some(alias) => target(&alias.dns_name),
        None => {
            set.resource_records().iter().map(|record| record.value.as_str()).collect::<Vec<_>>().join(" ")
        }
    };
    sets.iter().map(|set| format!("{} {}", set.r#type, value(set))).collect::<Vec<_>>().join(", ")
}

fn is_ours(stack: &StackName, set: &ResourceRecordSet) -> bool {
    let name = format!("{}-", names::load_balancer(stack)).to_ascii_lowercase();
    set.alias_target.as_ref().is_some_and(|alias| target(&alias.dns_name).starts_with(&name))
}

/// AWS gives the name back in lower case, with a dot, sometimes with a prefix.
fn target(dns_name: &str) -> String {
    let name = without_dot(dns_name).to_ascii_lowercase();
    name.strip_prefix("dualstack.").map(str::to_owned).unwrap_or(name)
}

fn as_found(host: &str) -> Found {
    Found::new(host, Condition::Ready).fact("name", host)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "cruddur-alb-1.us-east-1.elb.amazonaws.com";

    fn record(kind: RrType, target: &str) -> ResourceRecordSet {
        let alias =
            AliasTarget::builder().hosted_zone_id("Z1").dns_name(target).evaluate_target_health(false);
        let set = ResourceRecordSet::builder().name("cruddur-dw.com").r#type(kind);
        set.alias_target(alias.build().expect("an alias")).build().expect("a record")
    }

    fn told(sets: &[ResourceRecordSet]) -> String {
        let balancer = Found::new("balancer", Condition::Ready).fact("dns name", OURS);
        points_at(&sets.iter().collect::<Vec<_>>(), Some(&balancer))
    }

    #[test]
    fn each_record_that_is_missing_or_leads_elsewhere_is_told() {
        let dotted = format!("dualstack.{OURS}.");
        assert_eq!(told(&[record(RrType::A, OURS), record(RrType::Aaaa, &dotted)]), LOAD_BALANCER);
        assert_eq!(told(&[record(RrType::Aaaa, OURS)]), "its A record is missing");
        let other = told(&[record(RrType::A, OURS), record(RrType::Aaaa, "cruddur-alb-0.example.")]);
        assert_eq!(other, "its AAAA record points at `cruddur-alb-0.example`");
        assert_eq!(told(&[]), "its A record is missing, and its AAAA record is missing");
    }
}
