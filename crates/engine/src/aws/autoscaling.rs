//! Application Auto Scaling: the schedule of a service.
//!
//! A scalable target pulls the service's count into its range whenever it is registered, so its range says what is
//! wanted now: exactly the awake count while awake, nothing while asleep by hand. The two scheduled actions then
//! move that range.
//!
//! | | |
//! | --- | --- |
//! | in | the awake count, two cron expressions, their timezone, whether they are suspended |
//! | out | the target's ARN; a field for each value |

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_applicationautoscaling::types::{
    ScalableDimension, ScalableTarget, ScalableTargetAction, ScheduledAction, ServiceNamespace,
    SuspendedState,
};
use topology::field::{ALLOWED, AS_SCHEDULED};
use topology::names;
use topology::node::{NodeId, NodeKind, Spec};
use topology::observation::{Condition, Found, RANGE, range_text};
use topology::stack::ServiceName;

use super::limits::Api;
use super::observe::{Look, Seen};
use super::{AwsError, Class, Task, ecs, iam, wait};

const WAKE: &str = "wake";
const DOZE: &str = "doze";
/// Where an action is missing.
const NEVER: &str = "never";
/// For a service or target that was made a moment ago to be seen.
const CONSISTENCY_DEADLINE: Duration = Duration::from_secs(60);

pub async fn make(task: &Task<'_>, spec: &Spec, found: Option<&Found>) -> Result<Found, AwsError> {
    let wanted = Wanted::of(task, spec);
    let fields = spec.fields();
    let differs = |names: &[&str]| {
        names.iter().any(|name| found.is_none_or(|found| found.fields.get(*name) != fields.get(*name)))
    };
    let mut made = match found {
        Some(found) => found.clone(),
        None => Found::new(&wanted.resource, Condition::Ready).fact("name", task.name),
    };
    if differs(&["tasks awake", "suspended", ALLOWED]) {
        let range = wanted.range(found);
        if let Some(arn) = register(task, &wanted, range).await? {
            made.aws_id = arn;
        }
        made = made.fact(RANGE, range_text(range));
    }
    if differs(&["tasks awake", "timezone", "wakes"]) {
        put_action(task, &wanted, WAKE, wanted.wake, wanted.count).await?;
    }
    if differs(&["timezone", "dozes"]) {
        put_action(task, &wanted, DOZE, wanted.doze, 0).await?;
    }
    made.fields = fields;
    Ok(made)
}

/// Waits until the service has the tasks to which the target has pulled it.
pub async fn settle(task: &Task<'_>, spec: &Spec, made: Found) -> Result<Found, AwsError> {
    let wanted = Wanted::of(task, spec);
    let count = if wanted.suspended { Some(0) } else { made.facts.get(RANGE).and_then(|range| only(range)) };
    ecs::until_steady(task, &wanted.service, &ecs::Aim { task_definition: None, count }).await?;
    Ok(made)
}

/// Its actions go with it.
pub async fn delete(task: &Task<'_>, _found: &Found) -> Result<(), AwsError> {
    let resource = resource(task, &ServiceName::new(&task.id.part));
    let doing = format!("delete the schedule of `{}`", task.name);
    let request = task.aws.inner.autoscaling.deregister_scalable_target();
    let request = request.service_namespace(ServiceNamespace::Ecs).resource_id(resource);
    let request = request.scalable_dimension(ScalableDimension::EcsServiceDesiredCount);
    wait::through(task, "the schedule can be deleted", CONSISTENCY_DEADLINE, async || {
        match task.aws.call(Api::AutoScaling, &doing, request.clone().send()).await {
            Err(error) if is_missing(&error) => Ok(()),
            Err(error) => Err(error),
            Ok(_) => Ok(()),
        }
    })
    .await
}

/// The targets of the cluster's services. Without any, nobody asks for actions.
pub async fn observe(look: &Look<'_>) -> Result<Seen, AwsError> {
    let prefix = format!("service/{}/", names::cluster(look.stack));
    let mut targets = targets(look).await?;
    targets.retain(|target| target.resource_id().starts_with(&prefix));
    let mut seen = Seen::default();
    if targets.is_empty() {
        return Ok(seen);
    }
    let actions = actions(look).await?;
    for target in &targets {
        let service = service_of(look, &target.resource_id()[prefix.len()..]);
        let of_target = actions.iter().filter(|action| action.resource_id() == target.resource_id());
        let by_name = of_target.map(|action| (action.scheduled_action_name(), action)).collect();
        seen.found.insert(NodeId::part(NodeKind::Schedule, &service), as_found(target, &by_name, &service));
    }
    Ok(seen)
}

struct Wanted<'a> {
    /// The service's name on AWS.
    service: String,
    resource: String,
    count: u32,
    suspended: bool,
    timezone: &'a str,
    wake: &'a str,
    doze: &'a str,
}

