//! Calls on tasks: run, stop, list, describe.

use winterbaume_ecs::model as m;

use super::cluster::{missing, read_tags, short, shown_tags};
use super::service::check_network;
use super::task::{self, Start, Task};
use crate::images::digest;
use crate::refusal::{Answer, refusal, refuse};
use crate::wire::{json, page, read_json};
use crate::world::World;

fn pair(name: &str, value: &str) -> m::KeyValuePair {
    m::KeyValuePair { name: Some(name.to_owned()), value: Some(value.to_owned()) }
}

impl Task {
    fn attachments(&self, status: &str) -> Vec<m::Attachment> {
        let Some(interface) = &self.interface else {
            return Vec::new();
        };
        vec![m::Attachment {
            id: Some(short(&interface.description).to_owned()),
            r#type: Some("ElasticNetworkInterface".to_owned()),
            status: Some(
                match status {
                    "PROVISIONING" => "ATTACHING",
                    "STOPPED" => "DELETED",
                    _ => "ATTACHED",
                }
                .to_owned(),
            ),
            details: Some(vec![
                pair("subnetId", &interface.subnet),
                pair("networkInterfaceId", &interface.id),
                pair("macAddress", &interface.mac()),
                pair("privateIPv4Address", &interface.private_address),
            ]),
        }]
    }

    fn containers(&self, world: &World, status: &str) -> Vec<m::Container> {
        let Some(definition) = world.containers.definition(&self.definition) else {
            return Vec::new();
        };
        let last = match status {
            "STOPPED" | "DEPROVISIONING" => "STOPPED",
            "RUNNING" | "DEACTIVATING" | "STOPPING" => "RUNNING",
            _ => "PENDING",
        };
        let ran = self.started_at(world.now).is_some();
        let reason = self.stop.as_ref().and_then(|stop| stop.container_reason.clone());
        definition
            .containers()
            .map(|container| {
                let image = container.image.clone().unwrap_or_default();
                m::Container {
                    container_arn: Some(format!(
                        "{}/{}",
                        self.arn.replacen(":task/", ":container/", 1),
                        container.name.clone().unwrap_or_default()
                    )),
                    task_arn: Some(self.arn.clone()),
                    name: container.name.clone(),
                    image_digest: self.pulled_at().map(|_| digest(&image)),
                    image: Some(image),
                    runtime_id: ran.then(|| format!("{}-0", self.id())),
                    last_status: Some(last.to_owned()),
                    health_status: Some(self.container_health(world.now).to_owned()),
                    exit_code: (last == "STOPPED" && ran).then_some(0),
                    reason: reason.clone(),
                    cpu: Some(container.cpu.unwrap_or(0).to_string()),
                    network_bindings: Some(Vec::new()),
                    network_interfaces: Some(
                        self.interface
                            .iter()
                            .map(|interface| m::NetworkInterface {
                                attachment_id: Some(short(&interface.description).to_owned()),
                                private_ipv4_address: Some(interface.private_address.clone()),
                                ipv6_address: None,
                            })
                            .collect(),
                    ),
                    ..m::Container::default()
                }
            })
            .collect()
    }

    fn shown(&self, world: &World, with_tags: bool) -> m::Task {
        let now = world.now;
        let status = self.status(now);
        let at = |moment: Option<f64>| moment.map(|moment| world.epoch(moment));
        let definition = world.containers.definition(&self.definition).map(|d| &d.settings);
        let stop = self.stop.as_ref();
        m::Task {
            task_arn: Some(self.arn.clone()),
            cluster_arn: Some(self.cluster.clone()),
            task_definition_arn: Some(self.definition.clone()),
            group: Some(self.group.clone()),
            started_by: self.started_by.clone(),
            last_status: Some(status.to_owned()),
            desired_status: Some(if stop.is_some() { "STOPPED" } else { "RUNNING" }.to_owned()),
            health_status: Some(self.container_health(now).to_owned()),
            connectivity: Some("CONNECTED".to_owned()),
            connectivity_at: at(Some(self.created_at)),
            created_at: at(Some(self.created_at)),
            pull_started_at: at(self.pulled_at().map(|pulled| pulled - 10.0)),
            pull_stopped_at: at(self.pulled_at()),
            started_at: at(self.started_at(now)),
            stopping_at: at(stop.map(|stop| stop.at)),
            execution_stopped_at: at(stop.map(|stop| stop.drained_at).filter(|drained| *drained <= now)),
            stopped_at: at(self.stopped_at().filter(|stopped| *stopped <= now)),
            stop_code: stop.map(|stop| stop.code.to_owned()),
            stopped_reason: stop.map(|stop| stop.reason.clone()),
            availability_zone: self.interface.as_ref().map(|interface| interface.zone.clone()),
            launch_type: Some("FARGATE".to_owned()),
            platform_version: Some("1.4.0".to_owned()),
            platform_family: Some("Linux".to_owned()),
            cpu: definition.and_then(|definition| definition.cpu.clone()),
            memory: definition.and_then(|definition| definition.memory.clone()),
            attachments: Some(self.attachments(status)),
            containers: Some(self.containers(world, status)),
            enable_execute_command: Some(false),
            overrides: Some(m::TaskOverride::default()),
            version: Some(1),
            tags: Some(if with_tags { shown_tags(&self.tags) } else { Vec::new() }),
            ..m::Task::default()
        }
    }
}

