//! Deployments of a service, the running one and those before it.

use winterbaume_ecs::model as m;

use super::cluster::{missing, short};
use super::deployment::{Rollout, threshold};
use super::service::{Service, find};
use crate::clock::Moment;
use crate::refusal::{Answer, refusal};
use crate::wire::{json, page, read_json};
use crate::world::World;

/// How many past deployments a service remembers.
const REMEMBERED: usize = 50;

/// A deployment as it stands, or as it ended.
#[derive(Debug, Clone)]
pub(super) struct Past {
    id: String,
    definition: String,
    rollout: Rollout,
    rolls_back: Option<String>,
    reason: String,
    failed_tasks: i32,
    created_at: Moment,
    updated_at: Moment,
    finished_at: Option<Moment>,
}

impl Service {
    /// Writes the primary deployment down, as it is now.
    pub(super) fn record_history(&mut self) {
        if let Some(past) = self.present() {
            self.past.retain(|old| old.id != past.id || old.rolls_back != past.rolls_back);
            self.past.push_front(past);
            self.past.truncate(REMEMBERED);
        }
    }

    fn present(&self) -> Option<Past> {
        let primary = self.deployments.first()?;
        Some(Past {
            id: primary.id.clone(),
            definition: primary.definition.clone(),
            rollout: primary.rollout,
            rolls_back: primary.rolls_back.clone(),
            reason: primary.reason.clone(),
            failed_tasks: primary.failed_tasks,
            created_at: primary.created_at,
            updated_at: primary.updated_at,
            finished_at: primary.finished_at,
        })
    }

    /// Newest first. A roll back is a stage of the deployment that failed, not one of its own.
    fn all_deployments(&self) -> Vec<Past> {
        let present = self.present();
        let older = self.past.iter().filter(|past| present.as_ref().is_none_or(|p| p.id != past.id));
        let all = present.iter().chain(older);
        let mut own: Vec<Past> = all.filter(|past| past.rolls_back.is_none()).cloned().collect();
        own.sort_by(|a, b| b.created_at.total_cmp(&a.created_at));
        own
    }

    fn status_of(&self, past: &Past) -> &'static str {
        let back = self.deployments.first().filter(|d| d.rolls_back.as_ref() == Some(&past.id));
        match (past.rollout, back.map(|back| back.rollout)) {
            (Rollout::InProgress, _) if self.deployments.first().is_some_and(|d| d.id == past.id) => {
                "IN_PROGRESS"
            }
            (Rollout::InProgress, _) => "STOPPED",
            (Rollout::Completed, _) => "SUCCESSFUL",
            (Rollout::Failed, Some(Rollout::InProgress)) => "ROLLBACK_IN_PROGRESS",
            (Rollout::Failed, Some(Rollout::Failed)) => "ROLLBACK_FAILED",
            (Rollout::Failed, _) if self.breaker().rollback && self.last_completed.is_some() => {
                "ROLLBACK_SUCCESSFUL"
            }
            (Rollout::Failed, _) => "STOPPED",
        }
    }

    fn deployment_arn(&self, past: &Past) -> String {
        let service = self.arn.replacen(":service/", ":service-deployment/", 1);
        format!("{service}/{}", short(&past.id))
    }

    fn revision_arn(&self, past: &Past) -> String {
        let service = self.arn.replacen(":service/", ":service-revision/", 1);
        format!("{service}/{}", past.definition.rsplit(':').next().unwrap_or("1"))
    }
}

pub(super) fn list(world: &mut World, body: &[u8]) -> Answer {
    let request: m::ListServiceDeploymentsRequest = read_json(body)?;
    let cluster = world.containers.cluster(request.cluster.as_deref())?.arn.clone();
    let service = find(world, &cluster, &request.service)
        .ok_or_else(|| refusal("ServiceNotFoundException", "Service not found."))?;
    let wanted = request.status.unwrap_or_default();
    let all: Vec<m::ServiceDeploymentBrief> = service
        .all_deployments()
        .iter()
        .map(|past| m::ServiceDeploymentBrief {
            service_deployment_arn: Some(service.deployment_arn(past)),
            service_arn: Some(service.arn.clone()),
            cluster_arn: Some(service.cluster.clone()),
            created_at: Some(world.epoch(past.created_at)),
            started_at: Some(world.epoch(past.created_at)),
            finished_at: past.finished_at.map(|at| world.epoch(at)),
            target_service_revision_arn: Some(service.revision_arn(past)),
            status: Some(service.status_of(past).to_owned()),
            status_reason: Some(past.reason.clone()),
        })
        .filter(|brief| wanted.is_empty() || brief.status.as_ref().is_some_and(|s| wanted.contains(s)))
        .collect();
    let size = request.max_results.unwrap_or(20).clamp(1, 100) as usize;
    let (items, next_token) = page(&all, request.next_token.as_deref(), size);
    json(&m::ListServiceDeploymentsResponse { service_deployments: Some(items), next_token })
}

pub(super) fn describe(world: &mut World, body: &[u8]) -> Answer {
    let request: m::DescribeServiceDeploymentsRequest = read_json(body)?;
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for arn in request.service_deployment_arns {
        let services = world.containers.services.iter();
        let hit = services
            .flat_map(|service| service.all_deployments().into_iter().map(move |past| (service, past)))
            .find(|(service, past)| service.deployment_arn(past) == arn);
        match hit {
            Some((service, past)) => found.push(detail(world, service, &past)),
            None => failures.push(missing(arn)),
        }
    }
    json(&m::DescribeServiceDeploymentsResponse {
        service_deployments: Some(found),
        failures: Some(failures),
    })
}

fn detail(world: &World, service: &Service, past: &Past) -> m::ServiceDeployment {
    let failed = past.rollout == Rollout::Failed;
    let breaker = if failed { "TRIGGERED" } else { "MONITORING" };
    m::ServiceDeployment {
        service_deployment_arn: Some(service.deployment_arn(past)),
        service_arn: Some(service.arn.clone()),
        cluster_arn: Some(service.cluster.clone()),
        created_at: Some(world.epoch(past.created_at)),
        started_at: Some(world.epoch(past.created_at)),
        updated_at: Some(world.epoch(past.updated_at)),
        finished_at: past.finished_at.map(|at| world.epoch(at)),
        status: Some(service.status_of(past).to_owned()),
        status_reason: Some(past.reason.clone()),
        target_service_revision: Some(m::ServiceRevisionSummary {
            arn: Some(service.revision_arn(past)),
            ..m::ServiceRevisionSummary::default()
        }),
        deployment_configuration: service.settings.deployment_configuration.clone(),
        deployment_circuit_breaker: Some(m::ServiceDeploymentCircuitBreaker {
            status: Some(if service.breaker().enable { breaker } else { "DISABLED" }.to_owned()),
            failure_count: Some(past.failed_tasks),
            threshold: Some(threshold(service.desired)),
        }),
        ..m::ServiceDeployment::default()
    }
}
