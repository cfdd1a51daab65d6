//! The topology: the nodes and edges that a stack asks for at a level.
//!
//! Nodes come from the stack. Edges come from the ids alone ([`edges`]), so that the order of a tear down
//! can be known for parts that no stack file asks for any more.

mod edge;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use edge::{Edge, EdgeKind, Milestone, edges};

use crate::names;
use crate::node::{
    Ingress, IngressSource, ListenerDefault, Node, NodeId, NodeKind, RolePurpose, Spec, TargetCheck,
    TaskDefinition, ZoneNote,
};
use crate::stack::{Host, HostName, Image, Level, Network, Service, Stack};

/// How long a target drains; short, because a container gets its own time to stop.
pub const DEREGISTRATION_DELAY: u32 = 5;
/// Days that logs are kept.
pub const LOG_RETENTION_DAYS: u32 = 30;
/// Seconds after a task's start in which failing checks do not count: slow images need them.
pub const GRACE: u32 = 60;
/// A fast check for fast services, as AWS suggests for short deployments.
pub const CHECK: TargetCheck = TargetCheck { interval: 5, timeout: 4, healthy: 2, unhealthy: 2 };

/// What a stack asks for. The same stack gives the same topology.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topology {
    pub level: Level,
    pub nodes: BTreeMap<NodeId, Node>,
    pub edges: Vec<Edge>,
}

impl Topology {
    /// The topology of `stack` at `level`. `file` is the stack file's text, which the hosted zone notes.
    pub fn of(stack: &Stack, file: &str, level: Level) -> Self {
        let mut nodes = always(stack, file, level);
        if level <= Level::Sleep {
            nodes.extend(network(stack));
            nodes.extend(certificate(stack));
            nodes.extend(security_groups(stack));
            nodes.extend(cluster(stack));
            for service in &stack.services {
                nodes.extend(service_nodes(stack, service, level));
            }
        }
        if level <= Level::Doze {
            nodes.extend(edge(stack));
        }
        let nodes: BTreeMap<_, _> = nodes.into_iter().map(|node| (node.id.clone(), node)).collect();
        let mut edges = edges(&nodes.keys().cloned().collect());
        edges.extend(edge::of_images(&nodes));
        edges.sort();
        Self { level, nodes, edges }
    }

    /// The edges that leave `id`.
    pub fn needs<'a>(&'a self, id: &'a NodeId) -> impl Iterator<Item = &'a Edge> {
        self.edges.iter().filter(move |edge| &edge.from == id)
    }
}

fn node(id: NodeId, name: impl Into<String>, spec: Spec) -> Node {
    Node { id, name: name.into(), spec, service: None }
}

/// What every level keeps.
fn always(stack: &Stack, file: &str, level: Level) -> Vec<Node> {
    let note = Some(ZoneNote { level, file: file.to_owned() });
    let mut nodes = vec![node(
        NodeId::only(NodeKind::HostedZone),
        stack.domain.as_str(),
        Spec::HostedZone { domain: stack.domain.clone(), note },
    )];
    for name in stack.repositories() {
        nodes.push(node(NodeId::part(NodeKind::Repository, &name), name.clone(), Spec::Repository { name }));
    }
    nodes
}

fn network(stack: &Stack) -> Vec<Node> {
    let name = |part: &str| names::network(&stack.name, part);
    let cidr = match &stack.network {
        Network::DefaultVpc => {
            let spec = Spec::Vpc { cidr: None, name: name("vpc") };
            return vec![node(NodeId::only(NodeKind::Vpc), "default", spec)];
        }
        Network::Dedicated { cidr } => cidr,
    };
    let subnets = crate::stack::check::subnets(cidr);
    let mut nodes = vec![
        node(
            NodeId::only(NodeKind::Vpc),
            cidr.clone(),
            Spec::Vpc { cidr: Some(cidr.clone()), name: name("vpc") },
        ),
        node(
            NodeId::only(NodeKind::InternetGateway),
            stack.name.as_str(),
            Spec::InternetGateway { name: name("internet-gateway") },
        ),
        node(NodeId::only(NodeKind::RouteTable), "public", Spec::RouteTable { name: name("route-table") }),
    ];
    for (zone, (part, cidr)) in ["a", "b"].into_iter().zip(subnets).enumerate() {
        let spec = Spec::Subnet { cidr: cidr.clone(), zone, name: name(&format!("subnet-{part}")) };
        nodes.push(node(NodeId::part(NodeKind::Subnet, part), cidr, spec));
    }
    nodes
}

fn certificate(stack: &Stack) -> Vec<Node> {
    let domain = stack.domain.clone();
    let wildcard = HostName::new(format!("*.{domain}"));
    vec![
        node(
            NodeId::only(NodeKind::Delegation),
            domain.as_str(),
            Spec::Delegation { domain: domain.clone() },
        ),
        node(
            NodeId::only(NodeKind::Certificate),
            domain.as_str(),
            Spec::Certificate { domain: domain.clone(), alternatives: vec![wildcard] },
        ),
        node(
            NodeId::only(NodeKind::ValidationRecord),
            domain.as_str(),
            Spec::ValidationRecord { domain: domain.clone() },
        ),
    ]
}

