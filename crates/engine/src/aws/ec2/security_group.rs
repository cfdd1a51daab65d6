//! A security group.
//!
//! | | |
//! | --- | --- |
//! | in | a name, what it lets in; the VPC, and the groups that it lets in |
//! | out | the group's id; field `lets in` |

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::{ResourceType, SecurityGroup, Tag};
use topology::node::{Ingress, IngressSource, NodeId, NodeKind, Spec};
use topology::observation::{Condition, Found, ingress_text};
use topology::plan::collision;

use super::super::limits::Api;
use super::super::mark::{self, Claim};
use super::super::observe::{Look, Seen};
use super::super::{Aws, AwsError, Class, Task, wait};
use super::ingress::{self, Opening};
use super::{
    INTERFACES, cannot_change, filter, node_of, once_visible, or_gone, tags_for, well_unless, whole_tags,
};

const LETS_IN: &str = "lets in";
/// The fact that holds the ranges to which a group lets out; AWS gives a new group its own.
const LETS_OUT: &str = "lets out to";

pub async fn make(task: &Task<'_>, spec: &Spec, found: Option<&Found>) -> Result<Found, AwsError> {
    let Spec::SecurityGroup { name, description, ingress } = spec else {
        unreachable!("part::make knows the kind")
    };
    let wanted = openings(task, ingress)?;
    let text = ingress_text(ingress);
    let id = match found {
        Some(found) if found.condition != Condition::Ready => return Err(cannot_change(task, "VPC")),
        Some(found) if found.fields.get(LETS_IN) == Some(&text) => return Ok(found.clone()),
        Some(found) => {
            let group = by_id(task, &found.aws_id).await?;
            mend(task, &group, &wanted).await?;
            found.aws_id.clone()
        }
        None => match create(task, name, description).await {
            Ok(id) => {
                open(task, &id, &wanted).await?;
                id
            }
            Err(error) if error.class == Class::Exists => {
                let group = adopt(task, name, error).await?;
                mend(task, &group, &wanted).await?;
                group.group_id.unwrap_or_default()
            }
            Err(error) => return Err(error),
        },
    };
    Ok(Found::new(id, well_unless(None)).field(LETS_IN, text).fact("name", task.name))
}

pub async fn delete(task: &Task<'_>, found: &Found) -> Result<(), AwsError> {
    let doing = format!("delete the security group `{}`", task.name);
    let request = task.aws.inner.ec2.delete_security_group().group_id(&found.aws_id);
    let attempt = async || or_gone(task.aws.call(Api::Ec2Write, &doing, request.clone().send()).await);
    match attempt().await {
        // Another group's rule may hold it; or an interface, which goes by itself.
        Err(error) if error.class == Class::InUse => {}
        other => return other,
    }
    let theirs = close_to(task, &found.aws_id).await?.join(", ");
    if theirs.is_empty() {
        let condition = "no network interface uses the security group";
        return wait::through(task, condition, INTERFACES, attempt).await;
    }
    let condition =
        format!("nothing uses the security group; rules of {theirs} name it, which Slipway did not make");
    wait::through(task, &condition, INTERFACES, attempt).await.map_err(|error| match error.class {
        Class::InUse => {
            let message = format!("{}; rules of {theirs} name it, which Slipway did not make", error.message);
            AwsError { message, ..error }
        }
        _ => error,
    })
}

/// Every group whose name begins with the stack's.
pub async fn list(look: &Look<'_>) -> Result<Vec<SecurityGroup>, AwsError> {
    let mut all = Vec::new();
    let mut next = None;
    loop {
        let request = look.aws.inner.ec2.describe_security_groups().set_next_token(next);
        let request = request.filters(filter("group-name", &format!("{}-*", look.stack)));
        let page = look.aws.call(Api::Ec2Read, "list the security groups", request.send()).await?;
        all.extend(page.security_groups.unwrap_or_default());
        next = page.next_token.filter(|token| !token.is_empty());
        if next.is_none() {
            return Ok(all);
        }
    }
}

