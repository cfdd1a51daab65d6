//! One node on AWS: the way from a kind to its adapter.
//!
//! Every action is *ensure*. [`make`] looks at what was found, compares, acts, and returns as soon as AWS has
//! accepted; [`settle`] waits until the part is ready; [`delete`] returns when the part is gone. Each may be run
//! again at any point, also after a call whose answer was lost.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use tokio_util::sync::CancellationToken;
use topology::node::{NodeId, NodeKind, Spec};
use topology::observation::{Ask, Found};
use topology::stack::StackName;

use super::connection::Aws;
use super::error::{AwsError, Class};
use super::{acm, autoscaling, ec2, ecr, ecs, elbv2, iam, logs, route53};

/// The work on one node, and what it may know.
pub struct Task<'a> {
    pub aws: &'a Aws,
    pub stack: &'a StackName,
    pub id: &'a NodeId,
    /// What a person calls the node.
    pub name: &'a str,
    /// What is known of all nodes now.
    pub world: &'a World,
    pub cancel: &'a CancellationToken,
    /// Where the task tells what it waits for.
    pub teller: &'a (dyn Fn(Told) + Send + Sync),
}

/// What a task tells while it works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Completes "waits until …".
    WaitsFor(String),
    Ask(Ask),
}

/// What is known of all nodes now: as observed, and as made since.
#[derive(Debug, Default)]
pub struct World {
    found: RwLock<BTreeMap<NodeId, Found>>,
}

impl World {
    pub fn new(found: BTreeMap<NodeId, Found>) -> Self {
        Self { found: RwLock::new(found) }
    }

