//! How a service is, and the wait until it is well.
//!
//! A service counts as well only with the very task definition that it was given: the circuit breaker rolls back to
//! the one before, and AWS calls that stable too.

use std::time::Duration;

use aws_sdk_ecs::types::{Deployment, DeploymentRolloutState, Service};
use aws_sdk_elasticloadbalancingv2::types::TargetHealthStateEnum;
use topology::node::{NodeId, NodeKind};
use topology::observation::{Condition, Found};

use super::super::ecr::repository::NOTED_SHARED;
use super::super::limits::Api;
use super::super::mark::{DEFINITION, Tags};
use super::super::{AwsError, Class, Probe, Task, wait};
use super::revision::{family_of, number_of};
use super::{service, tags_of, tasks};

/// Until every task runs and is healthy, or has ended; Terraform's figure.
pub const STEADY_DEADLINE: Duration = Duration::from_secs(20 * 60);

/// The fact that holds the task definition's ARN.
pub const TASK_DEFINITION: &str = "task definition";
/// The fact that holds `<revision>:<fingerprint>` of what Slipway last asked for.
pub const ASKED_FOR: &str = "definition";
/// The fact that holds AWS's word for the primary deployment.
pub const ROLLOUT: &str = "rollout";
/// The fact that lists what every service is made with and AWS does not tell of this one: not every AWS tells all.
pub const UNTOLD: &str = "untold";
/// The tag behind [`NOTED_SHARED`].
pub const SHARED_TAG: &str = "slipway:shared";

/// A service as AWS tells it. `port` is left out where no target group is attached: then it was not read.
pub fn as_found(service: &Service) -> Found {
    let tags = tags_of(service.tags());
    let mut found = Found::new(service.service_arn().unwrap_or_default(), condition(service, &tags))
        .fact("status", service.status().unwrap_or_default())
        .fact(TASK_DEFINITION, service.task_definition().unwrap_or_default())
        .fact("running", service.running_count().to_string())
        .fact("desired", service.desired_count().to_string())
        .fact(NOTED_SHARED, tags.get(SHARED_TAG).unwrap_or("-"));
    if let Some(asked) = tags.get(DEFINITION) {
        found = found.fact(ASKED_FOR, asked);
    }
    if let Some(rollout) = primary(service).and_then(Deployment::rollout_state) {
        found = found.fact(ROLLOUT, rollout.as_str());
    }
    let network = service.network_configuration().and_then(|network| network.awsvpc_configuration());
    if let Some(groups) = network.map(|network| network.security_groups().join(" ")) {
        found = found.fact("security group", groups);
    }
    if is_draining(service) {
        return found;
    }
    let untold = untold(service);
    if !untold.is_empty() {
        found = found.fact(UNTOLD, untold.join(","));
    }
    found = found.field("tasks", service.desired_count().to_string());
    if let Some(balancer) = service.load_balancers().first() {
        found = found
            .field("port", balancer.container_port().unwrap_or_default().to_string())
            .fact("target group", balancer.target_group_arn().unwrap_or_default());
    }
    found
}

/// Waits until the service has as many healthy tasks as it is to have, with its present task definition; for a
/// service that is to have none, until its last task has ended.
pub async fn until_steady(task: &Task<'_>, name: &str, aim: &Aim) -> Result<Found, AwsError> {
    let waited = wait::until(task, aim.condition(), STEADY_DEADLINE, async || {
        let Some(service) = service::describe_one(task.aws, task.stack, name).await? else {
            return Err(AwsError::new(doing(name), Class::NotFound, "the service was deleted meanwhile"));
        };
        look(task, name, aim, &service).await
    })
    .await;
    match waited {
        Err(error) if error.class == Class::TimedOut => Err(with_last_event(task, name, error).await),
        other => other,
    }
}

/// What a service is to come to.
pub struct Aim {
    /// The ARN that it must end with; `None`: whichever it has.
    pub task_definition: Option<String>,
    /// `None`: as many as AWS wants at the time, because a schedule moves the count.
    pub count: Option<u32>,
}

impl Aim {
    fn condition(&self) -> &'static str {
        match self.count {
            Some(0) => "its last task has ended",
            _ => "every task runs and is healthy",
        }
    }
}