/// The stack's among `groups`, which should stand in `vpc`; names are taken only where they stand in that VPC.
pub fn observe(look: &Look<'_>, groups: &[SecurityGroup], vpc: Option<&str>) -> Seen {
    let ours: BTreeMap<String, NodeId> = groups
        .iter()
        .filter_map(|group| Some((group.group_id()?.to_owned(), node_of(group.tags(), look.stack)?)))
        .collect();
    let needed = |group: &SecurityGroup| {
        look.wanted?.nodes.values().find_map(|node| match &node.spec {
            Spec::SecurityGroup { name, .. } if group.group_name() == Some(name) => Some(node.id.clone()),
            _ => None,
        })
    };
    let mut seen = Seen::default();
    for group in groups {
        let Some(group_id) = group.group_id() else { continue };
        let stands_here = group.vpc_id() == vpc;
        if let Some(id) = ours.get(group_id) {
            let elsewhere = "it stands in another VPC than the stack";
            let found = Found::new(group_id, well_unless((!stands_here).then_some(elsewhere)))
                .field(LETS_IN, ingress::text(&ingress::read(group.ip_permissions()), &ours))
                .fact(LETS_OUT, ingress::ranges(group.ip_permissions_egress()))
                .fact("name", id.part.replace('-', " "));
            seen.found.insert(id.clone(), found);
        } else if let Some(id) = needed(group).filter(|_| stands_here) {
            let found = whole_tags(group.tags()).whose(Found::new(group_id, well_unless(None)));
            seen.foreign.insert(id, found.fact("name", group.group_name().unwrap_or_default()));
        }
    }
    seen
}

/// How many network interfaces each of `groups` stands on: whoever runs them would get other rules.
pub async fn with_users(
    aws: &Aws,
    groups: BTreeMap<NodeId, Found>,
) -> Result<BTreeMap<NodeId, Found>, AwsError> {
    let counted = groups.into_iter().map(async |(id, found)| {
        let request = aws.inner.ec2.describe_network_interfaces();
        let request = request.filters(filter("group-id", &found.aws_id));
        let doing = format!("look who uses the security group `{}`", found.aws_id);
        let answer = aws.call(Api::Ec2Read, &doing, request.send()).await?;
        let count = answer.network_interfaces().len().to_string();
        Ok::<_, AwsError>((id, found.fact(collision::INTERFACES, count)))
    });
    Ok(futures::future::try_join_all(counted).await?.into_iter().collect())
}

pub async fn take_over(claim: &Claim<'_>, found: &Found) -> Result<(), AwsError> {
    let tag = |(key, value): (&str, String)| Tag::builder().key(key).value(value).build();
    let tags = claim.tags().into_iter().map(tag).collect();
    let request = claim.aws.inner.ec2.create_tags().resources(&found.aws_id).set_tags(Some(tags));
    claim.aws.call(Api::Ec2Write, &claim.doing(), request.send()).await.map(drop)
}

async fn create(task: &Task<'_>, name: &str, description: &str) -> Result<String, AwsError> {
    let doing = format!("create the security group `{name}`");
    let vpc = task.aws_id(&NodeId::only(NodeKind::Vpc))?;
    let tags = tags_for(task, ResourceType::SecurityGroup, name);
    let request = task.aws.inner.ec2.create_security_group().group_name(name).description(description);
    let request = request.vpc_id(vpc).tag_specifications(tags);
    let answer =
        once_visible(task, async || task.aws.call(Api::Ec2Write, &doing, request.clone().send()).await)
            .await?;
    answer.group_id.ok_or_else(|| mark::empty_answer(&doing))
}

/// The group of a create whose answer was lost; anybody else's keeps the error.
async fn adopt(task: &Task<'_>, name: &str, error: AwsError) -> Result<SecurityGroup, AwsError> {
    let vpc = task.aws_id(&NodeId::only(NodeKind::Vpc))?;
    let request = task.aws.inner.ec2.describe_security_groups();
    let request = request.filters(filter("group-name", name)).filters(filter("vpc-id", &vpc));
    let answer = task.aws.call(Api::Ec2Read, &error.doing, request.send()).await?;
    let group = answer.security_groups.unwrap_or_default().into_iter().next().ok_or(error.clone())?;
    match node_of(group.tags(), task.stack) {
        Some(id) if id == *task.id => Ok(group),
        _ => Err(mark::not_ours(&error.doing, group.group_id().unwrap_or(name))),
    }
}

