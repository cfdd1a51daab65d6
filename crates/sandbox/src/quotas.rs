//! What the account may have, and whom one asks for it: Elastic Load Balancing, Route 53, Service Quotas.
//!
//! What is beyond a quota is refused as AWS refuses it, but for vCPU on Fargate, which are only told.

use std::str::FromStr;

use serde_json::json;
use winterbaume_elasticloadbalancingv2::{model as elb, wire as elb_wire};
use winterbaume_route53::{model as route53, wire as route53_wire};

use crate::refusal::{Answer, Refusal, refuse};
use crate::router::Call;
use crate::wire::{json, read_json};
use crate::world::World;

/// Counts; AWS's defaults, but for vCPU, of which a new account has 6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    pub hosted_zones: usize,
    pub vpcs: usize,
    pub load_balancers: usize,
    pub target_groups: usize,
    /// Of one load balancer.
    pub rules: usize,
    pub vcpus: usize,
}

impl Default for Quotas {
    fn default() -> Self {
        Self { hosted_zones: 500, vpcs: 5, load_balancers: 50, target_groups: 3000, rules: 100, vcpus: 100 }
    }
}

/// One quota set to another value, written `<name>=<count>`, such as `load-balancers=1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaSetting {
    name: Name,
    count: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    HostedZones,
    Vpcs,
    LoadBalancers,
    TargetGroups,
    Rules,
    Vcpus,
}

/// Why a text sets no quota.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` sets no quota: write `<name>=<count>`; the names are `hosted-zones`, `vpcs`, `load-balancers`, `target-groups`, `rules`, `vcpus`"
)]
pub struct NotAQuota(String);

impl FromStr for QuotaSetting {
    type Err = NotAQuota;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let not = || NotAQuota(text.to_owned());
        let (name, count) = text.split_once('=').ok_or_else(not)?;
        let name = match name {
            "hosted-zones" => Name::HostedZones,
            "vpcs" => Name::Vpcs,
            "load-balancers" => Name::LoadBalancers,
            "target-groups" => Name::TargetGroups,
            "rules" => Name::Rules,
            "vcpus" => Name::Vcpus,
            _ => return Err(not()),
        };
        Ok(Self { name, count: count.parse().map_err(|_| not())? })
    }
}

impl Quotas {
    pub fn with(mut self, setting: &QuotaSetting) -> Self {
        let field = match setting.name {
            Name::HostedZones => &mut self.hosted_zones,
            Name::Vpcs => &mut self.vpcs,
            Name::LoadBalancers => &mut self.load_balancers,
            Name::TargetGroups => &mut self.target_groups,
            Name::Rules => &mut self.rules,
            Name::Vcpus => &mut self.vcpus,
        };
        *field = setting.count;
        self
    }
}

/// Refuses with `code` where there are as many as the account may have.
pub(crate) fn check(have: usize, limit: usize, code: &str, what: &str) -> Result<(), Refusal> {
    match have < limit {
        true => Ok(()),
        false => refuse(code, format!("The maximum number of {what} has been reached")),
    }
}

/// Elastic Load Balancing's `DescribeAccountLimits`.
pub(crate) fn balancing(world: &World) -> Answer {
    let quotas = world.quotas;
    let limits = [
        ("application-load-balancers", quotas.load_balancers),
        ("target-groups", quotas.target_groups),
        ("rules-per-application-load-balancer", quotas.rules),
    ];
    let limit =
        |(name, max): (&str, usize)| elb::Limit { name: Some(name.to_owned()), max: Some(max.to_string()) };
    let items = limits.into_iter().map(limit).collect();
    let output = elb::DescribeAccountLimitsOutput { limits: Some(elb::Limits { items }), next_marker: None };
    Ok(elb_wire::serialize_describe_account_limits_response(&output))
}

/// Route 53's `GetAccountLimit`.
pub(crate) fn zones(world: &World, kind: &str) -> Answer {
    if kind != "MAX_HOSTED_ZONES_BY_OWNER" {
        return refuse("InvalidInput", format!("The sandbox's Route 53 knows no limit {kind}"));
    }
    let whole = |count: usize| i64::try_from(count).ok();
    let limit =
        route53::AccountLimit { r#type: Some(kind.to_owned()), value: whole(world.quotas.hosted_zones) };
    let answer = route53::GetAccountLimitResponse { count: whole(world.zones.count()), limit: Some(limit) };
    Ok(route53_wire::serialize_get_account_limit_response(&answer))
}

/// The service Service Quotas.
pub(crate) fn answer(world: &World, call: &Call) -> Answer {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Question {
        service_code: String,
        quota_code: String,
    }
    if call.operation != "GetServiceQuota" {
        let message = format!("The sandbox's Service Quotas does not know {}", call.operation);
        return refuse("UnknownOperationException", message);
    }
    let Question { service_code, quota_code } = read_json(call.body())?;
    let (name, value) = match (service_code.as_str(), quota_code.as_str()) {
        ("vpc", "L-F678F1CE") => ("VPCs per Region", world.quotas.vpcs),
        ("fargate", "L-3032A538") => ("Fargate On-Demand vCPU resource count", world.quotas.vcpus),
        _ => {
            return refuse(
                "NoSuchResourceException",
                "The request failed because the specified quota does not exist.",
            );
        }
    };
    json(
        &json!({"Quota": {"ServiceCode": service_code, "QuotaCode": quota_code, "QuotaName": name, "Value": value}}),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_is_set_by_its_name_and_a_wrong_name_is_told_with_the_right_ones() {
        let setting: QuotaSetting = "vcpus=6".parse().expect("a quota");
        assert_eq!(Quotas::default().with(&setting).vcpus, 6);
        let wrong = "vcpu=6".parse::<QuotaSetting>().expect_err("no such quota");
        assert!(wrong.to_string().contains("`vcpus`"), "{wrong}");
    }
}
