//! Services: created, changed, scaled and deleted.

use std::collections::VecDeque;

use serde::Serialize;
use winterbaume_ecs::model as m;

use super::cluster::{check_name, read_tags, short};
use super::deployment::{Deployment, note};
use super::history::Past;
use super::task_definition::Definition;
use crate::clock::Moment;
use crate::refusal::{Answer, Refusal, refusal, refuse};
use crate::tags::Tags;
use crate::wire::{json, read_json};
use crate::world::World;

#[derive(Debug, Clone)]
pub(super) struct Service {
    pub(super) arn: String,
    pub(super) name: String,
    pub(super) cluster: String,
    client_token: Option<String>,
    pub(super) definition: String,
    pub(super) desired: i32,
    pub(super) load_balancers: Vec<m::LoadBalancer>,
    /// What is only kept and shown.
    pub(super) settings: m::Service,
    /// The primary one first.
    pub(super) deployments: Vec<Deployment>,
    pub(super) past: VecDeque<Past>,
    /// The last deployment that completed, to roll back to: its id and definition.
    pub(super) last_completed: Option<(String, String)>,
    pub(super) events: VecDeque<m::ServiceEvent>,
    pub(super) created_at: Moment,
    pub(super) steady: bool,
    pub(super) draining: bool,
    pub(super) inactive_at: Option<Moment>,
    pub(super) tags: Tags,
}

impl Service {
    pub(super) fn is_active(&self) -> bool {
        !self.draining && self.inactive_at.is_none()
    }

    pub(super) fn uses(&self, definition: &str) -> bool {
        self.deployments.iter().any(|deployment| deployment.definition == definition)
    }
}

fn invalid<T>(message: impl Into<String>) -> Result<T, Refusal> {
    refuse("InvalidParameterException", message)
}

/// The service of a name or ARN in a cluster.
pub(super) fn find<'a>(world: &'a World, cluster: &str, reference: &str) -> Option<&'a Service> {
    let name = short(reference);
    world.containers.services.iter().find(|service| service.cluster == cluster && service.name == name)
}

fn find_active_mut<'a>(
    world: &'a mut World,
    cluster: &str,
    reference: &str,
) -> Result<&'a mut Service, Refusal> {
    let name = short(reference);
    let mut services = world.containers.services.iter_mut();
    let found = services.find(|service| service.cluster == cluster && service.name == name);
    match found {
        Some(service) if service.is_active() => Ok(service),
        Some(_) => refuse("ServiceNotActiveException", "Service was not ACTIVE."),
        None => refuse("ServiceNotFoundException", "Service not found."),
    }
}

fn check_load_balancers(
    world: &World,
    balancers: &[m::LoadBalancer],
    definition: &Definition,
) -> Result<(), Refusal> {
    for balancer in balancers {
        let Some(group) = &balancer.target_group_arn else {
            return invalid("Either loadBalancerName or targetGroupArn must be specified.");
        };
        match world.balancing.is_attached(group) {
            Some(true) => {}
            Some(false) => {
                return invalid(format!(
                    "The target group with targetGroupArn {group} does not have an associated load balancer."
                ));
            }
            None => return invalid(format!("The specified target group {group} does not exist.")),
        }
        let name = balancer.container_name.as_deref().unwrap_or_default();
        let Some(container) = definition.containers().find(|c| c.name.as_deref() == Some(name)) else {
            return invalid(format!("The container {name} does not exist in the task definition."));
        };
        let ports = container.port_mappings.iter().flatten();
        let Some(port) = balancer.container_port else {
            return invalid("The containerPort must be specified for a load balancer.");
        };
        if !ports.into_iter().any(|mapping| mapping.container_port == Some(port)) {
            return invalid(format!("The container {name} did not have a container port {port} defined."));
        }
    }
    Ok(())
}

pub(super) fn check_network(
    world: &World,
    network: Option<&m::NetworkConfiguration>,
    definition: &Definition,
) -> Result<(), Refusal> {
    let awsvpc = definition.settings.network_mode.as_deref() == Some("awsvpc");
    let Some(network) = network.and_then(|network| network.awsvpc_configuration.as_ref()) else {
        if awsvpc {
            return invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
        }
        return Ok(());
    };
    if network.subnets.is_empty() {
        return invalid("subnets can not be empty.");
    }
    let mut vpcs = Vec::new();
    for subnet in &network.subnets {
        match world.network.subnet(subnet) {
            Some(subnet) => vpcs.push(subnet.vpc.clone()),
            None => {
                return invalid(format!(
                    "Error retrieving subnet information for [{subnet}]: The subnet ID '{subnet}' does not exist (ErrorCode: InvalidSubnetID.NotFound)"
                ));
            }
        }
    }
    for group in network.security_groups.iter().flatten() {
        match world.network.group_vpc(group) {
            Some(vpc) if vpcs.iter().all(|other| other == vpc) => {}
            Some(_) => return invalid("subnets and securityGroups must belong to the same VPC."),
            None => {
                return invalid(format!(
                    "Error retrieving security group information for [{group}]: The security group '{group}' does not exist (ErrorCode: InvalidGroup.NotFound)"
                ));
            }
        }
    }
    Ok(())
}

