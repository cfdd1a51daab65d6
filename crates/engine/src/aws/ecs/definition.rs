//! A task definition in AWS's words, and back in ours.
//!
//! Reading gives the same fields as [`TaskDefinition::fields`] for what [`container`] wrote, so that equal
//! fields mean an equal definition.

use std::collections::BTreeMap;

use aws_sdk_ecs::types::{
    ContainerDefinition, HealthCheck, KeyValuePair, LogConfiguration, LogDriver, PortMapping, Secret,
    TaskDefinition as EcsTaskDefinition, TransportProtocol,
};
use topology::field::BESIDES;
use topology::graph::GRACE;
use topology::names;
use topology::node::TaskDefinition;
use topology::stack::{Image, SecretRef, ServiceName, StackName};

use super::super::Aws;

/// Of the container's own check, in seconds and counts: a slow start is forgiven for as long as the load balancer's
/// checks do not count.
const CHECK_INTERVAL: i32 = 10;
const CHECK_TIMEOUT: i32 = 5;
const CHECK_RETRIES: i32 = 3;

/// Instead of a variable's value that is not the stack file's.
const HIDDEN: &str = "another value";

const LOG_GROUP: &str = "awslogs-group";
const LOG_REGION: &str = "awslogs-region";
const LOG_STREAM: &str = "awslogs-stream-prefix";

/// The one container of a task.
pub fn container(aws: &Aws, wanted: &TaskDefinition) -> ContainerDefinition {
    let port = i32::from(wanted.port);
    let mapping =
        PortMapping::builder().container_port(port).host_port(port).protocol(TransportProtocol::Tcp).build();
    let container = ContainerDefinition::builder()
        .name(wanted.service.as_str())
        .image(image_address(aws, &wanted.image))
        .essential(true)
        .port_mappings(mapping)
        .log_configuration(log_configuration(aws, wanted))
        .set_health_check(health_check(&wanted.command));
    let container = wanted.env.iter().fold(container, |container, (name, value)| {
        container.environment(KeyValuePair::builder().name(name).value(value).build())
    });
    let container = wanted.secrets.iter().fold(container, |container, (name, reference)| {
        let secret = Secret::builder().name(name).value_from(value_from(aws, reference)).build();
        container.secrets(secret.expect("name and reference are set"))
    });
    container.build()
}

/// Whose a definition is to be.
#[derive(Clone, Copy)]
pub struct Home<'a> {
    pub aws: &'a Aws,
    pub stack: &'a StackName,
    pub service: &'a str,
}

/// The fields of a definition on AWS. Two references may point at one secret; where one of them is wanted, it is
/// taken.
pub fn fields(
    home: Home<'_>,
    definition: &EcsTaskDefinition,
    wanted: Option<&TaskDefinition>,
) -> BTreeMap<String, String> {
    let mut fields = read(home.aws, definition, wanted).fields();
    hide_values(&mut fields, wanted);
    fields.insert(BESIDES.to_owned(), besides(home, definition).join(", and "));
    fields
}

/// What stands on AWS in a variable may be a secret that somebody put there; the stack file's own value may be told. The
/// fingerprint was made of the true ones.
fn hide_values(fields: &mut BTreeMap<String, String>, wanted: Option<&TaskDefinition>) {
    for (field, value) in fields.iter_mut() {
        let Some(name) = field.strip_prefix("env ") else { continue };
        if wanted.and_then(|wanted| wanted.env.get(name)) != Some(value) {
            *value = HIDDEN.to_owned();
        }
    }
}

/// Where a secret's value stands, for a task definition.
pub fn value_from(aws: &Aws, reference: &SecretRef) -> String {
    match reference {
        SecretRef::Ssm(text) | SecretRef::SecretsManager(text) if text.starts_with("arn:") => text.clone(),
        SecretRef::Ssm(name) => aws.arn("ssm", &format!("parameter/{}", name.trim_start_matches('/'))),
        SecretRef::SecretsManager(name) => aws.arn("secretsmanager", &format!("secret:{name}")),
    }
}

