//! Repositories: settings, lifecycle policy, tags.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use winterbaume_ecr::model as m;

use super::Images;
use crate::clock::Moment;
use crate::refusal::{Answer, Refusal, refusal, refuse};
use crate::tags::{Tags, merge};
use crate::wire::{json, page, read_json};
use crate::world::World;

#[derive(Debug)]
pub(super) struct Repository {
    settings: m::Repository,
    pub(super) created_at: Moment,
    /// Images pushed through the API rather than by the sandbox's CI.
    pub(super) pushed: BTreeMap<String, Moment>,
    lifecycle_policy: Option<String>,
    policy: Option<String>,
    tags: Tags,
}

impl Images {
    pub(super) fn get(&self, name: &str, account: &str) -> Result<&Repository, Refusal> {
        self.repositories.get(name).ok_or_else(|| missing(name, account))
    }

    pub(super) fn get_mut(&mut self, name: &str, account: &str) -> Result<&mut Repository, Refusal> {
        self.repositories.get_mut(name).ok_or_else(|| missing(name, account))
    }

    fn by_arn(&mut self, arn: &str, account: &str) -> Result<&mut Repository, Refusal> {
        let name = arn.split_once(":repository/").map_or(arn, |(_, name)| name);
        self.get_mut(name, account)
    }
}

fn missing(name: &str, account: &str) -> Refusal {
    refusal(
        "RepositoryNotFoundException",
        format!("The repository with name '{name}' does not exist in the registry with id '{account}'"),
    )
}

fn check_name(name: &str) -> Result<(), Refusal> {
    let part = |part: &str| {
        let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        edge(part.chars().next())
            && edge(part.chars().last())
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b))
    };
    if (2..=256).contains(&name.len()) && name.split('/').all(part) {
        return Ok(());
    }
    refuse(
        "InvalidParameterException",
        format!(
            "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression '(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*'' (was '{name}')"
        ),
    )
}

pub(super) fn create(world: &mut World, body: &[u8]) -> Answer {
    let request: m::CreateRepositoryRequest = read_json(body)?;
    let name = request.repository_name;
    check_name(&name)?;
    if world.images.repositories.contains_key(&name) {
        return refuse(
            "RepositoryAlreadyExistsException",
            format!(
                "The repository with name '{name}' already exists in the registry with id '{}'",
                world.account
            ),
        );
    }
    let mut tags = Tags::new();
    let new = request.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value));
    merge(&mut tags, new, "InvalidTagParameterException")?;
    let settings =
        m::Repository {
            repository_arn: Some(world.arn("ecr", &format!("repository/{name}"))),
            registry_id: Some(world.account.clone()),
            repository_uri: Some(format!("{}.dkr.ecr.{}.amazonaws.com/{name}", world.account, world.region)),
            repository_name: Some(name.clone()),
            created_at: Some(world.epoch(world.now)),
            image_tag_mutability: Some(request.image_tag_mutability.unwrap_or_else(|| "MUTABLE".to_owned())),
            image_tag_mutability_exclusion_filters: request.image_tag_mutability_exclusion_filters,
            image_scanning_configuration: Some(
                request
                    .image_scanning_configuration
                    .unwrap_or(m::ImageScanningConfiguration { scan_on_push: Some(false) }),
            ),
            encryption_configuration: Some(request.encryption_configuration.unwrap_or(
                m::EncryptionConfiguration { encryption_type: "AES256".to_owned(), kms_key: None },
            )),
        };
    world.images.deleted.retain(|(home, _)| *home != name);
    world.images.repositories.insert(
        name,
        Repository {
            settings: settings.clone(),
            created_at: world.now,
            pushed: BTreeMap::new(),
            lifecycle_policy: None,
            policy: None,
            tags,
        },
    );
    json(&m::CreateRepositoryResponse { repository: Some(settings) })
}

pub(super) fn describe(world: &mut World, body: &[u8]) -> Answer {
    let request: m::DescribeRepositoriesRequest = read_json(body)?;
    let all: Vec<m::Repository> = match request.repository_names {
        Some(names) => {
            let found: Result<Vec<m::Repository>, Refusal> = names
                .iter()
                .map(|name| Ok(world.images.get(name, &world.account)?.settings.clone()))
                .collect();
            found?
        }
        None => world.images.repositories.values().map(|r| r.settings.clone()).collect(),
    };
    let size = request.max_results.unwrap_or(100).clamp(1, 1000) as usize;
    let (items, next_token) = page(&all, request.next_token.as_deref(), size);
    json(&m::DescribeRepositoriesResponse { repositories: Some(items), next_token })
}

pub(super) fn delete(world: &mut World, body: &[u8]) -> Answer {
    let request: m::DeleteRepositoryRequest = read_json(body)?;
    let name = request.repository_name;
    let settings = world.images.get(&name, &world.account)?.settings.clone();
    let empty = world.images.tags_in(&name, world.now).is_empty();
    if !empty && request.force != Some(true) {
        return refuse(
            "RepositoryNotEmptyException",
            format!(
                "The repository with name '{name}' in registry with id '{}' cannot be deleted because it still contains images",
                world.account
            ),
        );
    }
    world.images.repositories.remove(&name);
    world.images.asked.retain(|(home, _), _| *home != name);
    json(&m::DeleteRepositoryResponse { repository: Some(settings) })
}

pub(super) fn put_scanning(world: &mut World, body: &[u8]) -> Answer {
    let request: m::PutImageScanningConfigurationRequest = read_json(body)?;
    let repository = world.images.get_mut(&request.repository_name, &world.account)?;
    repository.settings.image_scanning_configuration = Some(request.image_scanning_configuration.clone());
    json(&json!({"registryId": world.account, "repositoryName": request.repository_name,
        "imageScanningConfiguration": request.image_scanning_configuration}))
}

