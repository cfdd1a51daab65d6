//! Load balancers: provisioning for minutes, with an interface in each subnet.

use std::collections::{BTreeMap, HashMap};

use winterbaume_elasticloadbalancingv2::{model as m, wire};

use super::{Balancing, check_name, not_found, tag_pairs};
use crate::clock::Moment;
use crate::ec2::Owner;
use crate::quotas;
use crate::refusal::{Answer, Refusal, refusal, refuse};
use crate::route53::ALB_ZONE;
use crate::tags::{Tags, merge};
use crate::wire::{page, read};
use crate::world::World;

/// How long a load balancer is provisioning.
const PROVISIONING: f64 = 150.0;
/// How long its interfaces outlive it.
const INTERFACES_LINGER: f64 = 60.0;

#[derive(Debug)]
pub(super) struct LoadBalancer {
    pub(super) arn: String,
    pub(super) name: String,
    scheme: String,
    ip_address_type: String,
    vpc: String,
    subnets: Vec<String>,
    groups: Vec<String>,
    dns_name: String,
    created_at: Moment,
    pub(super) active_at: Moment,
    interfaces: Vec<String>,
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) tags: Tags,
}

impl LoadBalancer {
    /// The part of the ARN that listeners' and rules' ARNs repeat: `app/<name>/<id>`.
    pub(super) fn path(&self) -> &str {
        self.arn.split_once(":loadbalancer/").map_or("", |(_, path)| path)
    }

    /// Whether this is its DNS name, in either of the forms that AWS knows.
    pub(super) fn is_at(&self, dns_name: &str) -> bool {
        let bare = dns_name.trim_end_matches('.');
        let bare = bare.strip_prefix("dualstack.").unwrap_or(bare);
        self.dns_name.eq_ignore_ascii_case(bare)
    }

    fn tree(&self, world: &World) -> m::LoadBalancer {
        let zones = self.subnets.iter().map(|id| m::AvailabilityZone {
            subnet_id: Some(id.clone()),
            zone_name: world.network.subnet(id).map(|subnet| subnet.zone.clone()),
            ..m::AvailabilityZone::default()
        });
        let code = if world.now < self.active_at { "provisioning" } else { "active" };
        m::LoadBalancer {
            load_balancer_arn: Some(self.arn.clone()),
            load_balancer_name: Some(self.name.clone()),
            d_n_s_name: Some(self.dns_name.clone()),
            canonical_hosted_zone_id: Some(ALB_ZONE.to_owned()),
            created_time: Some(world.clock.iso(self.created_at)),
            scheme: Some(self.scheme.clone()),
            vpc_id: Some(self.vpc.clone()),
            state: Some(m::LoadBalancerState { code: Some(code.to_owned()), reason: None }),
            r#type: Some("application".to_owned()),
            ip_address_type: Some(self.ip_address_type.clone()),
            security_groups: Some(m::SecurityGroups { items: self.groups.clone() }),
            availability_zones: Some(m::AvailabilityZones { items: zones.collect() }),
            ..m::LoadBalancer::default()
        }
    }
}

impl Balancing {
    pub(super) fn load_balancer(&self, arn: &str) -> Result<&LoadBalancer, Refusal> {
        let found = self.load_balancers.iter().find(|balancer| balancer.arn == arn);
        found.ok_or_else(|| refusal("LoadBalancerNotFound", format!("Load balancer '{arn}' not found")))
    }

    pub(super) fn load_balancer_mut(&mut self, arn: &str) -> Result<&mut LoadBalancer, Refusal> {
        let found = self.load_balancers.iter_mut().find(|balancer| balancer.arn == arn);
        found.ok_or_else(|| refusal("LoadBalancerNotFound", format!("Load balancer '{arn}' not found")))
    }

    /// Whether a load balancer has this DNS name.
    pub(crate) fn answers_to(&self, dns_name: &str) -> bool {
        self.load_balancers.iter().any(|balancer| balancer.is_at(dns_name))
    }
}

fn load_balancers(items: Vec<m::LoadBalancer>) -> Option<m::LoadBalancers> {
    Some(m::LoadBalancers { items })
}

/// The VPC of the subnets, when an ALB can stand in them.
fn check_subnets(world: &World, subnets: &[String]) -> Result<String, Refusal> {
    let mut zones = Vec::new();
    let mut vpcs = Vec::new();
    for id in subnets {
        let subnet = world
            .network
            .subnet(id)
            .ok_or_else(|| refusal("SubnetNotFound", format!("The subnet ID '{id}' does not exist")))?;
        if zones.contains(&subnet.zone) {
            return refuse(
                "InvalidConfigurationRequest",
                "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
            );
        }
        zones.push(subnet.zone.clone());
        vpcs.push(subnet.vpc.clone());
    }
    vpcs.dedup();
    match vpcs.as_slice() {
        [vpc] if zones.len() >= 2 => Ok(vpc.clone()),
        [_, _, ..] => refuse("InvalidConfigurationRequest", "All subnets must belong to the same VPC"),
        _ => refuse(
            "ValidationError",
            "At least two subnets in two different Availability Zones must be specified",
        ),
    }
}

