//! Clusters. A deleted one stays visible as INACTIVE for a while.

use serde_json::Value;
use winterbaume_ecs::model as m;

use super::Containers;
use crate::clock::Moment;
use crate::refusal::{Answer, Refusal, refusal, refuse};
use crate::tags::{Tags, merge};
use crate::wire::{json, page, read_json};
use crate::world::World;

#[derive(Debug)]
pub(super) struct Cluster {
    pub(super) arn: String,
    pub(super) name: String,
    settings: Vec<m::ClusterSetting>,
    configuration: Option<m::ClusterConfiguration>,
    capacity_providers: Vec<String>,
    strategy: Vec<m::CapacityProviderStrategyItem>,
    pub(super) inactive_at: Option<Moment>,
    pub(super) tags: Tags,
}

impl Containers {
    /// The active cluster of a name or ARN; `default` when none is given.
    pub(super) fn cluster(&self, reference: Option<&str>) -> Result<&Cluster, Refusal> {
        let name = short(reference.unwrap_or("default"));
        let mut clusters = self.clusters.iter();
        let found = clusters.find(|cluster| cluster.name == name && cluster.inactive_at.is_none());
        found.ok_or_else(|| refusal("ClusterNotFoundException", "Cluster not found."))
    }

    fn cluster_mut(&mut self, reference: &str) -> Result<&mut Cluster, Refusal> {
        let name = short(reference);
        let mut clusters = self.clusters.iter_mut();
        let found = clusters.find(|cluster| cluster.name == name && cluster.inactive_at.is_none());
        found.ok_or_else(|| refusal("ClusterNotFoundException", "Cluster not found."))
    }

    fn shown(&self, cluster: &Cluster, include: &[String], now: Moment) -> m::Cluster {
        let services = self.services.iter().filter(|s| s.cluster == cluster.arn && s.is_active()).count();
        let count = |wanted: &[&str]| {
            let tasks = self.tasks.iter().filter(|task| task.cluster == cluster.arn);
            tasks.filter(|task| wanted.contains(&task.status(now))).count() as i32
        };
        let asked = |what: &str| include.iter().any(|name| name == what);
        m::Cluster {
            cluster_arn: Some(cluster.arn.clone()),
            cluster_name: Some(cluster.name.clone()),
            status: Some(if cluster.inactive_at.is_some() { "INACTIVE" } else { "ACTIVE" }.to_owned()),
            active_services_count: Some(services as i32),
            running_tasks_count: Some(count(&["RUNNING"])),
            pending_tasks_count: Some(count(&["PROVISIONING", "PENDING"])),
            registered_container_instances_count: Some(0),
            capacity_providers: Some(cluster.capacity_providers.clone()),
            default_capacity_provider_strategy: Some(cluster.strategy.clone()),
            settings: Some(if asked("SETTINGS") { cluster.settings.clone() } else { Vec::new() }),
            configuration: cluster.configuration.clone().filter(|_| asked("CONFIGURATIONS")),
            tags: Some(if asked("TAGS") { shown_tags(&cluster.tags) } else { Vec::new() }),
            statistics: Some(Vec::new()),
            ..m::Cluster::default()
        }
    }
}

/// The name at the end of an ARN, or the name itself.
pub(super) fn short(reference: &str) -> &str {
    reference.rsplit('/').next().unwrap_or(reference)
}

pub(super) fn shown_tags(tags: &Tags) -> Vec<m::Tag> {
    tags.iter().map(|(key, value)| m::Tag { key: Some(key.clone()), value: Some(value.clone()) }).collect()
}

pub(super) fn read_tags(tags: Option<Vec<m::Tag>>) -> Result<Tags, Refusal> {
    let mut read = Tags::new();
    let new = tags.unwrap_or_default().into_iter();
    let pairs = new.map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default()));
    merge(&mut read, pairs, "InvalidParameterException")?;
    Ok(read)
}

/// Names of clusters, services and families.
pub(super) fn check_name(what: &str, name: &str) -> Result<(), Refusal> {
    let good = (1..=255).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if good {
        return Ok(());
    }
    refuse("InvalidParameterException", format!("{what} must match ^[a-zA-Z0-9\\-_]{{1,255}}$."))
}