fn deployment_id(world: &mut World) -> String {
    format!("ecs-svc/{}", world.ids.digits(19))
}

/// AWS's defaults for what a caller left open.
fn complete_configuration(given: Option<m::DeploymentConfiguration>) -> m::DeploymentConfiguration {
    let mut configuration = given.unwrap_or_default();
    configuration.maximum_percent.get_or_insert(200);
    configuration.minimum_healthy_percent.get_or_insert(100);
    configuration.strategy.get_or_insert_with(|| "ROLLING".to_owned());
    configuration.deployment_circuit_breaker.get_or_insert_with(Default::default);
    configuration
}

pub(super) fn create(world: &mut World, body: &[u8]) -> Answer {
    let request: m::CreateServiceRequest = read_json(body)?;
    let cluster = world.containers.cluster(request.cluster.as_deref())?.arn.clone();
    let name = request.service_name;
    check_name("Service name", &name)?;
    if let Some(old) = find(world, &cluster, &name) {
        if old.draining && old.inactive_at.is_none() {
            return invalid("Unable to Start a service that is still Draining.");
        }
        if old.is_active() {
            if request.client_token.is_some() && old.client_token == request.client_token {
                return answer_with(world, &cluster, &name);
            }
            return invalid("Creation of service was not idempotent.");
        }
    }
    let definition = world.containers.usable_definition(request.task_definition.as_deref())?;
    let balancers = request.load_balancers.unwrap_or_default();
    check_load_balancers(world, &balancers, definition)?;
    check_network(world, request.network_configuration.as_ref(), definition)?;
    let definition = definition.arn.clone();
    let desired = request.desired_count.unwrap_or(1);
    if !(0..=5000).contains(&desired) {
        return invalid("desiredCount must be between 0 and 5000.");
    }
    let tags = read_tags(request.tags)?;
    let id = deployment_id(world);
    let strategy = request.capacity_provider_strategy.unwrap_or_default();
    let launch_type = request.launch_type.or(strategy.is_empty().then(|| "FARGATE".to_owned()));
    let settings = m::Service {
        launch_type: launch_type.filter(|_| strategy.is_empty()),
        capacity_provider_strategy: Some(strategy).filter(|strategy| !strategy.is_empty()),
        platform_version: Some(request.platform_version.unwrap_or_else(|| "LATEST".to_owned())),
        platform_family: Some("Linux".to_owned()),
        deployment_configuration: Some(complete_configuration(request.deployment_configuration)),
        deployment_controller: request.deployment_controller,
        network_configuration: request.network_configuration,
        health_check_grace_period_seconds: Some(request.health_check_grace_period_seconds.unwrap_or(0)),
        scheduling_strategy: Some(request.scheduling_strategy.unwrap_or_else(|| "REPLICA".to_owned())),
        enable_e_c_s_managed_tags: Some(request.enable_e_c_s_managed_tags.unwrap_or(false)),
        enable_execute_command: Some(request.enable_execute_command.unwrap_or(false)),
        propagate_tags: Some(request.propagate_tags.unwrap_or_else(|| "NONE".to_owned())),
        availability_zone_rebalancing: Some(
            request.availability_zone_rebalancing.unwrap_or_else(|| "DISABLED".to_owned()),
        ),
        service_registries: Some(request.service_registries.unwrap_or_default()),
        placement_constraints: Some(request.placement_constraints.unwrap_or_default()),
        placement_strategy: Some(request.placement_strategy.unwrap_or_default()),
        created_by: Some(format!("arn:aws:iam::{}:user/sandbox", world.account)),
        role_arn: Some(format!(
            "arn:aws:iam::{}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
            world.account
        )),
        ..m::Service::default()
    };
    let service = Service {
        arn: world.arn("ecs", &format!("service/{}/{name}", short(&cluster))),
        name: name.clone(),
        cluster: cluster.clone(),
        client_token: request.client_token,
        definition: definition.clone(),
        desired,
        load_balancers: balancers,
        settings,
        deployments: vec![Deployment::new(id, definition, world.now)],
        past: VecDeque::new(),
        last_completed: None,
        events: VecDeque::new(),
        created_at: world.now,
        steady: false,
        draining: false,
        inactive_at: None,
        tags,
    };
    world.containers.services.retain(|old| old.arn != service.arn);
    world.containers.services.push(service);
    let answer = answer_with(world, &cluster, &name);
    super::happen(world);
    answer
}

fn answer_with(world: &World, cluster: &str, name: &str) -> Answer {
    let service = find(world, cluster, name).map(|service| service.shown(world, true));
    json(&m::CreateServiceResponse { service })
}

/// Whether a value was given and is another one than before.
fn changed<T: Serialize>(given: &Option<T>, old: &Option<T>) -> bool {
    let value = |thing: &Option<T>| serde_json::to_value(thing).unwrap_or_default();
    given.is_some() && value(given) != value(old)
}

