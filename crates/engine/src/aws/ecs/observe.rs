//! The look at cluster, services and task definitions.
//!
//! A whole stack takes two calls: the services' tags tell which definition each runs. More calls are made
//! only where something is unusual: a service that is missing, unknown or on another revision.

use std::collections::BTreeSet;

use aws_sdk_ecs::types::{Service, TaskDefinitionFamilyStatus, TaskDefinitionStatus};
use topology::field::{ASKED_FOR, RUNS};
use topology::names;
use topology::node::{Node, NodeId, NodeKind, Spec, TaskDefinition};
use topology::observation::{FINGERPRINT, Found};
use topology::stack::ServiceName;

use super::super::AwsError;
use super::super::mark::{DEFINITION, Tags};
use super::super::observe::{Look, Seen};
use super::definition::Home;
use super::{cluster, revision, rollout, service, tags_of, task_definition};

pub async fn observe(look: &Look<'_>) -> Result<Seen, AwsError> {
    let wanted = wanted_services(look);
    let (mut services, foreign) = services(look, &wanted).await?;
    let mut seen = Seen::default();
    let has_cluster = match services.iter().find_map(Service::cluster_arn) {
        // Slipway puts services into its own cluster alone.
        Some(arn) => {
            let found = cluster::active(arn, &names::cluster(look.stack));
            seen.found.insert(NodeId::only(NodeKind::Cluster), found);
            true
        }
        None => look_for_cluster(look, &mut seen).await?,
    };
    let mut families = Vec::new();
    if is_unusual(&wanted, &services) {
        families = families_without(look, &services).await?;
        if has_cluster {
            // A service that drains is in no list: its family's name is its own.
            services.extend(service::describe(look.aws, look.stack, &missing(&families, &wanted)).await?);
            families.retain(|family| !has_name(&services, family));
        }
    }
    let of_services = futures::future::try_join_all(services.iter().map(|service| of_service(look, service)));
    let of_families = futures::future::try_join_all(families.iter().map(|family| of_family(look, family)));
    let (of_services, of_families) = tokio::try_join!(of_services, of_families)?;
    seen.found.extend(of_services.into_iter().flatten());
    seen.foreign.extend(foreign);
    for (id, found, ours) in of_families.into_iter().flatten() {
        if ours {
            seen.found.insert(id, found)
        } else {
            seen.foreign.insert(id, found)
        };
    }
    Ok(seen)
}

/// Puts the cluster where it belongs; whether it is there, and the stack's.
async fn look_for_cluster(look: &Look<'_>, seen: &mut Seen) -> Result<bool, AwsError> {
    let id = NodeId::only(NodeKind::Cluster);
    let Some(cluster) = cluster::describe(look.aws, &names::cluster(look.stack)).await? else {
        return Ok(false);
    };
    let found = cluster::as_found(&cluster);
    let is_ours = tags_of(cluster.tags()).node_of(look.stack).is_some();
    if is_ours {
        seen.found.insert(id, found);
    } else if look.wanted.is_some_and(|wanted| wanted.nodes.contains_key(&id)) {
        let found = tags_of(cluster.tags()).whose(cluster::with_users(&cluster, found));
        seen.foreign.insert(id, found);
    }
    Ok(is_ours)
}

/// The stack's services: those that are `wanted`, and those that the stack no longer asks for; and what is somebody
/// else's of a name that is wanted. A service that drains is not in the list, so those that are wanted are looked at by
/// name.
async fn services(
    look: &Look<'_>,
    wanted: &[String],
) -> Result<(Vec<Service>, Vec<(NodeId, Found)>), AwsError> {
    let (mut services, mut others) = tokio::try_join!(
        service::describe(look.aws, look.stack, wanted),
        service::list(look.aws, look.stack)
    )?;
    others.retain(|other| !has_name(&services, other));
    services.extend(service::describe(look.aws, look.stack, &others).await?);
    let (ours, others): (Vec<Service>, Vec<Service>) =
        services.into_iter().partition(|service| id_of(look, service).is_some());
    let others = others.iter().filter_map(|service| {
        let node = wanted_service(look, service.service_name()?)?;
        Some((node.id.clone(), tags_of(service.tags()).whose(rollout::as_found(service))))
    });
    Ok((ours, others.collect()))
}

/// One service and its task definition.
async fn of_service(look: &Look<'_>, service: &Service) -> Result<Vec<(NodeId, Found)>, AwsError> {
    let Some(id) = id_of(look, service) else { return Ok(Vec::new()) };
    let mut found = rollout::as_found(service).fact("name", &id.part);
    if !found.fields.contains_key("port") && !rollout::is_draining(service) && wants_balancer(look) {
        found = found.field("port", "none");
    }
    let definition = definition_of(look, service, &id).await?;
    let clause = definition.as_ref().and_then(|definition| runs_another(look, service, &id, definition));
    found = found.field(RUNS, clause.as_deref().unwrap_or(ASKED_FOR));
    if let Some(image) = definition.as_ref().and_then(|found| found.fields.get("image")) {
        found = found.fact("image", image);
    }
    let definition = definition.map(|found| (NodeId::part(NodeKind::TaskDefinition, &id.part), found));
    Ok([(id, found)].into_iter().chain(definition).collect())
}

/// The task definition that a service runs: by the service's note where that can be trusted, else read in full.
async fn definition_of(look: &Look<'_>, service: &Service, id: &NodeId) -> Result<Option<Found>, AwsError> {
    let Some(arn) = service.task_definition() else { return Ok(None) };
    let wanted = wanted_definition(look, &id.part);
    let tags = tags_of(service.tags());
    if let Some(fingerprint) = noted_fingerprint(look, id, arn, &tags) {
        let mut found = task_definition::known(arn, &id.part);
        let fields = wanted.map(TaskDefinition::fields).unwrap_or_default();
        if fields.get(FINGERPRINT).map(String::as_str) == Some(fingerprint) {
            found.fields = fields;
            return Ok(Some(found));
        }
        if wanted.is_none() {
            return Ok(Some(found.field(FINGERPRINT, fingerprint)));
        }
    }
    let read = task_definition::describe(look.aws, arn).await?;
    Ok(read.map(|(definition, _)| task_definition::as_found(home(look, id), &definition, wanted)))
}