pub(super) fn run(world: &mut World, body: &[u8]) -> Answer {
    let request: m::RunTaskRequest = read_json(body)?;
    let cluster = world.containers.cluster(request.cluster.as_deref())?.arn.clone();
    let definition = world.containers.usable_definition(Some(&request.task_definition))?;
    check_network(world, request.network_configuration.as_ref(), definition)?;
    let (definition, family) = (definition.arn.clone(), definition.family.clone());
    let count = request.count.unwrap_or(1);
    if !(1..=10).contains(&count) {
        return refuse("InvalidParameterException", "count must be between 1 and 10.");
    }
    let tags = read_tags(request.tags)?;
    let network = request.network_configuration.and_then(|network| network.awsvpc_configuration);
    let started: Vec<String> = (0..count)
        .filter_map(|_| {
            let start = Start {
                cluster: &cluster,
                definition: &definition,
                service: None,
                group: request.group.clone().unwrap_or_else(|| format!("family:{family}")),
                started_by: request.started_by.clone(),
                wanted: Vec::new(),
                grace: 0.0,
                network: network.clone(),
                tags: tags.clone(),
            };
            task::start(world, start)
        })
        .collect();
    let tasks = world.containers.tasks.iter().filter(|task| started.contains(&task.arn));
    json(&m::RunTaskResponse {
        tasks: Some(tasks.map(|task| task.shown(world, true)).collect()),
        failures: Some(Vec::new()),
    })
}

fn find(world: &World, cluster: &str, reference: &str) -> Option<usize> {
    let id = short(reference);
    world.containers.tasks.iter().position(|task| task.cluster == cluster && task.id() == id)
}

pub(super) fn stop(world: &mut World, body: &[u8]) -> Answer {
    let request: m::StopTaskRequest = read_json(body)?;
    let cluster = world.containers.cluster(request.cluster.as_deref())?.arn.clone();
    let index = find(world, &cluster, &request.task)
        .ok_or_else(|| refusal("InvalidParameterException", "The referenced task was not found."))?;
    let reason = request.reason.unwrap_or_else(|| "Task stopped by user".to_owned());
    task::stop(world, index, "UserInitiated", reason, None);
    let task = Some(world.containers.tasks[index].shown(world, true));
    super::happen(world);
    json(&m::StopTaskResponse { task })
}

pub(super) fn describe(world: &mut World, body: &[u8]) -> Answer {
    let request: m::DescribeTasksRequest = read_json(body)?;
    let cluster = world.containers.cluster(request.cluster.as_deref())?.arn.clone();
    if request.tasks.len() > 100 {
        return refuse("InvalidParameterException", "Tasks list cannot have more than 100 elements.");
    }
    let with_tags = request.include.iter().flatten().any(|what| what == "TAGS");
    let (mut tasks, mut failures) = (Vec::new(), Vec::new());
    for reference in &request.tasks {
        match find(world, &cluster, reference) {
            Some(index) => tasks.push(world.containers.tasks[index].shown(world, with_tags)),
            None => {
                let name = format!("task/{}/{}", short(&cluster), short(reference));
                failures.push(missing(world.arn("ecs", &name)));
            }
        }
    }
    json(&m::DescribeTasksResponse { tasks: Some(tasks), failures: Some(failures) })
}

pub(super) fn list(world: &mut World, body: &[u8]) -> Answer {
    let request: m::ListTasksRequest = read_json(body)?;
    let cluster = world.containers.cluster(request.cluster.as_deref())?.arn.clone();
    if let Some(service) = &request.service_name
        && super::service::find(world, &cluster, service).is_none()
    {
        return refuse("ServiceNotFoundException", "Service not found.");
    }
    let wants_stopped = request.desired_status.as_deref() == Some("STOPPED");
    let group = request.service_name.as_deref().map(|service| format!("service:{}", short(service)));
    let arns: Vec<String> = world
        .containers
        .tasks
        .iter()
        .filter(|task| task.cluster == cluster && task.stop.is_some() == wants_stopped)
        .filter(|task| group.as_ref().is_none_or(|group| *group == task.group))
        .filter(|task| request.started_by.is_none() || task.started_by == request.started_by)
        .filter(|task| {
            request.family.as_ref().is_none_or(|family| {
                let name = short(&task.definition);
                name.split(':').next() == Some(family)
            })
        })
        .map(|task| task.arn.clone())
        .collect();
    let size = request.max_results.unwrap_or(100).clamp(1, 100) as usize;
    let (items, next_token) = page(&arns, request.next_token.as_deref(), size);
    json(&m::ListTasksResponse { task_arns: Some(items), next_token })
}
