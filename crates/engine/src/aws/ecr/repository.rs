//! A repository.
//!
//! A repository that somebody made before is used and left as it is: fact `shared`. Repositories of services
//! that have left the stack stay, because images are precious, until a tear down takes them: [`strays`] finds them.
//!
//! | | |
//! | --- | --- |
//! | in | a name |
//! | out | the repository's ARN; fact `uri` |

use std::collections::BTreeMap;

use aws_sdk_ecr::types::{ImageScanningConfiguration, Repository, Tag};
use serde_json::json;
use topology::node::{Node, NodeId, NodeKind, Spec};
use topology::observation::{Condition, Found, SHARED};
use topology::stack::StackName;

use super::super::limits::Api;
use super::super::mark::{self, Tags};
use super::super::observe::{Look, Seen};
use super::super::{Aws, AwsError, Class, Task};

/// Untagged images go after so many days. Tagged ones stay: a service may run one of them.
const UNTAGGED_DAYS: u32 = 14;

pub async fn make(task: &Task<'_>, spec: &Spec, found: Option<&Found>) -> Result<Found, AwsError> {
    let Spec::Repository { name } = spec else { unreachable!("part::make knows the kind") };
    let found = match found {
        Some(found) if found.facts.contains_key(SHARED) => found.clone(),
        // Not every look reads a repository's tags, and nothing is written on somebody else's.
        Some(found) => mark_shared(task, found.clone()).await?,
        None => create(task, name).await?,
    };
    if !found.facts.contains_key(SHARED) {
        // No bulk call returns it, so it is written again, for the case that the last run ended before it.
        expire_untagged(task, name).await?;
    }
    Ok(Found { condition: Condition::Ready, ..found })
}

pub async fn delete(task: &Task<'_>, found: &Found) -> Result<(), AwsError> {
    let name = found.facts.get("name").map_or(task.name, String::as_str);
    let doing = format!("delete the repository `{name}`");
    // Its images cannot be had back, so AWS is asked once more whose it is, whatever the look said.
    match is_ours(task.aws, task.id, task.stack, &found.aws_id).await {
        Ok(true) => {}
        Ok(false) => {
            let message = format!("`{name}` was not made for this stack, so it stays");
            return Err(AwsError::new(doing, Class::Exists, message));
        }
        Err(error) if error.class == Class::NotFound => return Ok(()),
        Err(error) => return Err(error),
    }
    let request = task.aws.inner.ecr.delete_repository().repository_name(name).force(true);
    match task.aws.call(Api::Ecr, &doing, request.send()).await {
        Err(error) if error.class == Class::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(_) => Ok(()),
    }
}

/// The repositories that are wanted, among all of the account: asked for by name, one that is missing would fail
/// the whole call. Whether they are the stack's own is found out in [`shared`].
pub async fn observe(look: &Look<'_>) -> Result<Seen, AwsError> {
    let mut seen = Seen::default();
    let wanted = wanted(look);
    if wanted.is_empty() {
        return Ok(seen);
    }
    for repository in list(look.aws).await? {
        let node = repository.repository_name().and_then(|name| wanted.get(name));
        if let Some(node) = node {
            seen.found.insert(node.id.clone(), as_found(look.aws, &repository));
        }
    }
    Ok(seen)
}

