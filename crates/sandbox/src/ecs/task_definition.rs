//! Task definitions: families of numbered revisions.

use winterbaume_ecs::model as m;

use super::cluster::{check_name, read_tags, shown_tags};
use super::{Containers, fargate};
use crate::refusal::{Answer, Refusal, refusal, refuse};
use crate::tags::Tags;
use crate::wire::{json, page, read_json};
use crate::world::World;

#[derive(Debug)]
pub(super) struct Definition {
    pub(super) arn: String,
    pub(super) family: String,
    revision: i32,
    pub(super) settings: m::TaskDefinition,
    pub(super) tags: Tags,
}

impl Definition {
    fn status(&self) -> &str {
        self.settings.status.as_deref().unwrap_or_default()
    }

    pub(super) fn containers(&self) -> impl Iterator<Item = &m::ContainerDefinition> {
        self.settings.container_definitions.iter().flatten()
    }

    pub(super) fn roles(&self) -> impl Iterator<Item = &String> {
        self.settings.execution_role_arn.iter().chain(&self.settings.task_role_arn)
    }
}

impl Containers {
    /// The definition of an ARN, a `family:revision`, or a family's newest active revision.
    pub(super) fn definition(&self, reference: &str) -> Option<&Definition> {
        let name = reference.split_once(":task-definition/").map_or(reference, |(_, name)| name);
        match name.split_once(':') {
            Some((family, revision)) => {
                let revision: i32 = revision.parse().ok()?;
                self.definitions.iter().find(|d| d.family == family && d.revision == revision)
            }
            None => {
                let active = self.definitions.iter().filter(|d| d.family == name && d.status() == "ACTIVE");
                active.max_by_key(|definition| definition.revision)
            }
        }
    }

    /// The definition that a new task or deployment would use.
    pub(super) fn usable_definition(&self, reference: Option<&str>) -> Result<&Definition, Refusal> {
        let found = reference.and_then(|reference| self.definition(reference));
        match found {
            Some(definition) if definition.status() == "ACTIVE" => Ok(definition),
            Some(_) => refuse("ClientException", "TaskDefinition is inactive"),
            None => refuse("ClientException", "TaskDefinition not found."),
        }
    }

    fn definition_mut(&mut self, reference: &str) -> Result<&mut Definition, Refusal> {
        let arn = self.definition(reference).map(|definition| definition.arn.clone());
        let found = self.definitions.iter_mut().find(|d| Some(&d.arn) == arn.as_ref());
        found.ok_or_else(|| refusal("ClientException", "Unable to describe task definition."))
    }
}

/// Definitions marked for deletion go once nothing runs from them.
pub(super) fn forget_deleted(containers: &mut Containers) {
    let (tasks, services) = (&containers.tasks, &containers.services);
    containers.definitions.retain(|definition| {
        definition.status() != "DELETE_IN_PROGRESS"
            || tasks.iter().any(|task| task.definition == definition.arn && task.stopped_at().is_none())
            || services.iter().any(|s| s.inactive_at.is_none() && s.uses(&definition.arn))
    });
}

fn check(request: &m::RegisterTaskDefinitionRequest) -> Result<(), Refusal> {
    check_name("Family", &request.family).map_err(|bad| refusal("ClientException", bad.message))?;
    if request.container_definitions.is_empty() {
        return refuse("ClientException", "Container list cannot be empty.");
    }
    let fargate = request.requires_compatibilities.iter().flatten().any(|kind| kind == "FARGATE");
    for container in &request.container_definitions {
        if container.name.as_deref().unwrap_or_default().is_empty() {
            return refuse("ClientException", "Container.name should not be null or empty.");
        }
        if container.image.as_deref().unwrap_or_default().is_empty() {
            return refuse("ClientException", "Container.image should not be null or empty.");
        }
        let own_image = container.image.as_ref().is_some_and(|image| image.contains(".dkr.ecr."));
        if fargate && own_image && request.execution_role_arn.is_none() {
            return refuse(
                "ClientException",
                "Fargate requires task definition to have execution role ARN to support ECR images.",
            );
        }
        let secrets = container.secrets.as_ref().is_some_and(|secrets| !secrets.is_empty());
        if secrets && request.execution_role_arn.is_none() {
            return refuse(
                "ClientException",
                "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
            );
        }
        let logs = container.log_configuration.as_ref().is_some_and(|logs| logs.log_driver == "awslogs");
        if fargate && logs && request.execution_role_arn.is_none() {
            return refuse(
                "ClientException",
                "Fargate requires task definition to have execution role ARN to support log driver awslogs.",
            );
        }
    }
    if !fargate {
        return Ok(());
    }
    if request.network_mode.as_deref() != Some("awsvpc") {
        return refuse("ClientException", "Fargate only supports network mode ‘awsvpc’.");
    }
    let cpu = request.cpu.as_deref().and_then(fargate::cpu_units);
    let memory = request.memory.as_deref().and_then(fargate::mebibytes);
    match (cpu, memory) {
        (Some(cpu), Some(memory)) if fargate::has(cpu, memory) => Ok(()),
        (None, _) => refuse("ClientException", "Fargate requires that 'cpu' be defined at the task level."),
        (_, None) => {
            refuse("ClientException", "Fargate requires that 'memory' be defined at the task level.")
        }
        _ => refuse("ClientException", "No Fargate configuration exists for given values."),
    }
}

