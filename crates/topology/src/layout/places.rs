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
    pub row: usize,
    /// Above the services' bands.
    pub is_shared: bool,
}

pub type Places = BTreeMap<NodeId, Place>;

/// Rows above the services' bands.
const SHARED_ROWS: usize = 2;

pub fn of(topology: &Topology) -> Places {
    let mut grid = Grid::default();
    for node in topology.nodes.values().filter(|node| is_shared(node)) {
        let (group, column) = home(node.id.kind);
        grid.put(node, group, column, 0, true);
    }
    let first_band = SHARED_ROWS;
    // What the edge shares stands beside the first bands.
    for node in topology.nodes.values().filter(|node| node.service.is_none() && !is_shared(node)) {
        if node.id.kind != NodeKind::Repository {
            let (group, column) = home(node.id.kind);
            grid.put(node, group, column, first_band, false);
        }
    }
    let mut band = first_band;
    for service in services(topology) {
        band = grid.put_band(topology, &service, band);
    }
    for node in topology.nodes.values().filter(|node| node.id.kind == NodeKind::Repository) {
        if !grid.places.contains_key(&node.id) {
            grid.put(node, Group::Images, 6, first_band, false);
        }
    }
    grid.places
}

/// The services in the order of the listener's hosts: the root first, then by name.
fn services(topology: &Topology) -> Vec<ServiceName> {
    let mut names: BTreeSet<(bool, ServiceName)> = BTreeSet::new();
    for node in topology.nodes.values().filter(|node| node.id.kind == NodeKind::Service) {
        let Some(name) = &node.service else { continue };
        let has_rule = topology.nodes.contains_key(&NodeId::part(NodeKind::Rule, name));
        names.insert((has_rule, name.clone()));
    }
    names.into_iter().map(|(_, name)| name).collect()
}

fn is_shared(node: &Node) -> bool {
    let is_service_group = node.id.kind == NodeKind::SecurityGroup && node.id.part == "services";
    let kind_is_shared = matches!(
        node.id.kind,
        NodeKind::HostedZone
            | NodeKind::Delegation
            | NodeKind::Certificate
            | NodeKind::ValidationRecord
            | NodeKind::Cluster
    );
    is_service_group || kind_is_shared || node.id.kind == NodeKind::Role && node.service.is_none()
}

/// Group and column of a kind.
fn home(kind: NodeKind) -> (Group, usize) {
    match kind {
        NodeKind::HostedZone | NodeKind::Delegation | NodeKind::Alias => (Group::Dns, 0),
        NodeKind::Certificate | NodeKind::ValidationRecord => (Group::Certificate, 1),
        NodeKind::LoadBalancer
        | NodeKind::Vpc
        | NodeKind::Subnet
        | NodeKind::InternetGateway
        | NodeKind::RouteTable
        | NodeKind::SecurityGroup => (Group::Edge, 1),
        NodeKind::Listener | NodeKind::Rule => (Group::Edge, 2),
        NodeKind::TargetGroup => (Group::Services, 3),
        NodeKind::Service | NodeKind::Schedule | NodeKind::Cluster => (Group::Services, 4),
        NodeKind::TaskDefinition | NodeKind::LogGroup | NodeKind::Role => (Group::Services, 5),
        NodeKind::Repository | NodeKind::Image => (Group::Images, 6),
    }
}

#[derive(Default)]
struct Grid {
    places: Places,
    taken: BTreeSet<(usize, usize)>,
}

impl Grid {
    /// Puts `node` into the first free row of its column from `row` on.
    fn put(&mut self, node: &Node, group: Group, column: usize, row: usize, is_shared: bool) -> usize {
        let (group, column) = match (node.id.kind, node.id.part.as_str()) {
            // Beside the cluster, not below it.
            (NodeKind::SecurityGroup, "services") => (Group::Services, 3),
            _ => (group, column),
        };
        let mut row = row;
        while !self.taken.insert((column, row)) {
            row += 1;
        }
        self.places.insert(node.id.clone(), Place { group, column, row, is_shared });
        row
    }

    /// Puts the nodes of one service side by side from `band` on; returns the next band.
    fn put_band(&mut self, topology: &Topology, service: &ServiceName, band: usize) -> usize {
        let mut next = band + 1;
        let mut own: Vec<&Node> =
            topology.nodes.values().filter(|node| node.service.as_ref() == Some(service)).collect();
        // The definition stands beside its service, what the definition needs below.
        own.sort_by_key(|node| match node.id.kind {
            NodeKind::TaskDefinition | NodeKind::Service | NodeKind::Image => 0,
            _ => 1,
        });
        for node in own {
            let (group, column) = home(node.id.kind);
            next = next.max(self.put(node, group, column, band, false) + 1);
            if let Spec::Image { repository, .. } = &node.spec {
                let id = NodeId::part(NodeKind::Repository, repository);
                if let Some(repository) =
                    topology.nodes.get(&id).filter(|node| !self.places.contains_key(&node.id))
                {
                    next = next.max(self.put(repository, Group::Images, 6, band, false) + 1);
                }
            }
        }
        next
    }
}
