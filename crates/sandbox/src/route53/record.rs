//! Record sets: a batch of changes is checked as a whole, and applies as a whole or not at all.

use winterbaume_route53::model::{
    Change, ChangeResourceRecordSetsResponse, ListResourceRecordSetsResponse, ResourceRecord,
    ResourceRecordSet, ResourceRecordSets, ResourceRecords,
};
use winterbaume_route53::wire;

use super::change::submit;
use super::zone::{Zone, full_name};
use super::{invalid_input, with_namespace};
use crate::clock::Moment;
use crate::refusal::{Answer, Refusal, refusal};
use crate::router::Call;
use crate::wire::Form;
use crate::world::World;

/// The zone that every ALB's own name lies in, in us-east-1.
pub(crate) const ALB_ZONE: &str = "Z35SXDOTRQ7X7K";

#[derive(Debug, Clone)]
pub(super) struct Record {
    set: ResourceRecordSet,
    /// When the record got its present values.
    pub(super) since: Moment,
}

impl Record {
    pub(super) fn plain(name: &str, kind: &str, ttl: i64, values: Vec<String>, now: Moment) -> Self {
        let items = values.into_iter().map(|value| ResourceRecord { value }).collect();
        Record {
            set: ResourceRecordSet {
                name: name.to_owned(),
                r#type: kind.to_owned(),
                t_t_l: Some(ttl),
                resource_records: Some(ResourceRecords { items }),
                ..ResourceRecordSet::default()
            },
            since: now,
        }
    }

    pub(super) fn is(&self, kind: &str, name: &str) -> bool {
        self.set.r#type == kind && self.set.name == name
    }

    pub(super) fn has_value(&self, value: &str) -> bool {
        let records = self.set.resource_records.iter().flat_map(|records| &records.items);
        let bare = |text: &str| text.trim_end_matches('.').to_ascii_lowercase();
        records.into_iter().any(|record| bare(&record.value) == bare(value))
    }

