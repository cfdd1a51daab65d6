//! One task: from provisioning to running, and through draining to stopped.
//!
//! A task's status is a function of the moments written here; [`happen`] only does what others
//! must notice: pulling, registering with target groups, failing, stopping.

use crate::clock::Moment;
use crate::ec2::{Interface, Owner};
use crate::elbv2::Health;
use crate::images::{Pull, is_broken};
use crate::tags::Tags;
use crate::world::World;

/// How long each step of a start takes, from the task's creation.
const PENDING_AFTER: f64 = 12.0;
const PULLED_AFTER: f64 = 30.0;
const RUNNING_AFTER: f64 = 40.0;
/// How long the steps of a stop take, once drained.
const STOPPING: f64 = 5.0;
const DEPROVISIONING: f64 = 8.0;
/// How long the interface outlives its task.
const INTERFACE_LINGERS: f64 = 30.0;

#[derive(Debug, Clone)]
pub(super) struct Stop {
    pub(super) at: Moment,
    pub(super) drained_at: Moment,
    pub(super) code: &'static str,
    pub(super) reason: String,
    /// Why the container itself never ran.
    pub(super) container_reason: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Registration {
    pub(super) group: String,
    pub(super) port: i32,
}

/// The container health check that decides the task's own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Check {
    interval: f64,
    retries: f64,
    start_period: f64,
}

#[derive(Debug, Clone)]
pub(super) struct Task {
    pub(super) arn: String,
    pub(super) cluster: String,
    pub(super) definition: String,
    /// The service's ARN and the deployment's id, for a task that a service started.
    pub(super) service: Option<(String, String)>,
    pub(super) group: String,
    pub(super) started_by: Option<String>,
    pub(super) images: Vec<String>,
    pub(super) check: Option<Check>,
    pub(super) interface: Option<Interface>,
    pub(super) wanted: Vec<Registration>,
    /// How long bad health is overlooked after the start.
    pub(super) grace: f64,
    pub(super) created_at: Moment,
    running_at: Moment,
    pulled: bool,
    registered: bool,
    pub(super) stop: Option<Stop>,
    pub(super) tags: Tags,
}

impl Check {
    pub(super) fn of(definition: &super::task_definition::Definition) -> Option<Check> {
        let check = definition.containers().find_map(|container| container.health_check.as_ref())?;
        Some(Check {
            interval: f64::from(check.interval.unwrap_or(30)),
            retries: f64::from(check.retries.unwrap_or(3)),
            start_period: f64::from(check.start_period.unwrap_or(0)),
        })
    }
}

/// What a new task is made of.
pub(super) struct Start<'a> {
    pub(super) cluster: &'a str,
    pub(super) definition: &'a str,
    pub(super) service: Option<(String, String)>,
    pub(super) group: String,
    pub(super) started_by: Option<String>,
    pub(super) wanted: Vec<Registration>,
    pub(super) grace: f64,
    pub(super) network: Option<winterbaume_ecs::model::AwsVpcConfiguration>,
    pub(super) tags: Tags,
}

/// Starts a task and returns its ARN. The definition must exist.
pub(super) fn start(world: &mut World, start: Start<'_>) -> Option<String> {
    let definition = world.containers.definition(start.definition)?;
    let images: Vec<String> = definition.containers().filter_map(|c| c.image.clone()).collect();
    let check = Check::of(definition);
    let definition = definition.arn.clone();
    let cluster_name = super::cluster::short(start.cluster).to_owned();
    let id = world.ids.hex(32);
    let arn = world.arn("ecs", &format!("task/{cluster_name}/{id}"));
    let interface = start.network.and_then(|network| add_interface(world, &network));
    for image in &images {
        world.want_image(image);
    }
    let running_at = world.now + world.ids.about(RUNNING_AFTER);
    world.containers.tasks.push(Task {
        arn: arn.clone(),
        cluster: start.cluster.to_owned(),
        definition,
        service: start.service,
        group: start.group,
        started_by: start.started_by,
        images,
        check,
        interface,
        wanted: start.wanted,
        grace: start.grace,
        created_at: world.now,
        running_at,
        pulled: false,
        registered: false,
        stop: None,
        tags: start.tags,
    });
    Some(arn)
}

