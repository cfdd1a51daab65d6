//! The VPC and its parts, or the account's default one; the security groups.

use super::hcl::{Block, Value};
use super::section::{Section, World, name_tag, snake};
use crate::node::{Ingress, IngressSource, NodeId, NodeKind, Spec};

const EVERYWHERE: &str = "0.0.0.0/0";
const EVERYWHERE_V6: &str = "::/0";

pub(super) fn section(world: &World<'_>) -> Section {
    let mut section = Section::default();
    match world.spec(&NodeId::only(NodeKind::Vpc)) {
        None => return section,
        Some(Spec::Vpc { cidr: Some(cidr), name }) => own(world, cidr, name, &mut section),
        Some(_) => default(&mut section),
    }
    for (id, spec) in world.wanted(NodeKind::SecurityGroup) {
        let group = security_group(world, id, spec);
        section.resource(group, world.aws_id(id));
    }
    section
}

/// The reference to the VPC's id.
pub(super) fn vpc(world: &World<'_>) -> Value {
    Value::reference(if is_own(world) { "aws_vpc.main.id" } else { "data.aws_vpc.default.id" })
}

/// The references to the ids of the subnets in which load balancer and tasks stand.
pub(super) fn subnets(world: &World<'_>) -> Value {
    if !is_own(world) {
        return Value::reference("data.aws_subnets.default.ids");
    }
    let subnets = world.wanted(NodeKind::Subnet).map(|(id, _)| format!("aws_subnet.{}.id", id.part));
    Value::List(subnets.map(Value::reference).collect())
}

fn is_own(world: &World<'_>) -> bool {
    matches!(world.spec(&NodeId::only(NodeKind::Vpc)), Some(Spec::Vpc { cidr: Some(_), .. }))
}

/// The default VPC is the account's, not the stack's.
fn default(section: &mut Section) {
    section.add(
        Block::data("aws_vpc", "default")
            .about(&["The account's default VPC and its subnets are used, not managed."])
            .set("default", true),
    );
    let filter = |name: &str, value: Value| {
        Block::new("filter").set("name", name).set("values", Value::List(vec![value]))
    };
    section.add(
        Block::data("aws_subnets", "default")
            .block(filter("vpc-id", Value::reference("data.aws_vpc.default.id")))
            .block(filter("default-for-az", "true".into())),
    );
}

fn own(world: &World<'_>, cidr: &str, name: &str, section: &mut Section) {
    let vpc = Block::resource("aws_vpc", "main")
        .set("cidr_block", cidr)
        .set("enable_dns_hostnames", true)
        .set("tags", name_tag(name));
    section.resource(vpc, world.aws_id(&NodeId::only(NodeKind::Vpc)));
    let id = NodeId::only(NodeKind::InternetGateway);
    if let Some(Spec::InternetGateway { name }) = world.spec(&id) {
        let gateway = Block::resource("aws_internet_gateway", "main")
            .set("vpc_id", Value::reference("aws_vpc.main.id"))
            .set("tags", name_tag(name));
        section.resource(gateway, world.aws_id(&id));
    }
    let id = NodeId::only(NodeKind::RouteTable);
    if let Some(Spec::RouteTable { name }) = world.spec(&id) {
        let route = Block::new("route")
            .set("cidr_block", EVERYWHERE)
            .set("gateway_id", Value::reference("aws_internet_gateway.main.id"));
        let table = Block::resource("aws_route_table", "public")
            .set("vpc_id", Value::reference("aws_vpc.main.id"))
            .set("tags", name_tag(name))
            .block(route);
        section.resource(table, world.aws_id(&id));
    }
    for (id, spec) in world.wanted(NodeKind::Subnet) {
        subnet(world, id, spec, section);
    }
}

fn subnet(world: &World<'_>, id: &NodeId, spec: &Spec, section: &mut Section) {
    let Spec::Subnet { cidr, zone, name } = spec else { return };
    let there = world.fact(id, "availability zone");
    let zone = match there {
        Some(zone) => Value::from(zone),
        None => Value::reference(format!("data.aws_availability_zones.available.names[{zone}]")),
    };
    if there.is_none()
        && !section.blocks.iter().any(|block| block.address().starts_with("aws_availability_zones"))
    {
        section.add(Block::data("aws_availability_zones", "available").set("state", "available"));
    }
    let subnet = Block::resource("aws_subnet", &id.part)
        .set("vpc_id", Value::reference("aws_vpc.main.id"))
        .set("availability_zone", zone)
        .set("cidr_block", cidr)
        .set("map_public_ip_on_launch", true)
        .set("tags", name_tag(name));
    section.resource(subnet, world.aws_id(id));
    let association = Block::resource("aws_route_table_association", &id.part)
        .set("subnet_id", Value::reference(format!("aws_subnet.{}.id", id.part)))
        .set("route_table_id", Value::reference("aws_route_table.public.id"));
    section.resource(association, association_id(world, id));
}

/// `subnet/table`, where the table is the subnet's.
fn association_id(world: &World<'_>, subnet: &NodeId) -> Option<String> {
    let table = NodeId::only(NodeKind::RouteTable);
    let subnet = world.aws_id(subnet)?;
    let is_associated = world.fact(&table, "subnets")?.split(',').any(|one| one == subnet);
    let table = world.aws_id(&table)?;
    is_associated.then(|| format!("{subnet}/{table}"))
}

fn security_group(world: &World<'_>, id: &NodeId, spec: &Spec) -> Block {
    let Spec::SecurityGroup { name, description, ingress } = spec else {
        unreachable!("the topology gives each kind its spec")
    };
    Block::resource("aws_security_group", snake(&id.part))
        .set("name", name)
        .set("description", description)
        .set("vpc_id", vpc(world))
        .set("tags", name_tag(name))
        .blocks(ingress.iter().map(opening))
        .block(egress(world, id))
}

fn opening(ingress: &Ingress) -> Block {
    let block = Block::new("ingress")
        .set("from_port", ingress.port)
        .set("to_port", ingress.port)
        .set("protocol", "tcp");
    match &ingress.from {
        IngressSource::World => {
            block.set("cidr_blocks", [EVERYWHERE]).set("ipv6_cidr_blocks", [EVERYWHERE_V6])
        }
        IngressSource::Group(group) => {
            let group = format!("aws_security_group.{}.id", snake(&group.part));
            block.set("security_groups", vec![Value::reference(group)])
        }
    }
}

/// What AWS lets out of a new group: everything, over IPv6 too where the VPC has such addresses.
fn egress(world: &World<'_>, id: &NodeId) -> Block {
    let block = Block::new("egress")
        .set("from_port", 0_u16)
        .set("to_port", 0_u16)
        .set("protocol", "-1")
        .set("cidr_blocks", [EVERYWHERE]);
    match world.fact(id, "lets out to") {
        Some(ranges) if ranges.contains(EVERYWHERE_V6) => block.set("ipv6_cidr_blocks", [EVERYWHERE_V6]),
        _ => block,
    }
}
