//! Subnets, each in one availability zone.

use serde_json::{Value, json};

use super::describe::{Described, pick, tag_set, tags_on_create};
use super::vpc::block;
use super::{Network, ZONES, done, zone_id};
use crate::ids::Ids;
use crate::refusal::{Refusal, refusal, refuse};
use crate::tags::Tags;
use crate::wire::Form;
use crate::world::World;

const NOT_FOUND: (&str, &str) = ("InvalidSubnetID.NotFound", "subnet ID");

#[derive(Debug)]
pub(crate) struct Subnet {
    pub(crate) id: String,
    pub(crate) vpc: String,
    pub(crate) zone: String,
    cidr: String,
    default: bool,
    public_on_launch: bool,
    /// How many addresses were ever given out.
    pub(super) addresses: u32,
    pub(super) tags: Tags,
}

impl Described for Subnet {
    fn id(&self) -> &str {
        &self.id
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }

    fn field(&self, name: &str) -> Option<Vec<String>> {
        Some(vec![match name {
            "subnet-id" => self.id.clone(),
            "vpc-id" => self.vpc.clone(),
            "availability-zone" | "availabilityZone" => self.zone.clone(),
            "availability-zone-id" | "availabilityZoneId" => zone_id(&self.zone),
            "cidr" | "cidr-block" | "cidrBlock" => self.cidr.clone(),
            "default-for-az" | "defaultForAz" => self.default.to_string(),
            "map-public-ip-on-launch" => self.public_on_launch.to_string(),
            "state" => "available".to_owned(),
            _ => return None,
        }])
    }
}

impl Subnet {
    /// The next free private address. AWS keeps the first four of each subnet for itself.
    pub(super) fn next_address(&mut self) -> String {
        let (base, length) = block(&self.cidr).unwrap_or((0x0a00_0000, 24));
        let size = 1u64 << (32 - length);
        let offset = 4 + u64::from(self.addresses) % size.saturating_sub(5).max(1);
        self.addresses += 1;
        std::net::Ipv4Addr::from(base + offset as u32).to_string()
    }
}

impl Network {
    pub(super) fn add_subnet(
        &mut self,
        ids: &mut Ids,
        vpc: &str,
        cidr: &str,
        zone: &str,
        default: bool,
    ) -> String {
        let id = ids.ec2("subnet");
        self.subnets.push(Subnet {
            id: id.clone(),
            vpc: vpc.to_owned(),
            zone: zone.to_owned(),
            cidr: cidr.to_owned(),
            default,
            public_on_launch: default,
            addresses: 0,
            tags: Tags::new(),
        });
        id
    }

    pub(crate) fn subnet(&self, id: &str) -> Option<&Subnet> {
        self.subnets.iter().find(|subnet| subnet.id == id)
    }
}

fn missing(id: &str) -> Refusal {
    refusal(NOT_FOUND.0, format!("The subnet ID '{id}' does not exist"))
}

fn tree(subnet: &Subnet, world: &World) -> Value {
    let (_, length) = block(&subnet.cidr).unwrap_or((0, 24));
    let used = world.network.interfaces.iter().filter(|i| i.subnet == subnet.id).count();
    let free = (1u64 << (32 - length)).saturating_sub(5 + used as u64);
    json!({"subnetId": subnet.id, "subnetArn": world.arn("ec2", &format!("subnet/{}", subnet.id)),
        "state": "available", "ownerId": world.account, "vpcId": subnet.vpc,
        "cidrBlock": subnet.cidr, "ipv6CidrBlockAssociationSet": [],
        "availableIpAddressCount": free, "availabilityZone": subnet.zone,
        "availabilityZoneId": zone_id(&subnet.zone), "defaultForAz": subnet.default,
        "mapPublicIpOnLaunch": subnet.public_on_launch, "assignIpv6AddressOnCreation": false,
        "ipv6Native": false, "enableDns64": false, "mapCustomerOwnedIpOnLaunch": false,
        "privateDnsNameOptionsOnLaunch": {"hostnameType": "ip-name",
            "enableResourceNameDnsARecord": false, "enableResourceNameDnsAAAARecord": false},
        "tagSet": tag_set(&subnet.tags)})
}