fn add_interface(
    world: &mut World,
    network: &winterbaume_ecs::model::AwsVpcConfiguration,
) -> Option<Interface> {
    let turn = world.ids.below(network.subnets.len() as u64) as usize;
    let subnet = network.subnets.get(turn)?;
    let mut groups = network.security_groups.clone().unwrap_or_default();
    if groups.is_empty() {
        let vpc = world.network.subnet(subnet).map(|subnet| subnet.vpc.clone())?;
        groups.extend(world.network.default_group(&vpc));
    }
    let attachment = world.ids.uuid();
    let description = world.arn("ecs", &format!("attachment/{attachment}"));
    let public = network.assign_public_ip.as_deref() == Some("ENABLED");
    world.network.add_interface(&mut world.ids, Owner::Task, subnet, &groups, description, public)
}

impl Task {
    pub(super) fn id(&self) -> &str {
        super::cluster::short(&self.arn)
    }

    pub(super) fn is_live(&self) -> bool {
        self.stop.is_none()
    }

    pub(super) fn is_running(&self, now: Moment) -> bool {
        self.is_live() && self.pulled && now >= self.running_at
    }

    pub(super) fn stopped_at(&self) -> Option<Moment> {
        self.stop.as_ref().map(|stop| stop.drained_at + STOPPING + DEPROVISIONING)
    }

    pub(super) fn has_drained(&self, now: Moment) -> bool {
        self.stop.as_ref().is_some_and(|stop| now >= stop.drained_at)
    }

    pub(super) fn started_at(&self, now: Moment) -> Option<Moment> {
        let until = self.stop.as_ref().map_or(now, |stop| stop.at);
        (self.pulled && self.running_at <= until).then_some(self.running_at)
    }

    pub(super) fn pulled_at(&self) -> Option<Moment> {
        self.pulled.then_some(self.created_at + PULLED_AFTER)
    }

    pub(super) fn status(&self, now: Moment) -> &'static str {
        match &self.stop {
            Some(stop) if now < stop.drained_at => "DEACTIVATING",
            Some(stop) if now < stop.drained_at + STOPPING => "STOPPING",
            Some(stop) if now < stop.drained_at + STOPPING + DEPROVISIONING => "DEPROVISIONING",
            Some(_) => "STOPPED",
            None if now < self.created_at + PENDING_AFTER => "PROVISIONING",
            None if now < self.running_at => "PENDING",
            None => "RUNNING",
        }
    }

    pub(super) fn is_broken(&self) -> bool {
        self.images.iter().any(|image| is_broken(image))
    }

    /// The container's health, once there is a check.
    pub(super) fn container_health(&self, now: Moment) -> &'static str {
        match (self.check, self.started_at(now)) {
            (Some(check), Some(_)) if now >= self.checked_at(check) => {
                if self.is_broken() {
                    "UNHEALTHY"
                } else {
                    "HEALTHY"
                }
            }
            _ => "UNKNOWN",
        }
    }

    /// When the check first says something.
    fn checked_at(&self, check: Check) -> Moment {
        match self.is_broken() {
            true => self.running_at + check.start_period + check.interval * check.retries,
            false => self.running_at + check.interval,
        }
    }

    pub(super) fn address(&self) -> Option<&str> {
        self.interface.as_ref().map(|interface| interface.private_address.as_str())
    }

    fn target_health(&self, world: &World) -> impl Iterator<Item = (&str, Option<Health>)> {
        self.wanted.iter().map(move |target| {
            let address = self.address().unwrap_or_default();
            let health = world.balancing.target_health(&target.group, address, target.port, world.now);
            (target.group.as_str(), health)
        })
    }

    /// Running, and well in the eyes of its container check and its target groups.
    pub(super) fn is_healthy(&self, world: &World) -> bool {
        let container = self.check.is_none() || self.container_health(world.now) == "HEALTHY";
        let target = |health: Option<Health>| matches!(health, Some(Health::Healthy | Health::Unused) | None);
        self.is_running(world.now)
            && self.registered
            && container
            && self.target_health(world).all(|(_, health)| target(health))
    }

    /// Why a running task must be stopped, if it must.
    fn ailment(&self, world: &World) -> Option<String> {
        let out_of_grace = world.now >= self.running_at + self.grace;
        if !self.is_running(world.now) || !out_of_grace {
            return None;
        }
        if self.container_health(world.now) == "UNHEALTHY" {
            return Some("Task failed container health checks".to_owned());
        }
        let mut ill = self.target_health(world).filter(|(_, health)| *health == Some(Health::Unhealthy));
        ill.next().map(|(group, _)| format!("Task failed ELB health checks in (target-group {group})"))
    }

    pub(super) fn next_due(&self, world: &World) -> Option<Moment> {
        let mut due: Vec<Moment> = Vec::new();
        if let Some(stop) = &self.stop {
            due.push(stop.drained_at);
            due.extend(self.stopped_at());
        } else {
            due.extend([self.created_at + PULLED_AFTER, self.running_at, self.running_at + self.grace]);
            due.extend(self.check.map(|check| self.checked_at(check)));
            if self.registered {
                let address = self.address().unwrap_or_default();
                due.extend(self.wanted.iter().filter_map(|target| {
                    world.balancing.next_health_change(&target.group, address, target.port, world.now)
                }));
            }
        }
        due.into_iter().filter(|due| *due > world.now).reduce(f64::min)
    }
}

