//! Security groups and their rules. A group can go only when nothing uses or names it.

use serde_json::{Value, json};

use super::describe::{Described, pick, tag_set, tags_on_create};
use super::{Network, done};
use crate::ids::Ids;
use crate::refusal::{Refusal, refusal, refuse};
use crate::tags::Tags;
use crate::wire::Form;
use crate::world::World;

const NOT_FOUND: (&str, &str) = ("InvalidGroup.NotFound", "security group");

/// What a rule lets in or out.
#[derive(Debug, Clone, PartialEq)]
enum Peer {
    Ipv4(String),
    Ipv6(String),
    Group(String),
}

#[derive(Debug, Clone)]
struct Rule {
    id: String,
    egress: bool,
    protocol: String,
    from: i64,
    to: i64,
    peer: Peer,
    description: Option<String>,
    tags: Tags,
}

impl Rule {
    fn same(&self, other: &Rule) -> bool {
        self.egress == other.egress
            && self.protocol == other.protocol
            && (self.from, self.to) == (other.from, other.to)
            && self.peer == other.peer
    }

    fn tree(&self, group: &str, account: &str) -> Value {
        let mut tree = json!({"securityGroupRuleId": self.id, "groupId": group,
            "groupOwnerId": account, "isEgress": self.egress, "ipProtocol": self.protocol,
            "fromPort": self.from, "toPort": self.to, "description": self.description,
            "tagSet": tag_set(&self.tags)});
        match &self.peer {
            Peer::Ipv4(cidr) => tree["cidrIpv4"] = json!(cidr),
            Peer::Ipv6(cidr) => tree["cidrIpv6"] = json!(cidr),
            Peer::Group(id) => {
                tree["referencedGroupInfo"] = json!({"groupId": id, "userId": account});
            }
        }
        tree
    }
}

#[derive(Debug)]
pub(super) struct Group {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) vpc: String,
    description: String,
    rules: Vec<Rule>,
    pub(super) tags: Tags,
}

impl Described for Group {
    fn id(&self) -> &str {
        &self.id
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }

    fn field(&self, name: &str) -> Option<Vec<String>> {
        Some(vec![match name {
            "group-id" => self.id.clone(),
            "group-name" => self.name.clone(),
            "vpc-id" => self.vpc.clone(),
            "description" => self.description.clone(),
            "ip-permission.group-id" => {
                let peers = self.rules.iter().filter(|rule| !rule.egress);
                return Some(peers.filter_map(|rule| group_of(&rule.peer)).collect());
            }
            _ => return None,
        }])
    }
}

fn group_of(peer: &Peer) -> Option<String> {
    match peer {
        Peer::Group(id) => Some(id.clone()),
        Peer::Ipv4(_) | Peer::Ipv6(_) => None,
    }
}

impl Group {
    /// Rules with the same protocol and ports, gathered as one permission each.
    fn permissions(&self, egress: bool, account: &str) -> Value {
        let mut seen: Vec<(&str, i64, i64)> = Vec::new();
        let rules = || self.rules.iter().filter(|rule| rule.egress == egress);
        for rule in rules() {
            let key = (rule.protocol.as_str(), rule.from, rule.to);
            if !seen.contains(&key) {
                seen.push(key);
            }
        }
        seen.into_iter()
            .map(|(protocol, from, to)| {
                let (mut v4, mut v6, mut groups) = (vec![], vec![], vec![]);
                for rule in rules().filter(|r| (r.protocol.as_str(), r.from, r.to) == (protocol, from, to)) {
                    let description = &rule.description;
                    match &rule.peer {
                        Peer::Ipv4(cidr) => v4.push(json!({"cidrIp": cidr, "description": description})),
                        Peer::Ipv6(cidr) => v6.push(json!({"cidrIpv6": cidr, "description": description})),
                        Peer::Group(id) => {
                            groups.push(json!({"groupId": id, "userId": account, "description": description}))
                        }
                    }
                }
                let mut tree = json!({"ipProtocol": protocol, "ipRanges": v4, "ipv6Ranges": v6,
                    "groups": groups, "prefixListIds": []});
                if protocol != "-1" {
                    tree["fromPort"] = json!(from);
                    tree["toPort"] = json!(to);
                }
                tree
            })
            .collect()
    }

    fn tree(&self, world: &World) -> Value {
        json!({"groupId": self.id, "groupName": self.name, "groupDescription": self.description,
            "ownerId": world.account, "vpcId": self.vpc,
            "securityGroupArn": world.arn("ec2", &format!("security-group/{}", self.id)),
            "ipPermissions": self.permissions(false, &world.account),
            "ipPermissionsEgress": self.permissions(true, &world.account),
            "tagSet": tag_set(&self.tags)})
    }
}

