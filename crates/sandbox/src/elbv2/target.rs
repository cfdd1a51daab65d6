//! Targets and their health, derived from when they came, what they run and when they go.

use std::collections::HashMap;

use winterbaume_elasticloadbalancingv2::{model as m, wire};

use super::Balancing;
use super::target_group::TargetGroup;
use crate::clock::Moment;
use crate::refusal::{Answer, refuse};
use crate::wire::read;
use crate::world::World;

/// How many intervals a new target takes to its first success.
const CHECKS_TO_HEALTHY: f64 = 2.0;

#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) address: String,
    pub(super) port: i32,
    zone: Option<String>,
    /// Whether what listens there answers its health check.
    answers: bool,
    registered_at: Moment,
    gone_at: Option<Moment>,
}

/// The state of a target at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Health {
    Unused,
    Initial,
    Healthy,
    Unhealthy,
    Draining,
}

impl Health {
    fn words(self) -> (&'static str, Option<&'static str>, Option<&'static str>) {
        match self {
            Health::Unused => (
                "unused",
                Some("Target.NotInUse"),
                Some("Target group is not configured to receive traffic from the load balancer"),
            ),
            Health::Initial => {
                ("initial", Some("Elb.InitialHealthChecking"), Some("Initial health checks in progress"))
            }
            Health::Healthy => ("healthy", None, None),
            Health::Unhealthy => (
                "unhealthy",
                Some("Target.ResponseCodeMismatch"),
                Some("Health checks failed with these codes: [500]"),
            ),
            Health::Draining => (
                "draining",
                Some("Target.DeregistrationInProgress"),
                Some("Target deregistration is in progress"),
            ),
        }
    }
}

impl Balancing {
    /// When health checks of a target began: it must be there, routed to, by a living ALB.
    fn checked_since(&self, group: &TargetGroup, target: &Target) -> Option<Moment> {
        let balancer = self.load_balancer(group.load_balancer.as_ref()?).ok()?;
        Some(target.registered_at.max(group.attached_at).max(balancer.active_at))
    }

    pub(super) fn health(&self, group: &TargetGroup, target: &Target, now: Moment) -> Health {
        if target.gone_at.is_some() {
            return Health::Draining;
        }
        let Some(since) = self.checked_since(group, target) else {
            return Health::Unused;
        };
        let good_at = since + CHECKS_TO_HEALTHY * group.interval();
        match target.answers {
            true if now >= good_at => Health::Healthy,
            false if now >= since + group.unhealthy_after() => Health::Unhealthy,
            _ => Health::Initial,
        }
    }

    pub(crate) fn register_target(
        &mut self,
        group: &str,
        address: &str,
        port: i32,
        zone: Option<String>,
        answers: bool,
        now: Moment,
    ) {
        let Ok(group) = self.target_group_mut(group) else {
            return;
        };
        group.targets.retain(|target| (target.address.as_str(), target.port) != (address, port));
        group.targets.push(Target {
            address: address.to_owned(),
            port,
            zone,
            answers,
            registered_at: now,
            gone_at: None,
        });
    }

    /// Takes a target out, and says when it has drained.
    pub(crate) fn deregister_target(&mut self, group: &str, address: &str, port: i32, now: Moment) -> Moment {
        let Ok(group) = self.target_group_mut(group) else {
            return now;
        };
        // Nobody routes to it, so there is nothing to wait for.
        let delay = if group.load_balancer.is_some() { group.deregistration_delay() } else { 0.0 };
        let target = group.targets.iter_mut().find(|target| target.address == address && target.port == port);
        target.map_or(now, |target| *target.gone_at.get_or_insert(now + delay))
    }

    pub(crate) fn target_health(&self, group: &str, address: &str, port: i32, now: Moment) -> Option<Health> {
        let group = self.target_group(group).ok()?;
        let target = group.targets.iter().find(|t| t.address == address && t.port == port)?;
        Some(self.health(group, target, now))
    }

    /// When the target's health will next change by itself.
    pub(crate) fn next_health_change(
        &self,
        group: &str,
        address: &str,
        port: i32,
        now: Moment,
    ) -> Option<Moment> {
        let group = self.target_group(group).ok()?;
        let target = group.targets.iter().find(|t| t.address == address && t.port == port)?;
        let since = self.checked_since(group, target)?;
        let due = match target.answers {
            true => since + CHECKS_TO_HEALTHY * group.interval(),
            false => since + group.unhealthy_after(),
        };
        Some(due).filter(|due| *due > now)
    }

    fn forget_drained(&mut self, now: Moment) {
        for group in &mut self.target_groups {
            group.targets.retain(|target| target.gone_at.is_none_or(|gone| gone > now));
        }
    }
}

pub(super) fn register(world: &mut World, params: &HashMap<String, String>) -> Answer {
    let request = read(wire::deserialize_register_targets_request(params))?;
    let default_port = world.balancing.target_group(&request.target_group_arn)?.port();
    for target in request.targets.items {
        if target.id.parse::<std::net::IpAddr>().is_err() {
            return refuse(
                "InvalidTarget",
                format!("The IP address '{}' is not a valid IPv4 address", target.id),
            );
        }
        let port = target.port.unwrap_or(default_port);
        // Nothing that the sandbox runs listens at an address that a caller thought up.
        world.balancing.register_target(
            &request.target_group_arn,
            &target.id,
            port,
            target.availability_zone,
            false,
            world.now,
        );
    }
    Ok(wire::serialize_register_targets_response(&Default::default()))
}

pub(super) fn deregister(world: &mut World, params: &HashMap<String, String>) -> Answer {
    let request = read(wire::deserialize_deregister_targets_request(params))?;
    let default_port = world.balancing.target_group(&request.target_group_arn)?.port();
    for target in request.targets.items {
        let port = target.port.unwrap_or(default_port);
        world.balancing.deregister_target(&request.target_group_arn, &target.id, port, world.now);
    }
    Ok(wire::serialize_deregister_targets_response(&Default::default()))
}

pub(super) fn describe_health(world: &mut World, params: &HashMap<String, String>) -> Answer {
    let request = read(wire::deserialize_describe_target_health_request(params))?;
    world.balancing.forget_drained(world.now);
    let group = world.balancing.target_group(&request.target_group_arn)?;
    let wanted = request.targets.map(|targets| targets.items).unwrap_or_default();
    let items = group
        .targets
        .iter()
        .filter(|target| wanted.is_empty() || wanted.iter().any(|w| w.id == target.address))
        .map(|target| {
            let (state, reason, description) = world.balancing.health(group, target, world.now).words();
            m::TargetHealthDescription {
                target: Some(m::TargetDescription {
                    id: target.address.clone(),
                    port: Some(target.port),
                    availability_zone: target.zone.clone(),
                    ..m::TargetDescription::default()
                }),
                health_check_port: Some(target.port.to_string()),
                target_health: Some(m::TargetHealth {
                    state: Some(state.to_owned()),
                    reason: reason.map(str::to_owned),
                    description: description.map(str::to_owned),
                }),
                ..m::TargetHealthDescription::default()
            }
        })
        .collect();
    Ok(wire::serialize_describe_target_health_response(&m::DescribeTargetHealthOutput {
        target_health_descriptions: Some(m::TargetHealthDescriptions { items }),
    }))
}
