//! Tags of load balancers, target groups, listeners and rules, by ARN.

use std::collections::HashMap;

use winterbaume_elasticloadbalancingv2::{model as m, wire};

use super::{Balancing, not_found, tag_pairs};
use crate::refusal::{Answer, Refusal, refuse};
use crate::tags::{Tags, merge};
use crate::wire::read;
use crate::world::World;

impl Balancing {
    fn tags_mut(&mut self, arn: &str) -> Result<&mut Tags, Refusal> {
        let (code, what) = match () {
            () if arn.contains(":loadbalancer/") => ("LoadBalancerNotFound", "load balancers"),
            () if arn.contains(":targetgroup/") => ("TargetGroupNotFound", "target groups"),
            () if arn.contains(":listener-rule/") => ("RuleNotFound", "rules"),
            () => ("ListenerNotFound", "listeners"),
        };
        let balancers = self.load_balancers.iter_mut().map(|b| (b.arn.as_str(), &mut b.tags));
        let groups = self.target_groups.iter_mut().map(|g| (g.arn.as_str(), &mut g.tags));
        let mut found = balancers.chain(groups).find(|(other, _)| *other == arn);
        if found.is_none() {
            let listeners = self.listeners.iter_mut();
            found = listeners
                .flat_map(|listener| {
                    let rules = listener.rules.iter_mut().map(|r| (r.arn.as_str(), &mut r.tags));
                    rules.chain([(listener.arn.as_str(), &mut listener.tags)])
                })
                .find(|(other, _)| *other == arn);
        }
        found.map(|(_, tags)| tags).ok_or_else(|| not_found(code, what))
    }
}

pub(super) fn add(world: &mut World, params: &HashMap<String, String>) -> Answer {
    let request = read(wire::deserialize_add_tags_request(params))?;
    let new = tag_pairs(Some(request.tags));
    for arn in &request.resource_arns.items {
        merge(world.balancing.tags_mut(arn)?, new.clone(), "TooManyTags")?;
    }
    Ok(wire::serialize_add_tags_response(&Default::default()))
}

pub(super) fn remove(world: &mut World, params: &HashMap<String, String>) -> Answer {
    let request = read(wire::deserialize_remove_tags_request(params))?;
    for arn in &request.resource_arns.items {
        let tags = world.balancing.tags_mut(arn)?;
        tags.retain(|key, _| !request.tag_keys.items.contains(key));
    }
    Ok(wire::serialize_remove_tags_response(&Default::default()))
}

pub(super) fn describe(world: &mut World, params: &HashMap<String, String>) -> Answer {
    let request = read(wire::deserialize_describe_tags_request(params))?;
    let arns = request.resource_arns.items;
    if arns.len() > 20 {
        return refuse(
            "ValidationError",
            format!(
                "1 validation error detected: Value '{}' at 'resourceArns' failed to satisfy constraint: Member must have length less than or equal to 20",
                arns.len()
            ),
        );
    }
    let mut items = Vec::new();
    for arn in arns {
        let tags = world.balancing.tags_mut(&arn)?;
        let tags = tags.iter().map(|(key, value)| m::Tag { key: key.clone(), value: Some(value.clone()) });
        items.push(m::TagDescription {
            tags: Some(m::TagList { items: tags.collect() }),
            resource_arn: Some(arn),
        });
    }
    Ok(wire::serialize_describe_tags_response(&m::DescribeTagsOutput {
        tag_descriptions: Some(m::TagDescriptions { items }),
    }))
}
