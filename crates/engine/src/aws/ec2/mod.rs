//! EC2: the network.
//!
//! A look takes two calls where the stack uses the account's default VPC, and six where it has one of its own.

mod create;
mod ingress;
pub mod internet_gateway;
pub mod route_table;
pub mod security_group;
pub mod subnet;
pub mod vpc;

use std::time::Duration;

use aws_sdk_ec2::types::{Filter, ResourceType, Tag, TagSpecification};
use topology::node::{NodeId, NodeKind, Spec};
use topology::observation::Condition;
use topology::stack::StackName;

use super::limits::Api;
use super::mark::{STACK, Tags};
use super::observe::{Look, Seen};
use super::{AwsError, Class, Probe, Task, wait};

/// The fact that holds the default VPC's subnets, one an availability zone, with commas between them; once they were
/// needed.
const SUBNETS: &str = "subnets";
/// How long network interfaces may outlive what they belonged to; Terraform's figure.
const INTERFACES: Duration = Duration::from_secs(35 * 60);
/// How long AWS may take to see what it has just made.
const VISIBLE: Duration = Duration::from_secs(2 * 60);

/// The network that the stack stands in, and its security groups.
pub async fn observe(look: &Look<'_>) -> Result<Seen, AwsError> {
    let (vpcs, groups) = tokio::try_join!(vpc::list(look.aws), security_group::list(look))?;
    let mut seen = Seen::default();
    let own = vpcs.iter().find(|vpc| node_of(vpc.tags(), look.stack).is_some());
    let stands_in = match own {
        None if wants_own(look) == Some(true) => None,
        None => vpcs.iter().find(|vpc| vpc.is_default() == Some(true)),
        own => own,
    };
    if let Some(vpc) = stands_in {
        let found = match own {
            Some(_) => vpc::own_as_found(look.aws, vpc, wants_own(look)).await?,
            None => vpc::shared_as_found(vpc),
        };
        seen.found.insert(NodeId::only(NodeKind::Vpc), found);
    }
    // What stands in a VPC of its own alone need not be looked for where there is none.
    if own.is_some() || wants_own(look) != Some(false) {
        let (subnets, gateways, tables) = tokio::try_join!(
            subnet::observe(look),
            internet_gateway::observe(look),
            route_table::list(look)
        )?;
        let tables = route_table::observe(look, &tables, &subnets);
        seen.found.extend(subnets);
        seen.found.extend(gateways);
        seen.found.extend(tables);
    }
    let groups = security_group::observe(look, &groups, stands_in.and_then(|vpc| vpc.vpc_id()));
    seen.found.extend(groups.found);
    seen.foreign.extend(security_group::with_users(look.aws, groups.foreign).await?);
    Ok(seen)
}

/// The subnets for the load balancer and the services: the stack's own, else the default VPC's.
pub(in crate::aws) async fn subnets(task: &Task<'_>) -> Result<Vec<String>, AwsError> {
    let own: Vec<String> =
        task.world.all(NodeKind::Subnet).into_iter().map(|(_, found)| found.aws_id).collect();
    if !own.is_empty() {
        return Ok(own);
    }
    let id = NodeId::only(NodeKind::Vpc);
    if let Ok(known) = task.fact(&id, SUBNETS) {
        return Ok(known.split(',').map(str::to_owned).collect());
    }
    let vpc = task.aws_id(&id)?;
    let subnets = subnet::of_zones(task.aws, &vpc).await?;
    if let Some(found) = task.world.get(&id) {
        task.world.put(&id, found.fact(SUBNETS, subnets.join(",")));
    }
    Ok(subnets)
}

/// Waits until AWS has let go the network interfaces that `owner` runs under this description, such as a load
/// balancer's: they outlive it, and hold its security group and subnets.
pub(in crate::aws) async fn until_interfaces_are_gone(
    task: &Task<'_>,
    owner: &str,
    description: &str,
) -> Result<(), AwsError> {
    let request = task.aws.inner.ec2.describe_network_interfaces();
    let request = request.filters(filter("attachment.instance-owner-id", owner));
    let request = request.filters(filter("description", description));
    wait::until(task, "its network interfaces are gone", INTERFACES, async || {
        let doing = "look for network interfaces";
        let answer = task.aws.call(Api::Ec2Read, doing, request.clone().send()).await?;
        Ok(match answer.network_interfaces().len() {
            0 => Probe::Done(()),
            left => Probe::NotYet(Some(format!("{left} left"))),
        })
    })
    .await
}

/// Whether the stack asks for a VPC of its own; `None` where that is not known.
fn wants_own(look: &Look<'_>) -> Option<bool> {
    match &look.wanted?.nodes.get(&NodeId::only(NodeKind::Vpc))?.spec {
        Spec::Vpc { cidr, .. } => Some(cidr.is_some()),
        _ => None,
    }
}

fn filter(name: &str, value: &str) -> Filter {
    Filter::builder().name(name).values(value).build()
}

/// What carries the tags of the task's node.
fn filters_of(task: &Task<'_>) -> [Filter; 2] {
    task.tags().map(|(key, value)| filter(&format!("tag:{key}"), &value))
}

/// What is the stack's, of a kind that has but one node in it.
fn filter_of_stack(stack: &StackName) -> Filter {
    filter(&format!("tag:{STACK}"), stack.as_str())
}

/// The tags that a part gets as it is made.
fn tags_for(task: &Task<'_>, resource: ResourceType, name: &str) -> TagSpecification {
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build();
    let own = task.tags().map(|(key, value)| tag(key, &value));
    TagSpecification::builder()
        .resource_type(resource)
        .set_tags(Some([vec![tag("Name", name)], own.into()].concat()))
        .build()
}

fn node_of(tags: &[Tag], stack: &StackName) -> Option<NodeId> {
    whole_tags(tags).node_of(stack)
}

fn whole_tags(tags: &[Tag]) -> Tags {
    Tags::of(tags.iter().map(|tag| (tag.key(), tag.value())))
}

/// Its condition: ready, or unwell for a reason that doing it again mends.
fn well_unless(reason: Option<&str>) -> Condition {
    reason.map_or(Condition::Ready, |reason| Condition::Unwell(reason.to_owned()))
}

/// Waits while AWS does not yet see what was just made.
async fn once_visible<T, F>(task: &Task<'_>, mut attempt: impl FnMut() -> F) -> Result<T, AwsError>
where
    F: Future<Output = Result<T, AwsError>>,
{
    wait::through(task, "AWS sees what was just made", VISIBLE, || {
        let attempt = attempt();
        async move {
            attempt.await.map_err(|error| match error.class {
                Class::NotFound => AwsError { class: Class::NotYet, ..error },
                _ => error,
            })
        }
    })
    .await
}

/// What was gone before is gone.
fn or_gone<T>(result: Result<T, AwsError>) -> Result<(), AwsError> {
    match result {
        Err(error) if error.class != Class::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Fields that AWS cannot change once the part is there.
fn cannot_change(task: &Task<'_>, field: &str) -> AwsError {
    let message = format!(
        "AWS cannot change its {field}. Tear the stack `{}` down first, or deploy under another stack name",
        task.stack
    );
    AwsError::new(format!("change {} `{}`", task.id.kind.label(), task.name), Class::Invalid, message)
}
