//! A public subnet of the stack's own VPC.
//!
//! | | |
//! | --- | --- |
//! | in | an address range; which of the region's availability zones; the VPC |
//! | out | the subnet's id |

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{AttributeBooleanValue, AvailabilityZoneState, Filter, ResourceType, Subnet};
use topology::node::{NodeId, NodeKind, Spec};
use topology::observation::Found;

use super::super::limits::Api;
use super::super::observe::Look;
use super::super::{Aws, AwsError, Class, Task, mark, wait};
use super::{
    INTERFACES, cannot_change, create, filter, filter_of_stack, filters_of, node_of, once_visible, or_gone,
    well_unless,
};

const ADDRESS_RANGE: &str = "address range";

pub async fn make(task: &Task<'_>, spec: &Spec, found: Option<&Found>) -> Result<Found, AwsError> {
    let Spec::Subnet { cidr, zone, name } = spec else { unreachable!("part::make knows the kind") };
    let found = match found {
        Some(found) if found.fields.get(ADDRESS_RANGE) == Some(cidr) => found.clone(),
        Some(_) => return Err(cannot_change(task, ADDRESS_RANGE)),
        None => {
            let zone = zone_name(task.aws, *zone).await?;
            as_found(&create(task, cidr, &zone, name).await?)
        }
    };
    if found.condition == well_unless(None) {
        return Ok(found);
    }
    make_public(task, &found.aws_id).await?;
    Ok(Found { condition: well_unless(None), ..found })
}

pub async fn delete(task: &Task<'_>, found: &Found) -> Result<(), AwsError> {
    let doing = format!("delete the subnet `{}`", task.name);
    let request = task.aws.inner.ec2.delete_subnet().subnet_id(&found.aws_id);
    wait::through(task, "no network interface stands in the subnet", INTERFACES, async || {
        or_gone(task.aws.call(Api::Ec2Write, &doing, request.clone().send()).await)
    })
    .await
}

/// The stack's own subnets.
pub async fn observe(look: &Look<'_>) -> Result<BTreeMap<NodeId, Found>, AwsError> {
    let subnets = list(look.aws, filter_of_stack(look.stack)).await?;
    let of_stack = |subnet: &Subnet| Some((node_of(subnet.tags(), look.stack)?, as_found(subnet)));
    Ok(subnets.iter().filter_map(of_stack).collect())
}

/// The subnets that the default VPC `vpc` has for every zone, in the zones' order.
pub async fn of_zones(aws: &Aws, vpc: &str) -> Result<Vec<String>, AwsError> {
    let mut subnets = list(aws, filter("vpc-id", vpc)).await?;
    subnets.retain(|subnet| subnet.default_for_az() == Some(true));
    subnets.sort_by_key(|subnet| subnet.availability_zone().map(str::to_owned));
    Ok(subnets.into_iter().filter_map(|subnet| subnet.subnet_id).collect())
}

async fn list(aws: &Aws, filter: Filter) -> Result<Vec<Subnet>, AwsError> {
    let mut all = Vec::new();
    let mut next = None;
    loop {
        let request = aws.inner.ec2.describe_subnets().filters(filter.clone()).set_next_token(next);
        let page = aws.call(Api::Ec2Read, "list the subnets", request.send()).await?;
        all.extend(page.subnets.unwrap_or_default());
        next = page.next_token.filter(|token| !token.is_empty());
        if next.is_none() {
            return Ok(all);
        }
    }
}

fn as_found(subnet: &Subnet) -> Found {
    let public = subnet.map_public_ip_on_launch() == Some(true);
    let cidr = subnet.cidr_block().unwrap_or_default();
    let condition = well_unless((!public).then_some("it gives no public addresses"));
    Found::new(subnet.subnet_id().unwrap_or_default(), condition)
        .field(ADDRESS_RANGE, cidr)
        .fact("name", cidr)
        .fact("availability zone", subnet.availability_zone().unwrap_or_default())
}

/// The name of the region's zone with this number, in the order of names.
async fn zone_name(aws: &Aws, number: usize) -> Result<String, AwsError> {
    let doing = "list the availability zones";
    // Local and wavelength zones are no place for a load balancer.
    let request =
        aws.inner.ec2.describe_availability_zones().filters(filter("zone-type", "availability-zone"));
    let answer = aws.call(Api::Ec2Read, doing, request.send()).await?;
    let mut names: Vec<String> = answer
        .availability_zones
        .unwrap_or_default()
        .into_iter()
        .filter(|zone| zone.state() == Some(&AvailabilityZoneState::Available))
        .filter_map(|zone| zone.zone_name)
        .collect();
    names.sort();
    let too_few = || {
        let message = format!("{} has {} availability zones, too few", aws.region(), names.len());
        AwsError::new(doing, Class::Failed, message)
    };
    names.get(number).cloned().ok_or_else(too_few)
}

async fn create(task: &Task<'_>, cidr: &str, zone: &str, name: &str) -> Result<Subnet, AwsError> {
    let doing = format!("create the subnet `{name}`");
    let vpc = task.aws_id(&NodeId::only(NodeKind::Vpc))?;
    let ec2 = &task.aws.inner.ec2;
    let request = ec2
        .create_subnet()
        .vpc_id(&vpc)
        .cidr_block(cidr)
        .availability_zone(zone)
        .tag_specifications(super::tags_for(task, ResourceType::Subnet, name));
    let create = async || {
        once_visible(task, async || {
            let request = request.clone().customize().config_override(create::unrepeated());
            let answer = task.aws.call(Api::Ec2Write, &doing, request.send()).await?;
            answer.subnet.ok_or_else(|| mark::empty_answer(&doing))
        })
        .await
    };
    let find = async || {
        let request = ec2.describe_subnets().set_filters(Some(filters_of(task).into()));
        let answer = task.aws.call(Api::Ec2Read, &doing, request.send()).await?;
        Ok(answer.subnets.unwrap_or_default().into_iter().next())
    };
    create::once(task, create, find).await
}

async fn make_public(task: &Task<'_>, id: &str) -> Result<(), AwsError> {
    let yes = AttributeBooleanValue::builder().value(true).build();
    let request = task.aws.inner.ec2.modify_subnet_attribute().subnet_id(id).map_public_ip_on_launch(yes);
    once_visible(task, async || {
        task.aws.call(Api::Ec2Write, "let the subnet give public addresses", request.clone().send()).await
    })
    .await?;
    Ok(())
}
