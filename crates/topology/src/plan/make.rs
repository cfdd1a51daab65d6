//! Making a plan: topology × observation × level.
//!
//! [`make`] reads as a table of contents; each step is one function that says why it stands there.

use std::collections::{BTreeMap, BTreeSet};

use super::{Action, After, Change, Difference, Note, Plan, PlanId, Reason, ReplaceBecause, Severity};
use crate::graph::{Edge, Milestone, Topology, edges};
use crate::node::{Node, NodeId, NodeKind, Spec};
use crate::observation::{Condition, FINGERPRINT, Found, Observation, SHARED};
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
    TornDown { domain: &'a HostName, delete_zone: bool },
}

/// The plan that leads from `observation` to `wanted`.
pub fn make(id: PlanId, wanted: &Wanted<'_>, observation: &Observation) -> Plan {
    let from = observation.note.as_ref().map(|note| note.level);
    let to = level(wanted, from);
    let topology = topology(wanted, to);
    let mut changes = compare(&topology, observation);
    changes.extend(leave_behind(wanted, &topology, observation, to));
    let_followers_follow(&mut changes);
    number_rules(&mut changes, observation);
    order(&mut changes, &topology, observation);
    let kind = kind(wanted, from, to);
    let notes = notes(wanted, observation);
    Plan {
        id,
        parent: None,
        stack: observation.stack.clone(),
        kind,
        from,
        to,
        file: file(wanted, observation),
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

fn file(wanted: &Wanted<'_>, observation: &Observation) -> String {
    match wanted {
        Wanted::Deployed { file, .. } | Wanted::AtLevel { file, .. } => (*file).to_owned(),
        Wanted::TornDown { .. } => {
            observation.note.as_ref().map(|note| note.file.clone()).unwrap_or_default()
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
        Wanted::TornDown { domain, delete_zone: false } => {
            let id = NodeId::only(NodeKind::HostedZone);
            let spec = Spec::HostedZone { domain: (*domain).clone(), note: None };
            let zone = Node { id: id.clone(), name: domain.to_string(), spec, service: None };
            Topology { level: to, nodes: BTreeMap::from([(id, zone)]), edges: Vec::new() }
        }
    }
}

/// Every node that is wanted, against what is there.
fn compare(topology: &Topology, observation: &Observation) -> BTreeMap<NodeId, Change> {
    let change = |node: &Node| {
        let (action, reason) = judge(node, observation.found.get(&node.id), topology);
        let change = Change {
            id: node.id.clone(),
            name: node.name.clone(),
            action,
            reason,
            spec: Some(node.spec.clone()),
            after: BTreeSet::new(),
        };
        (node.id.clone(), change)
    };
    topology.nodes.values().map(change).collect()
}

fn judge(node: &Node, found: Option<&Found>, topology: &Topology) -> (Action, Reason) {
    let Some(found) = found else {
        return match &node.spec {
            Spec::HostedZone { note: None, .. } => (Action::Keep, Reason::UpToDate),
            _ if node.id.kind.is_yours() => {
                let ground = topology.needs(&node.id).next().map_or(node.id.clone(), |edge| edge.to.clone());
                (Action::WaitForYou, Reason::WaitsFor(ground))
            }
            _ => (Action::Create, Reason::Missing),
        };
    };
    if let Some(because) = must_replace(node.id.kind, found) {
        return (Action::Replace, Reason::Replace(because));
    }
    let differences = differences(&node.spec, found);
    if matches!(node.spec, Spec::HostedZone { note: None, .. }) && !differences.is_empty() {
        return (Action::Update, Reason::ZoneKept);
    }
    if !differences.is_empty() {
        return (Action::Update, Reason::Differs(differences));
    }
    match &found.condition {
        Condition::Ready if matches!(node.spec, Spec::Vpc { cidr: None, .. }) => {
            (Action::Keep, Reason::NotOurs)
        }
        Condition::Ready => (Action::Keep, Reason::UpToDate),
        Condition::Settling(what) => (Action::Update, Reason::Unsettled(what.clone())),
        Condition::Unwell(why) => (Action::Update, Reason::Unwell(why.clone())),
        Condition::WaitingForYou(ask) => (Action::WaitForYou, Reason::WaitsForYou(ask.clone())),
    }
}

fn must_replace(kind: NodeKind, found: &Found) -> Option<ReplaceBecause> {
    match (kind, &found.condition) {
        (NodeKind::Certificate, Condition::Unwell(why)) => {
            Some(ReplaceBecause::CertificateUnusable(why.clone()))
        }
        (NodeKind::LoadBalancer, Condition::Unwell(why)) => {
            Some(ReplaceBecause::LoadBalancerFailed(why.clone()))
        }
        _ => None,
    }
}

/// The fields that differ, among those that were read. The fingerprint speaks only when nothing else does.
fn differences(spec: &Spec, found: &Found) -> Vec<Difference> {
    let wanted = spec.fields();
    let mut differences: Vec<Difference> = wanted
        .iter()
        .filter_map(|(field, to)| {
            let from = found.fields.get(field)?;
            (from != to).then(|| Difference {
                field: field.clone(),
                from: Some(from.clone()),
                to: to.clone(),
            })
        })
        .collect();
    if matches!(spec, Spec::TaskDefinition(_)) && found.fields.len() > 1 {
        differences.extend(comings_and_goings(&wanted, &found.fields));
    }
    let fingerprint_only = differences.iter().all(|difference| difference.field == FINGERPRINT);
    if !fingerprint_only {
        differences.retain(|difference| difference.field != FINGERPRINT);
    }
    differences
}

/// Variables and secrets that come or go; only where the definition was read in full.
fn comings_and_goings(
    wanted: &BTreeMap<String, String>,
    found: &BTreeMap<String, String>,
) -> Vec<Difference> {
    let is_named = |field: &&String| field.starts_with("env ") || field.starts_with("secret ");
    let come = wanted
        .keys()
        .filter(is_named)
        .filter(|field| !found.contains_key(*field))
        .map(|field| Difference { field: field.clone(), from: None, to: wanted[field].clone() });
    let go = found.keys().filter(is_named).filter(|field| !wanted.contains_key(*field)).map(|field| {
        Difference { field: field.clone(), from: Some(found[field].clone()), to: String::new() }
    });
    come.chain(go).collect()
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
        !topology.nodes.contains_key(id) && !id.kind.is_yours() && !found.facts.contains_key(SHARED)
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

/// Some nodes carry the id of another: when that one is made anew, they change with it.
fn let_followers_follow(changes: &mut BTreeMap<NodeId, Change>) {
    let renewed = |changes: &BTreeMap<NodeId, Change>, id: &NodeId| {
        changes.get(id).is_some_and(|change| match (id.kind, change.action) {
            // Each change of a task definition is a new revision, which its service must be told.
            (NodeKind::TaskDefinition, Action::Create | Action::Update | Action::Replace) => true,
            (_, Action::Create | Action::Replace) => true,
            _ => false,
        })
    };
    let ids: BTreeSet<NodeId> = changes.keys().cloned().collect();
    // Leaders stand before their followers in the order of kinds, so one pass is enough.
    for id in &ids {
        let leader =
            carried_by(id).into_iter().find(|leader| ids.contains(leader) && renewed(changes, leader));
        let (Some(leader), Some(change)) = (leader, changes.get_mut(id)) else { continue };
        if change.action == Action::Keep {
            change.action = Action::Update;
            change.reason = Reason::Follows(leader);
        }
    }
}

/// The nodes whose AWS id `id` carries, beyond what its fields show.
fn carried_by(id: &NodeId) -> Vec<NodeId> {
    match id.kind {
        NodeKind::Service => vec![
            NodeId::part(NodeKind::TaskDefinition, &id.part),
            NodeId::part(NodeKind::TargetGroup, &id.part),
            NodeId::part(NodeKind::SecurityGroup, "services"),
        ],
        NodeKind::Alias => vec![NodeId::only(NodeKind::LoadBalancer)],
        NodeKind::ValidationRecord => vec![NodeId::only(NodeKind::Certificate)],
        NodeKind::Listener if id.part == "https" => vec![NodeId::only(NodeKind::Certificate)],
        NodeKind::Rule => vec![NodeId::part(NodeKind::TargetGroup, &id.part)],
        NodeKind::TaskDefinition => vec![
            NodeId::part(NodeKind::Role, "execution"),
            NodeId::part(NodeKind::Role, format!("task/{}", id.part)),
        ],
        _ => vec![],
    }
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

/// What is made comes after what it needs; what goes comes after all that needed it.
fn order(changes: &mut BTreeMap<NodeId, Change>, topology: &Topology, observation: &Observation) {
    let work = |changes: &BTreeMap<NodeId, Change>, id: &NodeId| {
        changes.get(id).map(|change| change.action).filter(|action| *action != Action::Keep)
    };
    let ids: BTreeSet<NodeId> = changes.keys().chain(observation.found.keys()).cloned().collect();
    let mut all: BTreeSet<Edge> = edges(&ids).into_iter().collect();
    all.extend(topology.edges.iter().cloned());
    for Edge { from, to, milestone, .. } in all {
        let (Some(of_from), Some(of_to)) = (work(changes, &from), work(changes, &to)) else { continue };
        let (first, then, milestone) = match (of_from, of_to) {
            // Let go before the ground is taken away, also where letting go is an update.
            (_, Action::Delete) => (from, to, Milestone::Settled),
            // What goes does not wait for its ground to change, nor the ground for it.
            (Action::Delete, _) => continue,
            _ => (to, from, milestone),
        };
        if let Some(change) = changes.get_mut(&then) {
            change.after.insert(After { id: first, milestone });
        }
    }
    let zone = NodeId::only(NodeKind::HostedZone);
    let forgets = changes.get(&zone).is_some_and(|change| {
        change.action == Action::Delete || matches!(change.spec, Some(Spec::HostedZone { note: None, .. }))
    });
    if forgets {
        // The zone's note is how the stack is found again, so it goes last.
        let before: Vec<NodeId> = changes
            .values()
            .filter(|change| change.action == Action::Delete && change.id != zone)
            .map(|change| change.id.clone())
            .collect();
        if let Some(change) = changes.get_mut(&zone) {
            change.after.extend(before.into_iter().map(|id| After { id, milestone: Milestone::Settled }));
        }
    }
}

/// What stands in the way of the whole plan.
fn notes(wanted: &Wanted<'_>, observation: &Observation) -> Vec<Note> {
    let mut notes: Vec<Note> = observation
        .foreign
        .iter()
        .map(|(id, found)| Note {
            severity: Severity::Error,
            node: Some(id.clone()),
            text: format!(
                "`{}` has the name that `{id}` needs, and does not belong to the stack `{}`. Slipway does not touch it: \
                 rename the stack or the service, or remove it by hand.",
                found.aws_id, observation.stack
            ),
        })
        .collect();
    let stack = match wanted {
        Wanted::Deployed { stack, .. } | Wanted::AtLevel { stack, .. } => stack,
        Wanted::TornDown { .. } => return notes,
    };
    let zone = observation.found.get(&NodeId::only(NodeKind::HostedZone));
    if let Some(noted) = zone.and_then(|found| found.facts.get("domain"))
        && noted != stack.domain.as_str()
    {
        notes.push(Note {
            severity: Severity::Error,
            node: Some(NodeId::only(NodeKind::HostedZone)),
            text: format!(
                "The stack `{}` stands under `{noted}`. To move it to `{}`, tear it down first, or deploy under another \
                 stack name.",
                stack.name, stack.domain
            ),
        });
    }
    notes
}