fn security_groups(stack: &Stack) -> Vec<Node> {
    let balancer = NodeId::part(NodeKind::SecurityGroup, "load-balancer");
    let mut ports: Vec<u16> = stack.services.iter().map(|service| service.port).collect();
    ports.sort_unstable();
    ports.dedup();
    let from_world = [80, 443].map(|port| Ingress { from: IngressSource::World, port });
    let from_balancer = ports
        .into_iter()
        .map(|port| Ingress { from: IngressSource::Group(balancer.clone()), port })
        .collect();
    vec![
        node(
            balancer,
            "load balancer",
            Spec::SecurityGroup {
                name: names::security_group(&stack.name, "load-balancer"),
                description: "The world to the load balancer".into(),
                ingress: from_world.into(),
            },
        ),
        node(
            NodeId::part(NodeKind::SecurityGroup, "services"),
            "services",
            Spec::SecurityGroup {
                name: names::security_group(&stack.name, "services"),
                description: "The load balancer to the services".into(),
                ingress: from_balancer,
            },
        ),
    ]
}

fn cluster(stack: &Stack) -> Vec<Node> {
    let mut secrets: Vec<_> =
        stack.services.iter().flat_map(|service| service.secrets.values().cloned()).collect();
    secrets.sort();
    secrets.dedup();
    vec![
        node(
            NodeId::only(NodeKind::Cluster),
            stack.name.as_str(),
            Spec::Cluster { name: names::cluster(&stack.name) },
        ),
        node(
            NodeId::part(NodeKind::Role, "execution"),
            "execution",
            Spec::Role {
                name: names::execution_role(&stack.name),
                purpose: RolePurpose::Execution { secrets },
            },
        ),
    ]
}

/// What one service has of its own, apart from what stands at the edge.
fn service_nodes(stack: &Stack, service: &Service, level: Level) -> Vec<Node> {
    let name = &service.name;
    let id = |kind| NodeId::part(kind, name);
    let mut nodes = vec![
        node(
            id(NodeKind::TargetGroup),
            name.as_str(),
            Spec::TargetGroup {
                name: names::target_group(&stack.name, name),
                port: service.port,
                path: service.health.path.clone(),
                check: CHECK,
                deregistration_delay: DEREGISTRATION_DELAY,
            },
        ),
        node(
            id(NodeKind::LogGroup),
            name.as_str(),
            Spec::LogGroup { name: names::log_group(&stack.name, name), retention_days: LOG_RETENTION_DAYS },
        ),
        node(
            NodeId::part(NodeKind::Role, format!("task/{name}")),
            name.as_str(),
            Spec::Role { name: names::task_role(&stack.name, name), purpose: RolePurpose::Task },
        ),
        node(
            id(NodeKind::TaskDefinition),
            name.as_str(),
            Spec::TaskDefinition(TaskDefinition {
                family: names::family(&stack.name, name),
                service: name.clone(),
                image: service.image.clone(),
                port: service.port,
                cpu: service.cpu,
                memory: service.memory,
                env: service.env.clone(),
                secrets: service.secrets.clone(),
                command: service.health.command.clone(),
                log_group: names::log_group(&stack.name, name),
            }),
        ),
        node(
            id(NodeKind::Service),
            name.as_str(),
            Spec::Service {
                name: names::service(&stack.name, name),
                service: name.clone(),
                port: service.port,
                count: if level == Level::Awake { service.count } else { 0 },
                scheduled: stack.schedule.is_some(),
                grace: GRACE,
            },
        ),
    ];
    if let Image::Own { repository, tag } = &service.image {
        nodes.push(node(
            id(NodeKind::Image),
            format!("{repository}:{tag}"),
            Spec::Image { repository: repository.clone(), tag: tag.clone() },
        ));
    }
    if let Some(schedule) = &stack.schedule {
        nodes.push(node(
            id(NodeKind::Schedule),
            name.as_str(),
            Spec::Schedule {
                service: name.clone(),
                count: service.count,
                suspended: level != Level::Awake,
                timezone: schedule.timezone.clone(),
                wake: schedule.wake_cron(),
                doze: schedule.doze_cron(),
            },
        ));
    }
    for node in &mut nodes {
        node.service = Some(name.clone());
    }
    nodes
}

/// What sleep takes away: the load balancer and all that hangs on it.
fn edge(stack: &Stack) -> Vec<Node> {
    let default = stack
        .root_service()
        .map_or(ListenerDefault::NotFound, |service| ListenerDefault::Forward(service.name.clone()));
    let mut nodes = vec![
        node(
            NodeId::only(NodeKind::LoadBalancer),
            names::load_balancer(&stack.name),
            Spec::LoadBalancer { name: names::load_balancer(&stack.name) },
        ),
        node(
            NodeId::part(NodeKind::Listener, "http"),
            "HTTP 80",
            Spec::Listener { port: 80, default: ListenerDefault::RedirectToHttps },
        ),
        node(NodeId::part(NodeKind::Listener, "https"), "HTTPS 443", Spec::Listener { port: 443, default }),
    ];
    for service in &stack.services {
        let host = stack.host_name(service);
        let mut own = vec![node(
            NodeId::part(NodeKind::Alias, &service.name),
            host.as_str(),
            Spec::Alias { host: host.clone() },
        )];
        if service.host != Host::Root {
            own.push(node(
                NodeId::part(NodeKind::Rule, &service.name),
                host.as_str(),
                Spec::Rule { host: host.clone(), service: service.name.clone(), priority: None },
            ));
        }
        for node in &mut own {
            node.service = Some(service.name.clone());
        }
        nodes.append(&mut own);
    }
    nodes
}