impl<'a> Wanted<'a> {
    fn of(task: &Task<'_>, spec: &'a Spec) -> Self {
        let Spec::Schedule { service, count, suspended, timezone, wake, doze } = spec else {
            unreachable!("part::make knows the kind")
        };
        let resource = resource(task, service);
        let service = names::service(task.stack, service);
        Self { service, resource, count: *count, suspended: *suspended, timezone, wake, doze }
    }

    /// Asleep: nothing. Awake: the whole count, but a stack that dozes by its schedule dozes on.
    fn range(&self, found: Option<&Found>) -> (u32, u32) {
        let was = |field: &str| found.and_then(|found| found.fields.get(field)).map(String::as_str);
        let range = found.and_then(|found| found.facts.get(RANGE)).map(String::as_str);
        let dozes = was("suspended") == Some("no") && range == Some(range_text((0, 0)).as_str());
        if self.suspended || dozes { (0, 0) } else { (self.count, self.count) }
    }
}

async fn register(
    task: &Task<'_>,
    wanted: &Wanted<'_>,
    range: (u32, u32),
) -> Result<Option<String>, AwsError> {
    let doing = format!("register the schedule of `{}`", task.name);
    let suspended = SuspendedState::builder()
        .scheduled_scaling_suspended(wanted.suspended)
        .dynamic_scaling_in_suspended(false)
        .dynamic_scaling_out_suspended(false);
    let request = task.aws.inner.autoscaling.register_scalable_target();
    let request = request
        .service_namespace(ServiceNamespace::Ecs)
        .resource_id(&wanted.resource)
        .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
        .min_capacity(capacity(range.0))
        .max_capacity(capacity(range.1))
        .suspended_state(suspended.build());
    let attempt =
        async || task.aws.call(Api::AutoScaling, &doing, request.clone().send()).await.map_err(yet_unseen);
    let registered = wait::through(task, "the service is seen", CONSISTENCY_DEADLINE, attempt).await;
    let registered = match registered {
        Err(error) if error.message.to_lowercase().contains("service-linked role") => {
            iam::ensure_linked_role(task.aws, "ecs.application-autoscaling.amazonaws.com").await?;
            wait::through(task, "the linked role can be used", CONSISTENCY_DEADLINE, attempt).await
        }
        other => other,
    };
    Ok(registered?.scalable_target_arn)
}

async fn put_action(
    task: &Task<'_>,
    wanted: &Wanted<'_>,
    name: &str,
    schedule: &str,
    count: u32,
) -> Result<(), AwsError> {
    let doing = format!("schedule the action `{name}` of `{}`", task.name);
    let action = ScalableTargetAction::builder().min_capacity(capacity(count)).max_capacity(capacity(count));
    let request = task.aws.inner.autoscaling.put_scheduled_action();
    let request = request
        .service_namespace(ServiceNamespace::Ecs)
        .resource_id(&wanted.resource)
        .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
        .scheduled_action_name(name)
        .schedule(schedule)
        .timezone(wanted.timezone)
        .scalable_target_action(action.build());
    wait::through(task, "the schedule is seen", CONSISTENCY_DEADLINE, async || {
        task.aws.call(Api::AutoScaling, &doing, request.clone().send()).await.map_err(yet_unseen)
    })
    .await?;
    Ok(())
}

async fn targets(look: &Look<'_>) -> Result<Vec<ScalableTarget>, AwsError> {
    let mut targets = Vec::new();
    let mut next = None;
    loop {
        let request = look.aws.inner.autoscaling.describe_scalable_targets();
        let request = request.service_namespace(ServiceNamespace::Ecs).set_next_token(next);
        let page = look.aws.call(Api::AutoScaling, "list the schedules", request.send()).await?;
        targets.extend(page.scalable_targets.unwrap_or_default());
        next = page.next_token;
        if next.is_none() {
            return Ok(targets);
        }
    }
}

async fn actions(look: &Look<'_>) -> Result<Vec<ScheduledAction>, AwsError> {
    let mut actions = Vec::new();
    let mut next = None;
    loop {
        let request = look.aws.inner.autoscaling.describe_scheduled_actions();
        let request = request.service_namespace(ServiceNamespace::Ecs).set_next_token(next);
        let page = look.aws.call(Api::AutoScaling, "list the scheduled actions", request.send()).await?;
        actions.extend(page.scheduled_actions.unwrap_or_default());
        next = page.next_token;
        if next.is_none() {
            return Ok(actions);
        }
    }
}

