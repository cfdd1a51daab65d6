//! The route table of the stack's own VPC: everything that is not inside goes to the internet gateway.
//!
//! | | |
//! | --- | --- |
//! | in | the VPC, its subnets, its internet gateway |
//! | out | the table's id; field `default route`; fact `associations` |

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{ResourceType, RouteTable};
use topology::node::{NodeId, NodeKind, Spec};
use topology::observation::Found;

use super::super::limits::Api;
use super::super::observe::Look;
use super::super::{AwsError, Class, Task, mark, wait};
use super::{INTERFACES, filter_of_stack, node_of, once_visible, or_gone, subnets, tags_for, well_unless};

const ROUTE: &str = "default route";
const TO_GATEWAY: &str = "internet gateway";
const EVERYWHERE: &str = "0.0.0.0/0";
const ASSOCIATIONS: &str = "associations";
const ASSOCIATED: &str = "subnets";

pub async fn make(task: &Task<'_>, spec: &Spec, found: Option<&Found>) -> Result<Found, AwsError> {
    let Spec::RouteTable { name } = spec else { unreachable!("part::make knows the kind") };
    let mut found = match found {
        Some(found) => found.clone(),
        None => as_found(&create(task, name).await?),
    };
    if found.fields.get(ROUTE).is_none_or(|route| route != TO_GATEWAY) {
        route(task, &found.aws_id).await?;
        found = found.field(ROUTE, TO_GATEWAY);
    }
    let mut associations = listed(&found, ASSOCIATIONS);
    let mut associated = listed(&found, ASSOCIATED);
    for subnet in subnets(task).await? {
        if !associated.contains(&subnet) {
            associations.push(associate(task, &found.aws_id, &subnet).await?);
            associated.push(subnet);
        }
    }
    found.condition = well_unless(None);
    Ok(found.fact(ASSOCIATIONS, associations.join(",")).fact(ASSOCIATED, associated.join(",")))
}

pub async fn delete(task: &Task<'_>, found: &Found) -> Result<(), AwsError> {
    let ec2 = &task.aws.inner.ec2;
    for association in listed(found, ASSOCIATIONS) {
        let request = ec2.disassociate_route_table().association_id(association);
        or_gone(task.aws.call(Api::Ec2Write, "let a subnet go from its route table", request.send()).await)?;
    }
    let doing = format!("delete the route table `{}`", task.name);
    let request = ec2.delete_route_table().route_table_id(&found.aws_id);
    wait::through(task, "no subnet uses the route table", INTERFACES, async || {
        or_gone(task.aws.call(Api::Ec2Write, &doing, request.clone().send()).await)
    })
    .await
}

pub async fn list(look: &Look<'_>) -> Result<Vec<RouteTable>, AwsError> {
    let request = look.aws.inner.ec2.describe_route_tables().filters(filter_of_stack(look.stack));
    let answer = look.aws.call(Api::Ec2Read, "look for the route table", request.send()).await?;
    Ok(answer.route_tables.unwrap_or_default())
}

/// The table, of those that are there; unwell where one of the stack's `subnets` does not use it.
pub fn observe(
    look: &Look<'_>,
    tables: &[RouteTable],
    subnets: &BTreeMap<NodeId, Found>,
) -> BTreeMap<NodeId, Found> {
    let of_stack = |table: &RouteTable| {
        let id = node_of(table.tags(), look.stack)?;
        let mut found = as_found(table);
        let associated = listed(&found, ASSOCIATED);
        let all = subnets.values().all(|subnet| associated.contains(&subnet.aws_id));
        found.condition = well_unless((!all).then_some("a subnet does not use it"));
        Some((id, found))
    };
    tables.iter().filter_map(of_stack).collect()
}

async fn create(task: &Task<'_>, name: &str) -> Result<RouteTable, AwsError> {
    let doing = format!("create the route table `{name}`");
    let vpc = task.aws_id(&NodeId::only(NodeKind::Vpc))?;
    let tags = tags_for(task, ResourceType::RouteTable, name);
    // The one create of EC2's that takes a token, which the SDK draws: a lost answer makes no second table.
    let request = task.aws.inner.ec2.create_route_table().vpc_id(vpc).tag_specifications(tags);
    let answer =
        once_visible(task, async || task.aws.call(Api::Ec2Write, &doing, request.clone().send()).await)
            .await?;
    answer.route_table.ok_or_else(|| mark::empty_answer(&doing))
}

async fn route(task: &Task<'_>, table: &str) -> Result<(), AwsError> {
    let doing = "route to the internet gateway";
    let ec2 = &task.aws.inner.ec2;
    let gateway = task.aws_id(&NodeId::only(NodeKind::InternetGateway))?;
    let create =
        ec2.create_route().route_table_id(table).destination_cidr_block(EVERYWHERE).gateway_id(&gateway);
    let created =
        once_visible(task, async || task.aws.call(Api::Ec2Write, doing, create.clone().send()).await).await;
    match created {
        Err(error) if error.code.as_deref() == Some("RouteAlreadyExists") => {
            let replace = ec2.replace_route().route_table_id(table).destination_cidr_block(EVERYWHERE);
            task.aws.call(Api::Ec2Write, doing, replace.gateway_id(&gateway).send()).await.map(drop)
        }
        other => other.map(drop),
    }
}

async fn associate(task: &Task<'_>, table: &str, subnet: &str) -> Result<String, AwsError> {
    let doing = "let a subnet use the route table";
    let request = task.aws.inner.ec2.associate_route_table().route_table_id(table).subnet_id(subnet);
    let answer =
        once_visible(task, async || task.aws.call(Api::Ec2Write, doing, request.clone().send()).await)
            .await?;
    answer.association_id.ok_or_else(|| AwsError::new(doing, Class::Server, "AWS's answer is empty"))
}

fn as_found(table: &RouteTable) -> Found {
    let everywhere = table.routes().iter().find(|route| route.destination_cidr_block() == Some(EVERYWHERE));
    let gateway = everywhere.and_then(|route| route.gateway_id());
    let route = match (everywhere, gateway) {
        (None, _) => "none",
        (_, Some(gateway)) if gateway.starts_with("igw-") => TO_GATEWAY,
        (_, gateway) => gateway.unwrap_or("something else"),
    };
    let own = || table.associations().iter().filter(|association| association.subnet_id().is_some());
    let associations: Vec<&str> =
        own().filter_map(|association| association.route_table_association_id()).collect();
    let subnets: Vec<&str> = own().filter_map(|association| association.subnet_id()).collect();
    Found::new(table.route_table_id().unwrap_or_default(), well_unless(None))
        .field(ROUTE, route)
        .fact("name", "public")
        .fact(ASSOCIATIONS, associations.join(","))
        .fact(ASSOCIATED, subnets.join(","))
}

fn listed(found: &Found, fact: &str) -> Vec<String> {
    let text = found.facts.get(fact).map(String::as_str).unwrap_or_default();
    text.split(',').filter(|one| !one.is_empty()).map(str::to_owned).collect()
}
