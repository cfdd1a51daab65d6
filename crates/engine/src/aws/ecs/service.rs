//! A service.
//!
//! How many tasks run is the stack's level, or a schedule's: what its scalable target allows is left alone, unless the
//! plan says a number.
//!
//! | | |
//! | --- | --- |
//! | in | port, count, grace; the ids of task definition, target group, security group, subnets |
//! | out | the service's ARN; fields `tasks`, `port`; facts on how it is |

use std::time::Duration;

use aws_sdk_ecs::operation::create_service::builders::CreateServiceFluentBuilder;
use aws_sdk_ecs::types::{
    AssignPublicIp, AwsVpcConfiguration, DeploymentCircuitBreaker, DeploymentConfiguration, LaunchType,
    LoadBalancer, NetworkConfiguration, PropagateTags, Service, ServiceField,
};
use topology::names;
use topology::node::{NodeId, NodeKind, Spec};
use topology::observation::{FINGERPRINT, Found};
use topology::stack::{ServiceName, StackName};

use super::super::ecr::repository::{NOTED_SHARED, note_of_shared, note_without};
use super::super::limits::Api;
use super::super::mark::{self, DEFINITION};
use super::super::{Aws, AwsError, Class, Probe, Task, ec2, wait};
use super::cluster::with_linked_role;
use super::revision::number_of;
use super::rollout::{self, ASKED_FOR, Aim, ROLLOUT, SHARED_TAG, STEADY_DEADLINE, TASK_DEFINITION};
use super::{tag, tags_of, tasks};

/// For rules, roles and cluster to be seen by ECS.
const CONSISTENCY_DEADLINE: Duration = Duration::from_secs(300);
/// The most that one call describes.
pub const DESCRIBE_BATCH: usize = 10;

pub async fn make(task: &Task<'_>, spec: &Spec, found: Option<&Found>) -> Result<Found, AwsError> {
    let wanted = Wanted::of(task, spec)?;
    match found.filter(|found| found.facts.get("status").map(String::as_str) != Some("DRAINING")) {
        Some(found) => update(task, &wanted, found.clone()).await,
        None => create(task, &wanted).await,
    }
}

pub async fn settle(task: &Task<'_>, spec: &Spec, made: Found) -> Result<Found, AwsError> {
    let Spec::Service { name, count, scheduled, .. } = spec else {
        unreachable!("part::settle knows the kind")
    };
    let count = if *scheduled && *count > 0 { None } else { Some(*count) };
    let aim = Aim { task_definition: made.facts.get(TASK_DEFINITION).cloned(), count };
    let settled = rollout::until_steady(task, name, &aim).await?;
    Ok(settled.fact("name", task.name))
}

/// Ends the tasks first: a service that is gone while they still run leaves them to hold what they stand on.
pub async fn delete(task: &Task<'_>, found: &Found) -> Result<(), AwsError> {
    let name = found.aws_id.rsplit('/').next().unwrap_or(&found.aws_id);
    let cluster = names::cluster(task.stack);
    let fact = |fact: &str| found.facts.get(fact).map(String::as_str);
    if fact("desired") != Some("0") && fact("status") != Some("DRAINING") {
        scale_to_none(task, &cluster, name).await?;
    }
    let doing = format!("delete the service `{name}`");
    let request = task.aws.inner.ecs.delete_service().cluster(&cluster).service(name).force(true);
    wait::through(task, "its deployments are over", STEADY_DEADLINE, async || {
        match task.aws.call(Api::EcsService, &doing, request.clone().send()).await {
            Err(error) if is_gone(&error) => Ok(()),
            Err(error) => Err(error),
            Ok(_) => Ok(()),
        }
    })
    .await?;
    until_gone(task, name).await?;
    if fact("running") == Some("0") && fact("desired") == Some("0") {
        return Ok(());
    }
    wait::until(task, "its last task has ended", STEADY_DEADLINE, async || {
        let left = tasks::stopping(task.aws, task.stack, name).await?;
        Ok(if left == 0 { Probe::Done(()) } else { Probe::NotYet(Some(format!("{left} still stop"))) })
    })
    .await
}

