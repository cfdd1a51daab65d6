//! What stands in the way of a whole plan; apart from planning, so that a plan can always be looked at.

use std::collections::BTreeMap;

use super::make::Wanted;
use super::{Action, Change, Note, Severity, caa, parting};
use crate::node::{NodeId, NodeKind};
use crate::observation::{MADE, Observation};
use crate::stack::{Level, Network, Stack, file};
use crate::words::called;

pub(super) fn notes(
    wanted: &Wanted<'_>,
    changes: &BTreeMap<NodeId, Change>,
    observation: &Observation,
    to: Level,
) -> Vec<Note> {
    let mut notes = foreign(changes, observation);
    notes.extend(zone_of_before(changes, observation));
    notes.extend(caa_forbids(changes, observation));
    if let Wanted::TornDown { .. } = wanted {
        notes.extend(parting::notes(changes, observation));
    }
    if let Wanted::Deployed { stack, .. } | Wanted::AtLevel { stack, .. } = wanted {
        notes.extend(other_region(stack, observation));
        notes.extend(other_domain(stack, observation));
        notes.extend(other_network(stack, observation, to));
    }
    notes
}

/// What has the name of something that is to be made, and is somebody else's.
fn foreign(changes: &BTreeMap<NodeId, Change>, observation: &Observation) -> Vec<Note> {
    let is_in_the_way = |id: &NodeId| {
        changes.get(id).is_some_and(|change| matches!(change.action, Action::Create | Action::Replace))
    };
    observation
        .foreign
        .iter()
        .filter(|(id, _)| is_in_the_way(id))
        .map(|(id, found)| Note {
            severity: Severity::Error,
            node: Some(id.clone()),
            text: format!(
                "`{}` has the name that {} needs, and does not belong to the stack `{}`. Slipway does not touch it: \
                 rename the stack or the service, or remove it by hand.",
                found.aws_id,
                called(id, changes.get(id).map_or(&id.part, |change| &change.name)),
                observation.stack
            ),
        })
        .collect()
}

/// A certificate that can never be issued is better not asked for.
fn caa_forbids(changes: &BTreeMap<NodeId, Change>, observation: &Observation) -> Option<Note> {
    let id = NodeId::only(NodeKind::Certificate);
    let is_asked_for = matches!(changes.get(&id)?.action, Action::Create | Action::Replace);
    let zone = observation.found.get(&NodeId::only(NodeKind::HostedZone))?;
    is_asked_for.then(|| caa::forbids(&id, zone)).flatten()
}

/// A zone that Slipway did not make may serve more than the stack.
fn zone_of_before(changes: &BTreeMap<NodeId, Change>, observation: &Observation) -> Option<Note> {
    let id = NodeId::only(NodeKind::HostedZone);
    let change = changes.get(&id).filter(|change| change.action == Action::Delete)?;
    let is_before = !observation.found.get(&id)?.facts.contains_key(MADE);
    is_before.then(|| Note {
        severity: Severity::Warning,
        node: Some(id),
        text: format!(
            "The hosted zone `{}` was there before Slipway deployed this stack; deleting it takes the domain's name \
             servers with it. Tear down without deleting the zone to keep it.",
            change.name
        ),
    })
}

/// What stands in the other region would be forgotten there, and go on costing money.
fn other_region(stack: &Stack, observation: &Observation) -> Option<Note> {
    let noted = file::read(&observation.note.as_ref()?.file).ok()?.region;
    (noted != stack.region).then(|| Note {
        severity: Severity::Error,
        node: None,
        text: format!(
            "The stack `{}` stands in `{noted}`, and cannot move to `{}`. Tear it down first, or deploy under another \
             stack name and domain.",
            stack.name, stack.region
        ),
    })
}

fn other_domain(stack: &Stack, observation: &Observation) -> Option<Note> {
    let id = NodeId::only(NodeKind::HostedZone);
    let noted = observation.found.get(&id)?.facts.get("domain")?;
    (noted != stack.domain.as_str()).then(|| Note {
        severity: Severity::Error,
        node: Some(id),
        text: format!(
            "The stack `{}` stands under `{noted}`. To move it to `{}`, tear it down first, or deploy under another \
             stack name.",
            stack.name, stack.domain
        ),
    })
}

/// Load balancer, target groups and security groups cannot move to another network.
fn other_network(stack: &Stack, observation: &Observation, to: Level) -> Option<Note> {
    let stands_in_it = |id: &NodeId| {
        matches!(
            id.kind,
            NodeKind::Subnet | NodeKind::SecurityGroup | NodeKind::TargetGroup | NodeKind::LoadBalancer
        )
    };
    if to == Level::Off || !observation.found.keys().any(stands_in_it) {
        return None;
    }
    let noted = file::read(&observation.note.as_ref()?.file).ok()?;
    (noted.network != stack.network).then(|| Note {
        severity: Severity::Error,
        node: Some(NodeId::only(NodeKind::Vpc)),
        text: format!(
            "The stack `{}` stands in {}, and cannot move to {} as it is. Park it at level `off`, deploy this file, and \
             wake it.",
            stack.name,
            in_words(&noted.network),
            in_words(&stack.network)
        ),
    })
}

fn in_words(network: &Network) -> String {
    match network {
        Network::DefaultVpc => "the default VPC".into(),
        Network::Dedicated { cidr } => format!("a VPC of its own, `{cidr}`"),
    }
}
