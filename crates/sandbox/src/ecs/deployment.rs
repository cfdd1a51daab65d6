//! Rolling deployments: starting and stopping tasks, the circuit breaker, and the roll back.

use winterbaume_ecs::model as m;

use super::service::Service;
use super::task::{self, Registration, Start};
use crate::clock::Moment;
use crate::world::World;

/// How many events a service remembers.
const EVENTS: usize = 100;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Rollout {
    InProgress,
    Completed,
    Failed,
}

impl Rollout {
    pub(super) fn name(self) -> &'static str {
        match self {
            Rollout::InProgress => "IN_PROGRESS",
            Rollout::Completed => "COMPLETED",
            Rollout::Failed => "FAILED",
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Deployment {
    pub(super) id: String,
    pub(super) definition: String,
    pub(super) created_at: Moment,
    pub(super) updated_at: Moment,
    pub(super) finished_at: Option<Moment>,
    pub(super) rollout: Rollout,
    pub(super) reason: String,
    pub(super) failed_tasks: i32,
    /// Failures since the deployment was last well; what the circuit breaker counts.
    strikes: i32,
    next_launch_at: Moment,
    /// Set on a deployment that a circuit breaker went back to.
    pub(super) rolls_back: Option<String>,
}

impl Deployment {
    pub(super) fn new(id: String, definition: String, now: Moment) -> Self {
        Self {
            reason: format!("ECS deployment {id} in progress."),
            id,
            definition,
            created_at: now,
            updated_at: now,
            finished_at: None,
            rollout: Rollout::InProgress,
            failed_tasks: 0,
            strikes: 0,
            next_launch_at: now,
            rolls_back: None,
        }
    }
}

/// How long to wait after so many failures: AWS, too, slows down.
fn back_off(failures: i32) -> f64 {
    let exponent = f64::from(failures.clamp(1, 12) - 1);
    (5.0 * 1.6f64.powf(exponent)).min(600.0)
}

/// The failures that trip the breaker: half the desired tasks, from three to two hundred.
pub(super) fn threshold(desired: i32) -> i32 {
    ((f64::from(desired) * 0.5).ceil() as i32).clamp(3, 200)
}

fn service_index(world: &World, arn: &str) -> Option<usize> {
    world.containers.services.iter().position(|service| service.arn == arn)
}

/// Adds an event to a service.
pub(super) fn note(world: &mut World, service: &str, text: impl Fn(&str) -> String) {
    let Some(index) = service_index(world, service) else {
        return;
    };
    let event = m::ServiceEvent {
        id: Some(world.ids.uuid()),
        created_at: Some(world.epoch(world.now)),
        message: Some(text(&world.containers.services[index].name)),
    };
    let events = &mut world.containers.services[index].events;
    events.push_front(event);
    events.truncate(EVENTS);
}

pub(super) fn count_failure(world: &mut World, service: &str, deployment: &str) {
    let now = world.now;
    let Some(index) = service_index(world, service) else {
        return;
    };
    let deployments = &mut world.containers.services[index].deployments;
    if let Some(deployment) = deployments.iter_mut().find(|d| d.id == deployment) {
        deployment.failed_tasks += 1;
        deployment.strikes += 1;
        deployment.next_launch_at = now + back_off(deployment.strikes);
        deployment.updated_at = now;
    }
}

/// Moves every service one step towards what it should be.
pub(super) fn happen(world: &mut World) {
    for index in 0..world.containers.services.len() {
        if world.containers.services[index].inactive_at.is_none() {
            trip_breaker(world, index);
            stop_surplus(world, index);
            start_missing(world, index);
            complete(world, index);
            finish_drain(world, index);
        }
    }
}

/// The indices of a deployment's tasks that are not on their way out.
fn live_tasks(world: &World, service: &Service, deployment: &str) -> Vec<usize> {
    let mine = |task: &task::Task| {
        let home = task.service.as_ref();
        task.is_live() && home.is_some_and(|(arn, id)| *arn == service.arn && id == deployment)
    };
    let tasks = world.containers.tasks.iter().enumerate();
    tasks.filter(|(_, task)| mine(task)).map(|(index, _)| index).collect()
}

fn healthy(world: &World, tasks: &[usize]) -> usize {
    tasks.iter().filter(|index| world.containers.tasks[**index].is_healthy(world)).count()
}

fn trip_breaker(world: &mut World, index: usize) {
    let now = world.now;
    let service = &world.containers.services[index];
    let (arn, threshold) = (service.arn.clone(), threshold(service.desired));
    let breaker = service.breaker();
    let Some(primary) = service.deployments.first() else {
        return;
    };
    let tripped = primary.rollout == Rollout::InProgress && primary.strikes >= threshold;
    if !tripped || !breaker.enable {
        return;
    }
    let (failed_id, was_roll_back) = (primary.id.clone(), primary.rolls_back.is_some());
    let service = &mut world.containers.services[index];
    if let Some(primary) = service.deployments.first_mut() {
        primary.rollout = Rollout::Failed;
        primary.reason = "ECS deployment circuit breaker: tasks failed to start.".to_owned();
        primary.updated_at = now;
        primary.finished_at = Some(now);
    }
    service.record_history();
    let last_good = service.last_completed.clone().filter(|(id, _)| *id != failed_id);
    let back_to = last_good.filter(|_| breaker.rollback && !was_roll_back);
    if let Some((id, definition)) = &back_to {
        roll_back(service, id, definition, &failed_id, now);
    }
    note(world, &arn, |name| {
        format!("(service {name}) (deployment {failed_id}) deployment failed: tasks failed to start.")
    });
    if let Some((id, _)) = back_to {
        note(world, &arn, |name| format!("(service {name}) rolling back to deployment {id}."));
    }
}

/// Makes the last completed deployment the primary one again.
fn roll_back(service: &mut Service, id: &str, definition: &str, failed: &str, now: Moment) {
    let at = service.deployments.iter().position(|deployment| deployment.id == id);
    let mut old = match at {
        Some(at) => service.deployments.remove(at),
        None => Deployment::new(id.to_owned(), definition.to_owned(), now),
    };
    old.rollout = Rollout::InProgress;
    old.reason = format!("ECS deployment circuit breaker: rolling back to deploymentId {id}.");
    old.updated_at = now;
    old.finished_at = None;
    old.strikes = 0;
    old.next_launch_at = now;
    old.rolls_back = Some(failed.to_owned());
    service.definition = old.definition.clone();
    service.deployments.insert(0, old);
}

/// Stops what is too much: old tasks that are no longer needed, and new ones over the count.
fn stop_surplus(world: &mut World, index: usize) {
    let service = &world.containers.services[index];
    let Some(primary) = service.deployments.first() else {
        return;
    };
    let failed_for_good = primary.rollout == Rollout::Failed;
    let desired = if failed_for_good { 0 } else { service.desired.max(0) as usize };
    let new = live_tasks(world, service, &primary.id);
    let minimum = (desired * service.minimum_percent()).div_ceil(100);
    let old: Vec<usize> = service
        .deployments
        .iter()
        .skip(1)
        .flat_map(|deployment| live_tasks(world, service, &deployment.id))
        .collect();
    let well = healthy(world, &new).min(desired);
    // Old tasks that are not well serve nobody; they go first, and freely.
    let (well_old, ill_old): (Vec<usize>, Vec<usize>) =
        old.into_iter().partition(|task| world.containers.tasks[*task].is_healthy(world));
    let spare = (well + well_old.len()).saturating_sub(minimum).min(well_old.len());
    let mut surplus: Vec<usize> = well_old[..spare].to_vec();
    if well >= minimum || desired == 0 {
        surplus.extend(ill_old);
    } else {
        let broken_deployments = service.deployments.iter().skip(1).filter(|d| d.rollout == Rollout::Failed);
        let failed_ids: Vec<String> = broken_deployments.map(|d| d.id.clone()).collect();
        surplus.extend(ill_old.into_iter().filter(|task| {
            let home = &world.containers.tasks[*task].service;
            home.as_ref().is_some_and(|(_, id)| failed_ids.contains(id))
        }));
    }
    surplus.extend(new.iter().skip(desired));
    if surplus.is_empty() {
        return;
    }
    let (arn, primary_id) = (service.arn.clone(), primary.id.clone());
    let names: Vec<String> =
        surplus.iter().map(|task| format!("(task {})", world.containers.tasks[*task].id())).collect();
    for task in &surplus {
        let reason = format!("Scaling activity initiated by (deployment {primary_id})");
        task::stop(world, *task, "ServiceSchedulerInitiated", reason, None);
    }
    note(world, &arn, |name| {
        format!("(service {name}) has stopped {} running tasks: {}.", names.len(), names.join(" "))
    });
}

/// Starts what is missing of the primary deployment, as far as the maximum allows.
fn start_missing(world: &mut World, index: usize) {
    let service = &world.containers.services[index];
    let Some(primary) = service.deployments.first() else {
        return;
    };
    if primary.rollout == Rollout::Failed || world.now < primary.next_launch_at {
        return;
    }
    let desired = service.desired.max(0) as usize;
    let live: usize = service.deployments.iter().map(|d| live_tasks(world, service, &d.id).len()).sum();
    let new = live_tasks(world, service, &primary.id).len();
    let maximum = desired * service.maximum_percent() / 100;
    let count = desired.saturating_sub(new).min(maximum.saturating_sub(live));
    if count == 0 {
        return;
    }
    let (service, primary) = (service.clone(), primary.clone());
    let missing_role = world
        .containers
        .definition(&primary.definition)
        .and_then(|definition| definition.roles().find(|role| !world.roles.exists(role)).cloned());
    if let Some(role) = missing_role {
        count_failure(world, &service.arn, &primary.id);
        note(world, &service.arn, |name| {
            format!(
                "(service {name}) failed to launch a task with (error ECS was unable to assume the role '{role}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.)."
            )
        });
        return;
    }
    let started: Vec<String> = (0..count).filter_map(|_| start_one(world, &service, &primary)).collect();
    let names: Vec<String> =
        started.iter().map(|arn| format!("(task {})", super::cluster::short(arn))).collect();
    note(world, &service.arn, |name| {
        format!("(service {name}) has started {} tasks: {}.", names.len(), names.join(" "))
    });
}

fn start_one(world: &mut World, service: &Service, deployment: &Deployment) -> Option<String> {
    let wanted = service.load_balancers.iter().filter_map(|balancer| {
        Some(Registration { group: balancer.target_group_arn.clone()?, port: balancer.container_port? })
    });
    let tags = match service.settings.propagate_tags.as_deref() {
        Some("SERVICE") => service.tags.clone(),
        Some("TASK_DEFINITION") => world.containers.definition(&deployment.definition)?.tags.clone(),
        _ => Default::default(),
    };
    task::start(
        world,
        Start {
            cluster: &service.cluster,
            definition: &deployment.definition,
            service: Some((service.arn.clone(), deployment.id.clone())),
            group: format!("service:{}", service.name),
            started_by: Some(deployment.id.clone()),
            wanted: wanted.collect(),
            grace: f64::from(service.settings.health_check_grace_period_seconds.unwrap_or(0)),
            network: service.settings.network_configuration.clone().and_then(|n| n.awsvpc_configuration),
            tags,
        },
    )
}

/// Completes the primary deployment once all its tasks are well and no older one has any left.
fn complete(world: &mut World, index: usize) {
    let now = world.now;
    let service = &world.containers.services[index];
    let Some(primary) = service.deployments.first() else {
        return;
    };
    let new = live_tasks(world, service, &primary.id);
    let well = healthy(world, &new);
    let desired = service.desired.max(0) as usize;
    let steady = well == desired && new.len() == desired && !leftovers(world, service, &primary.id);
    let (arn, id) = (service.arn.clone(), primary.id.clone());
    let finished = steady && primary.rollout == Rollout::InProgress;
    let was_steady = service.steady;
    let service = &mut world.containers.services[index];
    service.steady = steady;
    if finished {
        service.last_completed = service.deployments.first().map(|d| (d.id.clone(), d.definition.clone()));
        if let Some(primary) = service.deployments.first_mut() {
            primary.rollout = Rollout::Completed;
            primary.reason = format!("ECS deployment {id} completed.");
            primary.updated_at = now;
            primary.finished_at = Some(now);
            primary.strikes = 0;
        }
        service.record_history();
        service.deployments.truncate(1);
        note(world, &arn, |name| format!("(service {name}) (deployment {id}) deployment completed."));
    }
    if steady && (finished || !was_steady) {
        note(world, &arn, |name| format!("(service {name}) has reached a steady state."));
    }
}

/// Whether tasks of other deployments still run or drain.
fn leftovers(world: &World, service: &Service, primary: &str) -> bool {
    world.containers.tasks.iter().any(|task| {
        let home = task.service.as_ref();
        home.is_some_and(|(arn, id)| *arn == service.arn && id != primary) && !task.has_drained(world.now)
    })
}

/// A service being deleted is INACTIVE once its last task has drained.
fn finish_drain(world: &mut World, index: usize) {
    let service = &world.containers.services[index];
    if !service.draining {
        return;
    }
    let busy = world.containers.tasks.iter().any(|task| {
        let home = task.service.as_ref();
        home.is_some_and(|(arn, _)| *arn == service.arn) && !task.has_drained(world.now)
    });
    if !busy {
        let now = world.now;
        let service = &mut world.containers.services[index];
        service.inactive_at = Some(now);
        service.deployments.clear();
    }
}

impl Service {
    /// When the service can next start a task that it holds back.
    pub(super) fn next_due(&self, now: Moment) -> Option<Moment> {
        let primary = self.deployments.first()?;
        (self.inactive_at.is_none() && primary.next_launch_at > now).then_some(primary.next_launch_at)
    }

    pub(super) fn breaker(&self) -> m::DeploymentCircuitBreaker {
        let configuration = self.settings.deployment_configuration.clone().unwrap_or_default();
        configuration.deployment_circuit_breaker.unwrap_or_default()
    }

    fn minimum_percent(&self) -> usize {
        let configuration = self.settings.deployment_configuration.as_ref();
        configuration.and_then(|c| c.minimum_healthy_percent).unwrap_or(100).max(0) as usize
    }

    fn maximum_percent(&self) -> usize {
        let configuration = self.settings.deployment_configuration.as_ref();
        configuration.and_then(|c| c.maximum_percent).unwrap_or(200).max(0) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_desired_task_means_three_failures() {
        assert_eq!((threshold(0), threshold(1), threshold(10), threshold(1000)), (3, 3, 5, 200));
    }

    #[test]
    fn failures_slow_the_next_start_down() {
        assert!(back_off(1) < back_off(2) && back_off(100) <= 600.0);
    }
}
