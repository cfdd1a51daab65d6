//! Elastic Load Balancing: what stands at the edge.

pub mod listener;
pub mod load_balancer;
pub mod rule;
pub mod target_group;

pub async fn observe(_look: &super::observe::Look<'_>) -> Result<super::observe::Seen, super::AwsError> {
    todo!()
}
