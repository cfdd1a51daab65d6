//! Elastic Load Balancing v2: application load balancers and what hangs on them.
//!
//! Every kind of load balancer is taken for an application load balancer.

mod action;
mod attribute;
mod form;
mod listener;
mod load_balancer;
mod routing;
mod rule;
mod tagging;
mod target;
mod target_group;

use winterbaume_elasticloadbalancingv2::model as m;

pub(crate) use listener::Listener;
pub(crate) use routing::{Port, Way};
pub(crate) use target::Health;

use crate::clock::Moment;
use crate::refusal::{Answer, Refusal, refusal, refuse};
use crate::router::Call;
use crate::world::World;

/// How long a certificate still counts as used after its listener went.
const CERTIFICATE_LINGERS: f64 = 10.0;

#[derive(Debug, Default)]
pub(crate) struct Balancing {
    load_balancers: Vec<load_balancer::LoadBalancer>,
    target_groups: Vec<target_group::TargetGroup>,
    listeners: Vec<Listener>,
    /// Uses of certificates that are over, and until when they are still noticed.
    lingering: Vec<LingeringUse>,
}

#[derive(Debug)]
struct LingeringUse {
    certificate: String,
    load_balancer: String,
    until: Moment,
}

impl Balancing {
    /// The load balancers that use a certificate, or did a moment ago.
    pub(crate) fn users_of_certificate(&self, arn: &str, now: Moment) -> Vec<String> {
        let live = self
            .listeners
            .iter()
            .filter(|listener| listener.certificates.iter().any(|used| used == arn))
            .map(|listener| listener.load_balancer.clone());
        let lingering = self
            .lingering
            .iter()
            .filter(|user| user.certificate == arn && user.until > now)
            .map(|user| user.load_balancer.clone());
        let mut users: Vec<String> = live.chain(lingering).collect();
        users.sort();
        users.dedup();
        users
    }

    fn release_certificates(&mut self, certificates: &[String], load_balancer: &str, now: Moment) {
        self.lingering.retain(|user| user.until > now);
        self.lingering.extend(certificates.iter().map(|certificate| LingeringUse {
            certificate: certificate.clone(),
            load_balancer: load_balancer.to_owned(),
            until: now + CERTIFICATE_LINGERS,
        }));
    }

    /// Notes which target groups got attached to a load balancer, or lost theirs.
    fn note_attachments(&mut self, now: Moment) {
        let mut used: Vec<(String, String)> = Vec::new();
        for listener in &self.listeners {
            let actions = listener.rules.iter().flat_map(|rule| &rule.actions.items);
            for group in actions.chain(&listener.default_actions.items).flat_map(action::target_groups) {
                used.push((group, listener.load_balancer.clone()));
            }
        }
        for group in &mut self.target_groups {
            let balancer = used.iter().find(|(arn, _)| *arn == group.arn).map(|(_, lb)| lb.clone());
            if balancer != group.load_balancer {
                group.attached_at = now;
                group.load_balancer = balancer;
            }
        }
    }
}

pub(crate) fn answer(world: &mut World, call: &Call) -> Answer {
    let params = &call.params;
    match call.operation.as_str() {
        "DescribeAccountLimits" => crate::quotas::balancing(world),
        "CreateLoadBalancer" => load_balancer::create(world, params),
        "DescribeLoadBalancers" => load_balancer::describe(world, params),
        "DeleteLoadBalancer" => load_balancer::delete(world, params),
        "SetSecurityGroups" => load_balancer::set_security_groups(world, params),
        "SetSubnets" => load_balancer::set_subnets(world, params),
        "SetIpAddressType" => load_balancer::set_ip_address_type(world, params),
        "DescribeLoadBalancerAttributes" => attribute::describe_load_balancer(world, params),
        "ModifyLoadBalancerAttributes" => attribute::modify_load_balancer(world, params),
        "CreateTargetGroup" => target_group::create(world, params),
        "DescribeTargetGroups" => target_group::describe(world, params),
        "ModifyTargetGroup" => target_group::modify(world, params),
        "DeleteTargetGroup" => target_group::delete(world, params),
        "DescribeTargetGroupAttributes" => attribute::describe_target_group(world, params),
        "ModifyTargetGroupAttributes" => attribute::modify_target_group(world, params),
        "RegisterTargets" => target::register(world, params),
        "DeregisterTargets" => target::deregister(world, params),
        "DescribeTargetHealth" => target::describe_health(world, params),
        "CreateListener" => listener::create(world, params),
        "DescribeListeners" => listener::describe(world, params),
        "ModifyListener" => listener::modify(world, params),
        "DeleteListener" => listener::delete(world, params),
        "DescribeListenerAttributes" => attribute::describe_listener(world, params),
        "ModifyListenerAttributes" => attribute::modify_listener(world, params),
        "AddListenerCertificates" => listener::add_certificates(world, params),
        "RemoveListenerCertificates" => listener::remove_certificates(world, params),
        "DescribeListenerCertificates" => listener::describe_certificates(world, params),
        "CreateRule" => rule::create(world, params),
        "DescribeRules" => rule::describe(world, params),
        "ModifyRule" => rule::modify(world, params),
        "DeleteRule" => rule::delete(world, params),
        "SetRulePriorities" => rule::set_priorities(world, params),
        "AddTags" => tagging::add(world, params),
        "RemoveTags" => tagging::remove(world, params),
        "DescribeTags" => tagging::describe(world, params),
        other => refuse("InvalidAction", format!("Could not find operation {other} for version 2015-12-01")),
    }
}

/// What every name in this service must look like.
fn check_name(what: &str, name: &str) -> Result<(), Refusal> {
    if name.chars().count() > 32 {
        return refuse(
            "ValidationError",
            format!("{what} name '{name}' cannot be longer than '32' characters"),
        );
    }
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return refuse(
            "ValidationError",
            format!(
                "{what} name '{name}' can only contain characters that are alphanumeric characters or hyphens(-)"
            ),
        );
    }
    if name.starts_with('-') || name.ends_with('-') {
        return refuse(
            "ValidationError",
            format!("{what} name '{name}' cannot begin or end with a hyphen(-)"),
        );
    }
    if name.starts_with("internal-") {
        return refuse("ValidationError", format!("{what} name '{name}' cannot begin with 'internal-'"));
    }
    Ok(())
}

fn tag_pairs(tags: Option<m::TagList>) -> Vec<(String, String)> {
    let items = tags.map(|tags| tags.items).unwrap_or_default();
    items.into_iter().map(|tag| (tag.key, tag.value.unwrap_or_default())).collect()
}

fn not_found(code: &str, what: &str) -> Refusal {
    refusal(code, format!("One or more {what} not found"))
}
