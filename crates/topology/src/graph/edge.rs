//! What needs what: from the ids alone, so that it can be known of parts that no stack file asks for any more.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::node::{Node, NodeId, NodeKind, Spec};

/// `from` needs `to`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Edge {
    pub from: NodeId,
    pub to: NodeId,
    pub kind: EdgeKind,
    pub milestone: Milestone,
}

/// What an edge means, for the eye.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EdgeKind {
    Needs,
    /// Requests pass from `from` to `to`.
    RoutesTo,
    /// `from` proves that `to` is rightful.
    Proves,
    /// `from` is a name of `to`.
    Names,
}

/// How far `to` must be before `from` can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Milestone {
    /// AWS has accepted it and given it an id.
    Made,
    /// It is ready: issued, active, healthy.
    Settled,
}

/// Every edge between the nodes of `ids`. One table, for what is asked for and for what is found.
pub fn edges(ids: &BTreeSet<NodeId>) -> Vec<Edge> {
    use EdgeKind::{Names, Needs, Proves, RoutesTo};
    use Milestone::{Made, Settled};
    use NodeKind as Kind;

    let mut edges = Vec::new();
    for from in ids {
        let mut link = |kind: Kind, part: &str, meaning: EdgeKind, milestone: Milestone| {
            for to in ids.iter().filter(|to| to.kind == kind && (part == "*" || to.part == part)) {
                edges.push(Edge { from: from.clone(), to: to.clone(), kind: meaning, milestone });
            }
        };
        let part = from.part.as_str();
        match from.kind {
            Kind::HostedZone | Kind::Vpc | Kind::Certificate | Kind::Repository => {}
            Kind::Image | Kind::Cluster | Kind::LogGroup | Kind::Role => {}
            Kind::Delegation => link(Kind::HostedZone, "", Names, Made),
            Kind::Subnet | Kind::InternetGateway | Kind::TargetGroup => link(Kind::Vpc, "", Needs, Made),
            Kind::RouteTable => {
                link(Kind::Vpc, "", Needs, Made);
                link(Kind::Subnet, "*", Needs, Made);
                link(Kind::InternetGateway, "", Needs, Made);
            }
            Kind::SecurityGroup => {
                link(Kind::Vpc, "", Needs, Made);
                if part == "services" {
                    link(Kind::SecurityGroup, "load-balancer", Needs, Made);
                }
            }
            Kind::ValidationRecord => {
                link(Kind::HostedZone, "", Needs, Made);
                link(Kind::Certificate, "", Proves, Made);
            }
            Kind::LoadBalancer => {
                link(Kind::SecurityGroup, "load-balancer", Needs, Made);
                link(Kind::Vpc, "", Needs, Made);
                link(Kind::Subnet, "*", Needs, Made);
                // A load balancer is refused in a VPC without a gateway.
                link(Kind::InternetGateway, "", Needs, Made);
                link(Kind::RouteTable, "", Needs, Made);
            }
            Kind::Listener => {
                link(Kind::LoadBalancer, "", Needs, Made);
                if part == "https" {
                    link(Kind::Certificate, "", Needs, Settled);
                    // The default may forward to any of them, and ids do not say to which.
                    link(Kind::TargetGroup, "*", RoutesTo, Made);
                }
            }
            Kind::Rule => {
                link(Kind::Listener, "https", Needs, Made);
                link(Kind::TargetGroup, part, RoutesTo, Made);
            }
            Kind::Alias => {
                link(Kind::HostedZone, "", Needs, Made);
                link(Kind::LoadBalancer, "", Names, Made);
            }
            Kind::TaskDefinition => {
                link(Kind::Role, "execution", Needs, Made);
                link(Kind::Role, &format!("task/{part}"), Needs, Made);
                link(Kind::LogGroup, part, Needs, Made);
            }
            Kind::Service => {
                link(Kind::Cluster, "", Needs, Settled);
                link(Kind::TaskDefinition, part, Needs, Made);
                link(Kind::Image, part, Needs, Settled);
                link(Kind::TargetGroup, part, Needs, Made);
                link(Kind::SecurityGroup, "services", Needs, Made);
                link(Kind::Subnet, "*", Needs, Made);
                link(Kind::RouteTable, "", Needs, Made);
                // A role removed too early leaves the service draining for ever.
                link(Kind::Role, "execution", Needs, Made);
                link(Kind::Role, &format!("task/{part}"), Needs, Made);
                // A service is refused while no listener or rule attaches its target group.
                link(Kind::Rule, part, Needs, Made);
                link(Kind::Listener, "https", Needs, Made);
            }
            Kind::Schedule => link(Kind::Service, part, Needs, Made),
        }
    }
    edges
}

/// The edges from images to their repositories; only the stack knows which.
pub(super) fn of_images(nodes: &BTreeMap<NodeId, Node>) -> Vec<Edge> {
    nodes
        .values()
        .filter_map(|node| match &node.spec {
            Spec::Image { repository, .. } => Some(Edge {
                from: node.id.clone(),
                to: NodeId::part(NodeKind::Repository, repository),
                kind: EdgeKind::Needs,
                milestone: Milestone::Made,
            }),
            _ => None,
        })
        .collect()
}
