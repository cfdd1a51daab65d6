//! The hosted zone and what its tags note.

use topology::node::Spec;
use topology::observation::Found;

use super::super::{AwsError, Task};

pub async fn make(_task: &Task<'_>, _spec: &Spec, _found: Option<&Found>) -> Result<Found, AwsError> {
    todo!()
}

pub async fn delete(_task: &Task<'_>, _found: &Found) -> Result<(), AwsError> {
    todo!()
}

pub async fn observe(
    _look: &super::super::observe::Look<'_>,
) -> Result<(super::super::observe::Seen, Option<topology::node::ZoneNote>), AwsError> {
    todo!()
}

pub async fn stacks(
    _aws: &super::super::Aws,
) -> Result<std::collections::BTreeMap<topology::stack::StackName, topology::node::ZoneNote>, AwsError> {
    todo!()
}
