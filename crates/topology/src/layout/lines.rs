//! The lines between cards: the graph, reduced to what the eye needs.

use std::collections::{BTreeMap, BTreeSet};

use super::places::Places;
use super::{COLUMN_GAP, Card, Route};
use crate::graph::{Edge, EdgeKind, Topology};
use crate::node::{ListenerDefault, NodeId, NodeKind, Spec};

pub fn of(topology: &Topology, places: &Places, cards: &[Card]) -> Vec<Route> {
    let cards: BTreeMap<&NodeId, &Card> = cards.iter().map(|card| (&card.id, card)).collect();
    reduced(topology)
        .into_iter()
        .filter_map(|edge| {
            let (from, to) = (cards.get(&edge.from)?, cards.get(&edge.to)?);
            let same_column = places.get(&edge.from)?.column == places.get(&edge.to)?.column;
            let points = if same_column { beside(from, to) } else { across(from, to) };
            Some(Route { from: edge.from.clone(), to: edge.to.clone(), kind: edge.kind, points })
        })
        .collect()
}

/// The edges that are drawn: those with a meaning of their own, and needs that no longer way shows already.
fn reduced(topology: &Topology) -> Vec<&Edge> {
    let routes_elsewhere = |edge: &Edge| {
        edge.from.kind == NodeKind::Listener
            && edge.to.kind == NodeKind::TargetGroup
            && !is_default(topology, &edge.from, &edge.to.part)
    };
    let edges: Vec<&Edge> = topology.edges.iter().filter(|edge| !routes_elsewhere(edge)).collect();
    let mut next: BTreeMap<&NodeId, BTreeSet<&NodeId>> = BTreeMap::new();
    for edge in &edges {
        next.entry(&edge.from).or_default().insert(&edge.to);
    }
    edges
        .into_iter()
        .filter(|edge| edge.kind != EdgeKind::Needs || !reaches_by_detour(&next, &edge.from, &edge.to))
        .collect()
}

fn is_default(topology: &Topology, listener: &NodeId, service: &str) -> bool {
    match topology.nodes.get(listener).map(|node| &node.spec) {
        Some(Spec::Listener { default: ListenerDefault::Forward(to), .. }) => to.as_str() == service,
        _ => false,
    }
}

/// Whether `to` can be reached from `from` over at least one other node.
fn reaches_by_detour(next: &BTreeMap<&NodeId, BTreeSet<&NodeId>>, from: &NodeId, to: &NodeId) -> bool {
    let mut seen: BTreeSet<&NodeId> = BTreeSet::new();
    let mut open: Vec<&NodeId> =
        next.get(from).into_iter().flatten().copied().filter(|id| *id != to).collect();
    while let Some(id) = open.pop() {
        if id == to {
            return true;
        }
        if seen.insert(id) {
            open.extend(next.get(id).into_iter().flatten().copied());
        }
    }
    false
}

/// From the side that faces the other card, with one upright piece in the gap beside the left card.
fn across(from: &Card, to: &Card) -> Vec<(i32, i32)> {
    let (start_y, end_y) = (middle(from), middle(to));
    let (start_x, end_x, bend) = if from.x < to.x {
        (from.x + from.width, to.x, from.x + from.width + COLUMN_GAP / 2)
    } else {
        (from.x, to.x + to.width, from.x - COLUMN_GAP / 2)
    };
    if start_y == end_y {
        return vec![(start_x, start_y), (end_x, end_y)];
    }
    vec![(start_x, start_y), (bend, start_y), (bend, end_y), (end_x, end_y)]
}

/// Within one column: around the left side.
fn beside(from: &Card, to: &Card) -> Vec<(i32, i32)> {
    let bend = from.x - 8;
    vec![(from.x, middle(from)), (bend, middle(from)), (bend, middle(to)), (to.x, middle(to))]
}

fn middle(card: &Card) -> i32 {
    card.y + card.height / 2
}
