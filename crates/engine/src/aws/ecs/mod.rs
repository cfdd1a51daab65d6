//! ECS: cluster, task definitions, services.
//!
//! | module | noun |
//! | --- | --- |
//! | [`cluster`], [`task_definition`], [`service`] | one kind of node each: make, settle, delete |
//! | [`revision`] | the revisions of a definition, and how they go |
//! | [`definition`] | a task definition in AWS's words and back |
//! | [`rollout`] | how a service is, and the wait until it is well |
//! | [`observe`](mod@observe) | the look at all three |
//! | [`stray`] | what that look does not see |

pub mod cluster;
pub mod service;
pub mod task_definition;

mod definition;
mod observe;
mod revision;
mod rollout;
mod stray;
mod tasks;

use aws_sdk_ecs::types::{Service, Tag};

use topology::observation::Found;

use super::AwsError;
use super::limits::Api;
use super::mark::{Claim, Tags};
use super::together::Together;

pub use definition::{Home, value_from};
pub use observe::observe;
use revision::Revisions;
pub use rollout::{Aim, until_steady};
pub use stray::strays;

/// The calls that are made for several nodes at once, by the stack that they are about.
pub struct Calls {
    /// A service, by its name.
    services: Together<String, Result<Option<Service>, AwsError>>,
    /// How many tasks of a service still stop, by its name.
    stopping: Together<String, Result<usize, AwsError>>,
    /// The ARNs of a family's revisions, by its name.
    revisions: Together<String, Result<Revisions, AwsError>>,
    /// The delete of a revision, by its ARN.
    deletions: Together<String, Result<(), AwsError>>,
}

impl Default for Calls {
    fn default() -> Self {
        Self {
            services: Together::new(service::DESCRIBE_BATCH),
            stopping: Together::new(usize::MAX),
            revisions: Together::new(usize::MAX),
            deletions: Together::new(revision::DELETE_BATCH),
        }
    }
}

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