/// Does what is due for every task.
pub(super) fn happen(world: &mut World) {
    for index in 0..world.containers.tasks.len() {
        let Some(task) = world.containers.tasks.get(index).filter(|task| task.is_live()) else {
            continue;
        };
        let now = world.now;
        if !task.pulled && now >= task.created_at + PULLED_AFTER {
            let at = task.created_at + PULLED_AFTER;
            let failure = task.images.iter().find_map(|image| match world.pull(image, at) {
                Pull::Ready => None,
                Pull::Fails(reason) => Some(reason),
            });
            match failure {
                Some(reason) => {
                    fail(world, index, "TaskFailedToStart", reason.clone(), Some(reason));
                    continue;
                }
                None => world.containers.tasks[index].pulled = true,
            }
        }
        let task = &world.containers.tasks[index];
        if !task.registered && task.is_running(now) {
            register(world, index);
        }
        if let Some(reason) = world.containers.tasks[index].ailment(world) {
            fail(world, index, "ServiceSchedulerInitiated", reason, None);
        }
    }
}

fn register(world: &mut World, index: usize) {
    let now = world.now;
    let task = &mut world.containers.tasks[index];
    task.registered = true;
    let (answers, wanted) = (!task.is_broken(), task.wanted.clone());
    let Some(interface) = task.interface.clone() else {
        return;
    };
    let service = task.service.clone();
    for target in &wanted {
        let (address, zone) = (&interface.private_address, Some(interface.zone.clone()));
        world.balancing.register_target(&target.group, address, target.port, zone, answers, now);
    }
    if let (Some((service, _)), Some(target)) = (service, wanted.first()) {
        super::deployment::note(world, &service, |name| {
            format!("(service {name}) registered 1 targets in (target-group {})", target.group)
        });
    }
}

/// Stops a task that failed, and counts it against its deployment.
fn fail(
    world: &mut World,
    index: usize,
    code: &'static str,
    reason: String,
    container_reason: Option<String>,
) {
    let task = &world.containers.tasks[index];
    let (service, id) = (task.service.clone(), task.id().to_owned());
    if let Some((service, deployment)) = &service {
        super::deployment::count_failure(world, service, deployment);
        if container_reason.is_none() {
            super::deployment::note(world, service, |name| {
                format!("(service {name}) (task {id}) failed: {reason}.")
            });
        }
    }
    stop(world, index, code, reason, container_reason);
}

/// Begins to stop a task: first its targets drain.
pub(super) fn stop(
    world: &mut World,
    index: usize,
    code: &'static str,
    reason: String,
    container_reason: Option<String>,
) {
    let now = world.now;
    let Some(task) = world.containers.tasks.get(index).filter(|task| task.is_live()) else {
        return;
    };
    let mut drained_at = now;
    if task.registered {
        let address = task.address().unwrap_or_default().to_owned();
        for target in task.wanted.clone() {
            let drained = world.balancing.deregister_target(&target.group, &address, target.port, now);
            drained_at = drained_at.max(drained);
        }
    }
    let task = &mut world.containers.tasks[index];
    task.stop = Some(Stop { at: now, drained_at, code, reason, container_reason });
    let gone_at = task.stopped_at().unwrap_or(now) + INTERFACE_LINGERS;
    if let Some(interface) = &task.interface {
        world.network.release_interface(&interface.id, gone_at);
    }
}
