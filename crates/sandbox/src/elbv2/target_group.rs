//! Target groups: where rules forward to, and how their targets are checked.

use std::collections::{BTreeMap, HashMap};

use winterbaume_elasticloadbalancingv2::{model as m, wire};

use super::target::Target;
use super::{Balancing, check_name, not_found, tag_pairs};
use crate::clock::Moment;
use crate::quotas;
use crate::refusal::{Answer, Refusal, refuse};
use crate::tags::{Tags, merge};
use crate::wire::{page, read};
use crate::world::World;

#[derive(Debug)]
pub(super) struct TargetGroup {
    pub(super) arn: String,
    settings: m::TargetGroup,
    /// The one load balancer whose listeners or rules name this group.
    pub(super) load_balancer: Option<String>,
    /// When `load_balancer` last changed.
    pub(super) attached_at: Moment,
    pub(super) targets: Vec<Target>,
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) tags: Tags,
}

impl TargetGroup {
    fn tree(&self) -> m::TargetGroup {
        m::TargetGroup {
            load_balancer_arns: Some(m::LoadBalancerArns {
                items: self.load_balancer.clone().into_iter().collect(),
            }),
            ..self.settings.clone()
        }
    }

    pub(super) fn interval(&self) -> f64 {
        f64::from(self.settings.health_check_interval_seconds.unwrap_or(30))
    }

    pub(super) fn unhealthy_after(&self) -> f64 {
        self.interval() * f64::from(self.settings.unhealthy_threshold_count.unwrap_or(2))
    }

    pub(super) fn port(&self) -> i32 {
        self.settings.port.unwrap_or(80)
    }

    pub(super) fn deregistration_delay(&self) -> f64 {
        let delay = self.attributes.get("deregistration_delay.timeout_seconds");
        delay.and_then(|delay| delay.parse().ok()).unwrap_or(300.0)
    }
}

impl Balancing {
    pub(super) fn target_group(&self, arn: &str) -> Result<&TargetGroup, Refusal> {
        let found = self.target_groups.iter().find(|group| group.arn == arn);
        found.ok_or_else(|| not_found("TargetGroupNotFound", "target groups"))
    }

    pub(super) fn target_group_mut(&mut self, arn: &str) -> Result<&mut TargetGroup, Refusal> {
        let found = self.target_groups.iter_mut().find(|group| group.arn == arn);
        found.ok_or_else(|| not_found("TargetGroupNotFound", "target groups"))
    }

    /// Whether there is such a group: `Some(true)` when a load balancer forwards to it.
    pub(crate) fn is_attached(&self, arn: &str) -> Option<bool> {
        self.target_group(arn).ok().map(|group| group.load_balancer.is_some())
    }
}

fn target_groups(items: Vec<m::TargetGroup>) -> Option<m::TargetGroups> {
    Some(m::TargetGroups { items })
}

fn check_range(what: &str, value: Option<i32>, low: i32, high: i32) -> Result<(), Refusal> {
    match value {
        Some(value) if !(low..=high).contains(&value) => {
            refuse("ValidationError", format!("{what} '{value}' must be between {low} and {high}"))
        }
        _ => Ok(()),
    }
}

fn check_settings(settings: &m::TargetGroup) -> Result<(), Refusal> {
    check_range("Target group port", settings.port, 1, 65_535)?;
    check_range("Health check interval", settings.health_check_interval_seconds, 5, 300)?;
    check_range("Health check timeout", settings.health_check_timeout_seconds, 2, 120)?;
    check_range("Healthy threshold count", settings.healthy_threshold_count, 2, 10)?;
    check_range("Unhealthy threshold count", settings.unhealthy_threshold_count, 2, 10)?;
    if settings.health_check_timeout_seconds >= settings.health_check_interval_seconds {
        return refuse("ValidationError", "Health check interval must be greater than the timeout.");
    }
    if settings.health_check_path.as_ref().is_some_and(|path| !path.starts_with('/')) {
        return refuse("ValidationError", "Health check path must begin with a '/' character");
    }
    Ok(())
}

