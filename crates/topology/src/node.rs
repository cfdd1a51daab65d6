//! One part on AWS: its kind, its id, and what is wanted of it.
//!
//! A [`Spec`] says what is wanted in our words; only the engine's adapters know how AWS says it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::stack::{HostName, Level, SecretRef, ServiceName};

/// What a node is. The order is the order of building, from what needs nothing upwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NodeKind {
    HostedZone,
    /// Not on AWS: the registrar names the zone's name servers. A person makes it true.
    Delegation,
    Vpc,
    Subnet,
    InternetGateway,
    RouteTable,
    SecurityGroup,
    Certificate,
    ValidationRecord,
    LoadBalancer,
    TargetGroup,
    Listener,
    Rule,
    Alias,
    Repository,
    /// Not made by Slipway: an image with the tag asked for is in its repository. A person makes it true.
    Image,
    Cluster,
    LogGroup,
    Role,
    TaskDefinition,
    Service,
    Schedule,
}

/// A node's id inside its stack: `kind` or `kind/part`, such as `service/backend`; also its tag on AWS.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    pub kind: NodeKind,
    /// Empty where a stack has but one of the kind.
    pub part: String,
}

/// One node of a topology.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    pub id: NodeId,
    /// What a person calls it: the service, host, repository; on cards and in sentences.
    pub name: String,
    pub spec: Spec,
    /// The service that the node serves alone, if any.
    pub service: Option<ServiceName>,
}

/// What is wanted of a node. Names are those on AWS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spec {
    HostedZone {
        domain: HostName,
        /// What the zone's tags note; `None` when the zone is let go by a tear down that keeps it.
        note: Option<ZoneNote>,
    },
    Delegation {
        domain: HostName,
    },
    Vpc {
        /// `None`: the account's default VPC, which is used and never changed.
        cidr: Option<String>,
        name: String,
    },
    Subnet {
        cidr: String,
        /// Which of the region's availability zones, in order of their names, from 0.
        zone: usize,
        name: String,
    },
    InternetGateway {
        name: String,
    },
    RouteTable {
        name: String,
    },
    SecurityGroup {
        name: String,
        description: String,
        ingress: Vec<Ingress>,
    },
    Certificate {
        domain: HostName,
        /// Further names; the wildcard.
        alternatives: Vec<HostName>,
    },
    ValidationRecord {
        domain: HostName,
    },
    LoadBalancer {
        name: String,
    },
    TargetGroup {
        name: String,
        port: u16,
        /// The path that the check asks for.
        path: String,
        check: TargetCheck,
        /// Seconds that a target drains.
        deregistration_delay: u32,
    },
    Listener {
        port: u16,
        default: ListenerDefault,
    },
    Rule {
        host: HostName,
        service: ServiceName,
        /// Given by the plan when the rule is made; not compared.
        priority: Option<u32>,
    },
    /// The A and the AAAA record of one host, both to the load balancer.
    Alias {
        host: HostName,
    },
    Repository {
        name: String,
    },
    Image {
        repository: String,
        tag: String,
    },
    Cluster {
        name: String,
    },
    LogGroup {
        name: String,
        retention_days: u32,
    },
    Role {
        name: String,
        purpose: RolePurpose,
    },
    TaskDefinition(TaskDefinition),
    Service {
        name: String,
        service: ServiceName,
        port: u16,
        /// Tasks wanted now, at the plan's level.
        count: u32,
        /// A schedule moves the count by itself, so that a count that differs is no difference.
        scheduled: bool,
        /// Seconds in which failing checks do not count after a task's start.
        grace: u32,
    },
    Schedule {
        service: ServiceName,
        /// Tasks when awake.
        count: u32,
        /// Asleep by hand: the actions stay, but do not fire.
        suspended: bool,
        timezone: String,
        /// `cron(...)` that wakes.
        wake: String,
        /// `cron(...)` that lets doze.
        doze: String,
    },
}