pub(super) fn create(world: &mut World, body: &[u8]) -> Answer {
    let request: m::CreateClusterRequest = read_json(body)?;
    let name = request.cluster_name.unwrap_or_else(|| "default".to_owned());
    check_name("Cluster name", &name)?;
    let include = ["TAGS", "SETTINGS", "CONFIGURATIONS"].map(str::to_owned);
    if world.containers.cluster(Some(&name)).is_err() {
        let cluster = Cluster {
            arn: world.arn("ecs", &format!("cluster/{name}")),
            settings: request.settings.unwrap_or_else(|| {
                vec![m::ClusterSetting {
                    name: Some("containerInsights".to_owned()),
                    value: Some("disabled".to_owned()),
                }]
            }),
            configuration: request.configuration,
            capacity_providers: request.capacity_providers.unwrap_or_default(),
            strategy: request.default_capacity_provider_strategy.unwrap_or_default(),
            inactive_at: None,
            tags: read_tags(request.tags)?,
            name: name.clone(),
        };
        world.containers.clusters.retain(|old| old.name != name);
        world.containers.clusters.push(cluster);
    }
    let cluster = world.containers.cluster(Some(&name))?;
    json(&m::CreateClusterResponse { cluster: Some(world.containers.shown(cluster, &include, world.now)) })
}

pub(super) fn describe(world: &mut World, body: &[u8]) -> Answer {
    let request: m::DescribeClustersRequest = read_json(body)?;
    let wanted = request.clusters.unwrap_or_else(|| vec!["default".to_owned()]);
    let include = request.include.unwrap_or_default();
    let (mut clusters, mut failures) = (Vec::new(), Vec::new());
    for reference in wanted {
        let name = short(&reference);
        match world.containers.clusters.iter().find(|cluster| cluster.name == name) {
            Some(cluster) => clusters.push(world.containers.shown(cluster, &include, world.now)),
            None => failures.push(missing(world.arn("ecs", &format!("cluster/{name}")))),
        }
    }
    json(&m::DescribeClustersResponse { clusters: Some(clusters), failures: Some(failures) })
}

pub(super) fn missing(arn: String) -> m::Failure {
    m::Failure { arn: Some(arn), reason: Some("MISSING".to_owned()), detail: None }
}

pub(super) fn list(world: &mut World, body: &[u8]) -> Answer {
    let request: m::ListClustersRequest = read_json(body)?;
    let clusters = world.containers.clusters.iter().filter(|cluster| cluster.inactive_at.is_none());
    let arns: Vec<String> = clusters.map(|cluster| cluster.arn.clone()).collect();
    let size = request.max_results.unwrap_or(100).clamp(1, 100) as usize;
    let (items, next_token) = page(&arns, request.next_token.as_deref(), size);
    json(&m::ListClustersResponse { cluster_arns: Some(items), next_token })
}

pub(super) fn update(world: &mut World, body: &[u8]) -> Answer {
    let request: m::UpdateClusterRequest = read_json(body)?;
    let cluster = world.containers.cluster_mut(&request.cluster)?;
    for new in request.settings.unwrap_or_default() {
        cluster.settings.retain(|old| old.name != new.name);
        cluster.settings.push(new);
    }
    cluster.configuration = request.configuration.or(cluster.configuration.take());
    shown_after(world, &request.cluster)
}

fn shown_after(world: &World, reference: &str) -> Answer {
    let cluster = world.containers.cluster(Some(reference))?;
    let include = ["TAGS", "SETTINGS", "CONFIGURATIONS"].map(str::to_owned);
    json(&m::UpdateClusterResponse { cluster: Some(world.containers.shown(cluster, &include, world.now)) })
}

pub(super) fn put_capacity_providers(world: &mut World, body: &[u8]) -> Answer {
    let request: m::PutClusterCapacityProvidersRequest = read_json(body)?;
    let cluster = world.containers.cluster_mut(&request.cluster)?;
    cluster.capacity_providers = request.capacity_providers;
    cluster.strategy = request.default_capacity_provider_strategy;
    shown_after(world, &request.cluster)
}

pub(super) fn delete(world: &mut World, body: &[u8]) -> Answer {
    let request: m::DeleteClusterRequest = read_json(body)?;
    let arn = world.containers.cluster(Some(&request.cluster))?.arn.clone();
    let now = world.now;
    let containers = &mut world.containers;
    if containers.services.iter().any(|s| s.cluster == arn && s.inactive_at.is_none()) {
        return refuse(
            "ClusterContainsServicesException",
            "The Cluster cannot be deleted while Services are active.",
        );
    }
    if containers.tasks.iter().any(|task| task.cluster == arn && task.status(now) != "STOPPED") {
        return refuse(
            "ClusterContainsTasksException",
            "The Cluster cannot be deleted while Tasks are active.",
        );
    }
    containers.cluster_mut(&request.cluster)?.inactive_at = Some(now);
    let gone = containers.clusters.iter().find(|cluster| cluster.arn == arn);
    let cluster = gone.map(|cluster| containers.shown(cluster, &[], now));
    json(&Value::from(serde_json::Map::from_iter([(
        "cluster".to_owned(),
        serde_json::to_value(cluster).unwrap_or_default(),
    )])))
}
