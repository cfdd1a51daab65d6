//! An image: a person, or their CI, pushes it.
//!
//! | | |
//! | --- | --- |
//! | in | a repository and a tag |
//! | out | the image's address; the condition says whether it is there, and built for what tasks run on |

use std::collections::BTreeMap;

use aws_sdk_ecr::types::ImageIdentifier;
use topology::node::{Node, NodeId, NodeKind, Spec};
use topology::observation::{Ask, Condition, Found};

use super::super::limits::Api;
use super::super::observe::{Look, Seen};
use super::super::{Aws, AwsError, Class, Probe, Task, wait};
use super::{architecture, repository};

/// Nothing can be made: somebody has to push it.
pub async fn make(task: &Task<'_>, spec: &Spec, found: Option<&Found>) -> Result<Found, AwsError> {
    let (repository, tag) = reference(spec);
    let ready = found.filter(|found| found.condition == Condition::Ready);
    Ok(ready.cloned().unwrap_or_else(|| image(task.aws, repository, tag, awaited(task.aws, repository, tag))))
}

/// Has no deadline: it waits for a person.
pub async fn settle(task: &Task<'_>, spec: &Spec, made: Found) -> Result<Found, AwsError> {
    if made.condition == Condition::Ready {
        return Ok(made);
    }
    let (repository, tag) = reference(spec);
    let condition = format!("the image `{repository}:{tag}` is in its repository");
    wait::until(task, &condition, std::time::Duration::MAX, async || {
        Ok(match look_for(task.aws, repository, tag).await? {
            Condition::WaitingForYou(ask) => Probe::Ask(ask),
            condition => Probe::Done(image(task.aws, repository, tag, condition)),
        })
    })
    .await
}

/// The wanted images, and of the repositories those that are shared or not whole. No call tells of several images, so it is not
/// asked for those that a service has been given: whether they are there shows in how it is.
pub async fn observe(look: &Look<'_>, found: &BTreeMap<NodeId, Found>) -> Result<Seen, AwsError> {
    let nodes = look.wanted.into_iter().flat_map(|topology| topology.nodes.values());
    let images = nodes.filter(|node| node.id.kind == NodeKind::Image);
    let looks = images.map(async |node| look_at(look, node, found).await);
    let (images, shared) =
        tokio::try_join!(futures::future::try_join_all(looks), repository::shared(look, found))?;
    let mut seen = Seen::default();
    seen.found.extend(images.into_iter().flatten());
    seen.found.extend(repository::unfinished(look, found, &shared).await?);
    seen.found.extend(shared);
    Ok(seen)
}

async fn look_at(
    look: &Look<'_>,
    node: &Node,
    found: &BTreeMap<NodeId, Found>,
) -> Result<Option<(NodeId, Found)>, AwsError> {
    let (repository, tag) = reference(&node.spec);
    if !found.contains_key(&NodeId::part(NodeKind::Repository, repository)) {
        return Ok(None);
    }
    let condition = match of_service(found, &node.id.part, &format!("{repository}:{tag}")) {
        Some(condition) => condition,
        None => look_for(look.aws, repository, tag).await?,
    };
    Ok(Some((node.id.clone(), image(look.aws, repository, tag, condition))))
}

/// What the service tells of this very image; `None` where it has another, or is not well and so tells nothing.
fn of_service(found: &BTreeMap<NodeId, Found>, service: &str, image: &str) -> Option<Condition> {
    let of = |kind| found.get(&NodeId::part(kind, service));
    let given = of(NodeKind::TaskDefinition)?.fields.get("image")?;
    match &of(NodeKind::Service)?.condition {
        _ if given != image => None,
        Condition::Ready => Some(Condition::Ready),
        Condition::Settling(_) => Some(Condition::Settling("its service starts with it".into())),
        Condition::WaitingForYou(_) | Condition::Unwell(_) => None,
    }
}

/// Whether there is an image that our tasks can run.
async fn look_for(aws: &Aws, repository: &str, tag: &str) -> Result<Condition, AwsError> {
    let doing = format!("look for the image `{repository}:{tag}`");
    let identifier = ImageIdentifier::builder().image_tag(tag).build();
    let request = aws.inner.ecr.describe_images().repository_name(repository).image_ids(identifier);
    let answer = match aws.call(Api::Ecr, &doing, request.send()).await {
        Ok(answer) => answer,
        Err(error) if error.class == Class::NotFound => return Ok(awaited(aws, repository, tag)),
        Err(error) => return Err(error),
    };
    let Some(image) = answer.image_details().first() else { return Ok(awaited(aws, repository, tag)) };
    let digest = image.image_digest().unwrap_or_default();
    Ok(match architecture::foreign(aws, repository, digest).await {
        None => Condition::Ready,
        built_for => Condition::WaitingForYou(ask(aws, repository, tag, built_for)),
    })
}

fn reference(spec: &Spec) -> (&str, &str) {
    let Spec::Image { repository, tag } = spec else { unreachable!("part::make knows the kind") };
    (repository, tag)
}

fn image(aws: &Aws, repository: &str, tag: &str, condition: Condition) -> Found {
    let name = format!("{repository}:{tag}");
    Found::new(format!("{}/{name}", aws.registry()), condition).fact("name", name)
}

fn awaited(aws: &Aws, repository: &str, tag: &str) -> Condition {
    Condition::WaitingForYou(ask(aws, repository, tag, None))
}

fn ask(aws: &Aws, repository: &str, tag: &str, built_for: Option<String>) -> Ask {
    Ask::PushImage {
        registry: aws.registry(),
        repository: repository.to_owned(),
        tag: tag.to_owned(),
        region: aws.region().clone(),
        built_for,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(condition: Condition) -> BTreeMap<NodeId, Found> {
        let service = Found::new("service", condition);
        let definition = Found::new("definition", Condition::Ready).field("image", "web:1");
        BTreeMap::from([
            (NodeId::part(NodeKind::Service, "web"), service),
            (NodeId::part(NodeKind::TaskDefinition, "web"), definition),
        ])
    }

    #[test]
    fn only_a_healthy_service_proves_that_its_image_is_there() {
        let of = |condition, image| of_service(&world(condition), "web", image);
        assert_eq!(of(Condition::Ready, "web:1"), Some(Condition::Ready));
        assert_eq!(of(Condition::Ready, "web:2"), None);
        let starts = Condition::Settling("0 of 1 tasks run".into());
        assert!(matches!(of(starts.clone(), "web:1"), Some(Condition::Settling(_))));
        assert_eq!(of(starts, "web:2"), None);
        assert_eq!(of(Condition::Unwell("its deployment failed".into()), "web:1"), None);
    }
}
