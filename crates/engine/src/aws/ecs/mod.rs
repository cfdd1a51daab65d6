//! ECS: cluster, task definitions, services.

pub mod cluster;
pub mod service;
pub mod task_definition;

pub async fn observe(_look: &super::observe::Look<'_>) -> Result<super::observe::Seen, super::AwsError> {
    todo!()
}