async fn look(task: &Task<'_>, name: &str, aim: &Aim, service: &Service) -> Result<Probe<Found>, AwsError> {
    if let Some(ours) = &aim.task_definition
        && (service.task_definition() != Some(ours) || has_failed(service))
    {
        return Err(AwsError::new(doing(name), Class::Failed, why_failed(task, name, service, ours).await));
    }
    let desired = aim.count.map_or(service.desired_count(), |count| i32::try_from(count).unwrap_or(i32::MAX));
    let running = service.running_count();
    if desired == 0 {
        let ended = running == 0 && service.pending_count() == 0;
        let detail = format!("{running} still run");
        return Ok(if ended { Probe::Done(as_found(service)) } else { Probe::NotYet(Some(detail)) });
    }
    let counts = format!("{running} of {desired} tasks run");
    if running != desired || !has_completed(service) {
        return Ok(Probe::NotYet(Some(format!("{counts}{}", trouble(service)))));
    }
    let Some(healthy) = healthy_targets(task, service).await? else {
        return Ok(Probe::Done(as_found(service)));
    };
    Ok(match usize::try_from(desired).is_ok_and(|desired| healthy >= desired) {
        true => Probe::Done(as_found(service)),
        false => Probe::NotYet(Some(format!("{counts}, {healthy} healthy"))),
    })
}

/// `None` where no load balancer asks.
async fn healthy_targets(task: &Task<'_>, service: &Service) -> Result<Option<usize>, AwsError> {
    // Without listeners nobody checks the targets, and they never become healthy.
    if task.world.get(&NodeId::part(NodeKind::Listener, "https")).is_none() {
        return Ok(None);
    }
    let Some(group) = service.load_balancers().first().and_then(|balancer| balancer.target_group_arn())
    else {
        return Ok(None);
    };
    let request = task.aws.inner.elb.describe_target_health().target_group_arn(group);
    let answer = task.aws.call(Api::ElbRead, "look at the targets' health", request.send()).await?;
    let states =
        answer.target_health_descriptions().iter().filter_map(|target| target.target_health()?.state());
    Ok(Some(states.filter(|state| **state == TargetHealthStateEnum::Healthy).count()))
}

fn condition(service: &Service, tags: &Tags) -> Condition {
    let (running, desired) = (service.running_count(), service.desired_count());
    if is_draining(service) {
        return Condition::Settling("its last tasks end".into());
    }
    if let Some(asked) = rolled_back(service, tags) {
        let arn = service.task_definition().unwrap_or_default();
        let now = number_of(arn);
        return Condition::Unwell(format!(
            "it was rolled back to revision {now}: revision {asked} failed, or somebody chose the one before"
        ));
    }
    if has_failed(service) {
        let reason = primary(service).and_then(Deployment::rollout_state_reason);
        return Condition::Unwell(reason.unwrap_or("its deployment failed").to_owned());
    }
    match () {
        // Nothing is there to roll out.
        () if desired == 0 && running == 0 && service.pending_count() == 0 => Condition::Ready,
        () if !has_completed(service) => {
            Condition::Settling(format!("{running} of {desired} tasks run{}", trouble(service)))
        }
        () if running == desired => Condition::Ready,
        () => Condition::Settling(format!("{running} of {desired} tasks run")),
    }
}

fn untold(service: &Service) -> Vec<&'static str> {
    let grace = service.health_check_grace_period_seconds();
    let settings = [
        ("deployment configuration", service.deployment_configuration().is_some()),
        ("managed tags", service.enable_ecs_managed_tags()),
        ("grace period", grace.is_some() || service.load_balancers().is_empty()),
    ];
    settings.into_iter().filter(|(_, is_told)| !is_told).map(|(name, _)| name).collect()
}

/// The revision that was asked for, where AWS runs an older one.
pub fn rolled_back(service: &Service, tags: &Tags) -> Option<u32> {
    let (asked, _) = tags.get(DEFINITION)?.split_once(':')?;
    let asked: u32 = asked.parse().ok()?;
    let arn = service.task_definition()?;
    // The revisions of another family, which somebody has given it, have numbers of their own.
    let is_ours = service.service_name().is_none_or(|name| family_of(arn) == name);
    let now: u32 = number_of(arn).parse().ok()?;
    (is_ours && asked > now).then_some(asked)
}

pub fn is_draining(service: &Service) -> bool {
    service.status() == Some("DRAINING")
}

fn primary(service: &Service) -> Option<&Deployment> {
    service.deployments().iter().find(|deployment| deployment.status() == Some("PRIMARY"))
}

fn has_failed(service: &Service) -> bool {
    primary(service).and_then(Deployment::rollout_state) == Some(&DeploymentRolloutState::Failed)
}

fn has_completed(service: &Service) -> bool {
    // AWS leaves the state out where a deployment has been complete for long.
    primary(service)
        .and_then(Deployment::rollout_state)
        .is_none_or(|state| *state == DeploymentRolloutState::Completed)
}

