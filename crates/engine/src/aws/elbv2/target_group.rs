//! A target group: where a service's tasks are registered, and how they are checked.
//!
//! Its port is fixed when it is made and stands for nothing: each task is registered with its own.
//!
//! | | |
//! | --- | --- |
//! | in | a name, port, check, deregistration delay; the VPC |
//! | out | the ARN |

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_elasticloadbalancingv2::types::{
    Matcher, ProtocolEnum, Tag, TargetGroup, TargetGroupAttribute, TargetTypeEnum,
};
use topology::field::DEREGISTRATION_DELAY;
use topology::node::{NodeId, NodeKind, Spec, TargetCheck};
use topology::observation::{Condition, FINGERPRINT, Found, drain_fingerprint};
use topology::plan::collision;

use super::super::limits::Api;
use super::super::mark::{self, DEFINITION, Tags};
use super::super::{Aws, AwsError, Class, Task, wait};

/// A listener or rule that is gone may hold it for a moment.
const RELEASED: Duration = Duration::from_secs(5 * 60);
const HEALTHY_CODES: &str = "200-399";
/// AWS's name for the seconds that a target drains.
const DELAY: &str = "deregistration_delay.timeout_seconds";

pub async fn make(task: &Task<'_>, spec: &Spec, found: Option<&Found>) -> Result<Found, AwsError> {
    let Spec::TargetGroup { path, check, deregistration_delay, .. } = spec else {
        unreachable!("part::make knows the kind")
    };
    let wanted = spec.fields();
    let mut found = match found {
        Some(found) => found.clone(),
        None => create(task, spec).await?,
    };
    let differs = |found: &Found, field: &str| found.fields.get(field) != wanted.get(field);
    if differs(&found, "health check path") || differs(&found, "health check") {
        modify(task, &found.aws_id, path, *check).await?;
    }
    if differs(&found, FINGERPRINT) {
        drain_for(task, &found.aws_id, *deregistration_delay).await?;
        // Last, so that a group which was cut off before is seen to be unfinished.
        let fingerprint = wanted.get(FINGERPRINT).cloned().unwrap_or_default();
        let tag = Tag::builder().key(DEFINITION).value(fingerprint).build();
        let request = task.aws.inner.elb.add_tags().resource_arns(&found.aws_id).tags(tag);
        task.aws
            .call(Api::ElbWrite, &format!("tag the target group of `{}`", task.name), request.send())
            .await?;
    }
    found.fields.extend(wanted);
    Ok(found)
}

pub async fn delete(task: &Task<'_>, found: &Found) -> Result<(), AwsError> {
    let doing = format!("delete the target group of `{}`", task.name);
    wait::through(task, "no listener or rule names the target group", RELEASED, async || {
        let request = task.aws.inner.elb.delete_target_group().target_group_arn(&found.aws_id);
        super::or_gone(task.aws.call(Api::ElbWrite, &doing, request.send()).await)
    })
    .await
}

/// How long targets drain, which no bulk call tells.
pub async fn read(aws: &Aws, name: &str, arn: &str) -> Result<BTreeMap<String, String>, AwsError> {
    let doing = format!("read how long targets of `{name}` drain");
    let request = aws.inner.elb.describe_target_group_attributes().target_group_arn(arn);
    let answer = aws.call(Api::ElbRead, &doing, request.send()).await?;
    let delay = answer.attributes().iter().find(|attribute| attribute.key() == Some(DELAY));
    let seconds = delay.and_then(TargetGroupAttribute::value).unwrap_or_default();
    Ok(BTreeMap::from([
        (DEREGISTRATION_DELAY.to_owned(), format!("{seconds} s")),
        (FINGERPRINT.to_owned(), drain_fingerprint(seconds)),
    ]))
}

pub async fn list(aws: &Aws) -> Result<Vec<TargetGroup>, AwsError> {
    let mut all = Vec::new();
    let mut marker = None;
    loop {
        let request = aws.inner.elb.describe_target_groups().set_marker(marker);
        let page = aws.call(Api::ElbRead, "list the target groups", request.send()).await?;
        all.extend(page.target_groups.unwrap_or_default());
        marker = page.next_marker.filter(|marker| !marker.is_empty());
        if marker.is_none() {
            return Ok(all);
        }
    }
}

pub fn as_found(group: &TargetGroup, tags: &Tags) -> Found {
    let number = |number: Option<i32>| u32::try_from(number.unwrap_or_default()).unwrap_or_default();
    let check = TargetCheck {
        interval: number(group.health_check_interval_seconds()),
        timeout: number(group.health_check_timeout_seconds()),
        healthy: number(group.healthy_threshold_count()),
        unhealthy: number(group.unhealthy_threshold_count()),
    };
    let service = tags.get(mark::ID).and_then(|id| id.split_once('/')).map_or("", |(_, service)| service);
    Found::new(group.target_group_arn().unwrap_or_default(), Condition::Ready)
        .field("health check path", group.health_check_path().unwrap_or_default())
        .field("health check", check.to_string())
        .field(FINGERPRINT, tags.get(DEFINITION).unwrap_or_default())
        .fact("name", service)
        .fact("port", group.port().unwrap_or_default().to_string())
}

