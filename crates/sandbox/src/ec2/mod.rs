//! The EC2 network: VPCs, subnets, gateways, routes, security groups and network interfaces.
//!
//! No instances, no volumes, no NAT gateways.

mod describe;
mod gateway;
mod interface;
mod route_table;
mod security_group;
mod subnet;
mod tagging;
mod vpc;

use serde_json::{Value, json};

pub(crate) use interface::{Interface, Owner};

use crate::clock::Moment;
use crate::ids::Ids;
use crate::refusal::{Answer, Refusal, refuse};
use crate::router::Call;
use crate::wire::{Form, ec2_xml};
use crate::world::World;

/// The availability zones of the sandbox's one region.
const ZONES: [char; 3] = ['a', 'b', 'c'];

#[derive(Debug, Default)]
pub(crate) struct Network {
    vpcs: Vec<vpc::Vpc>,
    subnets: Vec<subnet::Subnet>,
    gateways: Vec<gateway::Gateway>,
    route_tables: Vec<route_table::RouteTable>,
    groups: Vec<security_group::Group>,
    interfaces: Vec<Interface>,
    public_addresses: u32,
}

impl Network {
    /// The network that a fresh account has: a public subnet in each zone.
    pub(crate) fn with_default_vpc(ids: &mut Ids, region: &str) -> Self {
        let mut network = Network::default();
        let vpc = network.add_vpc(ids, "172.31.0.0/16", true);
        for (index, zone) in ZONES.iter().enumerate() {
            let cidr = format!("172.31.{}.0/20", index * 16);
            let zone = format!("{region}{zone}");
            network.add_subnet(ids, &vpc, &cidr, &zone, true);
        }
        let gateway = network.add_gateway(ids);
        network.attach(&gateway, &vpc);
        network.route_to_gateway(&vpc, &gateway);
        network
    }

    /// Interfaces live on for a while after their owner; here they go at last.
    pub(crate) fn forget_released(&mut self, now: Moment) {
        self.interfaces.retain(|interface| interface.gone_at.is_none_or(|gone| gone > now));
    }
}

pub(crate) fn answer(world: &mut World, call: &Call) -> Answer {
    let form = Form(&call.params);
    let tree = run(world, &call.operation, form)?;
    let request_id = world.ids.uuid();
    Ok(ec2_xml(&call.operation, &request_id, &tree))
}

fn run(world: &mut World, operation: &str, form: Form<'_>) -> Result<Value, Refusal> {
    match operation {
        "CreateVpc" => vpc::create(world, form),
        "DeleteVpc" => vpc::delete(world, form),
        "DescribeVpcs" => vpc::describe(world, form),
        "DescribeVpcAttribute" => vpc::describe_attribute(world, form),
        "ModifyVpcAttribute" => vpc::modify_attribute(world, form),
        "CreateSubnet" => subnet::create(world, form),
        "DeleteSubnet" => subnet::delete(world, form),
        "DescribeSubnets" => subnet::describe(world, form),
        "ModifySubnetAttribute" => subnet::modify_attribute(world, form),
        "CreateInternetGateway" => gateway::create(world, form),
        "AttachInternetGateway" => gateway::attach(world, form),
        "DetachInternetGateway" => gateway::detach(world, form),
        "DeleteInternetGateway" => gateway::delete(world, form),
        "DescribeInternetGateways" => gateway::describe(world, form),
        "CreateRouteTable" => route_table::create(world, form),
        "DeleteRouteTable" => route_table::delete(world, form),
        "DescribeRouteTables" => route_table::describe(world, form),
        "CreateRoute" | "ReplaceRoute" => route_table::put_route(world, form, operation),
        "DeleteRoute" => route_table::delete_route(world, form),
        "AssociateRouteTable" => route_table::associate(world, form),
        "DisassociateRouteTable" => route_table::disassociate(world, form),
        "CreateSecurityGroup" => security_group::create(world, form),
        "DeleteSecurityGroup" => security_group::delete(world, form),
        "DescribeSecurityGroups" => security_group::describe(world, form),
        "DescribeSecurityGroupRules" => security_group::describe_rules(world, form),
        "AuthorizeSecurityGroupIngress" => security_group::authorize(world, form, false),
        "AuthorizeSecurityGroupEgress" => security_group::authorize(world, form, true),
        "RevokeSecurityGroupIngress" => security_group::revoke(world, form, false),
        "RevokeSecurityGroupEgress" => security_group::revoke(world, form, true),
        "DescribeNetworkInterfaces" => interface::describe(world, form),
        "CreateTags" => tagging::create(world, form),
        "DeleteTags" => tagging::delete(world, form),
        "DescribeTags" => tagging::describe(world, form),
        "DescribeAvailabilityZones" => Ok(availability_zones(&world.region)),
        "DescribeAccountAttributes" => Ok(account_attributes(form)),
        "DescribeNetworkAcls" => vpc::describe_acls(world, form),
        "DescribeRegions" => Ok(json!({"regionInfo": [{
            "regionName": world.region, "regionEndpoint": format!("ec2.{}.amazonaws.com", world.region),
            "optInStatus": "opt-in-not-required"}]})),
        _ => refuse("InvalidAction", format!("The action {operation} is not valid for this web service.")),
    }
}

/// The answer of a call that returns nothing but success.
fn done() -> Result<Value, Refusal> {
    Ok(json!({"return": true}))
}

fn zone_id(zone: &str) -> String {
    let letter = zone.chars().last().unwrap_or('a');
    format!("use1-az{}", (letter as u32).saturating_sub('a' as u32) + 1)
}

fn availability_zones(region: &str) -> Value {
    let zones: Vec<Value> = ZONES
        .iter()
        .map(|letter| format!("{region}{letter}"))
        .map(|name| {
            json!({"zoneName": name, "zoneId": zone_id(&name), "zoneState": "available",
                "regionName": region, "groupName": region, "networkBorderGroup": region,
                "optInStatus": "opt-in-not-required", "zoneType": "availability-zone",
                "messageSet": []})
        })
        .collect();
    json!({"availabilityZoneInfo": zones})
}

fn account_attributes(form: Form<'_>) -> Value {
    let wanted = form.list("AttributeName");
    let all = [
        ("supported-platforms", "VPC"),
        ("max-instances", "20"),
        ("vpc-max-security-groups-per-interface", "5"),
        ("vpc-max-elastic-ips", "5"),
    ];
    let attributes: Vec<Value> = all
        .iter()
        .filter(|(name, _)| wanted.is_empty() || wanted.contains(name))
        .map(|(name, value)| json!({"attributeName": name, "attributeValueSet": [{"attributeValue": value}]}))
        .collect();
    json!({"accountAttributeSet": attributes})
}

#[cfg(test)]
impl Network {
    pub(crate) fn any_subnet(&self) -> String {
        self.subnets.first().map(|subnet| subnet.id.clone()).unwrap_or_default()
    }

    pub(crate) fn interface_count(&self) -> usize {
        self.interfaces.len()
    }
}