/// The services of these names that are there, draining ones included, with their tags.
pub async fn describe(aws: &Aws, stack: &StackName, services: &[String]) -> Result<Vec<Service>, AwsError> {
    let cluster = names::cluster(stack);
    let batches = services.chunks(DESCRIBE_BATCH).map(async |batch| {
        let request = aws.inner.ecs.describe_services().cluster(&cluster).include(ServiceField::Tags);
        let request = request.set_services(Some(batch.to_vec()));
        match aws.call(Api::EcsRead, "look at the services", request.send()).await {
            Ok(answer) => Ok(answer.services.unwrap_or_default()),
            // Without a cluster there is no service either.
            Err(error) if error.class == Class::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    });
    let all = futures::future::try_join_all(batches).await?.into_iter().flatten();
    Ok(all.filter(|service| service.status() != Some("INACTIVE")).collect())
}

pub async fn describe_one(aws: &Aws, stack: &StackName, name: &str) -> Result<Option<Service>, AwsError> {
    let services = &aws.inner.ecs_together.services;
    let described =
        services.submit(stack.as_str(), name.to_owned(), |names| describe_each(aws, stack, names)).await;
    described.unwrap_or_else(|| Err(mark::cut_off("look at the services")))
}

async fn describe_each(
    aws: &Aws,
    stack: &StackName,
    names: Vec<String>,
) -> Vec<Result<Option<Service>, AwsError>> {
    match describe(aws, stack, &names).await {
        Ok(all) => {
            let of = |name: &String| all.iter().find(|service| service.service_name() == Some(name)).cloned();
            names.iter().map(|name| Ok(of(name))).collect()
        }
        Err(error) => vec![Err(error); names.len()],
    }
}

/// The names of the cluster's services; those that drain are not among them. Without a cluster there are none.
pub async fn list(aws: &Aws, stack: &StackName) -> Result<Vec<String>, AwsError> {
    let cluster = names::cluster(stack);
    let mut found = Vec::new();
    let mut next = None;
    loop {
        let request = aws.inner.ecs.list_services().cluster(&cluster).max_results(100).set_next_token(next);
        let page = match aws.call(Api::EcsRead, "list the services", request.send()).await {
            Err(error) if error.class == Class::NotFound => return Ok(found),
            page => page?,
        };
        found.extend(page.service_arns().iter().filter_map(|arn| arn.rsplit('/').next()).map(str::to_owned));
        next = page.next_token;
        if next.is_none() {
            return Ok(found);
        }
    }
}

/// What is wanted, with the ids of all that the service stands on.
struct Wanted {
    name: String,
    /// Unless a schedule moves it.
    count: Option<u32>,
    /// At the start.
    first_count: i32,
    task_definition: String,
    /// `<revision>:<fingerprint>`.
    asked_for: String,
    /// `None` while no load balancer is there: AWS takes no target group that no listener knows.
    balancer: Option<LoadBalancer>,
    grace: i32,
    security_group: String,
    shared: String,
}

impl Wanted {
    fn of(task: &Task<'_>, spec: &Spec) -> Result<Self, AwsError> {
        let Spec::Service { name, service, port, count, scheduled, grace } = spec else {
            unreachable!("part::make knows the kind")
        };
        let definition = NodeId::part(NodeKind::TaskDefinition, service);
        let task_definition = task.aws_id(&definition)?;
        let known = task.world.get(&definition).and_then(|found| found.fields.get(FINGERPRINT).cloned());
        let asked_for = format!("{}:{}", number_of(&task_definition), known.unwrap_or_default());
        let count_for_aws = i32::try_from(*count).unwrap_or(i32::MAX);
        Ok(Self {
            name: name.clone(),
            count: (!scheduled || *count == 0).then_some(*count),
            first_count: count_for_aws,
            task_definition,
            asked_for,
            balancer: balancer(task, service, *port)?,
            grace: i32::try_from(*grace).unwrap_or(i32::MAX),
            security_group: task.aws_id(&NodeId::part(NodeKind::SecurityGroup, "services"))?,
            shared: note_of_shared(task),
        })
    }

    async fn network(&self, task: &Task<'_>) -> Result<NetworkConfiguration, AwsError> {
        let vpc = AwsVpcConfiguration::builder()
            .set_subnets(Some(ec2::subnets(task).await?))
            .security_groups(&self.security_group)
            // Without a NAT gateway, a task reaches the registry only from an address of its own.
            .assign_public_ip(AssignPublicIp::Enabled)
            .build();
        Ok(NetworkConfiguration::builder().awsvpc_configuration(vpc.expect("the subnets are set")).build())
    }

    fn notes(&self) -> [aws_sdk_ecs::types::Tag; 2] {
        [tag(DEFINITION, &self.asked_for), tag(SHARED_TAG, &self.shared)]
    }
}

fn balancer(task: &Task<'_>, service: &ServiceName, port: u16) -> Result<Option<LoadBalancer>, AwsError> {
    if task.world.get(&NodeId::part(NodeKind::Listener, "https")).is_none() {
        return Ok(None);
    }
    let group = task.aws_id(&NodeId::part(NodeKind::TargetGroup, service))?;
    let balancer = LoadBalancer::builder().target_group_arn(group).container_name(service.as_str());
    Ok(Some(balancer.container_port(i32::from(port)).build()))
}

async fn create(task: &Task<'_>, wanted: &Wanted) -> Result<Found, AwsError> {
    let doing = format!("create the service `{}`", wanted.name);
    let request = creation(task, wanted).await?;
    loop {
        let created = with_linked_role(task, async || {
            wait::through(task, "ECS sees what the service needs", CONSISTENCY_DEADLINE, async || {
                let call = task.aws.call(Api::EcsService, &doing, request.clone().send());
                call.await.map_err(yet_unseen)
            })
            .await
        })
        .await;
        match created {
            Ok(answer) => {
                let service = answer.service.ok_or_else(|| mark::empty_answer(&doing))?;
                let found = rollout::as_found(&service).fact("name", task.name);
                return Ok(found.fact(ASKED_FOR, &wanted.asked_for).fact(NOTED_SHARED, &wanted.shared));
            }
            // Its name is free only once its predecessor's last task has ended.
            Err(error) if error.message.contains("raining") => until_gone(task, &wanted.name).await?,
            Err(error) if error.message.contains("not idempotent") => {
                return adopt(task, wanted, &doing).await;
            }
            Err(error) => return Err(error),
        }
    }
}

async fn creation(task: &Task<'_>, wanted: &Wanted) -> Result<CreateServiceFluentBuilder, AwsError> {
    let breaker = DeploymentCircuitBreaker::builder().enable(true).rollback(true).build();
    let deployment = DeploymentConfiguration::builder()
        .minimum_healthy_percent(100)
        .maximum_percent(200)
        .deployment_circuit_breaker(breaker);
    let tags = task.tags().map(|(key, value)| tag(key, value)).into_iter().chain(wanted.notes());
    let request = task.aws.inner.ecs.create_service();
    let request = request
        .cluster(names::cluster(task.stack))
        .service_name(&wanted.name)
        // For the SDK's own repetitions; a service that was lost sight of is found again by its name.
        .client_token(uuid::Uuid::now_v7().to_string())
        .task_definition(&wanted.task_definition)
        .desired_count(wanted.first_count)
        .launch_type(LaunchType::Fargate)
        .deployment_configuration(deployment.build())
        .network_configuration(wanted.network(task).await?)
        .propagate_tags(PropagateTags::Service)
        .enable_ecs_managed_tags(true)
        .set_tags(Some(tags.collect()));
    Ok(match wanted.balancer.clone() {
        Some(balancer) => request.load_balancers(balancer).health_check_grace_period_seconds(wanted.grace),
        None => request,
    })
}

async fn adopt(task: &Task<'_>, wanted: &Wanted, doing: &str) -> Result<Found, AwsError> {
    let service = describe_one(task.aws, task.stack, &wanted.name).await?;
    let service = service.ok_or_else(|| mark::empty_answer(doing))?;
    if tags_of(service.tags()).node_of(task.stack).as_ref() != Some(task.id) {
        return Err(mark::not_ours(doing, service.service_arn().unwrap_or(&wanted.name)));
    }
    update(task, wanted, rollout::as_found(&service).fact("name", task.name)).await
}

async fn update(task: &Task<'_>, wanted: &Wanted, mut found: Found) -> Result<Found, AwsError> {
    let fact = |found: &Found, fact: &str| found.facts.get(fact).cloned().unwrap_or_default();
    let mut request =
        task.aws.inner.ecs.update_service().cluster(names::cluster(task.stack)).service(&wanted.name);
    let mut differs = false;
    if fact(&found, TASK_DEFINITION) != wanted.task_definition {
        request = request.task_definition(&wanted.task_definition);
        differs = true;
    } else if fact(&found, ROLLOUT) == "FAILED" {
        // The same again: what made it fail may have been mended outside.
        request = request.force_new_deployment(true);
        differs = true;
    }
    if let Some(count) = wanted.count.filter(|count| found.fields.get("tasks") != Some(&count.to_string())) {
        request = request.desired_count(i32::try_from(count).unwrap_or(i32::MAX));
        differs = true;
    }
    if let Some(balancer) = wanted.balancer.clone().filter(|balancer| !is_attached(&found, balancer)) {
        request = request.load_balancers(balancer).health_check_grace_period_seconds(wanted.grace);
        differs = true;
    }
    if fact(&found, "security group") != wanted.security_group {
        request = request.network_configuration(wanted.network(task).await?);
        differs = true;
    }
    if differs {
        let doing = format!("update the service `{}`", wanted.name);
        let answer =
            wait::through(task, "ECS sees what the service needs", CONSISTENCY_DEADLINE, async || {
                task.aws.call(Api::EcsService, &doing, request.clone().send()).await.map_err(yet_unseen)
            })
            .await?;
        let service = answer.service.ok_or_else(|| mark::empty_answer(&doing))?;
        // The answer has no tags, so these facts stay.
        let noted = [ASKED_FOR, NOTED_SHARED].map(|name| (name, found.facts.get(name).cloned()));
        found = rollout::as_found(&service).fact("name", task.name);
        for (name, value) in noted {
            if let Some(value) = value {
                found = found.fact(name, value);
            }
        }
    }
    note(task, wanted, found).await
}

/// Notes on the service what was asked for, once it was: a later look then need not read the definition.
async fn note(task: &Task<'_>, wanted: &Wanted, found: Found) -> Result<Found, AwsError> {
    let same = |fact: &str, value: &str| found.facts.get(fact).map(String::as_str) == Some(value);
    if same(ASKED_FOR, &wanted.asked_for) && same(NOTED_SHARED, &wanted.shared) {
        return Ok(found);
    }
    let doing = format!("note the definition of the service `{}`", wanted.name);
    let request = task.aws.inner.ecs.tag_resource().resource_arn(&found.aws_id);
    let request = request.set_tags(Some(wanted.notes().into()));
    task.aws.call(Api::EcsTag, &doing, request.send()).await?;
    Ok(found.fact(ASKED_FOR, &wanted.asked_for).fact(NOTED_SHARED, &wanted.shared))
}

/// Has the service's tags forget that the repository `name` is somebody else's.
pub async fn forget_shared(aws: &Aws, service: &Found, name: &str) -> Result<(), AwsError> {
    let noted = service.facts.get(NOTED_SHARED).map(String::as_str).unwrap_or_default();
    let Some(note) = note_without(noted, name) else { return Ok(()) };
    let doing = format!("note on a service that the repository `{name}` is the stack's");
    let request = aws.inner.ecs.tag_resource().resource_arn(&service.aws_id).tags(tag(SHARED_TAG, note));
    aws.call(Api::EcsTag, &doing, request.send()).await.map(drop)
}

fn is_attached(found: &Found, balancer: &LoadBalancer) -> bool {
    let port = balancer.container_port().unwrap_or_default().to_string();
    found.facts.get("target group").map(String::as_str) == balancer.target_group_arn()
        && found.fields.get("port") == Some(&port)
}

async fn scale_to_none(task: &Task<'_>, cluster: &str, name: &str) -> Result<(), AwsError> {
    let doing = format!("end the tasks of the service `{name}`");
    let request = task.aws.inner.ecs.update_service().cluster(cluster).service(name).desired_count(0);
    match task.aws.call(Api::EcsService, &doing, request.send()).await {
        Err(error) if is_gone(&error) => Ok(()),
        Err(error) => Err(error),
        Ok(_) => Ok(()),
    }
}

async fn until_gone(task: &Task<'_>, name: &str) -> Result<(), AwsError> {
    wait::until(task, "the service has drained", STEADY_DEADLINE, async || {
        let service = describe_one(task.aws, task.stack, name).await?;
        Ok(match service {
            None => Probe::Done(()),
            Some(service) => Probe::NotYet(Some(format!("{} tasks still run", service.running_count()))),
        })
    })
    .await
}

fn is_gone(error: &AwsError) -> bool {
    error.class == Class::NotFound || error.code.as_deref() == Some("ServiceNotActiveException")
}

/// What was made a moment ago is there, even where AWS does not see it yet.
fn yet_unseen(mut error: AwsError) -> AwsError {
    let unseen =
        error.code.as_deref() == Some("ClusterNotFoundException") || error.message.contains("does not exist");
    if unseen {
        error.class = Class::NotYet;
    }
    error
}
