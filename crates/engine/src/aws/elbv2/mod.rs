//! Elastic Load Balancing: what stands at the edge.
//!
//! A look takes one call for the load balancers, one for the target groups, one for the tags of each twenty, and
//! where the load balancer is there one for its listeners and one for the rules of each.

pub mod listener;
pub mod load_balancer;
pub mod rule;
pub mod target_group;

use std::collections::BTreeMap;

use aws_sdk_elasticloadbalancingv2::types::Tag;
use topology::names;
use topology::node::{NodeId, NodeKind, Spec};
use topology::observation::Found;
use topology::stack::StackName;

use super::limits::Api;
use super::mark::{Claim, Tags};
use super::observe::{Look, Seen};
use super::{Aws, AwsError, Class, Task};

/// Resources whose tags one call returns.
const TAGS_A_CALL: usize = 20;

pub async fn observe(look: &Look<'_>) -> Result<Seen, AwsError> {
    let prefix = format!("{}-", look.stack);
    let (balancers, groups) = tokio::try_join!(load_balancer::list(look.aws), target_group::list(look.aws))?;
    // Names are cut where they are long, so what is wanted is asked for by its whole name.
    let wanted = wanted_names(look);
    let may_be_ours =
        |name: Option<&str>| name.is_some_and(|name| name.starts_with(&prefix) || wanted.contains_key(name));
    let balancers: Vec<_> =
        balancers.into_iter().filter(|balancer| may_be_ours(balancer.load_balancer_name())).collect();
    let groups: Vec<_> = groups.into_iter().filter(|group| may_be_ours(group.target_group_name())).collect();
    let arns: Vec<String> = balancers
        .iter()
        .filter_map(|balancer| balancer.load_balancer_arn.clone())
        .chain(groups.iter().filter_map(|group| group.target_group_arn.clone()))
        .collect();
    let tags = tags_of(look.aws, &arns).await?;
    let mut seen = Seen::default();
    for group in &groups {
        let arn = group.target_group_arn().unwrap_or_default();
        let tags = tags.get(arn).cloned().unwrap_or_default();
        let mut found = target_group::as_found(group, &tags);
        if tags.node_of(look.stack).is_none() {
            found = target_group::with_fit(group, found);
        }
        place(look.stack, &wanted, group.target_group_name(), &tags, found, &mut seen);
    }
    seen.foreign = target_group::with_users(look.aws, seen.foreign).await?;
    let services = services_by_group(&seen.found);
    for balancer in &balancers {
        let arn = balancer.load_balancer_arn().unwrap_or_default();
        let tags = tags.get(arn).cloned().unwrap_or_default();
        let found = load_balancer::as_found(balancer);
        place(look.stack, &wanted, balancer.load_balancer_name(), &tags, found, &mut seen);
        if tags.node_of(look.stack).is_some() {
            seen.found.extend(listener::observe(look, arn, &services).await?);
        }
    }
    Ok(seen)
}

/// The names on AWS that the stack needs here, each with its node.
fn wanted_names(look: &Look<'_>) -> BTreeMap<String, NodeId> {
    let nodes = look.wanted.into_iter().flat_map(|wanted| wanted.nodes.values());
    let mut names: BTreeMap<String, NodeId> = nodes
        .filter_map(|node| match &node.spec {
            Spec::LoadBalancer { name } | Spec::TargetGroup { name, .. } => {
                Some((name.clone(), node.id.clone()))
            }
            _ => None,
        })
        .collect();
    names.entry(names::load_balancer(look.stack)).or_insert_with(|| NodeId::only(NodeKind::LoadBalancer));
    names
}

/// Ours by its tags, somebody else's with a name that the stack needs, or nothing to us.
fn place(
    stack: &StackName,
    wanted: &BTreeMap<String, NodeId>,
    name: Option<&str>,
    tags: &Tags,
    found: Found,
    seen: &mut Seen,
) {
    if let Some(id) = tags.node_of(stack) {
        seen.found.insert(id, found);
    } else if let Some(id) = name.and_then(|name| wanted.get(name)) {
        seen.foreign.insert(id.clone(), tags.whose(found));
    }
}

/// A target group becomes the stack's.
pub async fn take_over(claim: &Claim<'_>, found: &Found) -> Result<(), AwsError> {
    let tags = claim.tags().into_iter().map(tag).collect();
    let request = claim.aws.inner.elb.add_tags().resource_arns(&found.aws_id).set_tags(Some(tags));
    claim.aws.call(Api::ElbWrite, &claim.doing(), request.send()).await.map(drop)
}

/// The service of each target group, by ARN.
fn services_by_group(found: &BTreeMap<NodeId, Found>) -> BTreeMap<String, String> {
    let groups = found.iter().filter(|(id, _)| id.kind == NodeKind::TargetGroup);
    groups.map(|(id, found)| (found.aws_id.clone(), id.part.clone())).collect()
}

async fn tags_of(aws: &Aws, arns: &[String]) -> Result<BTreeMap<String, Tags>, AwsError> {
    let mut all = BTreeMap::new();
    for some in arns.chunks(TAGS_A_CALL) {
        let request = aws.inner.elb.describe_tags().set_resource_arns(Some(some.to_vec()));
        let answer = aws.call(Api::ElbRead, "read tags at the edge", request.send()).await?;
        for description in answer.tag_descriptions() {
            let tags = Tags::of(description.tags().iter().map(|tag| (tag.key(), tag.value())));
            all.insert(description.resource_arn().unwrap_or_default().to_owned(), tags);
        }
    }
    Ok(all)
}

/// Fails unless the thing at `arn` is this very node.
async fn must_be_ours(task: &Task<'_>, doing: &str, arn: &str) -> Result<Tags, AwsError> {
    let tags = tags_of(task.aws, &[arn.to_owned()]).await?.remove(arn).unwrap_or_default();
    match tags.node_of(task.stack) {
        Some(id) if id == *task.id => Ok(tags),
        _ => Err(super::mark::not_ours(doing, arn)),
    }
}

fn tags(task: &Task<'_>) -> Vec<Tag> {
    task.tags().into_iter().map(tag).collect()
}

fn tag((key, value): (&str, String)) -> Tag {
    Tag::builder().key(key).value(value).build()
}

/// What is gone already is as good as deleted.
fn or_gone<T>(result: Result<T, AwsError>) -> Result<(), AwsError> {
    match result {
        Err(error) if error.class != Class::NotFound => Err(error),
        _ => Ok(()),
    }
}