impl Network {
    /// A group that lets everything out, as new ones do.
    pub(super) fn add_group(
        &mut self,
        ids: &mut Ids,
        vpc: &str,
        name: &str,
        description: &str,
        tags: Tags,
    ) -> String {
        let id = ids.ec2("sg");
        let rule = |ids: &mut Ids, egress, peer| Rule {
            id: ids.ec2("sgr"),
            egress,
            protocol: "-1".to_owned(),
            from: -1,
            to: -1,
            peer,
            description: None,
            tags: Tags::new(),
        };
        let mut rules = vec![rule(ids, true, Peer::Ipv4("0.0.0.0/0".to_owned()))];
        if name == "default" {
            rules.push(rule(ids, false, Peer::Group(id.clone())));
        }
        self.groups.push(Group {
            id: id.clone(),
            name: name.to_owned(),
            vpc: vpc.to_owned(),
            description: description.to_owned(),
            rules,
            tags,
        });
        id
    }

    fn group_mut(&mut self, id: &str) -> Result<&mut Group, Refusal> {
        let group = self.groups.iter_mut().find(|group| group.id == id);
        group.ok_or_else(|| refusal(NOT_FOUND.0, format!("The security group '{id}' does not exist")))
    }

    /// The VPC of a security group, when there is such a group.
    pub(crate) fn group_vpc(&self, id: &str) -> Option<&str> {
        self.groups.iter().find(|group| group.id == id).map(|group| group.vpc.as_str())
    }

    pub(crate) fn default_group(&self, vpc: &str) -> Option<String> {
        let mut groups = self.groups.iter();
        groups.find(|g| g.vpc == vpc && g.name == "default").map(|g| g.id.clone())
    }
}

pub(super) fn create(world: &mut World, form: Form<'_>) -> Result<Value, Refusal> {
    let name = form.required("GroupName")?;
    let description = form.required("GroupDescription")?;
    let vpc = form.get("VpcId").map(str::to_owned).or_else(|| world.network.default_vpc());
    let vpc = vpc.ok_or_else(|| refusal("VPCIdNotSpecified", "No default VPC for this user"))?;
    world.network.vpc(&vpc)?;
    if name.chars().count() > 255 || name.starts_with("sg-") {
        return refuse(
            "InvalidParameterValue",
            format!(
                "Value ({name}) for parameter GroupName is invalid. Character sets beyond ASCII are not supported, names have at most 255 characters and must not start with sg-."
            ),
        );
    }
    if world.network.groups.iter().any(|group| group.vpc == vpc && group.name == name) {
        return refuse(
            "InvalidGroup.Duplicate",
            format!("The security group '{name}' already exists for VPC '{vpc}'"),
        );
    }
    let tags = tags_on_create(form, "security-group");
    let id = world.network.add_group(&mut world.ids, &vpc, name, description, tags.clone());
    let arn = world.arn("ec2", &format!("security-group/{id}"));
    Ok(json!({"return": true, "groupId": id, "securityGroupArn": arn, "tagSet": tag_set(&tags)}))
}

pub(super) fn describe(world: &mut World, form: Form<'_>) -> Result<Value, Refusal> {
    let picked = pick(&world.network.groups, form, "GroupId", NOT_FOUND)?;
    let names = form.list("GroupName");
    let groups: Vec<Value> = picked
        .iter()
        .filter(|group| names.is_empty() || names.contains(&group.name.as_str()))
        .map(|group| group.tree(world))
        .collect();
    Ok(json!({"securityGroupInfo": groups}))
}

pub(super) fn describe_rules(world: &mut World, form: Form<'_>) -> Result<Value, Refusal> {
    let ids = form.list("SecurityGroupRuleId");
    let groups: Vec<&str> = form
        .items("Filter")
        .iter()
        .filter(|item| form.get(&format!("{item}.Name")) == Some("group-id"))
        .flat_map(|item| form.list(&format!("{item}.Value")))
        .collect();
    let mut rules = Vec::new();
    for group in &world.network.groups {
        if !groups.is_empty() && !groups.contains(&group.id.as_str()) {
            continue;
        }
        let wanted = group.rules.iter().filter(|rule| ids.is_empty() || ids.contains(&rule.id.as_str()));
        rules.extend(wanted.map(|rule| rule.tree(&group.id, &world.account)));
    }
    if rules.len() < ids.len() {
        return refuse(
            "InvalidSecurityGroupRuleId.NotFound",
            format!("The security group rule ID '{}' does not exist", ids.join(", ")),
        );
    }
    Ok(json!({"securityGroupRuleSet": rules}))
}