/// What the hosted zone's tags note, so that AWS alone is enough to find a stack again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoneNote {
    pub level: Level,
    /// The stack file's text.
    pub file: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ingress {
    pub from: IngressSource,
    pub port: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IngressSource {
    /// 0.0.0.0/0 and ::/0.
    World,
    /// Another security group of the stack.
    Group(NodeId),
}

/// How a target group finds out that a target is well; seconds and counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetCheck {
    pub interval: u32,
    pub timeout: u32,
    pub healthy: u32,
    pub unhealthy: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListenerDefault {
    RedirectToHttps,
    Forward(ServiceName),
    /// No service at the root: a plain 404.
    NotFound,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RolePurpose {
    /// What ECS itself does for the tasks: pull images, write logs, read these secrets.
    Execution { secrets: Vec<SecretRef> },
    /// What the containers may do: nothing, until somebody adds to it.
    Task,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskDefinition {
    pub family: String,
    pub service: ServiceName,
    pub image: crate::stack::Image,
    pub port: u16,
    /// Fargate CPU units.
    pub cpu: u32,
    /// MiB.
    pub memory: u32,
    pub env: BTreeMap<String, String>,
    pub secrets: BTreeMap<String, SecretRef>,
    /// The container's own check; empty: none.
    pub command: Vec<String>,
    pub log_group: String,
}

impl NodeKind {
    pub const ALL: [NodeKind; 22] = [
        NodeKind::HostedZone,
        NodeKind::Delegation,
        NodeKind::Vpc,
        NodeKind::Subnet,
        NodeKind::InternetGateway,
        NodeKind::RouteTable,
        NodeKind::SecurityGroup,
        NodeKind::Certificate,
        NodeKind::ValidationRecord,
        NodeKind::LoadBalancer,
        NodeKind::TargetGroup,
        NodeKind::Listener,
        NodeKind::Rule,
        NodeKind::Alias,
        NodeKind::Repository,
        NodeKind::Image,
        NodeKind::Cluster,
        NodeKind::LogGroup,
        NodeKind::Role,
        NodeKind::TaskDefinition,
        NodeKind::Service,
        NodeKind::Schedule,
    ];

    /// The word in ids and tags.
    pub fn word(self) -> &'static str {
        match self {
            NodeKind::HostedZone => "hosted-zone",
            NodeKind::Delegation => "delegation",
            NodeKind::Vpc => "vpc",
            NodeKind::Subnet => "subnet",
            NodeKind::InternetGateway => "internet-gateway",
            NodeKind::RouteTable => "route-table",
            NodeKind::SecurityGroup => "security-group",
            NodeKind::Certificate => "certificate",
            NodeKind::ValidationRecord => "validation-record",
            NodeKind::LoadBalancer => "load-balancer",
            NodeKind::TargetGroup => "target-group",
            NodeKind::Listener => "listener",
            NodeKind::Rule => "rule",
            NodeKind::Alias => "alias",
            NodeKind::Repository => "repository",
            NodeKind::Image => "image",
            NodeKind::Cluster => "cluster",
            NodeKind::LogGroup => "log-group",
            NodeKind::Role => "role",
            NodeKind::TaskDefinition => "task-definition",
            NodeKind::Service => "service",
            NodeKind::Schedule => "schedule",
        }
    }

    /// The words on cards and in sentences.
    pub fn label(self) -> &'static str {
        match self {
            NodeKind::HostedZone => "Hosted zone",
            NodeKind::Delegation => "Name servers",
            NodeKind::Vpc => "VPC",
            NodeKind::Subnet => "Subnet",
            NodeKind::InternetGateway => "Internet gateway",
            NodeKind::RouteTable => "Route table",
            NodeKind::SecurityGroup => "Security group",
            NodeKind::Certificate => "Certificate",
            NodeKind::ValidationRecord => "Validation record",
            NodeKind::LoadBalancer => "Load balancer",
            NodeKind::TargetGroup => "Target group",
            NodeKind::Listener => "Listener",
            NodeKind::Rule => "Rule",
            NodeKind::Alias => "Alias",
            NodeKind::Repository => "Repository",
            NodeKind::Image => "Image",
            NodeKind::Cluster => "Cluster",
            NodeKind::LogGroup => "Log group",
            NodeKind::Role => "Role",
            NodeKind::TaskDefinition => "Task definition",
            NodeKind::Service => "Service",
            NodeKind::Schedule => "Schedule",
        }
    }

    /// Whether a person, not Slipway, makes it true.
    pub fn is_yours(self) -> bool {
        matches!(self, NodeKind::Delegation | NodeKind::Image)
    }
}

impl fmt::Display for NodeKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.label())
    }
}

impl NodeId {
    /// The id of the only node of its kind.
    pub fn only(kind: NodeKind) -> Self {
        Self { kind, part: String::new() }
    }

    pub fn part(kind: NodeKind, part: impl fmt::Display) -> Self {
        Self { kind, part: part.to_string() }
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.kind.word())?;
        if !self.part.is_empty() {
            write!(formatter, "/{}", self.part)?;
        }
        Ok(())
    }
}

/// A text that is no node id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no part of a stack: write `<kind>` or `<kind>/<name>`, such as `log-group/backend`")]
pub struct NotANodeId(String);

impl FromStr for NodeId {
    type Err = NotANodeId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (word, part) = text.split_once('/').unwrap_or((text, ""));
        let kind = NodeKind::ALL.into_iter().find(|kind| kind.word() == word);
        kind.map(|kind| NodeId { kind, part: part.to_owned() }).ok_or_else(|| NotANodeId(text.to_owned()))
    }
}

// Ids are keys of JSON maps and parts of addresses, so they are written as text.
impl Serialize for NodeId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for NodeId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
