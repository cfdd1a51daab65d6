//! What stands in the way of a whole plan; apart from planning, so that a plan can always be looked at.

use std::collections::BTreeMap;

use super::collision::{self, OWNER};
use super::make::Wanted;
use super::{Action, Change, Note, Severity, caa, parting};
use crate::node::{NodeId, NodeKind, Spec};
use crate::observation::{CHOSEN, Found, MADE, NOTED, OTHER_ZONES, Observation, SHARED, USED_BY};
use crate::stack::{Level, Network, Stack, file};
use crate::words::called;

pub(super) fn notes(
    wanted: &Wanted<'_>,
    changes: &BTreeMap<NodeId, Change>,
    observation: &Observation,
    to: Level,
) -> Vec<Note> {
    let mut notes = foreign(changes, observation);
    notes.extend(repositories(changes, observation));
    notes.extend(other_zones(observation));
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
    let in_the_way = |id: &NodeId| {
        let change = changes.get(id)?;
        let is_made = matches!(change.action, Action::Create | Action::Replace);
        is_made.then_some(change).zip(change.spec.as_ref())
    };
    let note = |(id, found): (&NodeId, &Found)| {
        let (change, spec) = in_the_way(id)?;
        let whose = format!(
            "`{}` has the name that {} needs, and does not belong to the stack `{}`.",
            found.aws_id,
            called(id, &change.name),
            observation.stack
        );
        Some(match collision::obstacle(spec, found, observation) {
            None => Note {
                severity: Severity::Error,
                node: Some(id.clone()),
                text: format!(
                    "{whose} {} Or rename the stack or the service, or remove it by hand.",
                    collision::meaning(id.kind)
                ),
                offer: Some(id.clone()),
            },
            Some(obstacle) => Note {
                severity: Severity::Error,
                node: Some(id.clone()),
                text: format!("{whose} Slipway does not touch it, and cannot take it over: {obstacle}"),
                offer: None,
            },
        })
    };
    observation.foreign.iter().filter_map(note).collect()
}

/// Repositories that the stack uses and does not own, where it was asked whose they are; and those of its own that a
/// tear down leaves to another stack.
fn repositories(changes: &BTreeMap<NodeId, Change>, observation: &Observation) -> Vec<Note> {
    let all = observation.found.iter().filter(|(id, _)| id.kind == NodeKind::Repository);
    let note = |(id, found): (&NodeId, &Found)| {
        if let Some(user) = found.facts.get(USED_BY) {
            let text = format!("The repository `{}` stays: the stack `{user}` uses its images.", id.part);
            return Some(Note { severity: Severity::Note, node: Some(id.clone()), text, offer: None });
        }
        let is_asked = found.facts.get(SHARED).is_some_and(|shared| shared != NOTED);
        let spec = changes.get(id)?.spec.as_ref().filter(|_| is_asked)?;
        Some(shared_repository(id, spec, found, observation))
    };
    all.filter_map(note).collect()
}

fn shared_repository(id: &NodeId, spec: &Spec, found: &Found, observation: &Observation) -> Note {
    let was = match found.facts.get(OWNER) {
        Some(owner) => format!("The repository `{}` belongs to the stack `{owner}`.", id.part),
        None => format!("The repository `{}` was there before.", id.part),
    };
    let used = "Slipway uses its images, and neither changes nor deletes it.";
    let is_safe = collision::obstacle(spec, found, observation).is_none();
    let text = match is_safe {
        true => format!("{was} {used} {}", collision::meaning(id.kind)),
        false => format!("{was} {used}"),
    };
    Note { severity: Severity::Note, node: Some(id.clone()), text, offer: is_safe.then(|| id.clone()) }
}

/// AWS lets an account have several zones of one name, and visitors are led to one of them alone.
fn other_zones(observation: &Observation) -> Option<Note> {
    let id = NodeId::only(NodeKind::HostedZone);
    let fact = |name: &str| observation.found.get(&id)?.facts.get(name);
    let (zone, others) = (fact("zone id")?, fact(OTHER_ZONES)?);
    Some(Note {
        severity: Severity::Warning,
        node: Some(id.clone()),
        text: format!(
            "The domain `{}` has more than one hosted zone in this account. Slipway uses `{zone}`, because {}, and leaves \
             `{}` alone. Only the zone whose name servers the registrar names answers visitors: see that it names those \
             of `{zone}`, and delete what is left over once nobody needs its records.",
            fact("domain")?,
            fact(CHOSEN)?,
            others.replace(' ', "`, `"),
        ),
        offer: None,
    })
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
        offer: None,
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
        offer: None,
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
        offer: None,
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
        offer: None,
    })
}

fn in_words(network: &Network) -> String {
    match network {
        Network::DefaultVpc => "the default VPC".into(),
        Network::Dedicated { cidr } => format!("a VPC of its own, `{cidr}`"),
    }
}
