//! VPCs and their attributes.

use serde_json::{Value, json};

use super::describe::{Described, pick, tag_set, tags_on_create};
use super::{Network, done};
use crate::ids::Ids;
use crate::quotas;
use crate::refusal::{Refusal, refusal, refuse};
use crate::tags::Tags;
use crate::wire::Form;
use crate::world::World;

const NOT_FOUND: (&str, &str) = ("InvalidVpcID.NotFound", "vpc ID");

#[derive(Debug)]
pub(super) struct Vpc {
    pub(super) id: String,
    cidr: String,
    default: bool,
    dns_support: bool,
    dns_hostnames: bool,
    acl: String,
    association: String,
    pub(super) tags: Tags,
}

impl Described for Vpc {
    fn id(&self) -> &str {
        &self.id
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }

    fn field(&self, name: &str) -> Option<Vec<String>> {
        Some(vec![match name {
            "vpc-id" => self.id.clone(),
            "cidr" | "cidr-block" | "cidr-block-association.cidr-block" => self.cidr.clone(),
            "isDefault" | "is-default" => self.default.to_string(),
            "state" => "available".to_owned(),
            _ => return None,
        }])
    }
}

impl Network {
    /// A VPC with what AWS makes along: the main route table and the default group.
    pub(super) fn add_vpc(&mut self, ids: &mut Ids, cidr: &str, default: bool) -> String {
        let id = ids.ec2("vpc");
        self.vpcs.push(Vpc {
            id: id.clone(),
            cidr: cidr.to_owned(),
            default,
            dns_support: true,
            dns_hostnames: default,
            acl: ids.ec2("acl"),
            association: ids.ec2("vpc-cidr-assoc"),
            tags: Tags::new(),
        });
        self.add_main_route_table(ids, &id, cidr);
        self.add_group(ids, &id, "default", "default VPC security group", Tags::new());
        id
    }

    pub(super) fn vpc(&self, id: &str) -> Result<&Vpc, Refusal> {
        self.vpcs.iter().find(|vpc| vpc.id == id).ok_or_else(|| missing(id))
    }

    pub(super) fn vpc_cidr(&self, id: &str) -> Result<String, Refusal> {
        self.vpc(id).map(|vpc| vpc.cidr.clone())
    }

    pub(super) fn default_vpc(&self) -> Option<String> {
        self.vpcs.iter().find(|vpc| vpc.default).map(|vpc| vpc.id.clone())
    }

    pub(crate) fn has_vpc(&self, id: &str) -> bool {
        self.vpc(id).is_ok()
    }
}

fn missing(id: &str) -> Refusal {
    refusal(NOT_FOUND.0, format!("The vpc ID '{id}' does not exist"))
}

fn tree(vpc: &Vpc, account: &str) -> Value {
    json!({"vpcId": vpc.id, "ownerId": account, "state": "available", "cidrBlock": vpc.cidr,
        "dhcpOptionsId": "dopt-0a1b2c3d4e5f60718", "instanceTenancy": "default",
        "isDefault": vpc.default, "tagSet": tag_set(&vpc.tags),
        "cidrBlockAssociationSet": [{"associationId": vpc.association, "cidrBlock": vpc.cidr,
            "cidrBlockState": {"state": "associated"}}]})
}

/// The length of an IPv4 block's prefix, when it is one with no host bits set.
pub(super) fn block(cidr: &str) -> Option<(u32, u32)> {
    let (address, length) = cidr.split_once('/')?;
    let address = u32::from(address.parse::<std::net::Ipv4Addr>().ok()?);
    let length: u32 = length.parse().ok().filter(|length| *length <= 32)?;
    let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
    (address & !mask == 0).then_some((address, length))
}

pub(super) fn create(world: &mut World, form: Form<'_>) -> Result<Value, Refusal> {
    let cidr = form.required("CidrBlock")?;
    match block(cidr) {
        Some((_, 16..=28)) => {}
        Some(_) => {
            return refuse("InvalidVpc.Range", format!("The CIDR '{cidr}' is invalid."));
        }
        None => {
            return refuse(
                "InvalidParameterValue",
                format!("Value ({cidr}) for parameter cidrBlock is invalid. This is not a valid CIDR block."),
            );
        }
    }
    quotas::check(world.network.vpcs.len(), world.quotas.vpcs, "VpcLimitExceeded", "VPCs")?;
    let id = world.network.add_vpc(&mut world.ids, cidr, false);
    let tags = tags_on_create(form, "vpc");
    let vpc = world.network.vpcs.iter_mut().find(|vpc| vpc.id == id);
    let vpc = vpc.ok_or_else(|| missing(&id))?;
    vpc.tags = tags;
    Ok(json!({"vpc": tree(vpc, &world.account)}))
}

