//! The internet gateway of the stack's own VPC.
//!
//! | | |
//! | --- | --- |
//! | in | the VPC |
//! | out | the gateway's id; fact `vpc`; field `attached` |

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{InternetGateway, ResourceType};
use topology::node::{NodeId, NodeKind, Spec};
use topology::observation::Found;

use super::super::limits::Api;
use super::super::observe::Look;
use super::super::{AwsError, Task, mark, wait};
use super::{
    INTERFACES, create, filter_of_stack, filters_of, node_of, once_visible, or_gone, tags_for, well_unless,
};

const ATTACHED: &str = "attached";
const VPC: &str = "vpc";

pub async fn make(task: &Task<'_>, spec: &Spec, found: Option<&Found>) -> Result<Found, AwsError> {
    let Spec::InternetGateway { name } = spec else { unreachable!("part::make knows the kind") };
    let found = match found {
        Some(found) => found.clone(),
        None => as_found(&create(task, name).await?, task.name),
    };
    if found.fields.get(ATTACHED).is_some_and(|attached| attached == "yes") {
        return Ok(found);
    }
    let vpc = task.aws_id(&NodeId::only(NodeKind::Vpc))?;
    attach(task, &found.aws_id, &vpc).await?;
    Ok(found.field(ATTACHED, "yes").fact(VPC, vpc))
}

pub async fn delete(task: &Task<'_>, found: &Found) -> Result<(), AwsError> {
    let ec2 = &task.aws.inner.ec2;
    if let Some(vpc) = found.facts.get(VPC) {
        let doing = format!("detach the internet gateway `{}`", task.name);
        let request = ec2.detach_internet_gateway().internet_gateway_id(&found.aws_id).vpc_id(vpc);
        // Addresses of tasks that have ended linger, and hold the gateway.
        wait::through(task, "no public address is left in the VPC", INTERFACES, async || {
            match task.aws.call(Api::Ec2Write, &doing, request.clone().send()).await {
                Err(error) if error.code.as_deref() == Some("Gateway.NotAttached") => Ok(()),
                other => or_gone(other),
            }
        })
        .await?;
    }
    let doing = format!("delete the internet gateway `{}`", task.name);
    let request = ec2.delete_internet_gateway().internet_gateway_id(&found.aws_id);
    wait::through(task, "the internet gateway is detached", INTERFACES, async || {
        or_gone(task.aws.call(Api::Ec2Write, &doing, request.clone().send()).await)
    })
    .await
}

pub async fn observe(look: &Look<'_>) -> Result<BTreeMap<NodeId, Found>, AwsError> {
    let request = look.aws.inner.ec2.describe_internet_gateways().filters(filter_of_stack(look.stack));
    let answer = look.aws.call(Api::Ec2Read, "look for the internet gateway", request.send()).await?;
    let of_stack = |gateway: &InternetGateway| {
        let id = node_of(gateway.tags(), look.stack)?;
        Some((id, as_found(gateway, look.stack.as_str())))
    };
    Ok(answer.internet_gateways().iter().filter_map(of_stack).collect())
}

async fn create(task: &Task<'_>, name: &str) -> Result<InternetGateway, AwsError> {
    let doing = format!("create the internet gateway `{name}`");
    let ec2 = &task.aws.inner.ec2;
    let tags = tags_for(task, ResourceType::InternetGateway, name);
    let request = ec2.create_internet_gateway().tag_specifications(tags);
    let create = async || {
        let request = request.clone().customize().config_override(create::unrepeated());
        let answer = task.aws.call(Api::Ec2Write, &doing, request.send()).await?;
        answer.internet_gateway.ok_or_else(|| mark::empty_answer(&doing))
    };
    let find = async || {
        let request = ec2.describe_internet_gateways().set_filters(Some(filters_of(task).into()));
        let answer = task.aws.call(Api::Ec2Read, &doing, request.send()).await?;
        Ok(answer.internet_gateways.unwrap_or_default().into_iter().next())
    };
    create::once(task, create, find).await
}

async fn attach(task: &Task<'_>, gateway: &str, vpc: &str) -> Result<(), AwsError> {
    let doing = format!("attach the internet gateway `{}`", task.name);
    let request = task.aws.inner.ec2.attach_internet_gateway().internet_gateway_id(gateway).vpc_id(vpc);
    once_visible(task, async || match task.aws.call(Api::Ec2Write, &doing, request.clone().send()).await {
        Err(error) if error.code.as_deref() == Some("Resource.AlreadyAssociated") => Ok(()),
        other => other.map(drop),
    })
    .await
}

fn as_found(gateway: &InternetGateway, name: &str) -> Found {
    let vpc = gateway.attachments().iter().find_map(|attachment| attachment.vpc_id());
    let found = Found::new(gateway.internet_gateway_id().unwrap_or_default(), well_unless(None))
        .field(ATTACHED, if vpc.is_some() { "yes" } else { "no" })
        .fact("name", name);
    match vpc {
        Some(vpc) => found.fact(VPC, vpc),
        None => found,
    }
}