/// Fills in what AWS fills in, so that a reader sees the same.
fn complete(mut container: m::ContainerDefinition) -> m::ContainerDefinition {
    container.cpu.get_or_insert(0);
    container.essential.get_or_insert(true);
    container.environment.get_or_insert_with(Vec::new);
    container.mount_points.get_or_insert_with(Vec::new);
    container.volumes_from.get_or_insert_with(Vec::new);
    container.system_controls.get_or_insert_with(Vec::new);
    for port in container.port_mappings.get_or_insert_with(Vec::new) {
        port.host_port = port.host_port.filter(|port| *port != 0).or(port.container_port);
        port.protocol.get_or_insert_with(|| "tcp".to_owned());
    }
    if let Some(check) = &mut container.health_check {
        check.interval.get_or_insert(30);
        check.timeout.get_or_insert(5);
        check.retries.get_or_insert(3);
    }
    container
}

pub(super) fn register(world: &mut World, body: &[u8]) -> Answer {
    let request: m::RegisterTaskDefinitionRequest = read_json(body)?;
    check(&request)?;
    for role in request.execution_role_arn.iter().chain(&request.task_role_arn) {
        world.roles.check_passable(role, world.now, &world.account)?;
    }
    let tags = read_tags(request.tags)?;
    for container in &request.container_definitions {
        if let Some(image) = container.image.clone() {
            world.want_image(&image);
        }
    }
    let revision = world.containers.revisions.entry(request.family.clone()).or_insert(0);
    *revision += 1;
    let revision = *revision;
    let arn = world.arn("ecs", &format!("task-definition/{}:{revision}", request.family));
    let units = |text: Option<String>, read: fn(&str) -> Option<u32>| {
        text.map(|text| read(&text).map_or(text, |number| number.to_string()))
    };
    let mut compatibilities = vec!["EC2".to_owned()];
    compatibilities
        .extend(request.requires_compatibilities.iter().flatten().filter(|c| *c != "EC2").cloned());
    let settings = m::TaskDefinition {
        task_definition_arn: Some(arn.clone()),
        family: Some(request.family.clone()),
        revision: Some(revision),
        status: Some("ACTIVE".to_owned()),
        container_definitions: Some(request.container_definitions.into_iter().map(complete).collect()),
        cpu: units(request.cpu, fargate::cpu_units),
        memory: units(request.memory, fargate::mebibytes),
        execution_role_arn: request.execution_role_arn,
        task_role_arn: request.task_role_arn,
        network_mode: request.network_mode,
        requires_compatibilities: request.requires_compatibilities,
        compatibilities: Some(compatibilities),
        volumes: Some(request.volumes.unwrap_or_default()),
        placement_constraints: Some(request.placement_constraints.unwrap_or_default()),
        runtime_platform: request.runtime_platform,
        ephemeral_storage: request.ephemeral_storage,
        proxy_configuration: request.proxy_configuration,
        ipc_mode: request.ipc_mode,
        pid_mode: request.pid_mode,
        enable_fault_injection: request.enable_fault_injection,
        registered_at: Some(world.epoch(world.now)),
        registered_by: Some(format!("arn:aws:iam::{}:user/sandbox", world.account)),
        ..m::TaskDefinition::default()
    };
    let shown = shown_tags(&tags);
    world.containers.definitions.push(Definition {
        arn,
        family: request.family,
        revision,
        settings: settings.clone(),
        tags,
    });
    json(&m::RegisterTaskDefinitionResponse { task_definition: Some(settings), tags: Some(shown) })
}

