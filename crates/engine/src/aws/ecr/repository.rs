//! A repository.
//!
//! A repository that somebody made before, or that is another stack's, is used and left as it is: fact `shared`. Repositories of services
//! that have left the stack stay, because images are precious, until a tear down takes them: [`strays`] finds them.
//!
//! | | |
//! | --- | --- |
//! | in | a name |
//! | out | the repository's ARN; field `scan on push`; read in full, `lifecycle policy`; fact `uri` |

use std::collections::BTreeMap;

use aws_sdk_ecr::types::{ImageScanningConfiguration, Repository, Tag};
use serde_json::Value;
use topology::field::{LIFECYCLE, SCAN};
use topology::node::{Node, NodeId, NodeKind, Spec};
use topology::observation::{Condition, Found, NOTED, SHARED};
use topology::stack::StackName;

use super::super::limits::Api;
use super::super::mark::{self, Claim, Tags};
use super::super::observe::{Look, Seen};
use super::super::{Aws, AwsError, Class, Task};
use super::lifecycle;

pub async fn make(task: &Task<'_>, spec: &Spec, found: Option<&Found>) -> Result<Found, AwsError> {
    let Spec::Repository { name } = spec else { unreachable!("part::make knows the kind") };
    let mut found = match found {
        Some(found) if found.facts.contains_key(SHARED) => found.clone(),
        // Not every look reads a repository's tags, and nothing is written on somebody else's.
        Some(found) => mark_shared(task, found.clone()).await?,
        None => create(task, name).await?,
    };
    if !found.facts.contains_key(SHARED) {
        // No bulk call returns it, so it is written again, for the case that the last run ended before it.
        expire_untagged(task.aws, name).await?;
        if found.fields.get(SCAN).is_some_and(|scan| scan != "on") {
            scan_on_push(task.aws, name).await?;
        }
        found.fields.extend(spec.fields());
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
    let notes: Vec<&String> =
        all(NodeKind::Service).filter_map(|(_, found)| found.facts.get(NOTED_SHARED)).collect();
    let noted = |id: &NodeId| notes.iter().any(|note| note.split(' ').any(|name| name == id.part));
    // A note knows nothing of a repository that came to the stack after it was written.
    let tells = |id: &NodeId| !notes.is_empty() && is_vouched_for(look, found, &id.part);
    let asked = all(NodeKind::Repository).map(async |(id, one)| {
        let shared = match () {
            () if noted(id) => Some(as_shared(one.clone(), NOTED)),
            () if tells(id) => None,
            () => {
                Some(asked(look.aws, look.stack, id, one).await?).filter(|one| one.facts.contains_key(SHARED))
            }
        };
        Ok::<_, AwsError>(shared.map(|shared| (id.clone(), shared)))
    });
    Ok(futures::future::try_join_all(asked).await?.into_iter().flatten().collect())
}

/// The repository, marked as shared with whose it is unless it is the stack's own, as its tags tell now.
pub async fn asked(aws: &Aws, stack: &StackName, id: &NodeId, found: &Found) -> Result<Found, AwsError> {
    let tags = tags_of(aws, &found.aws_id, &id.part).await?;
    let mut found = found.clone();
    found.facts.remove(SHARED);
    Ok(match tags.node_of(stack) {
        Some(ours) if ours == *id => found,
        _ => tags.whose(as_shared(found, "yes")),
    })
}

pub async fn take_over(claim: &Claim<'_>, found: &Found) -> Result<(), AwsError> {
    let tags = claim.tags().map(|(key, value)| tag(key, value)).into();
    let request = claim.aws.inner.ecr.tag_resource().resource_arn(&found.aws_id).set_tags(Some(tags));
    claim.aws.call(Api::Ecr, &claim.doing(), request.send()).await?;
    // Here, and not by the next deploy: no bulk call would tell it that these are missing. The lifecycle policy last: a
    // plan asks for it where no service of the stack vouches for the repository.
    scan_on_push(claim.aws, &claim.id.part).await?;
    expire_untagged(claim.aws, &claim.id.part).await
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
        Ok::<_, AwsError>(match lifecycle_policy(look.aws, &id.part).await? {
            Some(_) => None,
            None => {
                let condition = Condition::Unwell("its lifecycle policy is missing".into());
                Some((id.clone(), Found { condition, ..found.clone() }))
            }
        })
    });
    Ok(futures::future::try_join_all(asked).await?.into_iter().flatten().collect())
}