/// The stack's repositories that are not among those `found`: services that have left the stack have left them
/// behind. No call tells whose several repositories are, so each one of the account is asked.
pub async fn strays(
    aws: &Aws,
    stack: &StackName,
    found: &BTreeMap<NodeId, Found>,
) -> Result<BTreeMap<NodeId, Found>, AwsError> {
    let unknown = list(aws).await?.into_iter().map(|repository| as_found(aws, &repository));
    let unknown = unknown.filter(|one| !found.values().any(|known| known.aws_id == one.aws_id));
    let asked = unknown.map(async |one| {
        let name = one.facts.get("name").cloned().unwrap_or_default();
        match tags_of(aws, &one.aws_id, &name).await {
            Ok(tags) => Ok(tags.node_of(stack).map(|id| (id, one))),
            // Somebody has just deleted it.
            Err(error) if error.class == Class::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    });
    Ok(futures::future::try_join_all(asked).await?.into_iter().flatten().collect())
}

/// The found repositories that are not the stack's own, marked so. Each service's tags note which those were when
/// it was last changed; of a repository for which no service vouches, its own tags are read.
pub async fn shared(
    look: &Look<'_>,
    found: &BTreeMap<NodeId, Found>,
) -> Result<BTreeMap<NodeId, Found>, AwsError> {
    let all = |kind| found.iter().filter(move |(id, _)| id.kind == kind);
    let mark = |id: &NodeId, found: &Found| (id.clone(), found.clone().fact(SHARED, "yes"));
    let notes: Vec<&String> =
        all(NodeKind::Service).filter_map(|(_, found)| found.facts.get(NOTED_SHARED)).collect();
    let noted = |id: &NodeId| notes.iter().any(|note| note.split(' ').any(|name| name == id.part));
    // A note knows nothing of a repository that came to the stack after it was written.
    let tells = |id: &NodeId| !notes.is_empty() && is_vouched_for(look, found, &id.part);
    let asked = all(NodeKind::Repository).map(async |(id, one)| {
        let ours = !noted(id) && (tells(id) || is_ours(look.aws, id, look.stack, &one.aws_id).await?);
        Ok::<_, AwsError>((!ours).then(|| mark(id, one)))
    });
    Ok(futures::future::try_join_all(asked).await?.into_iter().flatten().collect())
}

/// The stack's own repositories that lack their lifecycle policy, because a run ended before it was written. No bulk
/// call tells, but a service is made only after its repository: the policy is read where no service vouches for it.
pub async fn unfinished(
    look: &Look<'_>,
    found: &BTreeMap<NodeId, Found>,
    shared: &BTreeMap<NodeId, Found>,
) -> Result<BTreeMap<NodeId, Found>, AwsError> {
    let doubtful = found.iter().filter(|(id, _)| {
        id.kind == NodeKind::Repository && !shared.contains_key(id) && !is_vouched_for(look, found, &id.part)
    });
    let asked = doubtful.map(async |(id, found)| {
        let request = look.aws.inner.ecr.get_lifecycle_policy().repository_name(&id.part);
        let doing = format!("read the lifecycle policy of the repository `{}`", id.part);
        match look.aws.call(Api::Ecr, &doing, request.send()).await {
            Err(error) if error.class == Class::NotFound => {
                let condition = Condition::Unwell("its lifecycle policy is missing".into());
                Ok(Some((id.clone(), Found { condition, ..found.clone() })))
            }
            answer => answer.map(|_| None),
        }
    });
    Ok(futures::future::try_join_all(asked).await?.into_iter().flatten().collect())
}

/// Whether a service was given an image out of the repository; of one without a service, whether any service is there.
fn is_vouched_for(look: &Look<'_>, found: &BTreeMap<NodeId, Found>, name: &str) -> bool {
    let is_out_of_it =
        |image: &String| image.rsplit_once(':').is_some_and(|(repository, _)| repository == name);
    let definitions = found.iter().filter(|(id, _)| id.kind == NodeKind::TaskDefinition);
    let mut given = definitions
        .filter(|(id, _)| found.contains_key(&NodeId::part(NodeKind::Service, &id.part)))
        .filter_map(|(_, found)| found.fields.get("image"));
    let nodes = look.wanted.into_iter().flat_map(|wanted| wanted.nodes.values());
    let has_service = nodes
        .into_iter()
        .any(|node| matches!(&node.spec, Spec::Image { repository, .. } if repository == name));
    match has_service {
        true => given.any(is_out_of_it),
        false => given.next().is_some(),
    }
}

/// The fact of a service that names the repositories that it does not own, with a space between them; `-`: none.
pub const NOTED_SHARED: &str = "shared repositories";

/// The note for [`NOTED_SHARED`], as a tag may be long.
pub fn note_of_shared(task: &Task<'_>) -> String {
    const LONGEST_TAG: usize = 256;
    let mut note = String::new();
    for (id, found) in task.world.all(NodeKind::Repository) {
        if found.facts.contains_key(SHARED) && note.len() + id.part.len() < LONGEST_TAG {
            note.push_str(if note.is_empty() { "" } else { " " });
            note.push_str(&id.part);
        }
    }
    if note.is_empty() { "-".into() } else { note }
}

async fn create(task: &Task<'_>, name: &str) -> Result<Found, AwsError> {
    let doing = format!("create the repository `{name}`");
    let tags = task.tags().map(|(key, value)| tag(key, value)).into();
    let request = task.aws.inner.ecr.create_repository().repository_name(name).set_tags(Some(tags));
    let scan = ImageScanningConfiguration::builder().scan_on_push(true).build();
    let request = request.image_scanning_configuration(scan);
    match task.aws.call(Api::Ecr, &doing, request.send()).await {
        Ok(answer) => {
            let repository = answer.repository.ok_or_else(|| mark::empty_answer(&doing))?;
            Ok(as_found(task.aws, &repository))
        }
        Err(error) if error.class == Class::Exists => adopt(task, name).await,
        Err(error) => Err(error),
    }
}

async fn adopt(task: &Task<'_>, name: &str) -> Result<Found, AwsError> {
    let arn = task.aws.arn("ecr", &format!("repository/{name}"));
    mark_shared(task, named(task.aws, &arn, name)).await
}

async fn mark_shared(task: &Task<'_>, found: Found) -> Result<Found, AwsError> {
    let ours = is_ours(task.aws, task.id, task.stack, &found.aws_id).await?;
    Ok(if ours { found } else { found.fact(SHARED, "yes") })
}

async fn list(aws: &Aws) -> Result<Vec<Repository>, AwsError> {
    let mut all = Vec::new();
    let mut next = None;
    loop {
        let request = aws.inner.ecr.describe_repositories().max_results(1000).set_next_token(next);
        let page = aws.call(Api::Ecr, "list the repositories", request.send()).await?;
        all.extend(page.repositories.unwrap_or_default());
        next = page.next_token;
        if next.is_none() {
            return Ok(all);
        }
    }
}

async fn is_ours(aws: &Aws, id: &NodeId, stack: &StackName, arn: &str) -> Result<bool, AwsError> {
    Ok(tags_of(aws, arn, &id.part).await?.node_of(stack).as_ref() == Some(id))
}

async fn tags_of(aws: &Aws, arn: &str, name: &str) -> Result<Tags, AwsError> {
    let doing = format!("read the tags of the repository `{name}`");
    let request = aws.inner.ecr.list_tags_for_resource().resource_arn(arn);
    let answer = aws.call(Api::Ecr, &doing, request.send()).await?;
    Ok(Tags::of(answer.tags().iter().map(|tag| (Some(tag.key()), Some(tag.value())))))
}

async fn expire_untagged(task: &Task<'_>, name: &str) -> Result<(), AwsError> {
    let doing = format!("write the lifecycle policy of the repository `{name}`");
    let policy = json!({
        "rules": [{
            "rulePriority": 1,
            "description": format!("Untagged images go after {UNTAGGED_DAYS} days"),
            "selection": {
                "tagStatus": "untagged",
                "countType": "sinceImagePushed",
                "countUnit": "days",
                "countNumber": UNTAGGED_DAYS,
            },
            "action": { "type": "expire" },
        }],
    });
    let request = task.aws.inner.ecr.put_lifecycle_policy().repository_name(name);
    let request = request.lifecycle_policy_text(policy.to_string());
    task.aws.call(Api::Ecr, &doing, request.send()).await?;
    Ok(())
}

fn wanted<'a>(look: &Look<'a>) -> BTreeMap<&'a str, &'a Node> {
    let nodes = look.wanted.into_iter().flat_map(|topology| topology.nodes.values());
    nodes
        .filter_map(|node| match &node.spec {
            Spec::Repository { name } => Some((name.as_str(), node)),
            _ => None,
        })
        .collect()
}

fn as_found(aws: &Aws, repository: &Repository) -> Found {
    let name = repository.repository_name().unwrap_or_default();
    let arn = repository.repository_arn().map(str::to_owned);
    named(aws, &arn.unwrap_or_else(|| aws.arn("ecr", &format!("repository/{name}"))), name)
}

fn named(aws: &Aws, arn: &str, name: &str) -> Found {
    let uri = format!("{}/{name}", aws.registry());
    Found::new(arn, Condition::Ready).fact("name", name).fact("uri", uri)
}

fn tag(key: &str, value: String) -> Tag {
    Tag::builder().key(key).value(value).build().expect("key and value are set")
}
