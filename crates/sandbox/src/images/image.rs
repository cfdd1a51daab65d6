//! Images: described, listed, fetched by tag, deleted.

use serde_json::json;
use winterbaume_ecr::model as m;

use super::{digest, manifest};
use crate::clock::Moment;
use crate::http::LAYERS;
use crate::refusal::{Answer, refuse};
use crate::router::Call;
use crate::wire::{json, page, read_json};
use crate::world::World;

fn digest_of(repository: &str, tag: &str) -> String {
    digest(&format!("{repository}:{tag}"))
}

fn detail(world: &World, repository: &str, tag: &str, pushed: Moment) -> m::ImageDetail {
    m::ImageDetail {
        registry_id: Some(world.account.clone()),
        repository_name: Some(repository.to_owned()),
        image_digest: Some(digest_of(repository, tag)),
        image_tags: Some(vec![tag.to_owned()]),
        image_pushed_at: Some(world.epoch(pushed)),
        image_size_in_bytes: Some(52_428_800),
        image_manifest_media_type: Some(manifest::media_type(tag).to_owned()),
        artifact_media_type: Some("application/vnd.docker.container.image.v1+json".to_owned()),
        ..m::ImageDetail::default()
    }
}

/// The tag that an identifier means, whether it gives the tag or the digest.
fn tag_of(world: &World, repository: &str, id: &m::ImageIdentifier) -> Option<(String, Moment)> {
    let tags = world.images.tags_in(repository, world.now);
    tags.into_iter().find(|(tag, _)| match (&id.image_tag, &id.image_digest) {
        (Some(wanted), _) => wanted == tag,
        (None, Some(wanted)) => *wanted == digest_of(repository, tag),
        (None, None) => false,
    })
}

/// Whoever asks for a tag makes the user's CI build it.
fn ask(world: &mut World, repository: &str, ids: &[m::ImageIdentifier]) {
    for tag in ids.iter().filter_map(|id| id.image_tag.as_ref()) {
        world.images.ask(repository, tag, world.now);
    }
}

fn shown(id: &m::ImageIdentifier) -> String {
    let part =
        |name: &str, value: &Option<String>| format!("{name}:'{}'", value.as_deref().unwrap_or("null"));
    format!("{{{}, {}}}", part("imageDigest", &id.image_digest), part("imageTag", &id.image_tag))
}

pub(super) fn describe(world: &mut World, body: &[u8]) -> Answer {
    let request: m::DescribeImagesRequest = read_json(body)?;
    let name = request.repository_name;
    world.images.get(&name, &world.account)?;
    let mut details = Vec::new();
    match request.image_ids {
        Some(ids) => {
            ask(world, &name, &ids);
            for id in &ids {
                let Some((tag, pushed)) = tag_of(world, &name, id) else {
                    return refuse(
                        "ImageNotFoundException",
                        format!(
                            "The image with imageId {} does not exist within the repository with name '{name}' in the registry with id '{}'",
                            shown(id),
                            world.account
                        ),
                    );
                };
                details.push(detail(world, &name, &tag, pushed));
            }
        }
        None => {
            let tags = world.images.tags_in(&name, world.now);
            details.extend(tags.iter().map(|(tag, pushed)| detail(world, &name, tag, *pushed)));
        }
    }
    let size = request.max_results.unwrap_or(100).clamp(1, 1000) as usize;
    let (items, next_token) = page(&details, request.next_token.as_deref(), size);
    json(&m::DescribeImagesResponse { image_details: Some(items), next_token })
}

pub(super) fn list(world: &mut World, body: &[u8]) -> Answer {
    let request: m::ListImagesRequest = read_json(body)?;
    let name = request.repository_name;
    world.images.get(&name, &world.account)?;
    let ids: Vec<m::ImageIdentifier> = world
        .images
        .tags_in(&name, world.now)
        .into_iter()
        .map(|(tag, _)| m::ImageIdentifier {
            image_digest: Some(digest_of(&name, &tag)),
            image_tag: Some(tag),
        })
        .collect();
    let size = request.max_results.unwrap_or(100).clamp(1, 1000) as usize;
    let (items, next_token) = page(&ids, request.next_token.as_deref(), size);
    json(&m::ListImagesResponse { image_ids: Some(items), next_token })
}

fn failure(id: &m::ImageIdentifier) -> m::ImageFailure {
    m::ImageFailure {
        image_id: Some(id.clone()),
        failure_code: Some("ImageNotFound".to_owned()),
        failure_reason: Some("Requested image not found".to_owned()),
    }
}

pub(super) fn batch_get(world: &mut World, body: &[u8]) -> Answer {
    let request: m::BatchGetImageRequest = read_json(body)?;
    let name = request.repository_name;
    world.images.get(&name, &world.account)?;
    ask(world, &name, &request.image_ids);
    let (mut images, mut failures) = (Vec::new(), Vec::new());
    for id in &request.image_ids {
        let Some((tag, _)) = tag_of(world, &name, id) else {
            failures.push(failure(id));
            continue;
        };
        let digest = digest_of(&name, &tag);
        let media_type = manifest::media_type(&tag);
        images.push(m::Image {
            registry_id: Some(world.account.clone()),
            repository_name: Some(name.clone()),
            image_manifest: Some(manifest::manifest(&name, &tag)),
            image_manifest_media_type: Some(media_type.to_owned()),
            image_id: Some(m::ImageIdentifier { image_digest: Some(digest), image_tag: Some(tag) }),
        });
    }
    json(&m::BatchGetImageResponse { images: Some(images), failures: Some(failures) })
}

/// The address of a layer, at this very endpoint; on AWS it is one of S3's, signed.
pub(super) fn download_url(world: &World, call: &Call) -> Answer {
    let request: m::GetDownloadUrlForLayerRequest = read_json(call.body())?;
    world.images.get(&request.repository_name, &world.account)?;
    let host = call.request.headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or_default();
    let url = format!("http://{host}{LAYERS}{}", request.layer_digest);
    json(&json!({"downloadUrl": url, "layerDigest": request.layer_digest}))
}

pub(super) fn batch_delete(world: &mut World, body: &[u8]) -> Answer {
    let request: m::BatchDeleteImageRequest = read_json(body)?;
    let name = request.repository_name;
    world.images.get(&name, &world.account)?;
    let (mut deleted, mut failures) = (Vec::new(), Vec::new());
    for id in &request.image_ids {
        match tag_of(world, &name, id) {
            Some((tag, _)) => {
                world.images.deleted.push((name.clone(), tag.clone()));
                deleted.push(m::ImageIdentifier {
                    image_digest: Some(digest_of(&name, &tag)),
                    image_tag: Some(tag),
                });
            }
            None => failures.push(failure(id)),
        }
    }
    json(&m::BatchDeleteImageResponse { image_ids: Some(deleted), failures: Some(failures) })
}

/// A push by hand; the layers are taken on trust.
pub(super) fn put(world: &mut World, body: &[u8]) -> Answer {
    let request: m::PutImageRequest = read_json(body)?;
    let name = request.repository_name;
    let tag = request.image_tag.unwrap_or_else(|| "latest".to_owned());
    let now = world.now;
    world.images.get_mut(&name, &world.account)?.pushed.insert(tag.clone(), now);
    world.images.ask(&name, &tag, now);
    world.images.deleted.retain(|(home, gone)| (home, gone) != (&name, &tag));
    json(&json!({"image": {"registryId": world.account, "repositoryName": name,
        "imageManifest": request.image_manifest,
        "imageId": {"imageDigest": digest_of(&name, &tag), "imageTag": tag}}}))
}