/// What goes wrong in a deployment that is not lost yet.
fn trouble(service: &Service) -> String {
    let Some(primary) = primary(service) else { return String::new() };
    let since = primary.created_at().map(|at| at.as_secs_f64()).unwrap_or_default();
    let event = service.events().iter().find(|event| {
        let fresh = event.created_at().is_some_and(|at| at.as_secs_f64() >= since);
        fresh && event.message().is_some_and(speaks_of_trouble)
    });
    let failed = match primary.failed_tasks() {
        0 => String::new(),
        1 => ", 1 has failed".to_owned(),
        failed => format!(", {failed} have failed"),
    };
    let event = event.and_then(|event| event.message()).map(|message| format!("; {message}"));
    format!("{failed}{}", event.unwrap_or_default())
}

fn speaks_of_trouble(message: &str) -> bool {
    ["unable", "unhealthy", "failed"].iter().any(|word| message.contains(word))
}

fn doing(name: &str) -> String {
    format!("bring up the service `{name}`")
}

/// Why the deployment of `ours` failed: what became of it, and the last words of its newest task, or else AWS's.
async fn why_failed(task: &Task<'_>, name: &str, service: &Service, ours: &str) -> String {
    let asked = number_of(ours);
    let outcome = match service.task_definition().map(number_of) {
        Some(now) if now != asked => {
            format!("AWS rolled it back to revision {now}: revision {asked} did not become healthy.")
        }
        _ => format!("Revision {asked} did not become healthy, and none before it could be rolled back to."),
    };
    // Saying less is better than failing to say anything.
    let stopped = tasks::stopped(task.aws, &cluster_of(task), name).await.unwrap_or_default();
    let own = stopped.iter().filter(|stopped| stopped.task_definition_arn() == Some(ours));
    let newest = own.max_by_key(|stopped| stopped.stopped_at().or(stopped.stopping_at()).map(|at| at.secs()));
    let of_ours = |deployment: &&Deployment| deployment.task_definition() == Some(ours);
    let told = || service.deployments().iter().find(of_ours)?.rollout_state_reason().map(str::to_owned);
    match newest.map(tasks::last_words).or_else(told).or_else(|| last_event(service)) {
        Some(words) => format!("{outcome} {words}"),
        None => outcome,
    }
}

async fn with_last_event(task: &Task<'_>, name: &str, mut error: AwsError) -> AwsError {
    if let Ok(Some(service)) = service::describe_one(task.aws, task.stack, name).await
        && let Some(event) = last_event(&service)
    {
        error.message = format!("{}; AWS last said: {event}", error.message);
    }
    error
}

fn last_event(service: &Service) -> Option<String> {
    service.events().first()?.message().map(str::to_owned)
}

fn cluster_of(task: &Task<'_>) -> String {
    topology::names::cluster(task.stack)
}

#[cfg(test)]
mod tests {
    use super::super::tag;
    use super::*;

    fn service(revision: u32, asked: u32, state: DeploymentRolloutState) -> Service {
        let arn = |revision| {
            format!("arn:aws:ecs:us-east-1:123456789012:task-definition/cruddur-backend:{revision}")
        };
        let primary =
            Deployment::builder().status("PRIMARY").rollout_state(state).task_definition(arn(revision));
        Service::builder()
            .status("ACTIVE")
            .task_definition(arn(revision))
            .desired_count(2)
            .running_count(2)
            .deployments(primary.build())
            .tags(tag(DEFINITION, format!("{asked}:0123")))
            .build()
    }

    #[test]
    fn a_complete_deployment_of_what_was_asked_for_is_ready() {
        let found = as_found(&service(4, 4, DeploymentRolloutState::Completed));
        assert_eq!(found.condition, Condition::Ready);
        assert_eq!(found.fields.get("tasks").map(String::as_str), Some("2"));
    }

    #[test]
    fn a_stable_service_on_an_older_revision_was_rolled_back() {
        let found = as_found(&service(3, 4, DeploymentRolloutState::Completed));
        assert!(matches!(found.condition, Condition::Unwell(why) if why.contains("back to revision 3")));
    }

    #[test]
    fn a_tag_that_was_not_written_in_time_is_no_roll_back() {
        assert_eq!(as_found(&service(4, 3, DeploymentRolloutState::Completed)).condition, Condition::Ready);
    }

    #[test]
    fn a_failed_first_deployment_is_unwell() {
        let found = as_found(&service(1, 1, DeploymentRolloutState::Failed));
        assert!(matches!(found.condition, Condition::Unwell(_)));
    }
}
