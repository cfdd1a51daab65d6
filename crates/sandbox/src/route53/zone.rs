//! Hosted zones, with the SOA and NS records that each is born with.

use std::collections::HashMap;

use winterbaume_core::MockResponse;
use winterbaume_route53::model::{
    CreateHostedZoneResponse, DelegationSet, DelegationSetNameServers, DeleteHostedZoneResponse,
    GetHostedZoneResponse, HostedZone, HostedZoneConfig, HostedZones, ListHostedZonesByNameResponse,
    ListHostedZonesResponse,
};
use winterbaume_route53::wire;

use super::change::{Submitted, submit};
use super::record::{Record, order};
use super::{invalid_input, with_namespace};
use crate::clock::Moment;
use crate::quotas;
use crate::refusal::{Answer, Refusal, refusal, refuse};
use crate::router::Call;
use crate::tags::Tags;
use crate::wire::Form;
use crate::world::World;

#[derive(Debug, Default)]
pub(crate) struct Zones {
    /// Oldest first.
    pub(super) zones: Vec<Zone>,
    pub(super) changes: HashMap<String, Submitted>,
}

impl Zones {
    pub(crate) fn count(&self) -> usize {
        self.zones.len()
    }
}

#[derive(Debug)]
pub(super) struct Zone {
    pub(super) id: String,
    /// Lower case, with the final dot.
    pub(super) name: String,
    caller_reference: String,
    comment: Option<String>,
    name_servers: Vec<String>,
    pub(super) records: Vec<Record>,
    pub(super) tags: Tags,
}

impl Zone {
    fn tree(&self) -> HostedZone {
        HostedZone {
            id: Some(format!("/hostedzone/{}", self.id)),
            name: Some(self.name.clone()),
            caller_reference: Some(self.caller_reference.clone()),
            config: Some(HostedZoneConfig { comment: self.comment.clone(), private_zone: Some(false) }),
            resource_record_set_count: Some(self.records.len() as i64),
            ..HostedZone::default()
        }
    }

    fn delegation(&self) -> DelegationSet {
        DelegationSet {
            name_servers: Some(DelegationSetNameServers { items: self.name_servers.clone() }),
            ..DelegationSet::default()
        }
    }
}

impl Zones {
    pub(super) fn get(&self, id: &str) -> Result<&Zone, Refusal> {
        self.zones.iter().find(|zone| zone.id == id).ok_or_else(|| missing(id))
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Result<&mut Zone, Refusal> {
        self.zones.iter_mut().find(|zone| zone.id == id).ok_or_else(|| missing(id))
    }

    /// The zone that answers for a name: the most specific one, and of several with one name, the newest.
    pub(super) fn zone_of(&self, name: &str) -> Option<&Zone> {
        let inside = |zone: &&Zone| name == zone.name || name.ends_with(&format!(".{}", zone.name));
        self.zones.iter().filter(inside).max_by_key(|zone| zone.name.len())
    }

    /// Since when the delegated zone of `name` has this CNAME with this value.
    pub(crate) fn cname_since(&self, name: &str, value: &str) -> Option<Moment> {
        let zone = self.zone_of(name)?;
        let record = zone.records.iter().find(|record| record.is("CNAME", name))?;
        record.has_value(value).then_some(record.since)
    }
}

fn missing(id: &str) -> Refusal {
    refusal("NoSuchHostedZone", format!("No hosted zone found with ID: {id}")).with_status(404)
}

/// Lower case with the final dot.
pub(super) fn full_name(name: &str) -> String {
    let name = name.to_ascii_lowercase().replace("\\052", "*");
    if name.ends_with('.') { name } else { format!("{name}.") }
}

fn is_domain(name: &str) -> bool {
    let labels: Vec<&str> = name.trim_end_matches('.').split('.').collect();
    name.len() <= 255
        && labels.iter().all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        })
}

pub(super) fn create(world: &mut World, call: &Call) -> Answer {
    let request = wire::deserialize_create_hosted_zone_request(&call.request, &[], &call.params)
        .map_err(invalid_input)?;
    let name = full_name(&request.name);
    if !is_domain(&name) {
        return refuse("InvalidDomainName", format!("{} is not a valid domain name", request.name));
    }
    if request.caller_reference.is_empty() {
        return refuse("InvalidInput", "The caller reference must not be empty");
    }
    let mut zones = world.zones.zones.iter();
    if zones.any(|zone| zone.caller_reference == request.caller_reference) {
        return Err(refusal(
            "HostedZoneAlreadyExists",
            "A hosted zone has already been created with the specified caller reference.",
        )
        .with_status(409));
    }
    quotas::check(world.zones.count(), world.quotas.hosted_zones, "TooManyHostedZones", "hosted zones")?;
    let id = format!("Z{}", world.ids.upper(20));
    let number = world.ids.below(500);
    let name_servers: Vec<String> = ["com", "net", "org", "co.uk"]
        .iter()
        .enumerate()
        .map(|(index, end)| format!("ns-{}.awsdns-{:02}.{end}", number + 512 * index as u64, number % 64))
        .collect();
    let soa = format!(
        "{}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400",
        name_servers.first().cloned().unwrap_or_default()
    );
    let dotted = name_servers.iter().map(|server| format!("{server}.")).collect();
    let zone = Zone {
        id: id.clone(),
        records: vec![
            Record::plain(&name, "NS", 172_800, dotted, world.now),
            Record::plain(&name, "SOA", 900, vec![soa], world.now),
        ],
        name,
        caller_reference: request.caller_reference,
        comment: request.hosted_zone_config.and_then(|config| config.comment),
        name_servers,
        tags: Tags::new(),
    };
    let answer = CreateHostedZoneResponse {
        hosted_zone: Some(zone.tree()),
        delegation_set: Some(zone.delegation()),
        change_info: Some(submit(world, None)),
        v_p_c: None,
    };
    world.zones.zones.push(zone);
    let mut response = with_namespace(wire::serialize_create_hosted_zone_response(&answer));
    let location = format!("https://route53.amazonaws.com/2013-04-01/hostedzone/{id}");
    if let Ok(location) = location.parse() {
        response.headers.insert("location", location);
    }
    Ok(response)
}