    pub fn get(&self, id: &NodeId) -> Option<Found> {
        self.found.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    pub fn put(&self, id: &NodeId, found: Found) {
        self.found.write().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), found);
    }

    pub fn remove(&self, id: &NodeId) {
        self.found.write().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    pub fn everything(&self) -> BTreeMap<NodeId, Found> {
        self.found.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// All nodes of one kind.
    pub fn all(&self, kind: NodeKind) -> Vec<(NodeId, Found)> {
        let found = self.found.read().unwrap_or_else(PoisonError::into_inner);
        found
            .iter()
            .filter(|(id, _)| id.kind == kind)
            .map(|(id, found)| (id.clone(), found.clone()))
            .collect()
    }
}

impl Task<'_> {
    pub fn tell(&self, told: Told) {
        (self.teller)(told);
    }

    /// The AWS id of a node that stands before this one in the plan.
    pub fn aws_id(&self, id: &NodeId) -> Result<String, AwsError> {
        self.known(id).map(|found| found.aws_id)
    }

    /// A fact of a node that stands before this one in the plan.
    pub fn fact(&self, id: &NodeId, fact: &str) -> Result<String, AwsError> {
        let missing =
            || AwsError::new(format!("build on `{id}`"), Class::NotFound, format!("its {fact} is not known"));
        self.known(id)?.facts.get(fact).cloned().ok_or_else(missing)
    }

    fn known(&self, id: &NodeId) -> Result<Found, AwsError> {
        let missing = || AwsError::new(format!("build on `{id}`"), Class::NotFound, "it is not there");
        self.world.get(id).ok_or_else(missing)
    }

    /// The tags of everything that Slipway makes.
    pub fn tags(&self) -> [(&'static str, String); 2] {
        [("slipway:stack", self.stack.to_string()), ("slipway:id", self.id.to_string())]
    }

    /// From 0 to 1, the same for the same node.
    pub(super) fn unevenness(&self) -> f64 {
        let sum: u32 = self.id.to_string().bytes().map(u32::from).sum();
        f64::from(sum % 100) / 100.0
    }
}

/// Makes the part, or changes it to what `spec` says; returns when AWS has accepted.
pub async fn make(task: &Task<'_>, spec: &Spec, found: Option<&Found>) -> Result<Found, AwsError> {
    match spec {
        Spec::HostedZone { .. } => route53::zone::make(task, spec, found).await,
        Spec::Delegation { .. } => route53::delegation::make(task, spec, found).await,
        Spec::ValidationRecord { .. } => route53::validation::make(task, spec, found).await,
        Spec::Alias { .. } => route53::alias::make(task, spec, found).await,
        Spec::Certificate { .. } => acm::make(task, spec, found).await,
        Spec::Vpc { .. } => ec2::vpc::make(task, spec, found).await,
        Spec::Subnet { .. } => ec2::subnet::make(task, spec, found).await,
        Spec::InternetGateway { .. } => ec2::internet_gateway::make(task, spec, found).await,
        Spec::RouteTable { .. } => ec2::route_table::make(task, spec, found).await,
        Spec::SecurityGroup { .. } => ec2::security_group::make(task, spec, found).await,
        Spec::LoadBalancer { .. } => elbv2::load_balancer::make(task, spec, found).await,
        Spec::TargetGroup { .. } => elbv2::target_group::make(task, spec, found).await,
        Spec::Listener { .. } => elbv2::listener::make(task, spec, found).await,
        Spec::Rule { .. } => elbv2::rule::make(task, spec, found).await,
        Spec::Repository { .. } => ecr::repository::make(task, spec, found).await,
        Spec::Image { .. } => ecr::image::make(task, spec, found).await,
        Spec::Cluster { .. } => ecs::cluster::make(task, spec, found).await,
        Spec::LogGroup { .. } => logs::make(task, spec, found).await,
        Spec::Role { .. } => iam::make(task, spec, found).await,
        Spec::TaskDefinition(_) => ecs::task_definition::make(task, spec, found).await,
        Spec::Service { .. } => ecs::service::make(task, spec, found).await,
        Spec::Schedule { .. } => autoscaling::make(task, spec, found).await,
    }
}

/// Waits until the part that [`make`] returned is ready.
pub async fn settle(task: &Task<'_>, spec: &Spec, made: Found) -> Result<Found, AwsError> {
    match spec {
        Spec::Delegation { .. } => route53::delegation::settle(task, spec, made).await,
        Spec::ValidationRecord { .. } => route53::validation::settle(task, spec, made).await,
        Spec::Alias { .. } => route53::alias::settle(task, spec, made).await,
        Spec::Certificate { .. } => acm::settle(task, spec, made).await,
        Spec::LoadBalancer { .. } => elbv2::load_balancer::settle(task, spec, made).await,
        Spec::TargetGroup { .. } => Ok(made),
        Spec::Image { .. } => ecr::image::settle(task, spec, made).await,
        Spec::Cluster { .. } => ecs::cluster::settle(task, spec, made).await,
        Spec::Service { .. } => ecs::service::settle(task, spec, made).await,
        Spec::Schedule { .. } => autoscaling::settle(task, spec, made).await,
        Spec::HostedZone { .. }
        | Spec::Vpc { .. }
        | Spec::Subnet { .. }
        | Spec::InternetGateway { .. }
        | Spec::RouteTable { .. }
        | Spec::SecurityGroup { .. }
        | Spec::Listener { .. }
        | Spec::Rule { .. }
        | Spec::Repository { .. }
        | Spec::LogGroup { .. }
        | Spec::Role { .. }
        | Spec::TaskDefinition(_) => Ok(made),
    }
}

/// Deletes the part; returns when it is gone, also when it was gone before.
pub async fn delete(task: &Task<'_>, found: &Found) -> Result<(), AwsError> {
    match task.id.kind {
        NodeKind::HostedZone => route53::zone::delete(task, found).await,
        NodeKind::ValidationRecord => route53::validation::delete(task, found).await,
        NodeKind::Alias => route53::alias::delete(task, found).await,
        NodeKind::Certificate => acm::delete(task, found).await,
        NodeKind::Vpc => ec2::vpc::delete(task, found).await,
        NodeKind::Subnet => ec2::subnet::delete(task, found).await,
        NodeKind::InternetGateway => ec2::internet_gateway::delete(task, found).await,
        NodeKind::RouteTable => ec2::route_table::delete(task, found).await,
        NodeKind::SecurityGroup => ec2::security_group::delete(task, found).await,
        NodeKind::LoadBalancer => elbv2::load_balancer::delete(task, found).await,
        NodeKind::TargetGroup => elbv2::target_group::delete(task, found).await,
        NodeKind::Listener => elbv2::listener::delete(task, found).await,
        NodeKind::Rule => elbv2::rule::delete(task, found).await,
        NodeKind::Repository => ecr::repository::delete(task, found).await,
        NodeKind::Cluster => ecs::cluster::delete(task, found).await,
        NodeKind::LogGroup => logs::delete(task, found).await,
        NodeKind::Role => iam::delete(task, found).await,
        NodeKind::TaskDefinition => ecs::task_definition::delete(task, found).await,
        NodeKind::Service => ecs::service::delete(task, found).await,
        NodeKind::Schedule => autoscaling::delete(task, found).await,
        // Not ours to delete.
        NodeKind::Delegation | NodeKind::Image => Ok(()),
    }
}
