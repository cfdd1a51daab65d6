//! The calls on scalable targets and scheduled actions.

use std::collections::HashMap;

use serde_json::json;
use winterbaume_applicationautoscaling::model as m;

use super::schedule::Schedule;
use super::{Action, Target, pull_in, service_of};
use crate::ecs;
use crate::refusal::{Answer, Refusal, refusal, refuse};
use crate::tags::{Tags, merge};
use crate::wire::{json, page, read_json};
use crate::world::World;

const DIMENSION: &str = "ecs:service:DesiredCount";

fn index_of(world: &World, resource: &str, dimension: &str) -> Option<usize> {
    let mut targets = world.scaling.targets.iter();
    targets.position(|target| target.resource == resource && target.dimension == dimension)
}

fn no_target(resource: &str, dimension: &str) -> Refusal {
    refusal(
        "ObjectNotFoundException",
        format!(
            "No scalable target found for service namespace: ecs, resource ID: {resource}, scalable dimension: {dimension}"
        ),
    )
}

fn check_space(namespace: &str, dimension: &str) -> Result<(), Refusal> {
    if namespace == "ecs" && dimension == DIMENSION {
        return Ok(());
    }
    refuse(
        "ValidationException",
        format!(
            "Unsupported service namespace, resource type or scalable dimension: {namespace} {dimension}"
        ),
    )
}

fn check_capacities(minimum: i32, maximum: i32) -> Result<(), Refusal> {
    if minimum < 0 || maximum < 0 {
        return refuse("ValidationException", "Capacity must not be negative");
    }
    if minimum > maximum {
        return refuse("ValidationException", "Maximum capacity cannot be less than minimum capacity");
    }
    Ok(())
}

pub(super) fn register(world: &mut World, body: &[u8]) -> Answer {
    let request: m::RegisterScalableTargetRequest = read_json(body)?;
    check_space(&request.service_namespace, &request.scalable_dimension)?;
    let Some((cluster, service)) = service_of(&request.resource_id) else {
        return refuse("ValidationException", format!("Unsupported resource ID: {}", request.resource_id));
    };
    if ecs::desired_count(world, cluster, service).is_none() {
        return refuse("ValidationException", format!("ECS service doesn't exist: {}", request.resource_id));
    }
    let known = index_of(world, &request.resource_id, &request.scalable_dimension);
    let index = match known {
        Some(index) => {
            let target = &mut world.scaling.targets[index];
            let minimum = request.min_capacity.unwrap_or(target.minimum);
            let maximum = request.max_capacity.unwrap_or(target.maximum);
            check_capacities(minimum, maximum)?;
            (target.minimum, target.maximum) = (minimum, maximum);
            index
        }
        None => {
            let (Some(minimum), Some(maximum)) = (request.min_capacity, request.max_capacity) else {
                return refuse(
                    "ValidationException",
                    "MinCapacity and MaxCapacity are required to register a new scalable target",
                );
            };
            check_capacities(minimum, maximum)?;
            let id = world.ids.hex(26);
            let role = format!(
                "arn:aws:iam::{}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService",
                world.account
            );
            world.scaling.targets.push(Target {
                arn: world.arn("application-autoscaling", &format!("scalable-target/{id}")),
                resource: request.resource_id,
                dimension: request.scalable_dimension,
                role: request.role_a_r_n.or(Some(role)),
                minimum,
                maximum,
                suspended: m::SuspendedState::default(),
                created_at: world.now,
                actions: Vec::new(),
                tags: Tags::new(),
            });
            world.scaling.targets.len() - 1
        }
    };
    let target = &mut world.scaling.targets[index];
    merge(&mut target.tags, request.tags.unwrap_or_default(), "ValidationException")?;
    if let Some(new) = request.suspended_state {
        let old = &mut target.suspended;
        old.dynamic_scaling_in_suspended =
            new.dynamic_scaling_in_suspended.or(old.dynamic_scaling_in_suspended);
        old.dynamic_scaling_out_suspended =
            new.dynamic_scaling_out_suspended.or(old.dynamic_scaling_out_suspended);
        old.scheduled_scaling_suspended = new.scheduled_scaling_suspended.or(old.scheduled_scaling_suspended);
    }
    let arn = target.arn.clone();
    pull_in(world, index, "minimum or maximum capacity was changed");
    ecs::happen(world);
    json(&m::RegisterScalableTargetResponse { scalable_target_a_r_n: Some(arn) })
}

