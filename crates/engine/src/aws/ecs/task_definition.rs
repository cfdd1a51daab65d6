//! A task definition: one family, of which each change is a new revision.
//!
//! Older revisions stay until the family goes: a service may be rolled back to one.
//!
//! | | |
//! | --- | --- |
//! | in | image, port, size, variables, secrets, check, log group; the roles' ARNs |
//! | out | the revision's ARN; every field by name, and `definition` for all of them |

use std::time::Duration;

use aws_sdk_ecs::types::{
    Compatibility, CpuArchitecture, NetworkMode, OsFamily, RuntimePlatform,
    TaskDefinition as EcsTaskDefinition, TaskDefinitionField, TaskDefinitionStatus,
};
use topology::field::{BESIDES, FAMILY};
use topology::names;
use topology::node::{NodeId, NodeKind, Spec, TaskDefinition};
use topology::observation::{Condition, FINGERPRINT, Found};
use topology::stack::ServiceName;

use super::super::limits::Api;
use super::super::mark::{self, Tags};
use super::super::{Aws, AwsError, Class, Task, wait};
use super::definition::{self, Home};
use super::{revision, tag, tags_of};

/// For fresh roles to become usable.
const CONSISTENCY_DEADLINE: Duration = Duration::from_secs(120);

pub async fn make(task: &Task<'_>, spec: &Spec, found: Option<&Found>) -> Result<Found, AwsError> {
    let Spec::TaskDefinition(wanted) = spec else { unreachable!("part::make knows the kind") };
    if let Some(found) = found {
        if is_same(found, wanted) {
            return Ok(found.clone());
        }
        // The last run may have registered it and ended before any service was told.
        if let Some(newest) = newest(task, wanted).await?.filter(|newest| is_same(newest, wanted)) {
            return Ok(newest);
        }
    }
    register(task, wanted).await
}

pub async fn delete(task: &Task<'_>, _found: &Found) -> Result<(), AwsError> {
    // A service may have been given somebody else's definition, which is not ours to delete.
    let family = names::family(task.stack, &ServiceName::new(&task.id.part));
    revision::delete_all(task, &family).await
}

/// A definition with its tags, by ARN or, for the newest active revision, by family.
pub async fn describe(aws: &Aws, name: &str) -> Result<Option<(EcsTaskDefinition, Tags)>, AwsError> {
    let doing = format!("look at the task definition `{}`", revision::name_of(name));
    let request = aws.inner.ecs.describe_task_definition().task_definition(name);
    let request = request.include(TaskDefinitionField::Tags);
    match aws.call(Api::EcsRead, &doing, request.send()).await {
        Ok(answer) => {
            let tags = tags_of(answer.tags());
            Ok(answer.task_definition.map(|definition| (definition, tags)))
        }
        Err(error) if error.class == Class::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The definition in our words, read in full.
pub fn as_found(home: Home<'_>, definition: &EcsTaskDefinition, wanted: Option<&TaskDefinition>) -> Found {
    let arn = definition.task_definition_arn().unwrap_or_default();
    let mut found = known(arn, home.service);
    found.fields = definition::fields(home, definition, wanted);
    found
}

/// The very definition that a service runs; `None` where it is gone.
pub async fn read(home: Home<'_>, arn: &str, wanted: &TaskDefinition) -> Result<Option<Found>, AwsError> {
    let there = describe(home.aws, arn).await?;
    Ok(there.map(|(definition, _)| as_found(home, &definition, Some(wanted))))
}

/// A definition of which an ARN is known; its fields are still to be filled in.
pub fn known(arn: &str, service: &str) -> Found {
    Found::new(arn, Condition::Ready).fact("name", service).fact("revision", revision::number_of(arn))
}

/// Whether a service may run it for `wanted`.
pub fn is_same(found: &Found, wanted: &TaskDefinition) -> bool {
    let wanted = wanted.fields();
    let is_read_and_differs =
        |field: &str| found.fields.get(field).is_some_and(|there| Some(there) != wanted.get(field));
    found.fields.get(FINGERPRINT) == wanted.get(FINGERPRINT)
        && ![FAMILY, BESIDES].into_iter().any(is_read_and_differs)
}

async fn newest(task: &Task<'_>, wanted: &TaskDefinition) -> Result<Option<Found>, AwsError> {
    let Some((definition, tags)) = describe(task.aws, &wanted.family).await? else { return Ok(None) };
    let usable = definition.status() == Some(&TaskDefinitionStatus::Active)
        && tags.node_of(task.stack).as_ref() == Some(task.id);
    let home = Home { aws: task.aws, stack: task.stack, service: &task.id.part };
    Ok(usable.then(|| as_found(home, &definition, Some(wanted))))
}

async fn register(task: &Task<'_>, wanted: &TaskDefinition) -> Result<Found, AwsError> {
    let doing = format!("register the task definition `{}`", wanted.family);
    let execution = task.aws_id(&NodeId::part(NodeKind::Role, "execution"))?;
    let own = task.aws_id(&NodeId::part(NodeKind::Role, format!("task/{}", wanted.service)))?;
    let fields = wanted.fields();
    let fingerprint = fields.get(FINGERPRINT).cloned().unwrap_or_default();
    let tags = task.tags().map(|(key, value)| tag(key, value)).into_iter();
    let platform = RuntimePlatform::builder()
        .operating_system_family(OsFamily::Linux)
        .cpu_architecture(CpuArchitecture::X8664)
        .build();
    let ecs = &task.aws.inner.ecs;
    let request = ecs
        .register_task_definition()
        .family(&wanted.family)
        .network_mode(NetworkMode::Awsvpc)
        .requires_compatibilities(Compatibility::Fargate)
        .runtime_platform(platform)
        .cpu(wanted.cpu.to_string())
        .memory(wanted.memory.to_string())
        .execution_role_arn(execution)
        .task_role_arn(own)
        .container_definitions(definition::container(task.aws, wanted))
        .set_tags(Some(tags.chain([tag(mark::DEFINITION, fingerprint)]).collect()));
    let answer = wait::through(task, "ECS may use the new roles", CONSISTENCY_DEADLINE, async || {
        let call = task.aws.call(Api::EcsTaskDefinition, &doing, request.clone().send());
        call.await.map_err(yet_unseen)
    })
    .await?;
    let definition = answer.task_definition.ok_or_else(|| mark::empty_answer(&doing))?;
    let mut found = known(definition.task_definition_arn().unwrap_or_default(), task.name);
    found.fields = fields;
    Ok(found)
}

/// The roles were made before; ECS may not see them yet.
fn yet_unseen(mut error: AwsError) -> AwsError {
    if error.message.contains("Role is not valid") {
        error.class = Class::NotYet;
    }
    error
}
