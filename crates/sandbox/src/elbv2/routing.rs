//! What the data plane asks of the load balancers: who answers at a port, by which rules, with which targets.

use winterbaume_elasticloadbalancingv2::model as m;

use super::Balancing;
use super::listener::Listener;
use super::target::Health;
use crate::clock::Moment;

/// What a request meets that comes to a load balancer.
pub(crate) enum Port<'a> {
    /// The load balancer of this name is still being provisioned.
    Provisioning(&'a str),
    /// The load balancer of this name does not listen there.
    Closed(&'a str),
    Open(&'a Listener),
}

/// The conditions and actions of one rule; the default rule has no conditions, so they always hold.
pub(crate) struct Way<'a> {
    pub(crate) conditions: &'a [m::RuleCondition],
    pub(crate) actions: &'a [m::Action],
}

impl Listener {
    /// The rules by their priority, the default one last.
    pub(crate) fn ways(&self) -> impl Iterator<Item = Way<'_>> {
        let rules = self
            .rules
            .iter()
            .map(|rule| Way { conditions: &rule.conditions.items, actions: &rule.actions.items });
        rules.chain([Way { conditions: &[], actions: &self.default_actions.items }])
    }
}

impl Balancing {
    /// A port of the load balancer with this DNS name; `None` when there is no such load balancer.
    pub(crate) fn port(&self, dns_name: &str, port: i32, now: Moment) -> Option<Port<'_>> {
        let balancer = self.load_balancers.iter().find(|balancer| balancer.is_at(dns_name))?;
        if now < balancer.active_at {
            return Some(Port::Provisioning(&balancer.name));
        }
        let mut listeners = self.listeners.iter().filter(|listener| listener.load_balancer == balancer.arn);
        let listener = listeners.find(|listener| listener.port == port);
        Some(listener.map_or(Port::Closed(&balancer.name), Port::Open))
    }

    /// The address and port of each target that takes requests.
    ///
    /// Those are the healthy ones. Where there is none, it is the unhealthy ones: a load balancer would
    /// rather try than give up ("fail open").
    pub(crate) fn takers(&self, group: &str, now: Moment) -> Vec<(&str, i32)> {
        let Ok(group) = self.target_group(group) else {
            return Vec::new();
        };
        let those = |wanted: Health| -> Vec<(&str, i32)> {
            let targets = group.targets.iter().filter(|target| self.health(group, target, now) == wanted);
            targets.map(|target| (target.address.as_str(), target.port)).collect()
        };
        let healthy = those(Health::Healthy);
        if healthy.is_empty() { those(Health::Unhealthy) } else { healthy }
    }
}
