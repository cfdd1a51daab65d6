//! The container registry (ECR), and the sandbox in the role of the user's CI.
//!
//! Some time after somebody first asked for a tag (by looking for it, or by a task definition that
//! names it) the image is there. The tag `missing` never comes, and the tag `arm64` is built for another processor
//! than tasks have.

mod image;
mod manifest;
mod reference;
mod repository;

use std::collections::{BTreeMap, HashMap};

pub(crate) use manifest::configuration;
pub(crate) use reference::{Pull, digest, is_broken};

use crate::clock::Moment;
use crate::refusal::{Answer, refuse};
use crate::router::Call;
use crate::world::World;

/// How long the user's CI takes to build and push.
const BUILD: f64 = 60.0;
/// The tag that the user's CI never pushes.
const NEVER: &str = "missing";

#[derive(Debug, Default)]
pub(crate) struct Images {
    repositories: BTreeMap<String, repository::Repository>,
    /// When a tag of a repository was first asked for; the repository may not be there yet.
    asked: HashMap<(String, String), Moment>,
    /// Images that were deleted by hand; CI does not push them again.
    deleted: Vec<(String, String)>,
}

impl Images {
    /// Notes that somebody wants this image.
    fn ask(&mut self, repository: &str, tag: &str, now: Moment) {
        let key = (repository.to_owned(), tag.to_owned());
        self.asked.entry(key).or_insert(now);
    }

    /// When the image was or will be pushed, if ever.
    fn pushed_at(&self, repository: &str, tag: &str) -> Option<Moment> {
        let key = (repository.to_owned(), tag.to_owned());
        let home = self.repositories.get(repository)?;
        let asked = self.asked.get(&key)?;
        if tag == NEVER || self.deleted.contains(&key) {
            return None;
        }
        if let Some(pushed) = home.pushed.get(tag) {
            return Some(*pushed);
        }
        Some(asked.max(home.created_at) + BUILD)
    }

    fn tags_in(&self, repository: &str, now: Moment) -> Vec<(String, Moment)> {
        let tags = self.asked.keys().filter(|(home, _)| home == repository);
        let mut found: Vec<(String, Moment)> = tags
            .filter_map(|(_, tag)| Some((tag.clone(), self.pushed_at(repository, tag)?)))
            .filter(|(_, pushed)| *pushed <= now)
            .collect();
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found
    }
}

pub(crate) fn answer(world: &mut World, call: &Call) -> Answer {
    let body = call.body();
    match call.operation.as_str() {
        "CreateRepository" => repository::create(world, body),
        "DescribeRepositories" => repository::describe(world, body),
        "DeleteRepository" => repository::delete(world, body),
        "PutImageScanningConfiguration" => repository::put_scanning(world, body),
        "PutImageTagMutability" => repository::put_mutability(world, body),
        "PutLifecyclePolicy" => repository::put_lifecycle_policy(world, body),
        "GetLifecyclePolicy" => repository::get_lifecycle_policy(world, body),
        "DeleteLifecyclePolicy" => repository::delete_lifecycle_policy(world, body),
        "SetRepositoryPolicy" => repository::set_policy(world, body),
        "GetRepositoryPolicy" => repository::get_policy(world, body),
        "DeleteRepositoryPolicy" => repository::delete_policy(world, body),
        "TagResource" => repository::tag(world, body),
        "UntagResource" => repository::untag(world, body),
        "ListTagsForResource" => repository::list_tags(world, body),
        "GetAuthorizationToken" => repository::authorization(world),
        "DescribeImages" => image::describe(world, body),
        "ListImages" => image::list(world, body),
        "BatchGetImage" => image::batch_get(world, body),
        "GetDownloadUrlForLayer" => image::download_url(world, call),
        "BatchDeleteImage" => image::batch_delete(world, body),
        "PutImage" => image::put(world, body),
        other => refuse("UnknownOperationException", format!("The sandbox's ECR does not know {other}")),
    }
}