pub(super) fn describe(world: &mut World, body: &[u8]) -> Answer {
    let request: m::DescribeScalableTargetsRequest = read_json(body)?;
    let wanted = request.resource_ids.unwrap_or_default();
    let all: Vec<m::ScalableTarget> = world
        .scaling
        .targets
        .iter()
        .filter(|_| request.service_namespace == "ecs")
        .filter(|target| wanted.is_empty() || wanted.contains(&target.resource))
        .filter(|target| request.scalable_dimension.as_ref().is_none_or(|d| *d == target.dimension))
        .map(|target| m::ScalableTarget {
            service_namespace: Some("ecs".to_owned()),
            resource_id: Some(target.resource.clone()),
            scalable_dimension: Some(target.dimension.clone()),
            min_capacity: Some(target.minimum),
            max_capacity: Some(target.maximum),
            role_a_r_n: target.role.clone(),
            creation_time: Some(world.epoch(target.created_at)),
            suspended_state: Some(m::SuspendedState {
                dynamic_scaling_in_suspended: Some(
                    target.suspended.dynamic_scaling_in_suspended == Some(true),
                ),
                dynamic_scaling_out_suspended: Some(
                    target.suspended.dynamic_scaling_out_suspended == Some(true),
                ),
                scheduled_scaling_suspended: Some(target.suspended.scheduled_scaling_suspended == Some(true)),
            }),
            scalable_target_a_r_n: Some(target.arn.clone()),
            predicted_capacity: None,
        })
        .collect();
    let size = request.max_results.unwrap_or(50).clamp(1, 50) as usize;
    let (items, next_token) = page(&all, request.next_token.as_deref(), size);
    json(&m::DescribeScalableTargetsResponse { scalable_targets: Some(items), next_token })
}

/// Removes the target with its scheduled actions.
pub(super) fn deregister(world: &mut World, body: &[u8]) -> Answer {
    let request: m::DeregisterScalableTargetRequest = read_json(body)?;
    let index = index_of(world, &request.resource_id, &request.scalable_dimension)
        .ok_or_else(|| no_target(&request.resource_id, &request.scalable_dimension))?;
    world.scaling.targets.remove(index);
    json(&json!({}))
}

pub(super) fn put_action(world: &mut World, body: &[u8]) -> Answer {
    let request: m::PutScheduledActionRequest = read_json(body)?;
    let index = index_of(world, &request.resource_id, &request.scalable_dimension)
        .ok_or_else(|| no_target(&request.resource_id, &request.scalable_dimension))?;
    let target = &world.scaling.targets[index];
    let old = target
        .actions
        .iter()
        .find(|a| a.shown.scheduled_action_name.as_ref() == Some(&request.scheduled_action_name));
    let old = old.map(|action| action.shown.clone());
    let expression = request.schedule.or(old.as_ref().and_then(|old| old.schedule.clone()));
    let Some(expression) = expression else {
        return refuse("ValidationException", "A schedule is required for a new scheduled action");
    };
    let timezone = request.timezone.or(old.as_ref().and_then(|old| old.timezone.clone()));
    let schedule = Schedule::read(&expression, timezone.as_deref())
        .map_err(|message| refusal("ValidationException", message))?;
    let change =
        request.scalable_target_action.or(old.as_ref().and_then(|old| old.scalable_target_action.clone()));
    let capacities = change.as_ref().map(|change| (change.min_capacity, change.max_capacity));
    match capacities {
        Some((Some(minimum), Some(maximum))) => check_capacities(minimum, maximum)?,
        Some((None, None)) | None => {
            return refuse(
                "ValidationException",
                "At least one of minimum capacity and maximum capacity should be provided",
            );
        }
        Some(_) => {}
    }
    let wall = world.epoch(world.now);
    let arn = old.as_ref().and_then(|old| old.scheduled_action_a_r_n.clone());
    let id = world.ids.uuid();
    let arn = arn.unwrap_or_else(|| {
        world.arn(
            "autoscaling",
            &format!(
                "scheduledAction:{id}:resource/ecs/{}:scheduledActionName/{}",
                request.resource_id, request.scheduled_action_name
            ),
        )
    });
    let shown = m::ScheduledAction {
        scheduled_action_name: Some(request.scheduled_action_name.clone()),
        scheduled_action_a_r_n: Some(arn),
        service_namespace: Some(request.service_namespace),
        resource_id: Some(request.resource_id),
        scalable_dimension: Some(request.scalable_dimension),
        schedule: Some(expression),
        timezone,
        scalable_target_action: change,
        // Left out, they are gone: an update replaces them.
        start_time: request.start_time,
        end_time: request.end_time,
        creation_time: old.and_then(|old| old.creation_time).or(Some(wall)),
    };
    let next_run = schedule.next_after(wall as i64);
    let target = &mut world.scaling.targets[index];
    target
        .actions
        .retain(|action| action.shown.scheduled_action_name.as_ref() != Some(&request.scheduled_action_name));
    target.actions.push(Action { shown, schedule, next_run });
    json(&json!({}))
}

