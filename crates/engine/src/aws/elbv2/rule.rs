//! A rule: requests for one host go to one service.
//!
//! | | |
//! | --- | --- |
//! | in | host, service, priority; the HTTPS listener and the target group |
//! | out | the ARN; fact `priority`; fields `host`, `forwards to` |

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_elasticloadbalancingv2::types::{
    Action, ActionTypeEnum, HostHeaderConditionConfig, Rule, RuleCondition,
};
use topology::node::{NodeId, NodeKind, Spec};
use topology::observation::{Condition, Found};

use super::super::limits::Api;
use super::super::mark;
use super::super::observe::Look;
use super::super::{Aws, AwsError, Class, Task, wait};
use super::listener;

/// Terraform's figure.
const VISIBLE: Duration = Duration::from_secs(2 * 60);
/// AWS's own bounds.
const PRIORITIES: std::ops::RangeInclusive<u32> = 1..=50_000;

pub async fn make(task: &Task<'_>, spec: &Spec, found: Option<&Found>) -> Result<Found, AwsError> {
    let Spec::Rule { host, service, priority } = spec else { unreachable!("part::make knows the kind") };
    let group = task.aws_id(&NodeId::part(NodeKind::TargetGroup, service))?;
    let (arn, priority) = match found {
        Some(found) => {
            if found.fields != spec.fields() || found.facts.get("target group") != Some(&group) {
                modify(task, &found.aws_id, host.as_str(), &group).await?;
            }
            (found.aws_id.clone(), found.facts.get("priority").cloned().unwrap_or_default())
        }
        None => create(task, host.as_str(), &group, priority.unwrap_or(1)).await?,
    };
    let mut made = Found::new(arn, Condition::Ready).fact("name", host.as_str()).fact("priority", priority);
    made = made.fact("target group", group);
    made.fields = spec.fields();
    Ok(made)
}

pub async fn delete(task: &Task<'_>, found: &Found) -> Result<(), AwsError> {
    let request = task.aws.inner.elb.delete_rule().rule_arn(&found.aws_id);
    super::or_gone(
        task.aws.call(Api::ElbWrite, &format!("delete the rule for `{}`", task.name), request.send()).await,
    )
}

/// The rules of our HTTPS listener, by the service that they forward to; `edge` holds the listener and the target
/// groups.
pub async fn observe(
    look: &Look<'_>,
    edge: &BTreeMap<NodeId, Found>,
) -> Result<BTreeMap<NodeId, Found>, AwsError> {
    let mut found = BTreeMap::new();
    let Some(listener) = edge.get(&NodeId::part(NodeKind::Listener, "https")) else { return Ok(found) };
    let services = super::services_by_group(edge);
    for rule in list(look.aws, &listener.aws_id).await? {
        if rule.is_default() == Some(true) {
            continue;
        }
        let Some(group) = rule.actions().first().and_then(listener::forwards_to) else { continue };
        // A rule that forwards elsewhere is somebody's own.
        let Some(service) = services.get(&group) else { continue };
        let host = hosts(&rule).join(", ");
        let one = Found::new(rule.rule_arn().unwrap_or_default(), Condition::Ready)
            .field("host", &host)
            .field("forwards to", service)
            .fact("name", host)
            .fact("priority", rule.priority().unwrap_or_default())
            .fact("target group", group);
        found.insert(NodeId::part(NodeKind::Rule, service), one);
    }
    Ok(found)
}

async fn create(
    task: &Task<'_>,
    host: &str,
    group: &str,
    planned: u32,
) -> Result<(String, String), AwsError> {
    let doing = format!("create the rule for `{host}`");
    let listener = task.aws_id(&NodeId::part(NodeKind::Listener, "https"))?;
    let mut priority = planned;
    loop {
        let number = i32::try_from(priority).unwrap_or(i32::MAX);
        let request = task.aws.inner.elb.create_rule().listener_arn(&listener).priority(number);
        let request = request.conditions(condition(host)).actions(forward(group));
        let request = request.set_tags(Some(super::tags(task)));
        let created = wait::through(task, "the listener is seen", VISIBLE, async || {
            let created = task.aws.call(Api::ElbWrite, &doing, request.clone().send()).await;
            // A listener is not seen at once by those that make rules.
            created.map_err(|error| match error.class {
                Class::NotFound => AwsError { class: Class::NotYet, ..error },
                _ => error,
            })
        });
        match created.await {
            Ok(answer) => {
                let rule = answer.rules.unwrap_or_default().into_iter().next();
                let arn = rule.and_then(|rule| rule.rule_arn).ok_or_else(|| mark::empty_answer(&doing))?;
                return Ok((arn, priority.to_string()));
            }
            // Taken since the plan was made: by ourselves if an answer was lost, else by somebody.
            Err(error) if error.code.as_deref() == Some("PriorityInUse") => {
                let rules = list(task.aws, &listener).await?;
                if let Some(rule) = rules.iter().find(|rule| hosts(rule) == [host]) {
                    let arn = rule.rule_arn().unwrap_or_default().to_owned();
                    modify(task, &arn, host, group).await?;
                    return Ok((arn, rule.priority().unwrap_or_default().to_owned()));
                }
                let taken: BTreeSet<u32> =
                    rules.iter().filter_map(|rule| rule.priority()?.parse().ok()).collect();
                priority = PRIORITIES.clone().find(|free| !taken.contains(free)).ok_or(error)?;
            }
            Err(error) => return Err(error),
        }
    }
}

async fn modify(task: &Task<'_>, arn: &str, host: &str, group: &str) -> Result<(), AwsError> {
    let request =
        task.aws.inner.elb.modify_rule().rule_arn(arn).conditions(condition(host)).actions(forward(group));
    task.aws.call(Api::ElbWrite, &format!("change the rule for `{host}`"), request.send()).await.map(drop)
}

async fn list(aws: &Aws, listener: &str) -> Result<Vec<Rule>, AwsError> {
    let mut all = Vec::new();
    let mut marker = None;
    loop {
        let request = aws.inner.elb.describe_rules().listener_arn(listener).set_marker(marker);
        let page = match aws.call(Api::ElbRead, "list the rules", request.send()).await {
            Ok(page) => page,
            Err(error) if error.class == Class::NotFound => return Ok(all),
            Err(error) => return Err(error),
        };
        all.extend(page.rules.unwrap_or_default());
        marker = page.next_marker.filter(|marker| !marker.is_empty());
        if marker.is_none() {
            return Ok(all);
        }
    }
}

fn hosts(rule: &Rule) -> Vec<String> {
    let condition = rule.conditions().iter().find(|condition| condition.field() == Some("host-header"));
    let Some(condition) = condition else { return Vec::new() };
    match condition.host_header_config() {
        Some(config) => config.values().to_vec(),
        None => condition.values().to_vec(),
    }
}

fn condition(host: &str) -> RuleCondition {
    let hosts = HostHeaderConditionConfig::builder().values(host).build();
    RuleCondition::builder().field("host-header").host_header_config(hosts).build()
}

fn forward(group: &str) -> Action {
    Action::builder().r#type(ActionTypeEnum::Forward).target_group_arn(group).build()
}