pub(super) fn put_mutability(world: &mut World, body: &[u8]) -> Answer {
    let request: m::PutImageTagMutabilityRequest = read_json(body)?;
    let repository = world.images.get_mut(&request.repository_name, &world.account)?;
    repository.settings.image_tag_mutability = Some(request.image_tag_mutability.clone());
    repository.settings.image_tag_mutability_exclusion_filters =
        request.image_tag_mutability_exclusion_filters;
    json(&json!({"registryId": world.account, "repositoryName": request.repository_name,
        "imageTagMutability": request.image_tag_mutability}))
}

pub(super) fn put_lifecycle_policy(world: &mut World, body: &[u8]) -> Answer {
    let request: m::PutLifecyclePolicyRequest = read_json(body)?;
    let text = request.lifecycle_policy_text;
    if serde_json::from_str::<Value>(&text).is_err() {
        return refuse(
            "InvalidParameterException",
            "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure: not valid JSON'",
        );
    }
    world.images.get_mut(&request.repository_name, &world.account)?.lifecycle_policy = Some(text.clone());
    json(&json!({"registryId": world.account, "repositoryName": request.repository_name,
        "lifecyclePolicyText": text}))
}

fn no_lifecycle_policy(name: &str, account: &str) -> Refusal {
    refusal(
        "LifecyclePolicyNotFoundException",
        format!(
            "Lifecycle policy does not exist for the repository with name '{name}' in the registry with id '{account}'"
        ),
    )
}

pub(super) fn get_lifecycle_policy(world: &mut World, body: &[u8]) -> Answer {
    let request: m::GetLifecyclePolicyRequest = read_json(body)?;
    let name = request.repository_name;
    let policy = world.images.get(&name, &world.account)?.lifecycle_policy.clone();
    let policy = policy.ok_or_else(|| no_lifecycle_policy(&name, &world.account))?;
    json(&json!({"registryId": world.account, "repositoryName": name, "lifecyclePolicyText": policy,
        "lastEvaluatedAt": world.epoch(world.now)}))
}

pub(super) fn delete_lifecycle_policy(world: &mut World, body: &[u8]) -> Answer {
    let request: m::GetLifecyclePolicyRequest = read_json(body)?;
    let name = request.repository_name;
    let policy = world.images.get_mut(&name, &world.account)?.lifecycle_policy.take();
    let policy = policy.ok_or_else(|| no_lifecycle_policy(&name, &world.account))?;
    json(&json!({"registryId": world.account, "repositoryName": name, "lifecyclePolicyText": policy}))
}

fn no_policy(name: &str, account: &str) -> Refusal {
    refusal(
        "RepositoryPolicyNotFoundException",
        format!(
            "Repository policy does not exist for the repository with name '{name}' in the registry with id '{account}'"
        ),
    )
}

pub(super) fn set_policy(world: &mut World, body: &[u8]) -> Answer {
    let request: m::SetRepositoryPolicyRequest = read_json(body)?;
    let repository = world.images.get_mut(&request.repository_name, &world.account)?;
    repository.policy = Some(request.policy_text.clone());
    json(&json!({"registryId": world.account, "repositoryName": request.repository_name,
        "policyText": request.policy_text}))
}

pub(super) fn get_policy(world: &mut World, body: &[u8]) -> Answer {
    let request: m::GetLifecyclePolicyRequest = read_json(body)?;
    let name = request.repository_name;
    let policy = world.images.get(&name, &world.account)?.policy.clone();
    let policy = policy.ok_or_else(|| no_policy(&name, &world.account))?;
    json(&json!({"registryId": world.account, "repositoryName": name, "policyText": policy}))
}

pub(super) fn delete_policy(world: &mut World, body: &[u8]) -> Answer {
    let request: m::GetLifecyclePolicyRequest = read_json(body)?;
    let name = request.repository_name;
    let policy = world.images.get_mut(&name, &world.account)?.policy.take();
    let policy = policy.ok_or_else(|| no_policy(&name, &world.account))?;
    json(&json!({"registryId": world.account, "repositoryName": name, "policyText": policy}))
}

pub(super) fn tag(world: &mut World, body: &[u8]) -> Answer {
    let request: m::TagResourceRequest = read_json(body)?;
    let repository = world.images.by_arn(&request.resource_arn, &world.account)?;
    let new = request.tags.into_iter().map(|tag| (tag.key, tag.value));
    merge(&mut repository.tags, new, "InvalidTagParameterException")?;
    json(&json!({}))
}

pub(super) fn untag(world: &mut World, body: &[u8]) -> Answer {
    let request: m::UntagResourceRequest = read_json(body)?;
    let repository = world.images.by_arn(&request.resource_arn, &world.account)?;
    repository.tags.retain(|key, _| !request.tag_keys.contains(key));
    json(&json!({}))
}

pub(super) fn list_tags(world: &mut World, body: &[u8]) -> Answer {
    let request: m::ListTagsForResourceRequest = read_json(body)?;
    let repository = world.images.by_arn(&request.resource_arn, &world.account)?;
    let tags: Vec<Value> =
        repository.tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    json(&json!({"tags": tags}))
}

pub(super) fn authorization(world: &mut World) -> Answer {
    json(&json!({"authorizationData": [{
        "authorizationToken": "QVdTOnNhbmRib3g=",
        "expiresAt": world.epoch(world.now) + 43_200.0,
        "proxyEndpoint": format!("https://{}.dkr.ecr.{}.amazonaws.com", world.account, world.region)}]}))
}