pub(super) fn describe_actions(world: &mut World, body: &[u8]) -> Answer {
    let request: m::DescribeScheduledActionsRequest = read_json(body)?;
    let names = request.scheduled_action_names.unwrap_or_default();
    let all: Vec<m::ScheduledAction> = world
        .scaling
        .targets
        .iter()
        .filter(|_| request.service_namespace == "ecs")
        .filter(|target| request.resource_id.as_ref().is_none_or(|id| *id == target.resource))
        .flat_map(|target| &target.actions)
        .map(|action| action.shown.clone())
        .filter(|action| {
            names.is_empty() || action.scheduled_action_name.as_ref().is_some_and(|n| names.contains(n))
        })
        .collect();
    let size = request.max_results.unwrap_or(50).clamp(1, 50) as usize;
    let (items, next_token) = page(&all, request.next_token.as_deref(), size);
    json(&m::DescribeScheduledActionsResponse { scheduled_actions: Some(items), next_token })
}

pub(super) fn delete_action(world: &mut World, body: &[u8]) -> Answer {
    let request: m::DeleteScheduledActionRequest = read_json(body)?;
    let index = index_of(world, &request.resource_id, &request.scalable_dimension)
        .ok_or_else(|| no_target(&request.resource_id, &request.scalable_dimension))?;
    let actions = &mut world.scaling.targets[index].actions;
    let name = Some(request.scheduled_action_name);
    let at = actions.iter().position(|action| action.shown.scheduled_action_name == name);
    let at = at.ok_or_else(|| refusal("ObjectNotFoundException", "No scheduled action found"))?;
    actions.remove(at);
    json(&json!({}))
}

pub(super) fn describe_activities(world: &mut World, body: &[u8]) -> Answer {
    let request: m::DescribeScalingActivitiesRequest = read_json(body)?;
    let activities: Vec<m::ScalingActivity> = world
        .scaling
        .activities
        .iter()
        .filter(|activity| request.resource_id.is_none() || activity.resource_id == request.resource_id)
        .cloned()
        .collect();
    let size = request.max_results.unwrap_or(50).clamp(1, 50) as usize;
    let (items, next_token) = page(&activities, request.next_token.as_deref(), size);
    json(&m::DescribeScalingActivitiesResponse { scaling_activities: Some(items), next_token })
}

pub(super) fn describe_policies() -> Answer {
    json(&json!({"ScalingPolicies": []}))
}

fn tags_mut<'a>(world: &'a mut World, arn: &str) -> Result<&'a mut Tags, Refusal> {
    let target = world.scaling.targets.iter_mut().find(|target| target.arn == arn);
    target
        .map(|target| &mut target.tags)
        .ok_or_else(|| refusal("ResourceNotFoundException", format!("The resource {arn} doesn't exist")))
}

pub(super) fn tag(world: &mut World, body: &[u8]) -> Answer {
    let request: m::TagResourceRequest = read_json(body)?;
    merge(tags_mut(world, &request.resource_a_r_n)?, request.tags, "ValidationException")?;
    json(&json!({}))
}

pub(super) fn untag(world: &mut World, body: &[u8]) -> Answer {
    let request: m::UntagResourceRequest = read_json(body)?;
    tags_mut(world, &request.resource_a_r_n)?.retain(|key, _| !request.tag_keys.contains(key));
    json(&json!({}))
}

pub(super) fn list_tags(world: &mut World, body: &[u8]) -> Answer {
    let request: m::ListTagsForResourceRequest = read_json(body)?;
    let tags = tags_mut(world, &request.resource_a_r_n)?.clone();
    let tags: HashMap<String, String> = tags.into_iter().collect();
    json(&m::ListTagsForResourceResponse { tags: Some(tags) })
}