/// The rules that a request names, whether as permissions or by the old flat parameters.
fn read_rules(form: Form<'_>, egress: bool, ids: &mut Ids) -> Result<Vec<Rule>, Refusal> {
    let mut rules = Vec::new();
    let mut add = |protocol: &str, from: i64, to: i64, peer: Peer, description: Option<&str>| {
        rules.push(Rule {
            id: ids.ec2("sgr"),
            egress,
            protocol: protocol_name(protocol),
            from: if protocol == "-1" { -1 } else { from },
            to: if protocol == "-1" { -1 } else { to },
            peer,
            description: description.map(str::to_owned),
            tags: tags_on_create(form, "security-group-rule"),
        });
    };
    let mut permissions = form.items("IpPermissions");
    if permissions.is_empty() && form.get("IpProtocol").is_some() {
        permissions.push(String::new());
    }
    for item in permissions {
        let field = |name: &str| match item.as_str() {
            "" => name.to_owned(),
            _ => format!("{item}.{name}"),
        };
        let protocol = form.required(&field("IpProtocol"))?;
        let from = form.number(&field("FromPort"))?.unwrap_or(-1);
        let to = form.number(&field("ToPort"))?.unwrap_or(-1);
        if let Some(cidr) = form.get(&field("CidrIp")) {
            add(protocol, from, to, Peer::Ipv4(cidr.to_owned()), None);
        }
        for (list, name) in [("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6"), ("Groups", "GroupId")] {
            for entry in form.items(&field(list)) {
                let value = form.required(&format!("{entry}.{name}"))?.to_owned();
                let peer = match list {
                    "IpRanges" => Peer::Ipv4(value),
                    "Ipv6Ranges" => Peer::Ipv6(value),
                    _ => Peer::Group(value),
                };
                add(protocol, from, to, peer, form.get(&format!("{entry}.Description")));
            }
        }
    }
    Ok(rules)
}

fn protocol_name(protocol: &str) -> String {
    match protocol {
        "6" => "tcp".to_owned(),
        "17" => "udp".to_owned(),
        "1" => "icmp".to_owned(),
        other => other.to_owned(),
    }
}

pub(super) fn authorize(world: &mut World, form: Form<'_>, egress: bool) -> Result<Value, Refusal> {
    let id = form.required("GroupId")?.to_owned();
    let rules = read_rules(form, egress, &mut world.ids)?;
    if rules.is_empty() {
        return refuse("MissingParameter", "The request must contain the parameter ipPermissions");
    }
    for rule in &rules {
        if let Some(peer) = group_of(&rule.peer) {
            world.network.group_mut(&peer)?;
        }
    }
    let group = world.network.group_mut(&id)?;
    if let Some(rule) = rules.iter().find(|rule| group.rules.iter().any(|old| old.same(rule))) {
        let peer = match &rule.peer {
            Peer::Ipv4(peer) | Peer::Ipv6(peer) | Peer::Group(peer) => peer,
        };
        return refuse(
            "InvalidPermission.Duplicate",
            format!(
                "the specified rule \"peer: {peer}, {}, from port: {}, to port: {}, ALLOW\" already exists",
                rule.protocol.to_uppercase(),
                rule.from,
                rule.to
            ),
        );
    }
    group.rules.extend(rules.iter().cloned());
    let account = &world.account;
    let made: Vec<Value> = rules.iter().map(|rule| rule.tree(&id, account)).collect();
    Ok(json!({"return": true, "securityGroupRuleSet": made}))
}

pub(super) fn revoke(world: &mut World, form: Form<'_>, egress: bool) -> Result<Value, Refusal> {
    let id = form.required("GroupId")?;
    let named = read_rules(form, egress, &mut world.ids)?;
    let by_id = form.list("SecurityGroupRuleId");
    let group = world.network.group_mut(id)?;
    let goes = |rule: &Rule| {
        rule.egress == egress
            && (by_id.contains(&rule.id.as_str()) || named.iter().any(|other| other.same(rule)))
    };
    let found = group.rules.iter().filter(|rule| goes(rule)).count();
    if found < named.len() + by_id.len() {
        return refuse(
            "InvalidPermission.NotFound",
            "The specified rule does not exist in this security group.",
        );
    }
    group.rules.retain(|rule| !goes(rule));
    done()
}

pub(super) fn delete(world: &mut World, form: Form<'_>) -> Result<Value, Refusal> {
    let id = form.required("GroupId")?;
    let network = &mut world.network;
    let name = network.group_mut(id)?.name.clone();
    if name == "default" {
        return refuse(
            "CannotDelete",
            format!("the specified group: \"{id}\" name: \"default\" cannot be deleted by a user"),
        );
    }
    let used = network.interfaces.iter().any(|interface| interface.groups.iter().any(|g| g == id));
    let others = network.groups.iter().filter(|group| group.id != id);
    let named = others.flat_map(|group| &group.rules).any(|rule| rule.peer == Peer::Group(id.to_owned()));
    if used || named {
        return refuse("DependencyViolation", format!("resource {id} has a dependent object"));
    }
    network.groups.retain(|group| group.id != id);
    Ok(json!({"return": true, "groupId": id}))
}
