//! The VPC: the account's default one, which is used and never changed, or one of the stack's own.
//!
//! | | |
//! | --- | --- |
//! | in | an address range; none: the default VPC |
//! | out | the VPC's id; for the default VPC the fact `shared` |

use aws_sdk_ec2::types::{AttributeBooleanValue, ResourceType, Vpc, VpcAttributeName};
use topology::node::Spec;
use topology::observation::{Found, SHARED};

use super::super::limits::Api;
use super::super::{Aws, AwsError, Class, Task, mark, wait};
use super::{INTERFACES, cannot_change, create, filters_of, once_visible, or_gone, well_unless};

const ADDRESS_RANGE: &str = "address range";

pub async fn make(task: &Task<'_>, spec: &Spec, found: Option<&Found>) -> Result<Found, AwsError> {
    let Spec::Vpc { cidr, name } = spec else { unreachable!("part::make knows the kind") };
    match (cidr, found) {
        (None, Some(found)) if found.facts.contains_key(SHARED) => Ok(found.clone()),
        (None, None) => default_vpc(task).await,
        (Some(cidr), Some(found)) if found.fields.get(ADDRESS_RANGE) == Some(cidr) => {
            name_hosts(task, &found.aws_id).await?;
            Ok(Found { condition: well_unless(None), ..found.clone() })
        }
        (Some(cidr), None) => {
            let vpc = create(task, cidr, name).await?;
            let id = vpc.vpc_id().unwrap_or_default();
            name_hosts(task, id).await?;
            Ok(as_found(&vpc))
        }
        (_, Some(_)) => Err(cannot_change(task, "network")),
    }
}

pub async fn delete(task: &Task<'_>, found: &Found) -> Result<(), AwsError> {
    if found.facts.contains_key(SHARED) {
        return Ok(());
    }
    let doing = format!("delete the VPC `{}`", task.name);
    let request = task.aws.inner.ec2.delete_vpc().vpc_id(&found.aws_id);
    wait::through(task, "nothing stands in the VPC any more", INTERFACES, async || {
        or_gone(task.aws.call(Api::Ec2Write, &doing, request.clone().send()).await)
    })
    .await
}

/// All VPCs: the stack's own and the default one are told apart by their tags.
pub async fn list(aws: &Aws) -> Result<Vec<Vpc>, AwsError> {
    let mut all = Vec::new();
    let mut next = None;
    loop {
        let request = aws.inner.ec2.describe_vpcs().set_next_token(next);
        let page = aws.call(Api::Ec2Read, "list the VPCs", request.send()).await?;
        all.extend(page.vpcs.unwrap_or_default());
        next = page.next_token.filter(|token| !token.is_empty());
        if next.is_none() {
            return Ok(all);
        }
    }
}

/// The default VPC.
pub fn shared_as_found(vpc: &Vpc) -> Found {
    Found::new(vpc.vpc_id().unwrap_or_default(), well_unless(None))
        .fact("name", "default")
        .fact(SHARED, "yes")
        .fact(ADDRESS_RANGE, vpc.cidr_block().unwrap_or_default())
}

/// The stack's own VPC. One that lacks its last touch is unwell, and so is one that is no longer asked for.
pub async fn own_as_found(aws: &Aws, vpc: &Vpc, wanted: Option<bool>) -> Result<Found, AwsError> {
    let found = as_found(vpc);
    if wanted == Some(false) {
        let why = "the stack stands in a VPC of its own, and its file asks for the default one";
        return Ok(Found { condition: well_unless(Some(why)), ..found });
    }
    let request = aws.inner.ec2.describe_vpc_attribute().vpc_id(&found.aws_id);
    let request = request.attribute(VpcAttributeName::EnableDnsHostnames);
    let answer = aws.call(Api::Ec2Read, "look at the VPC", request.send()).await?;
    let named = answer.enable_dns_hostnames().and_then(AttributeBooleanValue::value) == Some(true);
    let condition = well_unless((!named).then_some("its hosts get no names"));
    Ok(Found { condition, ..found })
}

async fn default_vpc(task: &Task<'_>) -> Result<Found, AwsError> {
    let vpcs = list(task.aws).await?;
    let default = vpcs.iter().find(|vpc| vpc.is_default() == Some(true));
    default.map(shared_as_found).ok_or_else(|| {
        let message = format!(
            "the account has no default VPC in {}. Make one with `aws ec2 create-default-vpc`, or give the stack \
             a network of its own: `[network]` with `mode = \"dedicated\"`",
            task.aws.region()
        );
        AwsError::new("use the default VPC", Class::NotFound, message)
    })
}

async fn create(task: &Task<'_>, cidr: &str, name: &str) -> Result<Vpc, AwsError> {
    let doing = format!("create the VPC `{name}`");
    let ec2 = &task.aws.inner.ec2;
    let request =
        ec2.create_vpc().cidr_block(cidr).tag_specifications(super::tags_for(task, ResourceType::Vpc, name));
    let create = async || {
        let request = request.clone().customize().config_override(create::unrepeated());
        let answer = task.aws.call(Api::Ec2Write, &doing, request.send()).await?;
        answer.vpc.ok_or_else(|| mark::empty_answer(&doing))
    };
    let find = async || {
        let request = ec2.describe_vpcs().set_filters(Some(filters_of(task).into()));
        let answer = task.aws.call(Api::Ec2Read, &doing, request.send()).await?;
        Ok(answer.vpcs.unwrap_or_default().into_iter().next())
    };
    create::once(task, create, find).await
}

async fn name_hosts(task: &Task<'_>, id: &str) -> Result<(), AwsError> {
    let yes = AttributeBooleanValue::builder().value(true).build();
    let request = task.aws.inner.ec2.modify_vpc_attribute().vpc_id(id).enable_dns_hostnames(yes);
    once_visible(task, async || {
        task.aws.call(Api::Ec2Write, "name the hosts of the VPC", request.clone().send()).await
    })
    .await?;
    Ok(())
}

fn as_found(vpc: &Vpc) -> Found {
    let cidr = vpc.cidr_block().unwrap_or_default();
    Found::new(vpc.vpc_id().unwrap_or_default(), well_unless(None))
        .field(ADDRESS_RANGE, cidr)
        .fact("name", cidr)
}
