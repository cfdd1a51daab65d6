//! ECS: cluster, task definitions, services.
//!
//! | module | noun |
//! | --- | --- |
//! | [`cluster`], [`task_definition`], [`service`] | one kind of node each: make, settle, delete |
//! | [`definition`] | a task definition in AWS's words and back |
//! | [`rollout`] | how a service is, and the wait until it is well |
//! | [`observe`](mod@observe) | the look at all three |

pub mod cluster;
pub mod service;
pub mod task_definition;

mod definition;
mod observe;
mod rollout;
mod tasks;

use aws_sdk_ecs::types::Tag;

use topology::observation::Found;

use super::AwsError;
use super::limits::Api;
use super::mark::{Claim, Tags};

pub use definition::{Home, value_from};
pub use observe::observe;
pub use rollout::{Aim, until_steady};

/// A cluster or a task definition becomes the stack's.
pub async fn take_over(claim: &Claim<'_>, found: &Found) -> Result<(), AwsError> {
    let tags = claim.tags().map(|(key, value)| tag(key, value)).into();
    let request = claim.aws.inner.ecs.tag_resource().resource_arn(&found.aws_id).set_tags(Some(tags));
    claim.aws.call(Api::EcsTag, &claim.doing(), request.send()).await.map(drop)
}

fn tag(key: &str, value: impl Into<String>) -> Tag {
    Tag::builder().key(key).value(value).build()
}

fn tags_of(tags: &[Tag]) -> Tags {
    Tags::of(tags.iter().map(|tag| (tag.key(), tag.value())))
}
