//! Making a plan: topology × observation × level.
//!
//! [`make`] reads as a table of contents; each step is one function that says why it stands there.

use std::collections::{BTreeMap, BTreeSet};

use super::compare::{compare, leave_for_the_wake, let_followers_follow};
use super::notes::notes;
use super::order::order;
use super::range::pull_into_range;
use super::{Action, Change, Plan, PlanId, Reason};
use crate::graph::Topology;
use crate::node::{Node, NodeId, NodeKind, Spec};
use crate::observation::{Found, MADE, Observation, SHARED, USED_BY};
use crate::operation::OperationKind;
use crate::stack::{HostName, Level, Stack};

/// What somebody asks for.
#[derive(Debug, Clone)]
pub enum Wanted<'a> {
    /// The stack as its file says; at its own level, or else the level that it has, or else awake.
    Deployed { stack: &'a Stack, file: &'a str },
    /// The stack at another level than its file's.
    AtLevel { stack: &'a Stack, file: &'a str, level: Level },
    /// Nothing.
    TornDown { domain: &'a HostName, file: &'a str, delete_zone: bool },
}

/// The plan that leads from `observation` to `wanted`.
pub fn make(id: PlanId, wanted: &Wanted<'_>, observation: &Observation) -> Plan {
    let from = observation.note.as_ref().map(|note| note.level);
    let to = level(wanted, from);
    let topology = topology(wanted, to);
    let mut changes = compare(&topology, observation);
    changes.extend(leave_behind(wanted, &topology, observation, to));
    pull_into_range(&mut changes, observation);
    let_followers_follow(&mut changes);
    leave_for_the_wake(&mut changes, to);
    number_rules(&mut changes, observation);
    order(&mut changes, &topology, observation);
    let kind = kind(wanted, from, to);
    let notes = notes(wanted, &changes, observation, to);
    Plan {
        id,
        parent: None,
        stack: observation.stack.clone(),
        kind,
        from,
        to,
        file: file(wanted),
        changes: changes.into_values().collect(),
        notes,
    }
}

fn level(wanted: &Wanted<'_>, from: Option<Level>) -> Level {
    match wanted {
        Wanted::Deployed { stack, .. } => stack.level.or(from).unwrap_or(Level::Awake),
        Wanted::AtLevel { level, .. } => *level,
        Wanted::TornDown { .. } => Level::Off,
    }
}

fn kind(wanted: &Wanted<'_>, from: Option<Level>, to: Level) -> OperationKind {
    match wanted {
        Wanted::Deployed { .. } => OperationKind::Deploy,
        Wanted::TornDown { .. } => OperationKind::TearDown,
        Wanted::AtLevel { .. } if to < from.unwrap_or(Level::Awake) || to == Level::Awake => {
            OperationKind::Wake
        }
        Wanted::AtLevel { .. } => OperationKind::Park,
    }
}

fn file(wanted: &Wanted<'_>) -> String {
    match wanted {
        Wanted::Deployed { file, .. } | Wanted::AtLevel { file, .. } | Wanted::TornDown { file, .. } => {
            (*file).to_owned()
        }
    }
}

fn topology(wanted: &Wanted<'_>, to: Level) -> Topology {
    match wanted {
        Wanted::Deployed { stack, file } | Wanted::AtLevel { stack, file, .. } => {
            Topology::of(stack, file, to)
        }
        Wanted::TornDown { delete_zone: true, .. } => {
            Topology { level: to, nodes: BTreeMap::new(), edges: Vec::new() }
        }
        // The zone stays, and forgets the stack.
        Wanted::TornDown { domain, delete_zone: false, .. } => {
            let id = NodeId::only(NodeKind::HostedZone);
            let spec = Spec::HostedZone { domain: (*domain).clone(), note: None };
            let zone = Node { id: id.clone(), name: domain.to_string(), spec, service: None };
            Topology { level: to, nodes: BTreeMap::from([(id, zone)]), edges: Vec::new() }
        }
    }
}

/// What is there and not wanted goes; but never what is not ours to delete.
fn leave_behind(
    wanted: &Wanted<'_>,
    topology: &Topology,
    observation: &Observation,
    to: Level,
) -> Vec<(NodeId, Change)> {
    let awake = match wanted {
        Wanted::Deployed { stack, file } | Wanted::AtLevel { stack, file, .. } => {
            Some(Topology::of(stack, file, Level::Awake))
        }
        Wanted::TornDown { .. } => None,
    };
    let reason = |id: &NodeId| match &awake {
        None => Reason::TornDown,
        Some(awake) if awake.nodes.contains_key(id) => Reason::NotAtLevel(to),
        Some(_) => Reason::NotInStack,
    };
    let goes = |id: &NodeId, found: &Found| {
        !topology.nodes.contains_key(id)
            && !id.kind.is_yours()
            && !found.facts.contains_key(SHARED)
            && !found.facts.contains_key(USED_BY)
            && !may_prove_more(wanted, observation, id)
    };
    observation
        .found
        .iter()
        .filter(|(id, found)| goes(id, found))
        .map(|(id, found)| {
            let name = found.facts.get("name").cloned().unwrap_or_else(|| id.part.clone());
            let change = Change {
                id: id.clone(),
                name,
                action: Action::Delete,
                reason: reason(id),
                spec: None,
                after: BTreeSet::new(),
            };
            (id.clone(), change)
        })
        .collect()
}

/// All certificates of an account for one domain are proven by one record. In a zone that was there before, it may
/// prove somebody else's too, whose renewal would fail without it.
fn may_prove_more(wanted: &Wanted<'_>, observation: &Observation, id: &NodeId) -> bool {
    let zone = observation.found.get(&NodeId::only(NodeKind::HostedZone));
    id.kind == NodeKind::ValidationRecord
        && matches!(wanted, Wanted::TornDown { delete_zone: false, .. })
        && zone.is_some_and(|zone| !zone.facts.contains_key(MADE))
}

/// New rules get the lowest free priorities; rules that are there keep theirs.
fn number_rules(changes: &mut BTreeMap<NodeId, Change>, observation: &Observation) {
    let taken = observation.found.iter().filter(|(id, _)| id.kind == NodeKind::Rule);
    let mut taken: BTreeSet<u32> =
        taken.filter_map(|(_, found)| found.facts.get("priority")?.parse().ok()).collect();
    for change in changes.values_mut() {
        let Some(Spec::Rule { priority, .. }) = &mut change.spec else { continue };
        *priority = match observation.found.get(&change.id).and_then(|found| found.facts.get("priority")) {
            Some(kept) => kept.parse().ok(),
            None => (1..=50_000).find(|free| taken.insert(*free)),
        };
    }
}
