//! Tags of hosted zones: at most ten a call, fifty a zone.

use winterbaume_route53::model::{
    ListTagsForResourceResponse, ListTagsForResourcesResponse, ResourceTagSet, Tag, TagList,
};
use winterbaume_route53::wire;

use super::{invalid_input, with_namespace};
use crate::refusal::{Answer, Refusal, refuse};
use crate::router::Call;
use crate::tags::merge;
use crate::world::World;

pub(super) fn change(world: &mut World, call: &Call, parts: &[String]) -> Answer {
    let request = wire::deserialize_change_tags_for_resource_request(&call.request, &[], &call.params)
        .map_err(invalid_input)?;
    let added = request.add_tags.map(|tags| tags.items).unwrap_or_default();
    let removed = request.remove_tag_keys.map(|keys| keys.items).unwrap_or_default();
    if added.len() > 10 || removed.len() > 10 {
        return refuse("InvalidInput", "At most 10 tags can be added and 10 removed in one call");
    }
    let id = parts.get(2).map(String::as_str).unwrap_or_default();
    let zone = world.zones.get_mut(id)?;
    let added = added.into_iter().filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default())));
    let mut tags = zone.tags.clone();
    tags.retain(|key, _| !removed.contains(key));
    merge(&mut tags, added, "InvalidInput")?;
    zone.tags = tags;
    Ok(with_namespace(wire::serialize_change_tags_for_resource_response()))
}

fn tag_set(world: &World, id: &str) -> Result<ResourceTagSet, Refusal> {
    let zone = world.zones.get(id)?;
    let items = zone
        .tags
        .iter()
        .map(|(key, value)| Tag { key: Some(key.clone()), value: Some(value.clone()) })
        .collect();
    Ok(ResourceTagSet {
        resource_id: Some(id.to_owned()),
        resource_type: Some("hostedzone".to_owned()),
        tags: Some(TagList { items }),
    })
}

pub(super) fn list(world: &mut World, parts: &[String]) -> Answer {
    let id = parts.get(2).map(String::as_str).unwrap_or_default();
    let answer = ListTagsForResourceResponse { resource_tag_set: Some(tag_set(world, id)?) };
    Ok(with_namespace(wire::serialize_list_tags_for_resource_response(&answer)))
}

pub(super) fn list_many(world: &mut World, call: &Call) -> Answer {
    let request = wire::deserialize_list_tags_for_resources_request(&call.request, &[], &call.params)
        .map_err(invalid_input)?;
    if request.resource_ids.items.len() > 10 {
        return refuse("InvalidInput", "At most 10 resources can be asked for in one call");
    }
    let sets: Result<Vec<ResourceTagSet>, Refusal> =
        request.resource_ids.items.iter().map(|id| tag_set(world, id)).collect();
    let answer = ListTagsForResourcesResponse {
        resource_tag_sets: Some(winterbaume_route53::model::ResourceTagSetList { items: sets? }),
    };
    Ok(with_namespace(wire::serialize_list_tags_for_resources_response(&answer)))
}