pub(super) fn update(world: &mut World, body: &[u8]) -> Answer {
    let request: m::UpdateServiceRequest = read_json(body)?;
    let cluster = world.containers.cluster(request.cluster.as_deref())?.arn.clone();
    let service = find_active_mut(world, &cluster, &request.service)?.clone();
    let definition = match &request.task_definition {
        Some(reference) => world.containers.usable_definition(Some(reference))?.arn.clone(),
        None => service.definition.clone(),
    };
    let new_definition = world.containers.definition(&definition);
    let new_definition =
        new_definition.ok_or_else(|| refusal("ClientException", "TaskDefinition not found."))?;
    if let Some(balancers) = &request.load_balancers {
        check_load_balancers(world, balancers, new_definition)?;
    }
    if request.network_configuration.is_some() {
        check_network(world, request.network_configuration.as_ref(), new_definition)?;
    }
    let desired = request.desired_count.unwrap_or(service.desired);
    if !(0..=5000).contains(&desired) {
        return invalid("desiredCount must be between 0 and 5000.");
    }
    let new_network = changed(&request.network_configuration, &service.settings.network_configuration);
    let new_balancers = changed(&request.load_balancers, &Some(service.load_balancers.clone()));
    let new_platform = changed(&request.platform_version, &service.settings.platform_version);
    let redeploy = request.force_new_deployment == Some(true)
        || definition != service.definition
        || new_network
        || new_balancers
        || new_platform;
    let id = deployment_id(world);
    let now = world.now;
    let service = find_active_mut(world, &cluster, &request.service)?;
    service.desired = desired;
    service.definition = definition.clone();
    if let Some(balancers) = request.load_balancers {
        service.load_balancers = balancers;
    }
    let settings = &mut service.settings;
    if let Some(configuration) = request.deployment_configuration {
        let old = settings.deployment_configuration.take().unwrap_or_default();
        settings.deployment_configuration = Some(complete_configuration(Some(m::DeploymentConfiguration {
            maximum_percent: configuration.maximum_percent.or(old.maximum_percent),
            minimum_healthy_percent: configuration.minimum_healthy_percent.or(old.minimum_healthy_percent),
            deployment_circuit_breaker: configuration
                .deployment_circuit_breaker
                .or(old.deployment_circuit_breaker),
            ..configuration
        })));
    }
    fn set<T>(field: &mut Option<T>, new: Option<T>) {
        if new.is_some() {
            *field = new;
        }
    }
    set(&mut settings.network_configuration, request.network_configuration);
    set(&mut settings.health_check_grace_period_seconds, request.health_check_grace_period_seconds);
    set(&mut settings.platform_version, request.platform_version);
    set(&mut settings.enable_execute_command, request.enable_execute_command);
    set(&mut settings.enable_e_c_s_managed_tags, request.enable_e_c_s_managed_tags);
    set(&mut settings.propagate_tags, request.propagate_tags);
    set(&mut settings.availability_zone_rebalancing, request.availability_zone_rebalancing);
    set(&mut settings.capacity_provider_strategy, request.capacity_provider_strategy);
    if redeploy {
        service.record_history();
        service.deployments.insert(0, Deployment::new(id, definition, now));
    }
    let answer = answer_with(world, &cluster, &request.service);
    super::happen(world);
    answer
}

pub(super) fn delete(world: &mut World, body: &[u8]) -> Answer {
    let request: m::DeleteServiceRequest = read_json(body)?;
    let cluster = world.containers.cluster(request.cluster.as_deref())?.arn.clone();
    let service = find_active_mut(world, &cluster, &request.service)?;
    if service.desired > 0 && request.force != Some(true) {
        return invalid("The service cannot be stopped while it is scaled above 0.");
    }
    service.desired = 0;
    service.draining = true;
    let answer = answer_with(world, &cluster, &request.service);
    super::happen(world);
    answer
}

/// The desired count of an active service, for who scales it.
pub(crate) fn desired_count(world: &World, cluster: &str, name: &str) -> Option<i32> {
    let cluster = &world.containers.cluster(Some(cluster)).ok()?.arn;
    find(world, cluster, name).filter(|service| service.is_active()).map(|service| service.desired)
}

/// Sets the desired count of an active service, as Application Auto Scaling does.
pub(crate) fn set_desired(world: &mut World, cluster: &str, name: &str, desired: i32) {
    let Ok(cluster) = world.containers.cluster(Some(cluster)).map(|cluster| cluster.arn.clone()) else {
        return;
    };
    let Ok(service) = find_active_mut(world, &cluster, name) else {
        return;
    };
    service.desired = desired;
    let arn = service.arn.clone();
    note(world, &arn, |name| {
        format!(
            "Message: Successfully set desired count to {desired}. Change successfully fulfilled by ecs. Cause: (service {name}) was scaled by application-autoscaling"
        )
    });
}
