//! The cluster.
//!
//! | | |
//! | --- | --- |
//! | in | a name |
//! | out | the cluster's ARN |

use std::time::Duration;

use aws_sdk_ecs::types::{Cluster, ClusterField};
use topology::node::Spec;
use topology::observation::{Condition, Found};
use topology::plan::collision;

use super::super::limits::Api;
use super::super::mark;
use super::super::{Aws, AwsError, Class, Probe, Task, iam, wait};
use super::{tag, tags_of, tasks};

/// For the last services and tasks to end; Terraform's figure.
const EMPTY_DEADLINE: Duration = Duration::from_secs(600);
const READY_DEADLINE: Duration = Duration::from_secs(300);
const LINKED_ROLE_DEADLINE: Duration = Duration::from_secs(60);

pub async fn make(task: &Task<'_>, spec: &Spec, found: Option<&Found>) -> Result<Found, AwsError> {
    let Spec::Cluster { name } = spec else { unreachable!("part::make knows the kind") };
    match found {
        Some(found) => Ok(found.clone()),
        None => create(task, name).await,
    }
}

pub async fn settle(task: &Task<'_>, spec: &Spec, made: Found) -> Result<Found, AwsError> {
    let Spec::Cluster { name } = spec else { unreachable!("part::settle knows the kind") };
    if made.condition == Condition::Ready {
        return Ok(made);
    }
    wait::until(task, "the cluster is active", READY_DEADLINE, async || {
        let Some(cluster) = describe(task.aws, name).await? else {
            return Ok(Probe::NotYet(None));
        };
        let found = as_found(&cluster);
        match &found.condition {
            Condition::Ready => Ok(Probe::Done(found)),
            Condition::Unwell(why) => {
                Err(AwsError::new(format!("create the cluster `{name}`"), Class::Failed, why.clone()))
            }
            _ => Ok(Probe::NotYet(None)),
        }
    })
    .await
}

/// Stops tasks that somebody has started by hand: they would hold the cluster for ever.
pub async fn delete(task: &Task<'_>, found: &Found) -> Result<(), AwsError> {
    let cluster = found.aws_id.as_str();
    let doing = format!("delete the cluster `{}`", task.name);
    let request = task.aws.inner.ecs.delete_cluster().cluster(cluster);
    wait::through(task, "the cluster's services and tasks are gone", EMPTY_DEADLINE, async || {
        match task.aws.call(Api::EcsCluster, &doing, request.clone().send()).await {
            Ok(_) => Ok(()),
            Err(error) if error.class == Class::NotFound => Ok(()),
            Err(error) => {
                if error.code.as_deref() == Some("ClusterContainsTasksException") {
                    tasks::stop_all(task.aws, cluster).await?;
                }
                Err(error)
            }
        }
    })
    .await
}

/// The cluster of this name; one that was deleted is listed for another hour and counts as gone.
pub async fn describe(aws: &Aws, name: &str) -> Result<Option<Cluster>, AwsError> {
    let request = aws.inner.ecs.describe_clusters().clusters(name).include(ClusterField::Tags);
    let answer = aws.call(Api::EcsRead, &format!("look at the cluster `{name}`"), request.send()).await?;
    let clusters = answer.clusters.unwrap_or_default();
    Ok(clusters.into_iter().find(|cluster| cluster.status() != Some("INACTIVE")))
}

/// One of which it is known that it works: services run in it.
pub fn active(arn: &str, name: &str) -> Found {
    Found::new(arn, Condition::Ready).fact("name", name)
}

pub fn as_found(cluster: &Cluster) -> Found {
    let found = active(cluster.cluster_arn().unwrap_or_default(), cluster.cluster_name().unwrap_or_default());
    let condition = match cluster.status().unwrap_or_default() {
        "PROVISIONING" => Condition::Settling("it is being set up".into()),
        "DEPROVISIONING" => Condition::Settling("it is being deleted".into()),
        "FAILED" => Condition::Unwell("AWS could not set it up".into()),
        _ => Condition::Ready,
    };
    Found { condition, ..found }
}

/// What is in a cluster of somebody else's.
pub fn with_users(cluster: &Cluster, found: Found) -> Found {
    let tasks = cluster.running_tasks_count() + cluster.pending_tasks_count();
    found
        .fact(collision::SERVICES, cluster.active_services_count().to_string())
        .fact(collision::TASKS, tasks.to_string())
        .fact(collision::INSTANCES, cluster.registered_container_instances_count().to_string())
}

/// Tries again where the account has never used ECS and lacks its linked role.
pub async fn with_linked_role<T, F>(task: &Task<'_>, mut attempt: impl FnMut() -> F) -> Result<T, AwsError>
where
    F: Future<Output = Result<T, AwsError>>,
{
    match attempt().await {
        Err(error) if error.message.contains("service linked role") => {
            iam::ensure_linked_role(task.aws, "ecs.amazonaws.com").await?;
            wait::through(task, "ECS may use its linked role", LINKED_ROLE_DEADLINE, attempt).await
        }
        other => other,
    }
}

async fn create(task: &Task<'_>, name: &str) -> Result<Found, AwsError> {
    let doing = format!("create the cluster `{name}`");
    let tags = task.tags().map(|(key, value)| tag(key, value)).into();
    let request = task.aws.inner.ecs.create_cluster().cluster_name(name).set_tags(Some(tags));
    let answer =
        with_linked_role(task, async || task.aws.call(Api::EcsCluster, &doing, request.clone().send()).await)
            .await?;
    let created = answer.cluster.ok_or_else(|| mark::empty_answer(&doing))?;
    // A cluster of this name that was there before is answered as if it were new.
    let cluster = match created.tags().is_empty() {
        true => describe(task.aws, name).await?.ok_or_else(|| mark::empty_answer(&doing))?,
        false => created,
    };
    match tags_of(cluster.tags()).node_of(task.stack) {
        Some(_) => Ok(as_found(&cluster)),
        None => Err(mark::not_ours(&doing, cluster.cluster_arn().unwrap_or(name))),
    }
}
