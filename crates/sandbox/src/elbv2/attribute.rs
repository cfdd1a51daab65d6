//! Attributes of load balancers, target groups and listeners: known keys, with AWS's defaults.

use std::collections::{BTreeMap, HashMap};

use winterbaume_elasticloadbalancingv2::{model as m, wire};

use crate::refusal::{Answer, Refusal, refuse};
use crate::wire::read;
use crate::world::World;

const LOAD_BALANCER: &[(&str, &str)] = &[
    ("access_logs.s3.enabled", "false"),
    ("access_logs.s3.bucket", ""),
    ("access_logs.s3.prefix", ""),
    ("client_keep_alive.seconds", "3600"),
    ("connection_logs.s3.enabled", "false"),
    ("connection_logs.s3.bucket", ""),
    ("connection_logs.s3.prefix", ""),
    ("deletion_protection.enabled", "false"),
    ("health_check_logs.s3.enabled", "false"),
    ("health_check_logs.s3.bucket", ""),
    ("health_check_logs.s3.prefix", ""),
    ("idle_timeout.timeout_seconds", "60"),
    ("load_balancing.cross_zone.enabled", "true"),
    ("routing.http.desync_mitigation_mode", "defensive"),
    ("routing.http.drop_invalid_header_fields.enabled", "false"),
    ("routing.http.preserve_host_header.enabled", "false"),
    ("routing.http.x_amzn_tls_version_and_cipher_suite.enabled", "false"),
    ("routing.http.xff_client_port.enabled", "false"),
    ("routing.http.xff_header_processing.mode", "append"),
    ("routing.http2.enabled", "true"),
    ("waf.fail_open.enabled", "false"),
    ("zonal_shift.config.enabled", "false"),
];

const TARGET_GROUP: &[(&str, &str)] = &[
    ("deregistration_delay.timeout_seconds", "300"),
    ("load_balancing.algorithm.anomaly_mitigation", "off"),
    ("load_balancing.algorithm.type", "round_robin"),
    ("load_balancing.cross_zone.enabled", "use_load_balancer_configuration"),
    ("slow_start.duration_seconds", "0"),
    ("stickiness.app_cookie.cookie_name", ""),
    ("stickiness.app_cookie.duration_seconds", "86400"),
    ("stickiness.enabled", "false"),
    ("stickiness.lb_cookie.duration_seconds", "86400"),
    ("stickiness.type", "lb_cookie"),
    ("target_group_health.dns_failover.minimum_healthy_targets.count", "1"),
    ("target_group_health.dns_failover.minimum_healthy_targets.percentage", "off"),
    ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.count", "1"),
    ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage", "off"),
];

const LISTENER: &[(&str, &str)] = &[("routing.http.response.server.enabled", "true")];

/// The attributes in force: what was set, and the defaults of the rest.
fn in_force(known: &[(&str, &str)], set: &BTreeMap<String, String>) -> Vec<(Option<String>, Option<String>)> {
    known
        .iter()
        .map(|(key, default)| {
            let value = set.get(*key).cloned().unwrap_or_else(|| (*default).to_owned());
            (Some((*key).to_owned()), Some(value))
        })
        .collect()
}

fn change(
    known: &[(&str, &str)],
    set: &mut BTreeMap<String, String>,
    new: Vec<(Option<String>, Option<String>)>,
) -> Result<(), Refusal> {
    for (key, value) in new {
        let (key, value) = (key.unwrap_or_default(), value.unwrap_or_default());
        let listener_header = known.len() == LISTENER.len() && key.starts_with("routing.http.");
        if !listener_header && !known.iter().any(|(name, _)| *name == key) {
            return refuse("ValidationError", format!("Attribute key '{key}' is not recognized"));
        }
        if key == "deregistration_delay.timeout_seconds"
            && !value.parse::<u32>().is_ok_and(|delay| delay <= 3600)
        {
            return refuse(
                "ValidationError",
                format!("'{value}' is not a valid value for '{key}'; it must be between 0 and 3600"),
            );
        }
        set.insert(key, value);
    }
    Ok(())
}