pub(super) fn describe(world: &mut World, form: Form<'_>) -> Result<Value, Refusal> {
    let picked = pick(&world.network.vpcs, form, "VpcId", NOT_FOUND)?;
    let vpcs: Vec<Value> = picked.iter().map(|vpc| tree(vpc, &world.account)).collect();
    Ok(json!({"vpcSet": vpcs}))
}

pub(super) fn describe_attribute(world: &mut World, form: Form<'_>) -> Result<Value, Refusal> {
    let vpc = world.network.vpc(form.required("VpcId")?)?;
    let mut answer = json!({"vpcId": vpc.id});
    match form.required("Attribute")? {
        "enableDnsSupport" => answer["enableDnsSupport"] = json!({"value": vpc.dns_support}),
        "enableDnsHostnames" => answer["enableDnsHostnames"] = json!({"value": vpc.dns_hostnames}),
        _ => answer["enableNetworkAddressUsageMetrics"] = json!({"value": false}),
    }
    Ok(answer)
}

pub(super) fn modify_attribute(world: &mut World, form: Form<'_>) -> Result<Value, Refusal> {
    let id = form.required("VpcId")?;
    let vpc = world.network.vpcs.iter_mut().find(|vpc| vpc.id == id);
    let vpc = vpc.ok_or_else(|| missing(id))?;
    if let Some(value) = form.flag("EnableDnsSupport.Value") {
        vpc.dns_support = value;
    }
    if let Some(value) = form.flag("EnableDnsHostnames.Value") {
        vpc.dns_hostnames = value;
    }
    done()
}

pub(super) fn delete(world: &mut World, form: Form<'_>) -> Result<Value, Refusal> {
    let id = form.required("VpcId")?;
    let network = &mut world.network;
    network.vpc(id)?;
    let held = network.subnets.iter().any(|subnet| subnet.vpc == id)
        || network.gateways.iter().any(|gateway| gateway.vpc.as_deref() == Some(id))
        || network.groups.iter().any(|group| group.vpc == id && group.name != "default")
        || network.route_tables.iter().any(|table| table.vpc == id && !table.is_main())
        || network.interfaces.iter().any(|interface| interface.vpc == id);
    if held {
        return refuse(
            "DependencyViolation",
            format!("The vpc '{id}' has dependencies and cannot be deleted."),
        );
    }
    network.vpcs.retain(|vpc| vpc.id != id);
    network.groups.retain(|group| group.vpc != id);
    network.route_tables.retain(|table| table.vpc != id);
    done()
}

/// Each VPC's default ACL, which lets everything through and cannot be changed here.
pub(super) fn describe_acls(world: &mut World, form: Form<'_>) -> Result<Value, Refusal> {
    let wanted: Vec<&str> = form
        .items("Filter")
        .iter()
        .filter(|item| form.get(&format!("{item}.Name")) == Some("vpc-id"))
        .flat_map(|item| form.list(&format!("{item}.Value")))
        .collect();
    let ids = form.list("NetworkAclId");
    let entry = |egress: bool, number: u32, action: &str| {
        json!({"ruleNumber": number, "protocol": "-1", "ruleAction": action, "egress": egress,
            "cidrBlock": "0.0.0.0/0"})
    };
    let acls: Vec<Value> = world
        .network
        .vpcs
        .iter()
        .filter(|vpc| wanted.is_empty() || wanted.contains(&vpc.id.as_str()))
        .filter(|vpc| ids.is_empty() || ids.contains(&vpc.acl.as_str()))
        .map(|vpc| {
            json!({"networkAclId": vpc.acl, "vpcId": vpc.id, "default": true,
                "ownerId": world.account, "tagSet": [], "associationSet": [],
                "entrySet": [entry(true, 100, "allow"), entry(true, 32767, "deny"),
                    entry(false, 100, "allow"), entry(false, 32767, "deny")]})
        })
        .collect();
    Ok(json!({"networkAclSet": acls}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_have_no_host_bits() {
        assert_eq!(block("10.0.0.0/16"), Some((0x0a00_0000, 16)));
        assert_eq!(block("10.0.0.1/16"), None);
        assert_eq!(block("0.0.0.0/0"), Some((0, 0)));
        assert_eq!(block("x"), None);
    }
}
