//! Which column and row each node gets.

use std::collections::{BTreeMap, BTreeSet};

use super::Group;
use crate::graph::Topology;
use crate::node::{Node, NodeId, NodeKind, Spec};
use crate::stack::ServiceName;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub group: Group,
    pub column: usize,
    pub row: Row,
}

/// What all services share stands on top; below, each service has a band of rows of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Row {
    Shared(usize),
    /// The band's number, and the rows above this one, those of earlier bands included.
    Band(usize, usize),
}

pub type Places = BTreeMap<NodeId, Place>;

pub const COLUMNS: usize = 6;
/// Rows above the services' bands.
pub const SHARED_ROWS: usize = 2;
const IMAGES: usize = 5;

pub fn of(topology: &Topology) -> Places {
    let mut grid = Grid::default();
    for node in topology.nodes.values() {
        if let Some((group, column, row)) = shared_home(&node.id) {
            grid.put(&node.id, group, column, Row::Shared(row));
        }
    }
    let mut next = 0;
    for (band, service) in services(topology).iter().enumerate() {
        next = grid.put_band(topology, service, band, next);
    }
    // The edge's own parts stand beside the first bands, where the rules leave room.
    for node in topology.nodes.values() {
        if let Some((column, row)) = edge_home(&node.id) {
            grid.put(&node.id, Group::Edge, column, grid.band_row(row));
        }
    }
    put_other_repositories(topology, &mut grid, next);
    grid.places
}

/// Group, column and row of what stands above the bands.
fn shared_home(id: &NodeId) -> Option<(Group, usize, usize)> {
    Some(match (id.kind, id.part.as_str()) {
        (NodeKind::HostedZone, _) => (Group::Dns, 0, 0),
        (NodeKind::Delegation, _) => (Group::Dns, 0, 1),
        (NodeKind::Certificate, _) => (Group::Certificate, 1, 0),
        (NodeKind::ValidationRecord, _) => (Group::Certificate, 1, 1),
        (NodeKind::SecurityGroup, "services") => (Group::Services, 3, 0),
        (NodeKind::Role, "execution") => (Group::Services, 3, 1),
        (NodeKind::Cluster, _) => (Group::Services, 4, 0),
        _ => return None,
    })
}

/// Column and row of what stands at the edge once.
fn edge_home(id: &NodeId) -> Option<(usize, usize)> {
    Some(match (id.kind, id.part.as_str()) {
        (NodeKind::LoadBalancer, _) => (1, 0),
        (NodeKind::SecurityGroup, "load-balancer") => (1, 1),
        (NodeKind::Vpc, _) => (1, 2),
        (NodeKind::InternetGateway, _) => (1, 3),
        (NodeKind::Listener, "https") => (2, 0),
        (NodeKind::Listener, _) => (2, 1),
        (NodeKind::RouteTable, _) => (2, 2),
        (NodeKind::Subnet, _) => (2, 3),
        _ => return None,
    })
}

/// Column and row, inside its band, of what serves one service.
fn band_home(kind: NodeKind) -> Option<(Group, usize, usize)> {
    Some(match kind {
        NodeKind::Alias => (Group::Dns, 0, 0),
        NodeKind::Rule => (Group::Edge, 2, 0),
        NodeKind::TargetGroup => (Group::Services, 3, 0),
        NodeKind::LogGroup => (Group::Services, 3, 1),
        NodeKind::Schedule => (Group::Services, 3, 2),
        NodeKind::Service => (Group::Services, 4, 0),
        NodeKind::TaskDefinition => (Group::Services, 4, 1),
        NodeKind::Role => (Group::Services, 4, 2),
        NodeKind::Image => (Group::Images, IMAGES, 0),
        _ => return None,
    })
}

/// The root's service first, whose requests the listener forwards straight; then by name.
fn services(topology: &Topology) -> Vec<ServiceName> {
    let mut names: BTreeSet<(bool, ServiceName)> = BTreeSet::new();
    for node in topology.nodes.values().filter(|node| node.id.kind == NodeKind::Service) {
        let Some(name) = &node.service else { continue };
        let has_rule = topology.nodes.contains_key(&NodeId::part(NodeKind::Rule, name));
        names.insert((has_rule, name.clone()));
    }
    names.into_iter().map(|(_, name)| name).collect()
}

/// Those of base images: on top while there is room, then below everything.
fn put_other_repositories(topology: &Topology, grid: &mut Grid, end: usize) {
    let others = topology.nodes.keys().filter(|id| id.kind == NodeKind::Repository);
    let others: Vec<&NodeId> = others.filter(|id| !grid.places.contains_key(id)).collect();
    for (index, id) in others.into_iter().enumerate() {
        let row =
            if index < SHARED_ROWS { Row::Shared(index) } else { grid.band_row(end + index - SHARED_ROWS) };
        grid.put(id, Group::Images, IMAGES, row);
    }
}

#[derive(Default)]
struct Grid {
    places: Places,
    /// The first row of each band.
    bands: Vec<usize>,
    taken: BTreeSet<(usize, Row)>,
}

impl Grid {
    /// Puts a node into its column, into the first free row from `row` on.
    fn put(&mut self, id: &NodeId, group: Group, column: usize, mut row: Row) {
        while !self.taken.insert((column, row)) {
            row = match row {
                Row::Shared(row) => Row::Shared(row + 1),
                Row::Band(_, row) => self.band_row(row + 1),
            };
        }
        self.places.insert(id.clone(), Place { group, column, row });
    }

    /// Row `row` below the shared ones, in the band that it falls into.
    fn band_row(&self, row: usize) -> Row {
        let band = self.bands.iter().rposition(|first| *first <= row).unwrap_or_default();
        Row::Band(band, row)
    }

    /// Puts the nodes of one service side by side from row `first` on; returns the first row after them.
    fn put_band(&mut self, topology: &Topology, service: &ServiceName, band: usize, first: usize) -> usize {
        self.bands.push(first);
        let own: Vec<&Node> =
            topology.nodes.values().filter(|node| node.service.as_ref() == Some(service)).collect();
        let mut last = first;
        for node in own {
            let Some((group, column, row)) = band_home(node.id.kind) else { continue };
            self.put(&node.id, group, column, Row::Band(band, first + row));
            last = last.max(first + row);
            if let Spec::Image { repository, .. } = &node.spec {
                let id = NodeId::part(NodeKind::Repository, repository);
                if topology.nodes.contains_key(&id) && !self.places.contains_key(&id) {
                    self.put(&id, Group::Images, IMAGES, Row::Band(band, first + 1));
                }
            }
        }
        last + 1
    }
}