pub(super) fn create(world: &mut World, params: &HashMap<String, String>) -> Answer {
    let request = read(wire::deserialize_create_target_group_request(params))?;
    check_name("Target group", &request.name)?;
    let target_type = request.target_type.unwrap_or_else(|| "instance".to_owned());
    if target_type != "lambda" && (request.port.is_none() || request.protocol.is_none()) {
        return refuse("ValidationError", "A port and a protocol must be specified");
    }
    match &request.vpc_id {
        Some(vpc) if world.network.has_vpc(vpc) => {}
        Some(vpc) => return refuse("ValidationError", format!("The VPC ID '{vpc}' is not found")),
        None => return refuse("ValidationError", "A VPC ID must be specified"),
    }
    let text = |value: Option<String>, default: &str| Some(value.unwrap_or_else(|| default.to_owned()));
    let id = world.ids.hex(16);
    let arn = world.arn("elasticloadbalancing", &format!("targetgroup/{}/{id}", request.name));
    let settings = m::TargetGroup {
        target_group_arn: Some(arn.clone()),
        target_group_name: Some(request.name.clone()),
        protocol: request.protocol.clone(),
        port: request.port,
        vpc_id: request.vpc_id,
        health_check_protocol: text(request.health_check_protocol, "HTTP"),
        health_check_port: text(request.health_check_port, "traffic-port"),
        health_check_enabled: Some(request.health_check_enabled.unwrap_or(true)),
        health_check_interval_seconds: Some(request.health_check_interval_seconds.unwrap_or(30)),
        health_check_timeout_seconds: Some(request.health_check_timeout_seconds.unwrap_or(5)),
        healthy_threshold_count: Some(request.healthy_threshold_count.unwrap_or(5)),
        unhealthy_threshold_count: Some(request.unhealthy_threshold_count.unwrap_or(2)),
        health_check_path: text(request.health_check_path, "/"),
        matcher: Some(
            request.matcher.unwrap_or(m::Matcher { http_code: Some("200".to_owned()), grpc_code: None }),
        ),
        target_type: Some(target_type),
        protocol_version: text(request.protocol_version, "HTTP1"),
        ip_address_type: text(request.ip_address_type, "ipv4"),
        ..m::TargetGroup::default()
    };
    check_settings(&settings)?;
    let existing = world
        .balancing
        .target_groups
        .iter()
        .find(|group| group.settings.target_group_name.as_ref() == Some(&request.name));
    if let Some(existing) = existing {
        let same =
            m::TargetGroup { target_group_arn: existing.settings.target_group_arn.clone(), ..settings };
        if format!("{same:?}") == format!("{:?}", existing.settings) {
            return Ok(wire::serialize_create_target_group_response(&m::CreateTargetGroupOutput {
                target_groups: target_groups(vec![existing.tree()]),
            }));
        }
        return refuse(
            "DuplicateTargetGroupName",
            format!(
                "A target group with the same name '{}' exists, but with different settings",
                request.name
            ),
        );
    }
    let have = world.balancing.target_groups.len();
    quotas::check(have, world.quotas.target_groups, "TooManyTargetGroups", "target groups")?;
    let mut tags = Tags::new();
    merge(&mut tags, tag_pairs(request.tags), "TooManyTags")?;
    let group = TargetGroup {
        arn,
        settings,
        load_balancer: None,
        attached_at: world.now,
        targets: Vec::new(),
        attributes: BTreeMap::new(),
        tags,
    };
    let output = m::CreateTargetGroupOutput { target_groups: target_groups(vec![group.tree()]) };
    world.balancing.target_groups.push(group);
    Ok(wire::serialize_create_target_group_response(&output))
}

pub(super) fn describe(world: &mut World, params: &HashMap<String, String>) -> Answer {
    let request = read(wire::deserialize_describe_target_groups_request(params))?;
    let arns = request.target_group_arns.map(|arns| arns.items).unwrap_or_default();
    let names = request.names.map(|names| names.items).unwrap_or_default();
    let all = &world.balancing.target_groups;
    let name = |group: &TargetGroup| group.settings.target_group_name.clone().unwrap_or_default();
    let known = |wanted: &String| all.iter().any(|group| group.arn == *wanted || name(group) == *wanted);
    if !arns.iter().chain(&names).all(known) {
        return Err(not_found("TargetGroupNotFound", "target groups"));
    }
    if let Some(balancer) = &request.load_balancer_arn {
        world.balancing.load_balancer(balancer)?;
    }
    let picked: Vec<m::TargetGroup> = all
        .iter()
        .filter(|group| arns.is_empty() || arns.contains(&group.arn))
        .filter(|group| names.is_empty() || names.contains(&name(group)))
        .filter(|group| {
            request.load_balancer_arn.is_none() || group.load_balancer == request.load_balancer_arn
        })
        .map(TargetGroup::tree)
        .collect();
    let size = request.page_size.unwrap_or(400).clamp(1, 400) as usize;
    let (items, next_marker) = page(&picked, request.marker.as_deref(), size);
    Ok(wire::serialize_describe_target_groups_response(&m::DescribeTargetGroupsOutput {
        target_groups: target_groups(items),
        next_marker,
    }))
}

pub(super) fn modify(world: &mut World, params: &HashMap<String, String>) -> Answer {
    let request = read(wire::deserialize_modify_target_group_request(params))?;
    let group = world.balancing.target_group_mut(&request.target_group_arn)?;
    let old = group.settings.clone();
    let settings = m::TargetGroup {
        health_check_protocol: request.health_check_protocol.or(old.health_check_protocol),
        health_check_port: request.health_check_port.or(old.health_check_port),
        health_check_path: request.health_check_path.or(old.health_check_path),
        health_check_enabled: request.health_check_enabled.or(old.health_check_enabled),
        health_check_interval_seconds: request
            .health_check_interval_seconds
            .or(old.health_check_interval_seconds),
        health_check_timeout_seconds: request
            .health_check_timeout_seconds
            .or(old.health_check_timeout_seconds),
        healthy_threshold_count: request.healthy_threshold_count.or(old.healthy_threshold_count),
        unhealthy_threshold_count: request.unhealthy_threshold_count.or(old.unhealthy_threshold_count),
        matcher: request.matcher.or(old.matcher),
        ..group.settings.clone()
    };
    check_settings(&settings)?;
    group.settings = settings;
    let output = m::ModifyTargetGroupOutput { target_groups: target_groups(vec![group.tree()]) };
    Ok(wire::serialize_modify_target_group_response(&output))
}

/// Deletes the group; one that is gone already is no error.
pub(super) fn delete(world: &mut World, params: &HashMap<String, String>) -> Answer {
    let request = read(wire::deserialize_delete_target_group_request(params))?;
    let arn = request.target_group_arn;
    if world.balancing.is_attached(&arn) == Some(true) {
        return refuse(
            "ResourceInUse",
            format!("Target group '{arn}' is currently in use by a listener or a rule"),
        );
    }
    world.balancing.target_groups.retain(|group| group.arn != arn);
    Ok(wire::serialize_delete_target_group_response(&Default::default()))
}