fn load_balancer_attributes(set: &BTreeMap<String, String>) -> Option<m::LoadBalancerAttributes> {
    let pairs = in_force(LOAD_BALANCER, set).into_iter();
    Some(m::LoadBalancerAttributes {
        items: pairs.map(|(key, value)| m::LoadBalancerAttribute { key, value }).collect(),
    })
}

fn target_group_attributes(set: &BTreeMap<String, String>) -> Option<m::TargetGroupAttributes> {
    let pairs = in_force(TARGET_GROUP, set).into_iter();
    Some(m::TargetGroupAttributes {
        items: pairs.map(|(key, value)| m::TargetGroupAttribute { key, value }).collect(),
    })
}

fn listener_attributes(set: &BTreeMap<String, String>) -> Option<m::ListenerAttributes> {
    let pairs = in_force(LISTENER, set).into_iter();
    Some(m::ListenerAttributes {
        items: pairs.map(|(key, value)| m::ListenerAttribute { key, value }).collect(),
    })
}

pub(super) fn describe_load_balancer(world: &mut World, params: &HashMap<String, String>) -> Answer {
    let request = read(wire::deserialize_describe_load_balancer_attributes_request(params))?;
    let balancer = world.balancing.load_balancer(&request.load_balancer_arn)?;
    Ok(wire::serialize_describe_load_balancer_attributes_response(&m::DescribeLoadBalancerAttributesOutput {
        attributes: load_balancer_attributes(&balancer.attributes),
    }))
}

pub(super) fn modify_load_balancer(world: &mut World, params: &HashMap<String, String>) -> Answer {
    let request = read(wire::deserialize_modify_load_balancer_attributes_request(params))?;
    let balancer = world.balancing.load_balancer_mut(&request.load_balancer_arn)?;
    let new = request.attributes.items.into_iter().map(|a| (a.key, a.value)).collect();
    change(LOAD_BALANCER, &mut balancer.attributes, new)?;
    Ok(wire::serialize_modify_load_balancer_attributes_response(&m::ModifyLoadBalancerAttributesOutput {
        attributes: load_balancer_attributes(&balancer.attributes),
    }))
}

pub(super) fn describe_target_group(world: &mut World, params: &HashMap<String, String>) -> Answer {
    let request = read(wire::deserialize_describe_target_group_attributes_request(params))?;
    let group = world.balancing.target_group(&request.target_group_arn)?;
    Ok(wire::serialize_describe_target_group_attributes_response(&m::DescribeTargetGroupAttributesOutput {
        attributes: target_group_attributes(&group.attributes),
    }))
}

pub(super) fn modify_target_group(world: &mut World, params: &HashMap<String, String>) -> Answer {
    let request = read(wire::deserialize_modify_target_group_attributes_request(params))?;
    let group = world.balancing.target_group_mut(&request.target_group_arn)?;
    let new = request.attributes.items.into_iter().map(|a| (a.key, a.value)).collect();
    change(TARGET_GROUP, &mut group.attributes, new)?;
    Ok(wire::serialize_modify_target_group_attributes_response(&m::ModifyTargetGroupAttributesOutput {
        attributes: target_group_attributes(&group.attributes),
    }))
}

pub(super) fn describe_listener(world: &mut World, params: &HashMap<String, String>) -> Answer {
    let request = read(wire::deserialize_describe_listener_attributes_request(params))?;
    let listener = world.balancing.listener(&request.listener_arn)?;
    Ok(wire::serialize_describe_listener_attributes_response(&m::DescribeListenerAttributesOutput {
        attributes: listener_attributes(&listener.attributes),
    }))
}

pub(super) fn modify_listener(world: &mut World, params: &HashMap<String, String>) -> Answer {
    let request = read(wire::deserialize_modify_listener_attributes_request(params))?;
    let listener = world.balancing.listener_mut(&request.listener_arn)?;
    let new = request.attributes.items.into_iter().map(|a| (a.key, a.value)).collect();
    change(LISTENER, &mut listener.attributes, new)?;
    Ok(wire::serialize_modify_listener_attributes_response(&m::ModifyListenerAttributesOutput {
        attributes: listener_attributes(&listener.attributes),
    }))
}