async fn by_id(task: &Task<'_>, id: &str) -> Result<SecurityGroup, AwsError> {
    let doing = format!("look at the security group `{}`", task.name);
    let request = task.aws.inner.ec2.describe_security_groups().group_ids(id);
    let answer = task.aws.call(Api::Ec2Read, &doing, request.send()).await?;
    let group = answer.security_groups.unwrap_or_default().into_iter().next();
    group.ok_or_else(|| mark::empty_answer(&doing))
}

/// Closes what should not be open, and opens what should.
async fn mend(task: &Task<'_>, group: &SecurityGroup, wanted: &BTreeSet<Opening>) -> Result<(), AwsError> {
    let id = group.group_id().unwrap_or_default();
    let there = ingress::read(group.ip_permissions());
    close(task, id, &there.difference(wanted).cloned().collect()).await?;
    open(task, id, &wanted.difference(&there).cloned().collect()).await
}

async fn open(task: &Task<'_>, id: &str, openings: &BTreeSet<Opening>) -> Result<(), AwsError> {
    if openings.is_empty() {
        return Ok(());
    }
    let doing = format!("open the security group `{}`", task.name);
    let request = task.aws.inner.ec2.authorize_security_group_ingress().group_id(id);
    let request = request.set_ip_permissions(Some(ingress::write(openings)));
    once_visible(task, async || {
        match task.aws.call(Api::Ec2Write, &doing, request.clone().send()).await {
            // Opened by a call whose answer was lost.
            Err(error) if error.code.as_deref() == Some("InvalidPermission.Duplicate") => Ok(()),
            other => other.map(drop),
        }
    })
    .await
}

async fn close(task: &Task<'_>, id: &str, openings: &BTreeSet<Opening>) -> Result<(), AwsError> {
    if openings.is_empty() {
        return Ok(());
    }
    let doing = format!("close the security group `{}`", task.name);
    let request = task.aws.inner.ec2.revoke_security_group_ingress().group_id(id);
    let request = request.set_ip_permissions(Some(ingress::write(openings)));
    or_gone(task.aws.call(Api::Ec2Write, &doing, request.send()).await)
}

/// Takes the group out of the rules of the stack's others; names those of somebody else's that hold it.
async fn close_to(task: &Task<'_>, id: &str) -> Result<Vec<String>, AwsError> {
    let request = task.aws.inner.ec2.describe_security_groups();
    let request = request.filters(filter("ip-permission.group-id", id));
    let answer =
        task.aws.call(Api::Ec2Read, "look for rules that name a security group", request.send()).await?;
    let (ours, theirs): (Vec<_>, Vec<_>) = answer
        .security_groups()
        .iter()
        // A group that lets itself in can go all the same.
        .filter(|group| group.group_id() != Some(id))
        .partition(|group| node_of(group.tags(), task.stack).is_some());
    for group in ours {
        let mut openings = ingress::read(group.ip_permissions());
        openings.retain(|opening| opening.is_to(id));
        close(task, group.group_id().unwrap_or_default(), &openings).await?;
    }
    let name = |group: &SecurityGroup| {
        let (id, name) = (group.group_id().unwrap_or_default(), group.group_name().unwrap_or_default());
        format!("`{name}` ({id})")
    };
    Ok(theirs.into_iter().map(name).collect())
}

/// What is wanted, in AWS's words.
fn openings(task: &Task<'_>, ingress: &[Ingress]) -> Result<BTreeSet<Opening>, AwsError> {
    let mut openings = BTreeSet::new();
    for Ingress { from, port } in ingress {
        match from {
            IngressSource::World => openings.extend(Opening::world(*port)),
            IngressSource::Group(id) => {
                openings.insert(Opening::group(task.aws_id(id)?, *port));
            }
        }
    }
    Ok(openings)
}