pub(super) fn get(world: &mut World, id: &str) -> Answer {
    let zone = world.zones.get(id)?;
    let answer = GetHostedZoneResponse {
        hosted_zone: Some(zone.tree()),
        delegation_set: Some(zone.delegation()),
        v_p_cs: None,
    };
    Ok(with_namespace(wire::serialize_get_hosted_zone_response(&answer)))
}

fn max_items(call: &Call) -> Result<usize, Refusal> {
    let asked = Form(&call.params).number("maxitems")?.unwrap_or(100);
    Ok(asked.clamp(1, 100) as usize)
}

pub(super) fn list(world: &mut World, call: &Call) -> Answer {
    let size = max_items(call)?;
    let zones = &world.zones.zones;
    let marker = call.params.get("marker").filter(|marker| !marker.is_empty());
    let start = match marker {
        Some(marker) => zones
            .iter()
            .position(|zone| zone.id == *marker)
            .ok_or_else(|| refusal("InvalidInput", format!("The marker {marker} names no hosted zone")))?,
        None => 0,
    };
    let next = zones.get(start + size).map(|zone| zone.id.clone());
    let answer = ListHostedZonesResponse {
        hosted_zones: Some(HostedZones {
            items: zones.iter().skip(start).take(size).map(Zone::tree).collect(),
        }),
        is_truncated: Some(next.is_some()),
        marker: marker.cloned(),
        max_items: Some(size as i32),
        next_marker: next,
    };
    Ok(with_namespace(wire::serialize_list_hosted_zones_response(&answer)))
}

pub(super) fn list_by_name(world: &mut World, call: &Call) -> Answer {
    let size = max_items(call)?;
    let from = call.params.get("dnsname").map(|name| full_name(name));
    let from_id = call.params.get("hostedzoneid").cloned();
    let mut zones: Vec<&Zone> = world.zones.zones.iter().collect();
    zones.sort_by_key(|zone| (order(&zone.name), zone.id.clone()));
    let start = from.as_ref().map(|name| (order(name), from_id.clone().unwrap_or_default()));
    let rest: Vec<&Zone> = zones
        .into_iter()
        .filter(|zone| start.as_ref().is_none_or(|start| (order(&zone.name), zone.id.clone()) >= *start))
        .collect();
    let next = rest.get(size);
    let answer = ListHostedZonesByNameResponse {
        hosted_zones: Some(HostedZones { items: rest.iter().take(size).map(|zone| zone.tree()).collect() }),
        d_n_s_name: from,
        hosted_zone_id: from_id,
        is_truncated: Some(next.is_some()),
        max_items: Some(size as i32),
        next_d_n_s_name: next.map(|zone| zone.name.clone()),
        next_hosted_zone_id: next.map(|zone| zone.id.clone()),
    };
    Ok(with_namespace(wire::serialize_list_hosted_zones_by_name_response(&answer)))
}

pub(super) fn count(world: &mut World) -> Answer {
    let body = format!(
        "<GetHostedZoneCountResponse><HostedZoneCount>{}</HostedZoneCount></GetHostedZoneCountResponse>",
        world.zones.zones.len()
    );
    Ok(with_namespace(MockResponse::xml(200, body)))
}

pub(super) fn dnssec(world: &mut World, id: &str) -> Answer {
    world.zones.get(id)?;
    let body = "<GetDNSSECResponse><Status><ServeSignature>NOT_SIGNING</ServeSignature></Status><KeySigningKeys></KeySigningKeys></GetDNSSECResponse>";
    Ok(with_namespace(MockResponse::xml(200, body)))
}

pub(super) fn comment(world: &mut World, call: &Call, id: &str) -> Answer {
    let request = wire::deserialize_update_hosted_zone_comment_request(&call.request, &[], &call.params)
        .map_err(invalid_input)?;
    let zone = world.zones.get_mut(id)?;
    zone.comment = request.comment;
    let answer =
        winterbaume_route53::model::UpdateHostedZoneCommentResponse { hosted_zone: Some(zone.tree()) };
    Ok(with_namespace(wire::serialize_update_hosted_zone_comment_response(&answer)))
}

pub(super) fn delete(world: &mut World, id: &str) -> Answer {
    let zone = world.zones.get(id)?;
    if zone.records.len() > 2 {
        return refuse(
            "HostedZoneNotEmpty",
            "The specified hosted zone contains non-required resource record sets and so cannot be deleted.",
        );
    }
    world.zones.zones.retain(|zone| zone.id != id);
    let answer = DeleteHostedZoneResponse { change_info: Some(submit(world, None)) };
    Ok(with_namespace(wire::serialize_delete_hosted_zone_response(&answer)))
}