fn read(aws: &Aws, definition: &EcsTaskDefinition, wanted: Option<&TaskDefinition>) -> TaskDefinition {
    let container = definition.container_definitions().first();
    let number = |text: Option<&str>| text.and_then(|text| text.parse().ok()).unwrap_or_default();
    let name = container.and_then(ContainerDefinition::name).unwrap_or_default();
    let port = container.and_then(|container| container.port_mappings().first()?.container_port());
    let env = container.map(ContainerDefinition::environment).unwrap_or_default();
    let secrets = container.map(ContainerDefinition::secrets).unwrap_or_default();
    let check = container.and_then(ContainerDefinition::health_check);
    let log = container.and_then(|container| container.log_configuration()?.options()?.get(LOG_GROUP));
    let image = container.and_then(ContainerDefinition::image).unwrap_or_default();
    TaskDefinition {
        family: definition.family().unwrap_or_default().to_owned(),
        service: ServiceName::new(name),
        image: image_at(aws, image),
        port: port.and_then(|port| u16::try_from(port).ok()).unwrap_or_default(),
        cpu: number(definition.cpu()),
        memory: number(definition.memory()),
        env: env
            .iter()
            .filter_map(|pair| Some((pair.name()?.to_owned(), pair.value().unwrap_or_default().to_owned())))
            .collect(),
        secrets: secrets
            .iter()
            .map(|secret| {
                let wanted = wanted.and_then(|wanted| wanted.secrets.get(secret.name()));
                (secret.name().to_owned(), reference_at(aws, secret.value_from(), wanted))
            })
            .collect(),
        command: check.map(|check| check.command().to_vec()).unwrap_or_default(),
        log_group: log.cloned().unwrap_or_default(),
    }
}

/// What a definition has that [`container`] and its caller never write, as clauses.
fn besides(home: Home<'_>, definition: &EcsTaskDefinition) -> Vec<String> {
    let service = ServiceName::new(home.service);
    let name = |arn: Option<&str>| arn.map_or("none", |arn| arn.rsplit('/').next().unwrap_or(arn)).to_owned();
    let is_other = |arn: Option<&str>, wanted: String| Some(name(arn)).filter(|name| *name != wanted);
    let execution = is_other(definition.execution_role_arn(), names::execution_role(home.stack));
    let own = is_other(definition.task_role_arn(), names::task_role(home.stack, &service));
    let mut containers = definition.container_definitions().iter();
    let first = containers.next();
    let is_started_otherwise =
        first.is_some_and(|first| !first.command().is_empty() || !first.entry_point().is_empty());
    let others = containers.filter_map(ContainerDefinition::name);
    let clauses = [
        execution.map(|role| format!("its execution role is `{role}`")),
        own.map(|role| format!("its task role is `{role}`")),
        is_started_otherwise.then(|| "its container is started with another command".to_owned()),
    ];
    let others = others.map(|name| format!("it has the container `{name}` besides"));
    clauses.into_iter().flatten().chain(others).collect()
}

fn log_configuration(aws: &Aws, wanted: &TaskDefinition) -> LogConfiguration {
    let configuration = LogConfiguration::builder()
        .log_driver(LogDriver::Awslogs)
        .options(LOG_GROUP, &wanted.log_group)
        .options(LOG_REGION, aws.region().as_str())
        .options(LOG_STREAM, wanted.service.as_str());
    configuration.build().expect("the log driver is set")
}

fn health_check(command: &[String]) -> Option<HealthCheck> {
    if command.is_empty() {
        return None;
    }
    let check = HealthCheck::builder()
        .set_command(Some(command.to_vec()))
        .interval(CHECK_INTERVAL)
        .timeout(CHECK_TIMEOUT)
        .retries(CHECK_RETRIES)
        .start_period(i32::try_from(GRACE).unwrap_or(i32::MAX));
    Some(check.build().expect("the command is set"))
}

fn image_address(aws: &Aws, image: &Image) -> String {
    match image {
        Image::Own { repository, tag } => format!("{}/{repository}:{tag}", aws.registry()),
        Image::Public { reference } => reference.clone(),
    }
}

fn image_at(aws: &Aws, address: &str) -> Image {
    let own = address.strip_prefix(&format!("{}/", aws.registry())).and_then(|own| own.rsplit_once(':'));
    match own {
        Some((repository, tag)) => Image::Own { repository: repository.to_owned(), tag: tag.to_owned() },
        None => Image::Public { reference: address.to_owned() },
    }
}

fn reference_at(aws: &Aws, address: &str, wanted: Option<&SecretRef>) -> SecretRef {
    if let Some(wanted) = wanted.filter(|wanted| value_from(aws, wanted) == address) {
        return wanted.clone();
    }
    let parameter = aws.arn("ssm", "parameter");
    let secret = aws.arn("secretsmanager", "secret:");
    if let Some(name) = address.strip_prefix(&secret) {
        SecretRef::SecretsManager(name.to_owned())
    } else if address.contains(":secretsmanager:") {
        SecretRef::SecretsManager(address.to_owned())
    } else {
        SecretRef::Ssm(address.strip_prefix(&parameter).unwrap_or(address).to_owned())
    }
}
