//! Tags of clusters, services, task definitions and tasks, by ARN.

use winterbaume_ecs::model as m;

use super::Containers;
use super::cluster::shown_tags;
use crate::refusal::{Answer, Refusal, refusal};
use crate::tags::{Tags, merge};
use crate::wire::{json, read_json};
use crate::world::World;

impl Containers {
    fn tags_mut(&mut self, arn: &str) -> Result<&mut Tags, Refusal> {
        let clusters =
            self.clusters.iter_mut().filter(|c| c.inactive_at.is_none()).map(|c| (&c.arn, &mut c.tags));
        let services =
            self.services.iter_mut().filter(|s| s.inactive_at.is_none()).map(|s| (&s.arn, &mut s.tags));
        let definitions = self.definitions.iter_mut().map(|d| (&d.arn, &mut d.tags));
        let tasks = self.tasks.iter_mut().map(|t| (&t.arn, &mut t.tags));
        let mut all = clusters.chain(services).chain(definitions).chain(tasks);
        all.find(|(other, _)| *other == arn).map(|(_, tags)| tags).ok_or_else(|| {
            refusal("InvalidParameterException", format!("The specified resource {arn} was not found."))
        })
    }
}

pub(super) fn tag(world: &mut World, body: &[u8]) -> Answer {
    let request: m::TagResourceRequest = read_json(body)?;
    let tags = world.containers.tags_mut(&request.resource_arn)?;
    let new = request.tags.into_iter();
    let pairs = new.map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default()));
    merge(tags, pairs, "InvalidParameterException")?;
    json(&serde_json::json!({}))
}

pub(super) fn untag(world: &mut World, body: &[u8]) -> Answer {
    let request: m::UntagResourceRequest = read_json(body)?;
    let tags = world.containers.tags_mut(&request.resource_arn)?;
    tags.retain(|key, _| !request.tag_keys.contains(key));
    json(&serde_json::json!({}))
}

pub(super) fn list(world: &mut World, body: &[u8]) -> Answer {
    let request: m::ListTagsForResourceRequest = read_json(body)?;
    let tags = world.containers.tags_mut(&request.resource_arn)?;
    json(&m::ListTagsForResourceResponse { tags: Some(shown_tags(tags)) })
}
