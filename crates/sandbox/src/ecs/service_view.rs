//! Services as callers see them.

use winterbaume_ecs::model as m;

use super::cluster::{missing, short, shown_tags};
use super::deployment::{Deployment, Rollout};
use super::service::{Service, find};
use crate::refusal::{Answer, refuse};
use crate::wire::{json, page, read_json};
use crate::world::World;

impl Service {
    fn counts(&self, world: &World, deployment: Option<&str>) -> (i32, i32) {
        let mine = world.containers.tasks.iter().filter(|task| {
            let home = task.service.as_ref();
            home.is_some_and(|(arn, id)| *arn == self.arn && deployment.is_none_or(|wanted| wanted == id))
        });
        let (mut running, mut pending) = (0, 0);
        for task in mine {
            match task.status(world.now) {
                "RUNNING" => running += 1,
                "PROVISIONING" | "PENDING" => pending += 1,
                _ => {}
            }
        }
        (running, pending)
    }

    fn shown_deployment(&self, world: &World, deployment: &Deployment, primary: bool) -> m::Deployment {
        let (running, pending) = self.counts(world, Some(&deployment.id));
        let wanted = primary && deployment.rollout != Rollout::Failed;
        m::Deployment {
            id: Some(deployment.id.clone()),
            status: Some(if primary { "PRIMARY" } else { "ACTIVE" }.to_owned()),
            task_definition: Some(deployment.definition.clone()),
            desired_count: Some(if wanted { self.desired } else { 0 }),
            running_count: Some(running),
            pending_count: Some(pending),
            failed_tasks: Some(deployment.failed_tasks),
            created_at: Some(world.epoch(deployment.created_at)),
            updated_at: Some(world.epoch(deployment.updated_at)),
            launch_type: self.settings.launch_type.clone(),
            platform_version: Some("1.4.0".to_owned()),
            platform_family: Some("Linux".to_owned()),
            network_configuration: self.settings.network_configuration.clone(),
            rollout_state: Some(deployment.rollout.name().to_owned()),
            rollout_state_reason: Some(deployment.reason.clone()),
            ..m::Deployment::default()
        }
    }

    pub(super) fn shown(&self, world: &World, with_tags: bool) -> m::Service {
        let (running, pending) = self.counts(world, None);
        let status = match (self.inactive_at, self.draining) {
            (Some(_), _) => "INACTIVE",
            (None, true) => "DRAINING",
            (None, false) => "ACTIVE",
        };
        let deployments = self.deployments.iter().enumerate();
        m::Service {
            service_arn: Some(self.arn.clone()),
            service_name: Some(self.name.clone()),
            cluster_arn: Some(self.cluster.clone()),
            status: Some(status.to_owned()),
            desired_count: Some(self.desired),
            running_count: Some(running),
            pending_count: Some(pending),
            task_definition: Some(self.definition.clone()),
            load_balancers: Some(self.load_balancers.clone()),
            deployments: Some(
                deployments.map(|(index, d)| self.shown_deployment(world, d, index == 0)).collect(),
            ),
            events: Some(self.events.iter().cloned().collect()),
            created_at: Some(world.epoch(self.created_at)),
            tags: Some(if with_tags { shown_tags(&self.tags) } else { Vec::new() }),
            ..self.settings.clone()
        }
    }
}

pub(super) fn describe(world: &mut World, body: &[u8]) -> Answer {
    let request: m::DescribeServicesRequest = read_json(body)?;
    let cluster = world.containers.cluster(request.cluster.as_deref())?.arn.clone();
    if request.services.len() > 10 {
        return refuse("InvalidParameterException", "Services list cannot have more than 10 elements.");
    }
    if request.services.is_empty() {
        return refuse("InvalidParameterException", "Services cannot be empty.");
    }
    let with_tags = request.include.iter().flatten().any(|what| what == "TAGS");
    let (mut services, mut failures) = (Vec::new(), Vec::new());
    for reference in &request.services {
        match find(world, &cluster, reference) {
            Some(service) => services.push(service.shown(world, with_tags)),
            None => {
                let name = format!("service/{}/{}", short(&cluster), short(reference));
                failures.push(missing(world.arn("ecs", &name)));
            }
        }
    }
    json(&m::DescribeServicesResponse { services: Some(services), failures: Some(failures) })
}

/// Lists the active services; draining ones must be asked for by name.
pub(super) fn list(world: &mut World, body: &[u8]) -> Answer {
    let request: m::ListServicesRequest = read_json(body)?;
    let cluster = world.containers.cluster(request.cluster.as_deref())?.arn.clone();
    let services = world.containers.services.iter();
    let arns: Vec<String> = services
        .filter(|service| service.cluster == cluster && service.is_active())
        .map(|service| service.arn.clone())
        .collect();
    let size = request.max_results.unwrap_or(10).clamp(1, 100) as usize;
    let (items, next_token) = page(&arns, request.next_token.as_deref(), size);
    json(&m::ListServicesResponse { service_arns: Some(items), next_token })
}
