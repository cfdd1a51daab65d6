//! Route 53: zone and records.

pub mod alias;
pub mod delegation;
pub mod validation;
pub mod zone;

pub async fn observe_records(
    _look: &super::observe::Look<'_>,
    _found: &std::collections::BTreeMap<topology::node::NodeId, topology::observation::Found>,
) -> Result<super::observe::Seen, super::AwsError> {
    todo!()
}
