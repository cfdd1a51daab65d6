//! The lines between cards: the graph, reduced to what the eye needs, and laid like wires.
//!
//! A line runs level and upright only. Upright pieces run in the gaps between columns, each in a lane; lines to
//! the same card share one, so that many lines to one card read as one rail.

use std::collections::{BTreeMap, BTreeSet};

use super::places::{COLUMNS, Places};
use super::{CARD_HEIGHT, CARD_WIDTH, Route};
use crate::graph::{Edge, EdgeKind, Topology};
use crate::node::{ListenerDefault, NodeId, NodeKind, Spec};

/// From lane to lane.
pub const LANE: i32 = 8;
/// Where a line meets a card's side: level with its neighbour, or coming from above or below.
const MIDDLE: i32 = CARD_HEIGHT / 2;
const UPPER: i32 = 16;
const LOWER: i32 = CARD_HEIGHT - UPPER;

/// One line before the columns have their places.
struct Wire<'t> {
    edge: &'t Edge,
    path: Path,
}

enum Path {
    /// Between two cards, one straight below the other.
    Down { column: usize, from: i32, to: i32 },
    /// Straight along one row.
    Level { from: usize, to: usize, y: i32 },
    /// Out, along a lane of `gap`, and in.
    Lane { from: (usize, i32), gap: usize, lane: usize, to: (usize, i32) },
}

pub struct Wires<'t> {
    wires: Vec<Wire<'t>>,
    /// How many lanes the gap to the left of each column needs.
    pub lanes: [usize; COLUMNS],
}

/// The lines of `topology`, whose cards stand in their columns at `tops`.
pub fn lay<'t>(topology: &'t Topology, places: &Places, tops: &BTreeMap<NodeId, i32>) -> Wires<'t> {
    let ground = Ground::of(places, tops);
    let mut wires: Vec<Wire<'t>> = reduced(topology)
        .into_iter()
        .filter_map(|edge| Some(Wire { edge, path: ground.path(&edge.from, &edge.to)? }))
        .collect();
    let lanes = share_lanes(&mut wires);
    Wires { wires, lanes }
}

impl Wires<'_> {
    /// The routes, once the left edge of each column and of each gap's first lane is known.
    pub fn routes(&self, columns: &[i32; COLUMNS], gaps: &[i32; COLUMNS]) -> Vec<Route> {
        let side = |column: usize, x: i32| {
            if x < columns[column] { columns[column] } else { columns[column] + CARD_WIDTH }
        };
        let points = |path: &Path| match path {
            Path::Down { column, from, to } => {
                let x = columns[*column] + CARD_WIDTH / 2;
                vec![(x, *from), (x, *to)]
            }
            Path::Level { from, to, y } => {
                let (start, end) = (columns[*from], columns[*to]);
                let (start, end) =
                    if start < end { (start + CARD_WIDTH, end) } else { (start, end + CARD_WIDTH) };
                vec![(start, *y), (end, *y)]
            }
            Path::Lane { from, gap, lane, to } => {
                let x = gaps[*gap] + LANE * i32::try_from(*lane).unwrap_or_default();
                vec![(side(from.0, x), from.1), (x, from.1), (x, to.1), (side(to.0, x), to.1)]
            }
        };
        self.wires
            .iter()
            .map(|Wire { edge, path }| Route {
                from: edge.from.clone(),
                to: edge.to.clone(),
                kind: edge.kind,
                points: points(path),
            })
            .collect()
    }
}

/// The cards, as far as lines have to go around them.
struct Ground<'p> {
    cards: BTreeMap<&'p NodeId, (usize, i32)>,
    columns: [Vec<i32>; COLUMNS],
}

impl<'p> Ground<'p> {
    fn of(places: &'p Places, tops: &BTreeMap<NodeId, i32>) -> Self {
        let mut ground = Self { cards: BTreeMap::new(), columns: Default::default() };
        for (id, place) in places {
            let top = tops.get(id).copied().unwrap_or_default();
            ground.cards.insert(id, (place.column, top));
            ground.columns[place.column].push(top);
        }
        ground.columns.iter_mut().for_each(|column| column.sort_unstable());
        ground
    }

    fn path(&self, from: &NodeId, to: &NodeId) -> Option<Path> {
        let ((column, top), (to_column, to_top)) = (*self.cards.get(from)?, *self.cards.get(to)?);
        if column == to_column {
            return Some(self.within(column, top, to_top));
        }
        if top == to_top && self.is_free(column, to_column, top + MIDDLE) {
            return Some(Path::Level { from: column, to: to_column, y: top + MIDDLE });
        }
        let (leave, enter) =
            if top < to_top { (top + LOWER, to_top + UPPER) } else { (top + UPPER, to_top + LOWER) };
        // The gap beside the target, or else the one beside the source: whichever leaves the way free.
        let beside = |column: usize, other: usize| if column < other { column + 1 } else { column };
        let gap = if self.is_free(column, to_column, leave) {
            beside(to_column, column)
        } else {
            beside(column, to_column)
        };
        Some(Path::Lane { from: (column, leave), gap, lane: 0, to: (to_column, enter) })
    }