/// The fingerprint that the service's tags note, where they speak of the very definition that it runs.
fn noted_fingerprint<'a>(look: &Look<'_>, id: &NodeId, arn: &str, tags: &'a Tags) -> Option<&'a str> {
    let (revision, fingerprint) = tags.get(DEFINITION)?.split_once(':')?;
    let family = names::family(look.stack, &ServiceName::new(&id.part));
    let is_it = revision == revision::number_of(arn) && revision::family_of(arn) == family;
    is_it.then_some(fingerprint)
}

/// A clause, where somebody has given the service a definition that is not as the one that Slipway asked for. One that
/// AWS went back to is told by the service's condition.
fn runs_another(look: &Look<'_>, service: &Service, id: &NodeId, definition: &Found) -> Option<String> {
    let tags = tags_of(service.tags());
    tags.get(DEFINITION)?;
    let is_asked_for = noted_fingerprint(look, id, &definition.aws_id, &tags).is_some()
        || rollout::rolled_back(service, &tags).is_some();
    let is_as_wanted = task_definition::is_same(definition, wanted_definition(look, &id.part)?);
    let name = revision::name_of(&definition.aws_id);
    (!is_asked_for && !is_as_wanted)
        .then(|| format!("it runs the task definition `{name}`, which Slipway did not ask for"))
}

fn home<'a>(look: &Look<'a>, id: &'a NodeId) -> Home<'a> {
    Home { aws: look.aws, stack: look.stack, service: &id.part }
}

/// A family without a service: the node, and whether it is ours. `None` if it is of no interest.
async fn of_family(look: &Look<'_>, family: &str) -> Result<Option<(NodeId, Found, bool)>, AwsError> {
    let Some((definition, tags)) = task_definition::describe(look.aws, family).await? else {
        return Ok(None);
    };
    if definition.status() != Some(&TaskDefinitionStatus::Active) {
        return Ok(None);
    }
    let node = wanted_family(look, family);
    let id = tags.node_of(look.stack).filter(|id| id.kind == NodeKind::TaskDefinition);
    let (id, ours) = match (id, node) {
        (Some(id), _) => (id, true),
        (None, Some(node)) => (node.id.clone(), false),
        // A stack whose name goes on where ours ends.
        (None, None) => return Ok(None),
    };
    let found = task_definition::as_found(home(look, &id), &definition, wanted_definition(look, &id.part));
    Ok(Some((id, if ours { found } else { tags.whose(found) }, ours)))
}

/// The families with the stack's prefix, but for those whose service is known.
async fn families_without(look: &Look<'_>, services: &[Service]) -> Result<Vec<String>, AwsError> {
    let mut families = revision::families(look.aws, look.stack, TaskDefinitionFamilyStatus::Active).await?;
    families.retain(|family| !has_name(services, family));
    Ok(families)
}

/// Whether parts may be there that the services do not speak of.
fn is_unusual(wanted: &[String], services: &[Service]) -> bool {
    let wanted: BTreeSet<&str> = wanted.iter().map(String::as_str).collect();
    let there: BTreeSet<&str> = services.iter().filter_map(Service::service_name).collect();
    wanted.is_empty() || wanted != there
}

/// The families whose name no wanted service has: those were asked for already.
fn missing(families: &[String], wanted: &[String]) -> Vec<String> {
    families.iter().filter(|family| !wanted.contains(family)).cloned().collect()
}

fn has_name(services: &[Service], name: &str) -> bool {
    services.iter().any(|service| service.service_name() == Some(name))
}

fn id_of(look: &Look<'_>, service: &Service) -> Option<NodeId> {
    tags_of(service.tags()).node_of(look.stack).filter(|id| id.kind == NodeKind::Service)
}

fn wanted_nodes<'a>(look: &Look<'a>) -> impl Iterator<Item = &'a Node> + use<'a> {
    look.wanted.into_iter().flat_map(|wanted| wanted.nodes.values())
}

fn wanted_services(look: &Look<'_>) -> Vec<String> {
    let name = |node: &Node| match &node.spec {
        Spec::Service { name, .. } => Some(name.clone()),
        _ => None,
    };
    wanted_nodes(look).filter_map(name).collect()
}

fn wanted_service<'a>(look: &Look<'a>, service: &str) -> Option<&'a Node> {
    let is_it = |node: &&Node| matches!(&node.spec, Spec::Service { name, .. } if name == service);
    wanted_nodes(look).find(is_it)
}

fn wanted_definition<'a>(look: &Look<'a>, service: &str) -> Option<&'a TaskDefinition> {
    let node = look.wanted?.nodes.get(&NodeId::part(NodeKind::TaskDefinition, service))?;
    match &node.spec {
        Spec::TaskDefinition(definition) => Some(definition),
        _ => None,
    }
}

fn wanted_family<'a>(look: &Look<'a>, family: &str) -> Option<&'a Node> {
    let is_it = |node: &&Node| matches!(&node.spec, Spec::TaskDefinition(wanted) if wanted.family == family);
    wanted_nodes(look).find(is_it)
}

fn wants_balancer(look: &Look<'_>) -> bool {
    let https = NodeId::part(NodeKind::Listener, "https");
    look.wanted.is_some_and(|wanted| wanted.nodes.contains_key(&https))
}