fn as_found(target: &ScalableTarget, actions: &BTreeMap<&str, &ScheduledAction>, service: &str) -> Found {
    let suspended = target.suspended_state().and_then(SuspendedState::scheduled_scaling_suspended);
    let (wake, doze) = (actions.get(WAKE), actions.get(DOZE));
    let count = wake.and_then(|wake| wake.scalable_target_action()?.max_capacity());
    let schedule =
        |action: Option<&&ScheduledAction>| action.map_or(NEVER, |action| action.schedule()).to_owned();
    let timezone = |action: Option<&&ScheduledAction>| {
        action.and_then(|action| action.timezone()).unwrap_or("UTC").to_owned()
    };
    // Both actions have the same, unless the last run ended between them.
    let both = [timezone(wake), timezone(doze)];
    let timezone = if both[0] == both[1] { both[0].clone() } else { both.join(" and ") };
    let range =
        [target.min_capacity(), target.max_capacity()].map(|count| u32::try_from(count).unwrap_or_default());
    Found::new(target.scalable_target_arn().unwrap_or(target.resource_id()), Condition::Ready)
        .field("tasks awake", count.map_or(NEVER.to_owned(), |count| count.to_string()))
        .field("suspended", if suspended == Some(true) { "yes" } else { "no" })
        .field("timezone", timezone)
        .field("wakes", schedule(wake))
        .field("dozes", schedule(doze))
        .field(ALLOWED, allowed((range[0], range[1]), suspended == Some(true), count))
        .fact("name", service)
        .fact(RANGE, range_text((range[0], range[1])))
}

/// Whether the range is one of those that the schedule leaves; else the range itself. Only a clock could tell which of
/// them it should be now.
fn allowed(range: (u32, u32), is_suspended: bool, awake: Option<i32>) -> String {
    let awake = awake.and_then(|awake| u32::try_from(awake).ok());
    let is_awake = !is_suspended && awake.is_some_and(|awake| range == (awake, awake));
    if range == (0, 0) || is_awake { AS_SCHEDULED.to_owned() } else { range_text(range) }
}

/// The service whose name on AWS is `name`.
fn service_of(look: &Look<'_>, name: &str) -> String {
    let nodes = look.wanted.into_iter().flat_map(|wanted| wanted.nodes.keys());
    let mut schedules = nodes.filter(|id| id.kind == NodeKind::Schedule);
    let same = schedules.find(|id| names::service(look.stack, &ServiceName::new(&id.part)) == name);
    let by_prefix = || name.strip_prefix(&format!("{}-", look.stack)).unwrap_or(name).to_owned();
    same.map_or_else(by_prefix, |id| id.part.clone())
}

fn resource(task: &Task<'_>, service: &ServiceName) -> String {
    format!("service/{}/{}", names::cluster(task.stack), names::service(task.stack, service))
}

/// The count that a range leaves, where it leaves but one. The service has it only a moment after its target has
/// been registered.
fn only(range: &str) -> Option<u32> {
    let (least, most) = range.split_once(" to ")?;
    if least == most { most.parse().ok() } else { None }
}

fn capacity(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// What was made a moment ago is there, even where AWS does not see it yet.
fn yet_unseen(mut error: AwsError) -> AwsError {
    if is_missing(&error) || error.message.contains("service doesn't exist") {
        error.class = Class::NotYet;
    }
    error
}

/// The code differs between AWS and its emulators; the words do not.
fn is_missing(error: &AwsError) -> bool {
    error.class == Class::NotFound || error.message.starts_with("No scalable target found")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(suspended: bool) -> Wanted<'static> {
        Wanted {
            service: "cruddur-backend".into(),
            resource: "service/cruddur/cruddur-backend".into(),
            count: 2,
            suspended,
            timezone: "Europe/Berlin",
            wake: "cron(0 9 ? * MON-FRI *)",
            doze: "cron(0 18 ? * MON-FRI *)",
        }
    }

    fn found(suspended: &str, range: (u32, u32)) -> Found {
        Found::new("target", Condition::Ready).field("suspended", suspended).fact(RANGE, range_text(range))
    }

    #[test]
    fn waking_by_hand_raises_the_service_to_its_count() {
        assert_eq!(wanted(false).range(Some(&found("yes", (0, 0)))), (2, 2));
        assert_eq!(wanted(false).range(None), (2, 2));
    }

    #[test]
    fn a_range_of_one_count_is_waited_for_and_a_wider_one_is_not() {
        assert_eq!(only(&range_text((2, 2))), Some(2));
        assert_eq!(only(&range_text((0, 0))), Some(0));
        assert_eq!(only(&range_text((1, 3))), None);
    }

    #[test]
    fn asleep_by_hand_allows_no_task() {
        assert_eq!(wanted(true).range(Some(&found("no", (2, 2)))), (0, 0));
    }

    #[test]
    fn a_change_at_night_wakes_nobody() {
        assert_eq!(wanted(false).range(Some(&found("no", (0, 0)))), (0, 0));
    }
}