fn overlap(a: (u32, u32), b: (u32, u32)) -> bool {
    let shift = 32 - a.1.min(b.1);
    a.0.checked_shr(shift).unwrap_or(0) == b.0.checked_shr(shift).unwrap_or(0)
}

pub(super) fn create(world: &mut World, form: Form<'_>) -> Result<Value, Refusal> {
    let vpc = form.required("VpcId")?;
    let cidr = form.required("CidrBlock")?;
    let vpc_block = block(&world.network.vpc_cidr(vpc)?).unwrap_or((0, 0));
    let Some(wanted) = block(cidr).filter(|(_, length)| (16..=28).contains(length)) else {
        return refuse(
            "InvalidParameterValue",
            format!("Value ({cidr}) for parameter cidrBlock is invalid. This is not a valid CIDR block."),
        );
    };
    if wanted.1 < vpc_block.1 || !overlap(wanted, vpc_block) {
        return refuse("InvalidSubnet.Range", format!("The CIDR '{cidr}' is invalid."));
    }
    let taken = world.network.subnets.iter().filter(|subnet| subnet.vpc == vpc);
    if taken.filter_map(|subnet| block(&subnet.cidr)).any(|other| overlap(wanted, other)) {
        return refuse("InvalidSubnet.Conflict", format!("The CIDR '{cidr}' conflicts with another subnet"));
    }
    let zones: Vec<String> = ZONES.iter().map(|letter| format!("{}{letter}", world.region)).collect();
    let asked = form.get("AvailabilityZone").map(str::to_owned);
    let by_id = form.get("AvailabilityZoneId");
    let zone = match (asked, by_id) {
        (Some(zone), _) => Some(zone).filter(|zone| zones.contains(zone)),
        (None, Some(id)) => zones.iter().find(|zone| zone_id(zone) == id).cloned(),
        (None, None) => zones.first().cloned(),
    };
    let Some(zone) = zone else {
        return refuse(
            "InvalidParameterValue",
            format!(
                "Value for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: {}.",
                zones.join(", ")
            ),
        );
    };
    let id = world.network.add_subnet(&mut world.ids, vpc, cidr, &zone, false);
    if let Some(subnet) = world.network.subnets.iter_mut().find(|subnet| subnet.id == id) {
        subnet.tags = tags_on_create(form, "subnet");
    }
    let subnet = world.network.subnet(&id).ok_or_else(|| missing(&id))?;
    Ok(json!({"subnet": tree(subnet, world)}))
}

pub(super) fn describe(world: &mut World, form: Form<'_>) -> Result<Value, Refusal> {
    let picked = pick(&world.network.subnets, form, "SubnetId", NOT_FOUND)?;
    let subnets: Vec<Value> = picked.iter().map(|subnet| tree(subnet, world)).collect();
    Ok(json!({"subnetSet": subnets}))
}

pub(super) fn modify_attribute(world: &mut World, form: Form<'_>) -> Result<Value, Refusal> {
    let id = form.required("SubnetId")?;
    let subnet = world.network.subnets.iter_mut().find(|subnet| subnet.id == id);
    let subnet = subnet.ok_or_else(|| missing(id))?;
    if let Some(value) = form.flag("MapPublicIpOnLaunch.Value") {
        subnet.public_on_launch = value;
    }
    done()
}

pub(super) fn delete(world: &mut World, form: Form<'_>) -> Result<Value, Refusal> {
    let id = form.required("SubnetId")?;
    let network = &mut world.network;
    network.subnet(id).ok_or_else(|| missing(id))?;
    if network.interfaces.iter().any(|interface| interface.subnet == id) {
        return refuse(
            "DependencyViolation",
            format!("The subnet '{id}' has dependencies and cannot be deleted."),
        );
    }
    network.subnets.retain(|subnet| subnet.id != id);
    for table in &mut network.route_tables {
        table.forget_subnet(id);
    }
    done()
}