fn check_groups(world: &World, groups: &[String], vpc: &str) -> Result<(), Refusal> {
    for id in groups {
        match world.network.group_vpc(id) {
            Some(home) if home == vpc => {}
            Some(_) => {
                return refuse(
                    "InvalidConfigurationRequest",
                    format!("The following security groups do not belong to VPC '{vpc}': {id}"),
                );
            }
            None => {
                return refuse("InvalidSecurityGroup", format!("Security group '{id}' does not exist"));
            }
        }
    }
    Ok(())
}

fn wanted_subnets(subnets: Option<m::Subnets>, mappings: Option<m::SubnetMappings>) -> Vec<String> {
    let mappings = mappings.map(|mappings| mappings.items).unwrap_or_default();
    let mapped = mappings.into_iter().filter_map(|mapping| mapping.subnet_id);
    subnets.map(|subnets| subnets.items).unwrap_or_default().into_iter().chain(mapped).collect()
}

pub(super) fn create(world: &mut World, params: &HashMap<String, String>) -> Answer {
    let request = read(wire::deserialize_create_load_balancer_request(params))?;
    check_name("Load balancer", &request.name)?;
    let subnets = wanted_subnets(request.subnets, request.subnet_mappings);
    let scheme = request.scheme.unwrap_or_else(|| "internet-facing".to_owned());
    let vpc = check_subnets(world, &subnets)?;
    if scheme == "internet-facing" && !world.network.has_gateway(&vpc) {
        return refuse("InvalidSubnet", format!("VPC {vpc} has no internet gateway"));
    }
    let groups = match request.security_groups.map(|groups| groups.items) {
        Some(groups) if !groups.is_empty() => groups,
        _ => world.network.default_group(&vpc).into_iter().collect(),
    };
    check_groups(world, &groups, &vpc)?;
    let existing = world.balancing.load_balancers.iter().find(|b| b.name == request.name);
    if let Some(existing) = existing {
        if existing.subnets == subnets && existing.groups == groups && existing.scheme == scheme {
            let output =
                m::CreateLoadBalancerOutput { load_balancers: load_balancers(vec![existing.tree(world)]) };
            return Ok(wire::serialize_create_load_balancer_response(&output));
        }
        return refuse(
            "DuplicateLoadBalancerName",
            format!(
                "A load balancer with the same name '{}' exists, but with different settings",
                request.name
            ),
        );
    }
    let have = world.balancing.load_balancers.len();
    quotas::check(have, world.quotas.load_balancers, "TooManyLoadBalancers", "load balancers")?;
    let mut tags = Tags::new();
    merge(&mut tags, tag_pairs(request.tags), "TooManyTags")?;
    let id = world.ids.hex(16);
    let path = format!("app/{}/{id}", request.name);
    let prefix = if scheme == "internal" { "internal-" } else { "" };
    let dns_name =
        format!("{prefix}{}-{}.{}.elb.amazonaws.com", request.name, world.ids.digits(10), world.region);
    let balancer = LoadBalancer {
        arn: world.arn("elasticloadbalancing", &format!("loadbalancer/{path}")),
        name: request.name,
        interfaces: add_interfaces(world, &path, &subnets, &groups, scheme == "internet-facing"),
        scheme,
        ip_address_type: request.ip_address_type.unwrap_or_else(|| "ipv4".to_owned()),
        vpc,
        subnets,
        groups,
        dns_name,
        created_at: world.now,
        active_at: world.now + world.ids.about(PROVISIONING),
        attributes: BTreeMap::new(),
        tags,
    };
    let output = m::CreateLoadBalancerOutput { load_balancers: load_balancers(vec![balancer.tree(world)]) };
    world.balancing.load_balancers.push(balancer);
    Ok(wire::serialize_create_load_balancer_response(&output))
}

fn add_interfaces(
    world: &mut World,
    path: &str,
    subnets: &[String],
    groups: &[String],
    public: bool,
) -> Vec<String> {
    let description = format!("ELB {path}");
    let network = &mut world.network;
    subnets
        .iter()
        .filter_map(|subnet| {
            network.add_interface(
                &mut world.ids,
                Owner::LoadBalancer,
                subnet,
                groups,
                description.clone(),
                public,
            )
        })
        .map(|interface| interface.id)
        .collect()
}

