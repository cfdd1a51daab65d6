//! The order of a plan: what must have happened before each change.
//!
//! What is made comes after what it needs; what goes comes after all that needed it. Nothing that is made waits
//! for anything that goes, so there are no circles.

use std::collections::{BTreeMap, BTreeSet};

use super::{Action, After, Change, Reason};
use crate::graph::{Edge, Milestone, Topology, edges};
use crate::node::{NodeId, NodeKind, Spec};
use crate::observation::Observation;

type Changes = BTreeMap<NodeId, Change>;
type Edges = BTreeMap<NodeId, Vec<(NodeId, Milestone)>>;

pub(super) fn order(changes: &mut Changes, topology: &Topology, observation: &Observation) {
    let ids: BTreeSet<NodeId> = changes.keys().chain(observation.found.keys()).cloned().collect();
    let mut all: BTreeSet<Edge> = edges(&ids).into_iter().collect();
    all.extend(topology.edges.iter().cloned());
    go_after_all_that_needed_it(changes, &all);
    come_after_what_is_needed(changes, &all);
    keep_images_until_services_have_changed(changes);
    note_first(changes);
    forget_last(changes);
}

fn work(changes: &Changes, id: &NodeId) -> Option<Action> {
    changes.get(id).map(|change| change.action).filter(|action| *action != Action::Keep)
}

/// Let go before the ground is taken away, also where letting go is an update.
fn go_after_all_that_needed_it(changes: &mut Changes, all: &BTreeSet<Edge>) {
    for edge in all {
        let lets_go = work(changes, &edge.from).is_some();
        if let Some(change) = changes.get_mut(&edge.to)
            && lets_go
            && change.action == Action::Delete
        {
            change.after.insert(After { id: edge.from.clone(), milestone: Milestone::Settled });
        }
    }
}

/// What is needed may itself be kept and stand on something that changes: then that one comes first all the
/// same. So a schedule of a sleeping service wakes nobody before there is a load balancer again.
fn come_after_what_is_needed(changes: &mut Changes, all: &BTreeSet<Edge>) {
    let mut needs: Edges = BTreeMap::new();
    for edge in all {
        needs.entry(edge.from.clone()).or_default().push((edge.to.clone(), edge.milestone));
    }
    let made: Vec<NodeId> = changes.keys().filter(|id| is_made(work(changes, id))).cloned().collect();
    for id in made {
        let after = grounds(&id, changes, &needs);
        if let Some(change) = changes.get_mut(&id) {
            change.after.extend(after);
        }
    }
}

fn is_made(action: Option<Action>) -> bool {
    action.is_some_and(|action| action != Action::Delete)
}

/// The nearest nodes under `id` that are made, past those that are kept.
fn grounds(id: &NodeId, changes: &Changes, needs: &Edges) -> Vec<After> {
    let mut grounds = Vec::new();
    let mut seen: BTreeSet<&NodeId> = BTreeSet::new();
    let mut open: Vec<&NodeId> = vec![id];
    while let Some(from) = open.pop() {
        for (to, milestone) in needs.get(from).into_iter().flatten() {
            match work(changes, to) {
                // What is made does not wait for its old ground to go.
                Some(Action::Delete) => {}
                Some(_) => grounds.push(After { id: to.clone(), milestone: *milestone }),
                None if seen.insert(to) => open.push(to),
                None => {}
            }
        }
    }
    grounds
}

/// A service that has changed its repository may be rolled back to an image in the old one.
fn keep_images_until_services_have_changed(changes: &mut Changes) {
    let services = changes.keys().filter(|id| id.kind == NodeKind::Service && work(changes, id).is_some());
    let services: Vec<NodeId> = services.cloned().collect();
    let goes = |change: &&mut Change| {
        change.id.kind == NodeKind::Repository
            && change.action == Action::Delete
            && change.reason == Reason::NotInStack
    };
    for change in changes.values_mut().filter(goes) {
        let after = services.iter().map(|id| After { id: id.clone(), milestone: Milestone::Settled });
        change.after.extend(after);
    }
}

/// A new zone notes the stack before anything else is made: what is made without a note could not be found again.
fn note_first(changes: &mut Changes) {
    let zone = NodeId::only(NodeKind::HostedZone);
    if work(changes, &zone) != Some(Action::Create) {
        return;
    }
    let is_left_alone = |action| matches!(action, Action::Keep | Action::Delete);
    for change in changes.values_mut().filter(|change| change.id != zone && !is_left_alone(change.action)) {
        change.after.insert(After { id: zone.clone(), milestone: Milestone::Made });
    }
}

/// The zone's note is how the stack is found again, so it goes last.
fn forget_last(changes: &mut Changes) {
    let zone = NodeId::only(NodeKind::HostedZone);
    let forgets = changes.get(&zone).is_some_and(|change| {
        change.action == Action::Delete || matches!(change.spec, Some(Spec::HostedZone { note: None, .. }))
    });
    if !forgets {
        return;
    }
    let before: Vec<NodeId> = changes
        .values()
        .filter(|change| change.action == Action::Delete && change.id != zone)
        .map(|change| change.id.clone())
        .collect();
    if let Some(change) = changes.get_mut(&zone) {
        change.after.extend(before.into_iter().map(|id| After { id, milestone: Milestone::Settled }));
    }
}
