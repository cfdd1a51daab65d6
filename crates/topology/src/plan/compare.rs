//! Every node that is wanted, against what is there.

use std::collections::{BTreeMap, BTreeSet};

use super::{Action, Change, Difference, Reason, ReplaceBecause};
use crate::graph::Topology;
use crate::node::{Node, NodeId, NodeKind, Spec};
use crate::observation::{Condition, FINGERPRINT, Found, Observation};
use crate::stack::Level;

/// Every node that is wanted, against what is there.
pub(super) fn compare(topology: &Topology, observation: &Observation) -> BTreeMap<NodeId, Change> {
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

/// What the level does not need now waits for the wake, and nobody waits for it.
pub(super) fn leave_for_the_wake(changes: &mut BTreeMap<NodeId, Change>, to: Level) {
    let https = changes.get(&NodeId::part(NodeKind::Listener, "https"));
    let is_served = https.is_some_and(|listener| listener.action == Action::Keep);
    for change in changes.values_mut() {
        let is_left = match (change.id.kind, change.action) {
            // No tasks, no images to wait for.
            (NodeKind::Image, Action::WaitForYou | Action::Update) => to > Level::Awake,
            // Without a listener nothing uses the certificate.
            (NodeKind::Delegation, Action::WaitForYou) => to > Level::Doze,
            (NodeKind::Certificate, Action::Update) => to > Level::Doze || (to > Level::Awake && is_served),
            // A service is refused while its target group has no load balancer.
            (NodeKind::Service | NodeKind::Schedule, Action::Create) => to > Level::Doze,
            _ => false,
        };
        if is_left {
            change.action = Action::Keep;
            change.reason = Reason::NotAtLevel(to);
        }
    }
}

/// Some nodes carry the id of another: when that one is made anew, they change with it.
pub(super) fn let_followers_follow(changes: &mut BTreeMap<NodeId, Change>) {
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
        let Some(leader) = leader else { continue };
        let is_replaced = changes.get(&leader).is_some_and(|change| change.action == Action::Replace);
        let Some(change) = changes.get_mut(id) else { continue };
        // A listener goes with its load balancer; what is there now is not what has to be changed.
        let goes_with_it = is_replaced && leader.kind == NodeKind::LoadBalancer && id.kind != NodeKind::Alias;
        change.action = match change.action {
            Action::Keep | Action::Update if goes_with_it => Action::Replace,
            Action::Keep => Action::Update,
            // It is on its way to what it is to leave again.
            Action::Update if change.only_waits() => Action::Update,
            _ => continue,
        };
        change.reason = Reason::Follows(leader);
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
        // Listeners and rules go with their load balancer.
        NodeKind::Listener if id.part == "https" => {
            vec![NodeId::only(NodeKind::LoadBalancer), NodeId::only(NodeKind::Certificate)]
        }
        NodeKind::Listener => vec![NodeId::only(NodeKind::LoadBalancer)],
        NodeKind::Rule => {
            vec![NodeId::only(NodeKind::LoadBalancer), NodeId::part(NodeKind::TargetGroup, &id.part)]
        }
        NodeKind::TaskDefinition => vec![
            NodeId::part(NodeKind::Role, "execution"),
            NodeId::part(NodeKind::Role, format!("task/{}", id.part)),
        ],
        _ => vec![],
    }
}