/// What the repository lets go by itself, which no bulk call tells.
pub async fn read(aws: &Aws, name: &str) -> Result<BTreeMap<String, String>, AwsError> {
    let policy = lifecycle_policy(aws, name).await?;
    let policy = policy.map(|text| serde_json::from_str::<Value>(&text).unwrap_or_default());
    Ok(BTreeMap::from([(LIFECYCLE.to_owned(), lifecycle::in_words(policy.as_ref()))]))
}

async fn lifecycle_policy(aws: &Aws, name: &str) -> Result<Option<String>, AwsError> {
    let doing = format!("read the lifecycle policy of the repository `{name}`");
    let request = aws.inner.ecr.get_lifecycle_policy().repository_name(name);
    match aws.call(Api::Ecr, &doing, request.send()).await {
        Err(error) if error.class == Class::NotFound => Ok(None),
        answer => Ok(answer?.lifecycle_policy_text),
    }
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
    let repositories = task.world.all(NodeKind::Repository).into_iter();
    let shared = repositories.filter(|(_, found)| found.facts.contains_key(SHARED));
    note_of(&shared.map(|(id, _)| id.part).collect::<Vec<_>>())
}

/// What is left of such a note once the stack owns `name`; `None`: it did not speak of it.
pub fn note_without(note: &str, name: &str) -> Option<String> {
    let (taken, others): (Vec<_>, Vec<_>) = note.split(' ').map(str::to_owned).partition(|one| one == name);
    (!taken.is_empty()).then(|| note_of(&others))
}

fn note_of(names: &[String]) -> String {
    const LONGEST_TAG: usize = 256;
    let mut note = String::new();
    for name in names.iter().filter(|name| *name != "-") {
        if note.len() + name.len() < LONGEST_TAG {
            note.push_str(if note.is_empty() { "" } else { " " });
            note.push_str(name);
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
    asked(task.aws, task.stack, task.id, &found).await
}

/// Nothing in which somebody else's repository could differ from what the stack wants.
fn as_shared(found: Found, told: &str) -> Found {
    Found { fields: BTreeMap::new(), ..found }.fact(SHARED, told)
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

async fn scan_on_push(aws: &Aws, name: &str) -> Result<(), AwsError> {
    let doing = format!("have images scanned that are pushed to the repository `{name}`");
    let scan = ImageScanningConfiguration::builder().scan_on_push(true).build();
    let request = aws.inner.ecr.put_image_scanning_configuration().repository_name(name);
    aws.call(Api::Ecr, &doing, request.image_scanning_configuration(scan).send()).await.map(drop)
}

async fn expire_untagged(aws: &Aws, name: &str) -> Result<(), AwsError> {
    let doing = format!("write the lifecycle policy of the repository `{name}`");
    let request = aws.inner.ecr.put_lifecycle_policy().repository_name(name);
    let request = request.lifecycle_policy_text(lifecycle::policy().to_string());
    aws.call(Api::Ecr, &doing, request.send()).await?;
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
    let found = named(aws, &arn.unwrap_or_else(|| aws.arn("ecr", &format!("repository/{name}"))), name);
    match repository.image_scanning_configuration() {
        Some(scan) => found.field(SCAN, if scan.scan_on_push() { "on" } else { "off" }),
        None => found,
    }
}

fn named(aws: &Aws, arn: &str, name: &str) -> Found {
    let uri = format!("{}/{name}", aws.registry());
    Found::new(arn, Condition::Ready).fact("name", name).fact("uri", uri)
}

fn tag(key: &str, value: String) -> Tag {
    Tag::builder().key(key).value(value).build().expect("key and value are set")
}
