//! The load balancer.
//!
//! | | |
//! | --- | --- |
//! | in | a name; the security group and the subnets |
//! | out | the ARN; facts `dns name`, `canonical zone` |

use std::time::Duration;

use aws_sdk_elasticloadbalancingv2::types::{
    IpAddressType, LoadBalancer, LoadBalancerAttribute, LoadBalancerSchemeEnum, LoadBalancerStateEnum,
    LoadBalancerTypeEnum,
};
use topology::node::{NodeId, NodeKind, Spec};
use topology::observation::{Condition, Found};

use super::super::limits::Api;
use super::super::{Aws, AwsError, Class, Probe, Task, ec2, mark, wait};

const ACTIVE: Duration = Duration::from_secs(10 * 60);
/// A new gateway, subnet or group is not seen at once.
const VISIBLE: Duration = Duration::from_secs(2 * 60);
const CONDITION: &str = "it is active";

pub async fn make(task: &Task<'_>, spec: &Spec, found: Option<&Found>) -> Result<Found, AwsError> {
    let Spec::LoadBalancer { name } = spec else { unreachable!("part::make knows the kind") };
    if let Some(found) = found {
        return Ok(found.clone());
    }
    let doing = format!("create the load balancer `{name}`");
    let group = task.aws_id(&NodeId::part(NodeKind::SecurityGroup, "load-balancer"))?;
    let request = task.aws.inner.elb.create_load_balancer().name(name).security_groups(group);
    let request = request.set_subnets(Some(ec2::subnets(task).await?)).set_tags(Some(super::tags(task)));
    let request =
        request.scheme(LoadBalancerSchemeEnum::InternetFacing).r#type(LoadBalancerTypeEnum::Application);
    let request = request.ip_address_type(IpAddressType::Ipv4);
    let created = wait::through(task, "the network is seen", VISIBLE, async || {
        let created = task.aws.call(Api::ElbWrite, &doing, request.clone().send()).await;
        created.map_err(not_yet_where_fresh)
    });
    match created.await {
        Ok(answer) => {
            let balancer = answer.load_balancers.unwrap_or_default().into_iter().next();
            Ok(as_found(&balancer.ok_or_else(|| mark::empty_answer(&doing))?))
        }
        Err(error) if error.class == Class::Exists => {
            let there = by_name(task.aws, name).await?.ok_or(error)?;
            super::must_be_ours(task, &doing, there.load_balancer_arn().unwrap_or_default()).await?;
            Ok(as_found(&there))
        }
        Err(error) => Err(error),
    }
}

pub async fn settle(task: &Task<'_>, spec: &Spec, made: Found) -> Result<Found, AwsError> {
    let Spec::LoadBalancer { name } = spec else { unreachable!("part::settle knows the kind") };
    if made.condition == Condition::Ready {
        return Ok(made);
    }
    wait::until(task, "the load balancer is active", ACTIVE, async || {
        let Some(balancer) = by_name(task.aws, name).await? else { return Ok(Probe::NotYet(None)) };
        let found = as_found(&balancer);
        match &found.condition {
            Condition::Ready => Ok(Probe::Done(found)),
            Condition::Unwell(why) => {
                Err(AwsError::new(format!("start the load balancer `{name}`"), Class::Failed, why.clone()))
            }
            _ => Ok(Probe::NotYet(None)),
        }
    })
    .await
}

/// Its listeners go with it. It is gone only once its network interfaces are: they hold the security group.
pub async fn delete(task: &Task<'_>, found: &Found) -> Result<(), AwsError> {
    let arn = found.aws_id.as_str();
    let doing = format!("delete the load balancer `{}`", task.name);
    let delete = || async {
        let request = task.aws.inner.elb.delete_load_balancer().load_balancer_arn(arn);
        super::or_gone(task.aws.call(Api::ElbWrite, &doing, request.send()).await)
    };
    match delete().await {
        // Somebody has protected it by hand; tearing down was asked for by name.
        Err(error) if error.code.as_deref() == Some("OperationNotPermitted") => {
            unprotect(task, arn).await?;
            delete().await?;
        }
        other => other?,
    }
    let name = arn.split_once(":loadbalancer/").map_or(arn, |(_, name)| name);
    ec2::until_interfaces_are_gone(task, "amazon-elb", &format!("ELB {name}")).await
}

pub async fn list(aws: &Aws) -> Result<Vec<LoadBalancer>, AwsError> {
    let mut all = Vec::new();
    let mut marker = None;
    loop {
        let request = aws.inner.elb.describe_load_balancers().set_marker(marker);
        let page = aws.call(Api::ElbRead, "list the load balancers", request.send()).await?;
        all.extend(page.load_balancers.unwrap_or_default());
        marker = page.next_marker.filter(|marker| !marker.is_empty());
        if marker.is_none() {
            return Ok(all);
        }
    }
}

pub fn as_found(balancer: &LoadBalancer) -> Found {
    let state = balancer.state();
    let reason = state.and_then(|state| state.reason()).unwrap_or("AWS gives no reason");
    let condition = match state.and_then(|state| state.code()) {
        // One that is impaired still serves, with fewer resources than it would like.
        Some(LoadBalancerStateEnum::Active | LoadBalancerStateEnum::ActiveImpaired) => Condition::Ready,
        Some(LoadBalancerStateEnum::Failed) => Condition::Unwell(reason.to_owned()),
        _ => Condition::Settling(CONDITION.into()),
    };
    Found::new(balancer.load_balancer_arn().unwrap_or_default(), condition)
        .fact("name", balancer.load_balancer_name().unwrap_or_default())
        .fact("dns name", balancer.dns_name().unwrap_or_default())
        .fact("canonical zone", balancer.canonical_hosted_zone_id().unwrap_or_default())
        .fact("vpc", balancer.vpc_id().unwrap_or_default())
        .fact("state", state.and_then(|state| state.code()).map_or("", LoadBalancerStateEnum::as_str))
}

/// A refusal for the sake of what was made a moment ago.
fn not_yet_where_fresh(error: AwsError) -> AwsError {
    let fresh = error.class == Class::NotFound || error.message.contains("has no internet gateway");
    if fresh { AwsError { class: Class::NotYet, ..error } } else { error }
}

async fn by_name(aws: &Aws, name: &str) -> Result<Option<LoadBalancer>, AwsError> {
    let request = aws.inner.elb.describe_load_balancers().names(name);
    match aws.call(Api::ElbRead, &format!("look at the load balancer `{name}`"), request.send()).await {
        Ok(answer) => Ok(answer.load_balancers.unwrap_or_default().into_iter().next()),
        Err(error) if error.class == Class::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

async fn unprotect(task: &Task<'_>, arn: &str) -> Result<(), AwsError> {
    let off = LoadBalancerAttribute::builder().key("deletion_protection.enabled").value("false").build();
    let request = task.aws.inner.elb.modify_load_balancer_attributes().load_balancer_arn(arn).attributes(off);
    let doing = format!("take the deletion protection off `{}`", task.name);
    task.aws.call(Api::ElbWrite, &doing, request.send()).await.map(drop)
}
