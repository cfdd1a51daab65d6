//! Application Auto Scaling: scalable targets of ECS services and their scheduled actions.
//!
//! No scaling policies. Schedules follow the wall clock, whatever the sandbox's speed.

mod calls;
mod schedule;

use winterbaume_applicationautoscaling::model as m;

use crate::clock::Moment;
use crate::ecs;
use crate::refusal::{Answer, refuse};
use crate::router::Call;
use crate::tags::Tags;
use crate::world::World;
use schedule::Schedule;

const ACTIVITIES: usize = 100;

#[derive(Debug, Default)]
pub(crate) struct Scaling {
    targets: Vec<Target>,
    /// Newest first.
    activities: Vec<m::ScalingActivity>,
}

#[derive(Debug)]
struct Target {
    arn: String,
    resource: String,
    dimension: String,
    role: Option<String>,
    minimum: i32,
    maximum: i32,
    suspended: m::SuspendedState,
    created_at: Moment,
    actions: Vec<Action>,
    tags: Tags,
}

#[derive(Debug)]
struct Action {
    shown: m::ScheduledAction,
    schedule: Schedule,
    /// The wall-clock second of its next run.
    next_run: Option<i64>,
}

/// The cluster and service in `service/<cluster>/<service>`.
fn service_of(resource: &str) -> Option<(&str, &str)> {
    resource.strip_prefix("service/")?.split_once('/')
}

/// The next moment at which a scheduled action fires.
pub(crate) fn next_due(world: &World) -> Option<Moment> {
    let actions = world.scaling.targets.iter().flat_map(|target| &target.actions);
    let runs = actions.filter_map(|action| action.next_run);
    runs.min().map(|run| world.clock.moment(run as f64))
}

/// Fires every action whose time has come.
pub(crate) fn happen(world: &mut World) {
    let wall = world.epoch(world.now) + 0.001;
    for index in 0..world.scaling.targets.len() {
        let mut fired = Vec::new();
        let target = &mut world.scaling.targets[index];
        for action in &mut target.actions {
            while let Some(run) = action.next_run.filter(|run| *run as f64 <= wall) {
                action.next_run = action.schedule.next_after(run);
                let window = &action.shown;
                let begun = window.start_time.is_none_or(|start| start <= run as f64);
                let over = window.end_time.is_some_and(|end| end < run as f64);
                if begun && !over {
                    fired.push(action.shown.clone());
                }
            }
        }
        for action in fired {
            fire(world, index, &action);
        }
    }
}

fn fire(world: &mut World, index: usize, action: &m::ScheduledAction) {
    let target = &mut world.scaling.targets[index];
    if target.suspended.scheduled_scaling_suspended == Some(true) {
        return;
    }
    let wanted = action.scalable_target_action.clone().unwrap_or_default();
    target.minimum = wanted.min_capacity.unwrap_or(target.minimum);
    target.maximum = wanted.max_capacity.unwrap_or(target.maximum).max(target.minimum);
    let name = action.scheduled_action_name.clone().unwrap_or_default();
    let cause = format!("scheduled action name {name} was triggered");
    pull_in(world, index, &cause);
}

/// Pulls the service's desired count into its target's limits.
fn pull_in(world: &mut World, index: usize, cause: &str) {
    let target = &world.scaling.targets[index];
    let (minimum, maximum, resource) = (target.minimum, target.maximum, target.resource.clone());
    let Some((cluster, service)) = service_of(&resource) else {
        return;
    };
    let Some(desired) = ecs::desired_count(world, cluster, service) else {
        return;
    };
    let wanted = desired.max(minimum).min(maximum);
    if wanted == desired {
        return;
    }
    ecs::set_desired(world, cluster, service, wanted);
    let at = Some(world.epoch(world.now));
    let activity = m::ScalingActivity {
        activity_id: Some(world.ids.uuid()),
        cause: Some(cause.to_owned()),
        description: Some(format!("Setting desired count to {wanted}.")),
        resource_id: Some(resource),
        scalable_dimension: Some("ecs:service:DesiredCount".to_owned()),
        service_namespace: Some("ecs".to_owned()),
        start_time: at,
        end_time: at,
        status_code: Some("Successful".to_owned()),
        status_message: Some(format!(
            "Successfully set desired count to {wanted}. Change successfully fulfilled by ecs."
        )),
        ..m::ScalingActivity::default()
    };
    world.scaling.activities.insert(0, activity);
    world.scaling.activities.truncate(ACTIVITIES);
}

pub(crate) fn answer(world: &mut World, call: &Call) -> Answer {
    let body = call.body();
    match call.operation.as_str() {
        "RegisterScalableTarget" => calls::register(world, body),
        "DescribeScalableTargets" => calls::describe(world, body),
        "DeregisterScalableTarget" => calls::deregister(world, body),
        "PutScheduledAction" => calls::put_action(world, body),
        "DescribeScheduledActions" => calls::describe_actions(world, body),
        "DeleteScheduledAction" => calls::delete_action(world, body),
        "DescribeScalingActivities" => calls::describe_activities(world, body),
        "DescribeScalingPolicies" => calls::describe_policies(),
        "TagResource" => calls::tag(world, body),
        "UntagResource" => calls::untag(world, body),
        "ListTagsForResource" => calls::list_tags(world, body),
        other => refuse(
            "UnknownOperationException",
            format!("The sandbox's Application Auto Scaling does not know {other}"),
        ),
    }
}
