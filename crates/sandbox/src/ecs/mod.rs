//! The container service (ECS) on Fargate: clusters, task definitions, services and their tasks.
//!
//! Rolling deployments only. Containers do not run; what their image's name says decides how they
//! behave.

mod cluster;
mod deployment;
mod fargate;
mod history;
mod inhabitant;
#[cfg(test)]
mod life;
mod service;
mod service_view;
mod tagging;
mod task;
mod task_calls;
mod task_definition;

use crate::clock::Moment;
use crate::refusal::{Answer, refuse};
use crate::router::Call;
use crate::world::World;

pub(crate) use inhabitant::Inhabitant;
pub(crate) use service::{desired_count, set_desired};

/// How long what was deleted can still be seen.
const TOMBSTONE: f64 = 3600.0;

#[derive(Debug, Default)]
pub(crate) struct Containers {
    clusters: Vec<cluster::Cluster>,
    definitions: Vec<task_definition::Definition>,
    /// The last revision of each family; it never goes back.
    revisions: std::collections::HashMap<String, i32>,
    services: Vec<service::Service>,
    tasks: Vec<task::Task>,
}

/// The next moment at which a task or a deployment moves on.
pub(crate) fn next_due(world: &World) -> Option<Moment> {
    let tasks = world.containers.tasks.iter().filter_map(|task| task.next_due(world));
    let services = world.containers.services.iter().filter_map(|service| service.next_due(world.now));
    tasks.chain(services).reduce(f64::min)
}

/// Moves every task and every service on to the world's present.
pub(crate) fn happen(world: &mut World) {
    task::happen(world);
    deployment::happen(world);
    let now = world.now;
    let containers = &mut world.containers;
    containers.tasks.retain(|task| task.stopped_at().is_none_or(|at| now < at + TOMBSTONE));
    containers.services.retain(|service| service.inactive_at.is_none_or(|at| now < at + TOMBSTONE));
    containers.clusters.retain(|cluster| cluster.inactive_at.is_none_or(|at| now < at + TOMBSTONE));
    task_definition::forget_deleted(containers);
}

pub(crate) fn answer(world: &mut World, call: &Call) -> Answer {
    let body = call.body();
    match call.operation.as_str() {
        "CreateCluster" => cluster::create(world, body),
        "DescribeClusters" => cluster::describe(world, body),
        "ListClusters" => cluster::list(world, body),
        "UpdateCluster" | "UpdateClusterSettings" => cluster::update(world, body),
        "PutClusterCapacityProviders" => cluster::put_capacity_providers(world, body),
        "DeleteCluster" => cluster::delete(world, body),
        "RegisterTaskDefinition" => task_definition::register(world, body),
        "DescribeTaskDefinition" => task_definition::describe(world, body),
        "ListTaskDefinitions" => task_definition::list(world, body),
        "ListTaskDefinitionFamilies" => task_definition::list_families(world, body),
        "DeregisterTaskDefinition" => task_definition::deregister(world, body),
        "DeleteTaskDefinitions" => task_definition::delete(world, body),
        "CreateService" => service::create(world, body),
        "DescribeServices" => service_view::describe(world, body),
        "ListServices" => service_view::list(world, body),
        "UpdateService" => service::update(world, body),
        "DeleteService" => service::delete(world, body),
        "ListServiceDeployments" => history::list(world, body),
        "DescribeServiceDeployments" => history::describe(world, body),
        "RunTask" => task_calls::run(world, body),
        "StopTask" => task_calls::stop(world, body),
        "DescribeTasks" => task_calls::describe(world, body),
        "ListTasks" => task_calls::list(world, body),
        "TagResource" => tagging::tag(world, body),
        "UntagResource" => tagging::untag(world, body),
        "ListTagsForResource" => tagging::list(world, body),
        other => refuse("UnknownOperationException", format!("The sandbox's ECS does not know {other}")),
    }
}