pub(super) fn describe(world: &mut World, params: &HashMap<String, String>) -> Answer {
    let request = read(wire::deserialize_describe_load_balancers_request(params))?;
    let arns = request.load_balancer_arns.map(|arns| arns.items).unwrap_or_default();
    let names = request.names.map(|names| names.items).unwrap_or_default();
    let all = &world.balancing.load_balancers;
    let known = |wanted: &String| all.iter().any(|b| b.arn == *wanted || b.name == *wanted);
    if let Some(missing) = arns.iter().chain(&names).find(|wanted| !known(wanted)) {
        return refuse("LoadBalancerNotFound", format!("Load balancers '[{missing}]' not found"));
    }
    let picked: Vec<m::LoadBalancer> = all
        .iter()
        .filter(|b| arns.is_empty() || arns.contains(&b.arn))
        .filter(|b| names.is_empty() || names.contains(&b.name))
        .map(|b| b.tree(world))
        .collect();
    let size = request.page_size.unwrap_or(400).clamp(1, 400) as usize;
    let (items, next_marker) = page(&picked, request.marker.as_deref(), size);
    Ok(wire::serialize_describe_load_balancers_response(&m::DescribeLoadBalancersOutput {
        load_balancers: load_balancers(items),
        next_marker,
    }))
}

/// Deletes the load balancer with its listeners and rules. One that is gone already is no error.
pub(super) fn delete(world: &mut World, params: &HashMap<String, String>) -> Answer {
    let request = read(wire::deserialize_delete_load_balancer_request(params))?;
    let arn = request.load_balancer_arn;
    let answer = Ok(wire::serialize_delete_load_balancer_response(&Default::default()));
    let Ok(balancer) = world.balancing.load_balancer(&arn) else {
        return answer;
    };
    if balancer.attributes.get("deletion_protection.enabled").is_some_and(|value| value == "true") {
        return refuse(
            "OperationNotPermitted",
            format!("Load balancer '{arn}' cannot be deleted because deletion protection is enabled"),
        );
    }
    for interface in &balancer.interfaces {
        world.network.release_interface(interface, world.now + INTERFACES_LINGER);
    }
    world.balancing.load_balancers.retain(|balancer| balancer.arn != arn);
    world.balancing.drop_listeners(|listener| listener.load_balancer == arn, world.now);
    answer
}

pub(super) fn set_security_groups(world: &mut World, params: &HashMap<String, String>) -> Answer {
    let request = read(wire::deserialize_set_security_groups_request(params))?;
    let groups = request.security_groups.items;
    let vpc = world.balancing.load_balancer(&request.load_balancer_arn)?.vpc.clone();
    check_groups(world, &groups, &vpc)?;
    let balancer = world.balancing.load_balancer_mut(&request.load_balancer_arn)?;
    balancer.groups = groups.clone();
    for interface in &balancer.interfaces {
        world.network.set_interface_groups(interface, &groups);
    }
    Ok(wire::serialize_set_security_groups_response(&m::SetSecurityGroupsOutput {
        security_group_ids: Some(m::SecurityGroups { items: groups }),
        ..m::SetSecurityGroupsOutput::default()
    }))
}

pub(super) fn set_subnets(world: &mut World, params: &HashMap<String, String>) -> Answer {
    let request = read(wire::deserialize_set_subnets_request(params))?;
    let subnets = wanted_subnets(request.subnets, request.subnet_mappings);
    check_subnets(world, &subnets)?;
    let balancer = world.balancing.load_balancer(&request.load_balancer_arn)?;
    let (path, groups) = (balancer.path().to_owned(), balancer.groups.clone());
    let (public, old) = (balancer.scheme == "internet-facing", balancer.interfaces.clone());
    let interfaces = add_interfaces(world, &path, &subnets, &groups, public);
    for interface in old {
        world.network.release_interface(&interface, world.now + INTERFACES_LINGER);
    }
    let balancer = world.balancing.load_balancer_mut(&request.load_balancer_arn)?;
    balancer.subnets = subnets;
    balancer.interfaces = interfaces;
    let arn = request.load_balancer_arn;
    let tree = world.balancing.load_balancer(&arn)?.tree(world);
    Ok(wire::serialize_set_subnets_response(&m::SetSubnetsOutput {
        availability_zones: tree.availability_zones,
        ip_address_type: tree.ip_address_type,
        ..m::SetSubnetsOutput::default()
    }))
}

pub(super) fn set_ip_address_type(world: &mut World, params: &HashMap<String, String>) -> Answer {
    let request = read(wire::deserialize_set_ip_address_type_request(params))?;
    let found = world.balancing.load_balancer_mut(&request.load_balancer_arn);
    let balancer = found.map_err(|_| not_found("LoadBalancerNotFound", "load balancers"))?;
    balancer.ip_address_type = request.ip_address_type.clone();
    Ok(wire::serialize_set_ip_address_type_response(&m::SetIpAddressTypeOutput {
        ip_address_type: Some(request.ip_address_type),
    }))
}