pub(super) fn describe(world: &mut World, body: &[u8]) -> Answer {
    let request: m::DescribeTaskDefinitionRequest = read_json(body)?;
    let definition = world.containers.definition(&request.task_definition);
    let definition =
        definition.ok_or_else(|| refusal("ClientException", "Unable to describe task definition."))?;
    let with_tags = request.include.iter().flatten().any(|what| what == "TAGS");
    json(&m::DescribeTaskDefinitionResponse {
        task_definition: Some(definition.settings.clone()),
        tags: with_tags.then(|| shown_tags(&definition.tags)),
    })
}

pub(super) fn list(world: &mut World, body: &[u8]) -> Answer {
    let request: m::ListTaskDefinitionsRequest = read_json(body)?;
    let status = request.status.unwrap_or_else(|| "ACTIVE".to_owned());
    let definitions = world.containers.definitions.iter();
    let mut found: Vec<&Definition> = definitions
        .filter(|d| d.status() == status)
        .filter(|d| request.family_prefix.as_ref().is_none_or(|family| *family == d.family))
        .collect();
    found.sort_by(|a, b| (&a.family, a.revision).cmp(&(&b.family, b.revision)));
    if request.sort.as_deref() == Some("DESC") {
        found.reverse();
    }
    let arns: Vec<String> = found.iter().map(|definition| definition.arn.clone()).collect();
    let size = request.max_results.unwrap_or(100).clamp(1, 100) as usize;
    let (items, next_token) = page(&arns, request.next_token.as_deref(), size);
    json(&m::ListTaskDefinitionsResponse { task_definition_arns: Some(items), next_token })
}

pub(super) fn list_families(world: &mut World, body: &[u8]) -> Answer {
    let request: m::ListTaskDefinitionFamiliesRequest = read_json(body)?;
    let status = request.status.unwrap_or_else(|| "ACTIVE".to_owned());
    let prefix = request.family_prefix.unwrap_or_default();
    let mut families: Vec<String> = world
        .containers
        .definitions
        .iter()
        .filter(|d| status == "ALL" || d.status() == status)
        .filter(|d| d.family.starts_with(&prefix))
        .map(|d| d.family.clone())
        .collect();
    families.sort();
    families.dedup();
    let size = request.max_results.unwrap_or(100).clamp(1, 100) as usize;
    let (items, next_token) = page(&families, request.next_token.as_deref(), size);
    json(&m::ListTaskDefinitionFamiliesResponse { families: Some(items), next_token })
}

pub(super) fn deregister(world: &mut World, body: &[u8]) -> Answer {
    let request: m::DeregisterTaskDefinitionRequest = read_json(body)?;
    let at = world.epoch(world.now);
    let definition = world.containers.definition_mut(&request.task_definition)?;
    if definition.status() == "ACTIVE" {
        definition.settings.status = Some("INACTIVE".to_owned());
        definition.settings.deregistered_at = Some(at);
    }
    json(&m::DeregisterTaskDefinitionResponse { task_definition: Some(definition.settings.clone()) })
}

pub(super) fn delete(world: &mut World, body: &[u8]) -> Answer {
    let request: m::DeleteTaskDefinitionsRequest = read_json(body)?;
    if request.task_definitions.len() > 10 {
        return refuse(
            "InvalidParameterException",
            "At most 10 task definitions can be deleted in one call.",
        );
    }
    let at = world.epoch(world.now);
    let (mut deleted, mut failures) = (Vec::new(), Vec::new());
    for reference in request.task_definitions {
        let failed = |reason: &str| m::Failure {
            arn: Some(reference.clone()),
            reason: Some(reason.to_owned()),
            detail: None,
        };
        match world.containers.definition_mut(&reference) {
            Ok(definition) if definition.status() == "ACTIVE" => failures.push(failed(
                "The specified task definition is still in ACTIVE status. Please deregister the target and try again.",
            )),
            Ok(definition) => {
                definition.settings.status = Some("DELETE_IN_PROGRESS".to_owned());
                definition.settings.delete_requested_at = Some(at);
                deleted.push(definition.settings.clone());
            }
            Err(_) => failures.push(failed("The specified task definition does not exist. Specify a valid account, family, revision and try again.")),
        }
    }
    json(&m::DeleteTaskDefinitionsResponse { task_definitions: Some(deleted), failures: Some(failures) })
}
