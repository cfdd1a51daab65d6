//! One node on AWS: the way from a kind to its adapter.
//!
//! Every action is *ensure*. [`make`] looks at what was found, compares, acts, and returns as soon as AWS has
//! accepted; [`settle`] waits until the part is ready; [`delete`] returns when the part is gone. Each may be run
//! again at any point, also after a call whose answer was lost.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;
use topology::node::{NodeId, NodeKind, Spec};
use topology::observation::{Ask, Found};
use topology::stack::StackName;

use super::connection::Aws;
use super::error::{AwsError, Class};
use super::{acm, autoscaling, ec2, ecr, ecs, elbv2, iam, logs, mark, route53};

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
        mark::own(self.stack, self.id)
    }

    /// From 0 to 1, the same for the same node.
    pub(super) fn unevenness(&self) -> f64 {
        let sum: u32 = self.id.to_string().bytes().map(u32::from).sum();
        f64::from(sum % 100) / 100.0
    }
}

/// Whether the part cannot go before another has taken its place with what uses it. It stands beside its successor
/// then, and a later plan lets it go.
pub fn is_replaced_before_it_goes(id: &NodeId, found: &Found) -> bool {
    id.kind == NodeKind::Certificate && found.facts.contains_key(acm::IN_USE_BY)
}

/// Makes the part, or changes it to what `spec` says; returns when AWS has accepted.
pub fn make<'a>(
    task: &'a Task<'a>,
    spec: &'a Spec,
    found: Option<&'a Found>,
) -> BoxFuture<'a, Result<Found, AwsError>> {
    match spec {
        Spec::HostedZone { .. } => Box::pin(route53::zone::make(task, spec, found)),
        Spec::Delegation { .. } => Box::pin(route53::delegation::make(task, spec, found)),
        Spec::ValidationRecord { .. } => Box::pin(route53::validation::make(task, spec, found)),
        Spec::Alias { .. } => Box::pin(route53::alias::make(task, spec, found)),
        Spec::Certificate { .. } => Box::pin(acm::make(task, spec, found)),
        Spec::Vpc { .. } => Box::pin(ec2::vpc::make(task, spec, found)),
        Spec::Subnet { .. } => Box::pin(ec2::subnet::make(task, spec, found)),
        Spec::InternetGateway { .. } => Box::pin(ec2::internet_gateway::make(task, spec, found)),
        Spec::RouteTable { .. } => Box::pin(ec2::route_table::make(task, spec, found)),
        Spec::SecurityGroup { .. } => Box::pin(ec2::security_group::make(task, spec, found)),
        Spec::LoadBalancer { .. } => Box::pin(elbv2::load_balancer::make(task, spec, found)),
        Spec::TargetGroup { .. } => Box::pin(elbv2::target_group::make(task, spec, found)),
        Spec::Listener { .. } => Box::pin(elbv2::listener::make(task, spec, found)),
        Spec::Rule { .. } => Box::pin(elbv2::rule::make(task, spec, found)),
        Spec::Repository { .. } => Box::pin(ecr::repository::make(task, spec, found)),
        Spec::Image { .. } => Box::pin(ecr::image::make(task, spec, found)),
        Spec::Cluster { .. } => Box::pin(ecs::cluster::make(task, spec, found)),
        Spec::LogGroup { .. } => Box::pin(logs::make(task, spec, found)),
        Spec::Role { .. } => Box::pin(iam::make(task, spec, found)),
        Spec::TaskDefinition(_) => Box::pin(ecs::task_definition::make(task, spec, found)),
        Spec::Service { .. } => Box::pin(ecs::service::make(task, spec, found)),
        Spec::Schedule { .. } => Box::pin(autoscaling::make(task, spec, found)),
    }
}

/// Waits until the part that [`make`] returned is ready.
pub fn settle<'a>(task: &'a Task<'a>, spec: &'a Spec, made: Found) -> BoxFuture<'a, Result<Found, AwsError>> {
    match spec {
        Spec::Delegation { .. } => Box::pin(route53::delegation::settle(task, spec, made)),
        Spec::ValidationRecord { .. } => Box::pin(route53::validation::settle(task, spec, made)),
        Spec::Alias { .. } => Box::pin(route53::alias::settle(task, spec, made)),
        Spec::Certificate { .. } => Box::pin(acm::settle(task, spec, made)),
        Spec::LoadBalancer { .. } => Box::pin(elbv2::load_balancer::settle(task, spec, made)),
        Spec::TargetGroup { .. } => Box::pin(std::future::ready(Ok(made))),
        Spec::Image { .. } => Box::pin(ecr::image::settle(task, spec, made)),
        Spec::Cluster { .. } => Box::pin(ecs::cluster::settle(task, spec, made)),
        Spec::Service { .. } => Box::pin(ecs::service::settle(task, spec, made)),
        Spec::Schedule { .. } => Box::pin(autoscaling::settle(task, spec, made)),
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
        | Spec::TaskDefinition(_) => Box::pin(std::future::ready(Ok(made))),
    }
}

/// Deletes the part; returns when it is gone, also when it was gone before.
pub fn delete<'a>(task: &'a Task<'a>, found: &'a Found) -> BoxFuture<'a, Result<(), AwsError>> {
    match task.id.kind {
        NodeKind::HostedZone => Box::pin(route53::zone::delete(task, found)),
        NodeKind::ValidationRecord => Box::pin(route53::validation::delete(task, found)),
        NodeKind::Alias => Box::pin(route53::alias::delete(task, found)),
        NodeKind::Certificate => Box::pin(acm::delete(task, found)),
        NodeKind::Vpc => Box::pin(ec2::vpc::delete(task, found)),
        NodeKind::Subnet => Box::pin(ec2::subnet::delete(task, found)),
        NodeKind::InternetGateway => Box::pin(ec2::internet_gateway::delete(task, found)),
        NodeKind::RouteTable => Box::pin(ec2::route_table::delete(task, found)),
        NodeKind::SecurityGroup => Box::pin(ec2::security_group::delete(task, found)),
        NodeKind::LoadBalancer => Box::pin(elbv2::load_balancer::delete(task, found)),
        NodeKind::TargetGroup => Box::pin(elbv2::target_group::delete(task, found)),
        NodeKind::Listener => Box::pin(elbv2::listener::delete(task, found)),
        NodeKind::Rule => Box::pin(elbv2::rule::delete(task, found)),
        NodeKind::Repository => Box::pin(ecr::repository::delete(task, found)),
        NodeKind::Cluster => Box::pin(ecs::cluster::delete(task, found)),
        NodeKind::LogGroup => Box::pin(logs::delete(task, found)),
        NodeKind::Role => Box::pin(iam::delete(task, found)),
        NodeKind::TaskDefinition => Box::pin(ecs::task_definition::delete(task, found)),
        NodeKind::Service => Box::pin(ecs::service::delete(task, found)),
        NodeKind::Schedule => Box::pin(autoscaling::delete(task, found)),
        // Not ours to delete.
        NodeKind::Delegation | NodeKind::Image => Box::pin(std::future::ready(Ok(()))),
    }
}