    /// The name that this record leads on to: an alias's target, or a CNAME's value.
    pub(super) fn leads_to(&self) -> Option<&str> {
        match (self.set.r#type.as_str(), &self.set.alias_target) {
            ("A" | "AAAA", Some(alias)) => Some(&alias.d_n_s_name),
            ("CNAME", None) => {
                let records = self.set.resource_records.as_ref()?;
                records.items.first().map(|record| record.value.as_str())
            }
            _ => None,
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.set.name
    }

    fn key(&self) -> (Vec<String>, String, Option<String>) {
        (order(&self.set.name), self.set.r#type.clone(), self.set.set_identifier.clone())
    }
}

/// Route 53 sorts names by their labels from the right.
pub(super) fn order(name: &str) -> Vec<String> {
    name.trim_end_matches('.').rsplit('.').map(|label| label.replace('*', "\\052")).collect()
}

fn batch_error(problems: &[String]) -> Refusal {
    refusal("InvalidChangeBatch", format!("[{}]", problems.join(", ")))
}

pub(super) fn change(world: &mut World, call: &Call, id: &str) -> Answer {
    let request = wire::deserialize_change_resource_record_sets_request(&call.request, &[], &call.params)
        .map_err(invalid_input)?;
    let zone = world.zones.get(id)?;
    let mut records = zone.records.clone();
    let mut problems = Vec::new();
    let mut seen = Vec::new();
    for change in request.change_batch.changes.items {
        let change = normal(change);
        let set = &change.resource_record_set;
        let key =
            (set.name.clone(), set.r#type.clone(), set.set_identifier.clone(), change.action == "DELETE");
        if seen.contains(&key) {
            problems.push(format!(
                "The request contains an invalid set of changes for a resource record set '{} {} {}'",
                change.action, set.r#type, set.name
            ));
            continue;
        }
        seen.push(key);
        let checked = check(world, zone, &change);
        if let Err(problem) = checked.and_then(|()| apply(&mut records, &zone.name, &change, world.now)) {
            problems.push(problem);
        }
    }
    if seen.is_empty() && problems.is_empty() {
        return Err(batch_error(&["The batch holds no changes".to_owned()]));
    }
    if !problems.is_empty() {
        return Err(batch_error(&problems));
    }
    records.sort_by_key(Record::key);
    world.zones.get_mut(id)?.records = records;
    let answer =
        ChangeResourceRecordSetsResponse { change_info: Some(submit(world, request.change_batch.comment)) };
    Ok(with_namespace(wire::serialize_change_resource_record_sets_response(&answer)))
}

fn normal(mut change: Change) -> Change {
    let set = &mut change.resource_record_set;
    set.name = full_name(&set.name);
    if let Some(alias) = &mut set.alias_target {
        alias.d_n_s_name = full_name(&alias.d_n_s_name);
    }
    change
}

/// What is wrong with a change, whatever the zone holds.
fn check(world: &World, zone: &Zone, change: &Change) -> Result<(), String> {
    let set = &change.resource_record_set;
    if set.name != zone.name && !set.name.ends_with(&format!(".{}", zone.name)) {
        return Err(format!("RRSet with DNS name {} is not permitted in zone {}", set.name, zone.name));
    }
    if set.r#type == "CNAME" && set.name == zone.name {
        return Err(format!(
            "RRSet of type CNAME with DNS name {} is not permitted at apex in zone {}",
            set.name, zone.name
        ));
    }
    let values = set.resource_records.as_ref().map_or(0, |records| records.items.len());
    match &set.alias_target {
        Some(_) if values > 0 || set.t_t_l.is_some() => {
            Err("Invalid request: an alias can have neither TTL nor resource records".to_owned())
        }
        None if values == 0 || set.t_t_l.is_none() => Err(format!(
            "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found none in Change with [Action={}, Name={}, Type={}, SetIdentifier=null]",
            change.action, set.name, set.r#type
        )),
        Some(alias) if change.action != "DELETE" && alias.hosted_zone_id == ALB_ZONE => {
            if world.balancing.answers_to(&alias.d_n_s_name) {
                return Ok(());
            }
            Err(format!(
                "Tried to create an alias that targets {}, type {} in zone {}, but that target was not found",
                alias.d_n_s_name, set.r#type, alias.hosted_zone_id
            ))
        }
        _ => Ok(()),
    }
}

/// Applies one change to the records, or says why it cannot be.
fn apply(records: &mut Vec<Record>, apex: &str, change: &Change, now: Moment) -> Result<(), String> {
    let set = &change.resource_record_set;
    let subject = format!("resource record set [name='{}', type='{}']", set.name, set.r#type);
    let at = records.iter().position(|record| {
        record.is(&set.r#type, &set.name) && record.set.set_identifier == set.set_identifier
    });
    match (change.action.as_str(), at) {
        ("CREATE", Some(_)) => Err(format!("Tried to create {subject} but it already exists")),
        ("DELETE", None) => Err(format!("Tried to delete {subject} but it was not found")),
        ("DELETE", Some(at)) => {
            if !same_values(&records[at].set, set) {
                return Err(format!(
                    "Tried to delete {subject} but the values provided do not match the current values"
                ));
            }
            match set.r#type.as_str() {
                "SOA" if set.name == apex => {
                    Err("A HostedZone must contain exactly one SOA record.".to_owned())
                }
                "NS" if set.name == apex => {
                    Err("A HostedZone must contain at least one NS record for the zone itself.".to_owned())
                }
                _ => {
                    records.remove(at);
                    Ok(())
                }
            }
        }
        ("UPSERT", Some(at)) => {
            if !same_values(&records[at].set, set) {
                records[at] = Record { set: set.clone(), since: now };
            }
            Ok(())
        }
        ("CREATE" | "UPSERT", None) => {
            let neighbours = records.iter().filter(|record| record.set.name == set.name);
            let conflict = neighbours
                .into_iter()
                .any(|record| (record.set.r#type == "CNAME") != (set.r#type == "CNAME"));
            if conflict {
                return Err(format!(
                    "RRSet of type {} with DNS name {} is not permitted as it conflicts with other records with the same DNS name in zone {apex}",
                    set.r#type, set.name
                ));
            }
            records.push(Record { set: set.clone(), since: now });
            Ok(())
        }
        (other, _) => Err(format!("Invalid action '{other}'")),
    }
}

fn same_values(old: &ResourceRecordSet, new: &ResourceRecordSet) -> bool {
    let values = |set: &ResourceRecordSet| -> Vec<String> {
        let items = set.resource_records.iter().flat_map(|records| &records.items);
        let mut values: Vec<String> = items.map(|record| record.value.clone()).collect();
        values.sort();
        values
    };
    let alias = |set: &ResourceRecordSet| {
        set.alias_target.as_ref().map(|alias| {
            (alias.d_n_s_name.clone(), alias.hosted_zone_id.clone(), alias.evaluate_target_health)
        })
    };
    values(old) == values(new) && alias(old) == alias(new) && old.t_t_l == new.t_t_l
}

pub(super) fn list(world: &mut World, call: &Call, id: &str) -> Answer {
    let zone = world.zones.get(id)?;
    let size = Form(&call.params).number("maxitems")?.unwrap_or(300).clamp(1, 300) as usize;
    let start = call.params.get("name").map(|name| {
        let kind = call.params.get("type").cloned().unwrap_or_default();
        (order(&full_name(name)), kind)
    });
    let rest: Vec<&Record> = zone
        .records
        .iter()
        .filter(|record| {
            let (name, kind, _) = record.key();
            start.as_ref().is_none_or(|start| (name, kind) >= *start)
        })
        .collect();
    let next = rest.get(size).map(|record| shown(&record.set));
    let answer = ListResourceRecordSetsResponse {
        resource_record_sets: Some(ResourceRecordSets {
            items: rest.iter().take(size).map(|record| shown(&record.set)).collect(),
        }),
        is_truncated: Some(next.is_some()),
        max_items: Some(size as i32),
        next_record_name: next.as_ref().map(|set| set.name.clone()),
        next_record_type: next.as_ref().map(|set| set.r#type.clone()),
        next_record_identifier: next.and_then(|set| set.set_identifier),
    };
    Ok(with_namespace(wire::serialize_list_resource_record_sets_response(&answer)))
}

/// Route 53 shows a wildcard's star as its octal code.
fn shown(set: &ResourceRecordSet) -> ResourceRecordSet {
    ResourceRecordSet { name: set.name.replace('*', "\\052"), ..set.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change_of(action: &str, record: Record) -> Change {
        Change { action: action.to_owned(), resource_record_set: record.set }
    }

    #[test]
    fn a_delete_must_repeat_the_values() {
        let record = |value: &str| Record::plain("a.x.", "A", 60, vec![value.to_owned()], 0.0);
        let mut records = vec![record("1.1.1.1")];
        let wrong = apply(&mut records, "x.", &change_of("DELETE", record("2.2.2.2")), 1.0);
        assert!(wrong.is_err_and(|text| text.contains("do not match")));
        assert!(apply(&mut records, "x.", &change_of("DELETE", record("1.1.1.1")), 1.0).is_ok());
        assert!(records.is_empty());
    }

    #[test]
    fn an_upsert_with_the_same_values_keeps_its_age() {
        let record = |now| Record::plain("a.x.", "A", 60, vec!["1.1.1.1".to_owned()], now);
        let mut records = vec![record(5.0)];
        assert!(apply(&mut records, "x.", &change_of("UPSERT", record(0.0)), 9.0).is_ok());
        assert_eq!(records[0].since, 5.0);
    }
}