    /// In one column: straight where nothing stands between, or else around on the left.
    fn within(&self, column: usize, top: i32, to_top: i32) -> Path {
        let (upper, lower) = (top.min(to_top), top.max(to_top));
        let is_next = !self.columns[column].iter().any(|other| upper < *other && *other < lower);
        if is_next {
            let (from, to) =
                if top < to_top { (top + CARD_HEIGHT, to_top) } else { (top, to_top + CARD_HEIGHT) };
            return Path::Down { column, from, to };
        }
        let (leave, enter) =
            if top < to_top { (top + LOWER, to_top + UPPER) } else { (top + UPPER, to_top + LOWER) };
        Path::Lane { from: (column, leave), gap: column, lane: 0, to: (column, enter) }
    }

    /// Whether no card stands at `y` in the columns between two others.
    fn is_free(&self, one: usize, other: usize, y: i32) -> bool {
        let between = one.min(other) + 1..one.max(other);
        self.columns[between].iter().flatten().all(|top| y < *top || *top + CARD_HEIGHT < y)
    }
}

/// Gives each upright piece the first lane in which no line to another card runs beside it.
fn share_lanes(wires: &mut [Wire<'_>]) -> [usize; COLUMNS] {
    // All lines to one card in one gap are one rail, as long as the longest of them needs.
    let mut rails: BTreeMap<(usize, &NodeId), (i32, i32)> = BTreeMap::new();
    for Wire { edge, path } in wires.iter() {
        if let Path::Lane { from, gap, to, .. } = path {
            let rail = rails.entry((*gap, &edge.to)).or_insert((from.1, from.1));
            *rail = (rail.0.min(from.1).min(to.1), rail.1.max(from.1).max(to.1));
        }
    }
    let mut longest: Vec<_> = rails.into_iter().collect();
    // Short rails lie near the cards on their left, long ones farther out.
    longest.sort_by_key(|((gap, to), (top, bottom))| (*gap, bottom - top, (*to).clone()));
    let mut lanes: [Vec<Vec<(i32, i32)>>; COLUMNS] = Default::default();
    let mut lane_of: BTreeMap<(usize, NodeId), usize> = BTreeMap::new();
    for ((gap, to), (top, bottom)) in longest {
        let is_free = |lane: &Vec<(i32, i32)>| {
            lane.iter().all(|(from, until)| bottom + LANE < *from || *until + LANE < top)
        };
        let free = lanes[gap].iter().position(is_free);
        let lane = free.unwrap_or_else(|| {
            lanes[gap].push(Vec::new());
            lanes[gap].len() - 1
        });
        lanes[gap][lane].push((top, bottom));
        lane_of.insert((gap, to.clone()), lane);
    }
    for Wire { edge, path } in wires {
        if let Path::Lane { gap, lane, .. } = path {
            *lane = lane_of.get(&(*gap, edge.to.clone())).copied().unwrap_or_default();
        }
    }
    lanes.map(|lanes| lanes.len())
}

/// The edges that are drawn: those with a meaning of their own, and needs that no longer way shows already.
fn reduced(topology: &Topology) -> Vec<&Edge> {
    let edges: Vec<&Edge> = topology.edges.iter().filter(|edge| is_for_the_eye(topology, edge)).collect();
    let mut next: BTreeMap<&NodeId, BTreeSet<&NodeId>> = BTreeMap::new();
    for edge in &edges {
        next.entry(&edge.from).or_default().insert(&edge.to);
    }
    edges
        .into_iter()
        .filter(|edge| edge.kind != EdgeKind::Needs || !reaches_by_detour(&next, &edge.from, &edge.to))
        .collect()
}

fn is_for_the_eye(topology: &Topology, edge: &Edge) -> bool {
    match (edge.from.kind, edge.to.kind) {
        // The listener forwards to its default alone.
        (NodeKind::Listener, NodeKind::TargetGroup) => is_default(topology, &edge.from, &edge.to.part),
        // An order that AWS insists on; the way of a request shows it already.
        (NodeKind::Service, NodeKind::Listener | NodeKind::Rule) => false,
        // Everything stands in the network.
        (
            NodeKind::Service | NodeKind::TargetGroup,
            NodeKind::Vpc | NodeKind::Subnet | NodeKind::RouteTable,
        ) => false,
        _ => true,
    }
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