/// Of somebody else's, what AWS cannot change and who uses it.
pub(super) fn with_fit(group: &TargetGroup, found: Found) -> Found {
    found
        .fact("protocol", group.protocol().map_or("", ProtocolEnum::as_str))
        .fact("protocol version", group.protocol_version().unwrap_or("HTTP1"))
        .fact("target type", group.target_type().map_or("", TargetTypeEnum::as_str))
        .fact("VPC", group.vpc_id().unwrap_or_default())
        .fact(collision::LOAD_BALANCERS, group.load_balancer_arns().join(" "))
}

/// How many targets are registered in those of `parts` that are target groups: somebody else's would be served.
pub(super) async fn with_users(
    aws: &Aws,
    parts: BTreeMap<NodeId, Found>,
) -> Result<BTreeMap<NodeId, Found>, AwsError> {
    let counted = parts.into_iter().map(async |(id, found)| {
        if id.kind != NodeKind::TargetGroup {
            return Ok((id, found));
        }
        let request = aws.inner.elb.describe_target_health().target_group_arn(&found.aws_id);
        let doing = format!("look who is registered in the target group `{}`", found.aws_id);
        let answer = aws.call(Api::ElbRead, &doing, request.send()).await?;
        let count = answer.target_health_descriptions().len().to_string();
        Ok::<_, AwsError>((id, found.fact(collision::TARGETS, count)))
    });
    Ok(futures::future::try_join_all(counted).await?.into_iter().collect())
}

async fn create(task: &Task<'_>, spec: &Spec) -> Result<Found, AwsError> {
    let Spec::TargetGroup { name, port, path, check, .. } = spec else { unreachable!("make knows the kind") };
    let doing = format!("create the target group `{name}`");
    let vpc = task.aws_id(&NodeId::only(NodeKind::Vpc))?;
    let request = task.aws.inner.elb.create_target_group().name(name).port(i32::from(*port)).vpc_id(vpc);
    let request =
        request.protocol(ProtocolEnum::Http).target_type(TargetTypeEnum::Ip).health_check_path(path);
    let request = request.health_check_interval_seconds(whole(check.interval));
    let request = request.health_check_timeout_seconds(whole(check.timeout));
    let request = request.healthy_threshold_count(whole(check.healthy));
    let request = request.unhealthy_threshold_count(whole(check.unhealthy));
    let request = request.matcher(Matcher::builder().http_code(HEALTHY_CODES).build());
    let request = request.set_tags(Some(super::tags(task)));
    match task.aws.call(Api::ElbWrite, &doing, request.send()).await {
        Ok(answer) => {
            let group = answer.target_groups.unwrap_or_default().into_iter().next();
            let group = group.ok_or_else(|| mark::empty_answer(&doing))?;
            Ok(as_found(&group, &Tags::default()).fact("name", task.name))
        }
        Err(error) if error.class == Class::Exists => {
            let request = task.aws.inner.elb.describe_target_groups().names(name);
            let there = task.aws.call(Api::ElbRead, &doing, request.send()).await?.target_groups;
            let group = there.unwrap_or_default().into_iter().next().ok_or(error)?;
            let tags =
                super::must_be_ours(task, &doing, group.target_group_arn().unwrap_or_default()).await?;
            Ok(as_found(&group, &tags))
        }
        Err(error) => Err(error),
    }
}

async fn modify(task: &Task<'_>, arn: &str, path: &str, check: TargetCheck) -> Result<(), AwsError> {
    let request = task.aws.inner.elb.modify_target_group().target_group_arn(arn).health_check_path(path);
    let request = request.health_check_interval_seconds(whole(check.interval));
    let request = request.health_check_timeout_seconds(whole(check.timeout));
    let request = request.healthy_threshold_count(whole(check.healthy));
    let request = request.unhealthy_threshold_count(whole(check.unhealthy));
    let request = request.matcher(Matcher::builder().http_code(HEALTHY_CODES).build());
    let doing = format!("change the health check of `{}`", task.name);
    task.aws.call(Api::ElbWrite, &doing, request.send()).await.map(drop)
}

async fn drain_for(task: &Task<'_>, arn: &str, seconds: u32) -> Result<(), AwsError> {
    let delay = TargetGroupAttribute::builder().key(DELAY).value(seconds.to_string()).build();
    let request = task.aws.inner.elb.modify_target_group_attributes().target_group_arn(arn).attributes(delay);
    let doing = format!("set how long targets of `{}` drain", task.name);
    task.aws.call(Api::ElbWrite, &doing, request.send()).await.map(drop)
}

fn whole(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
