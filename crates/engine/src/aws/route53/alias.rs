//! Alias records.

use topology::node::Spec;
use topology::observation::Found;

use super::super::{AwsError, Task};

pub async fn make(_task: &Task<'_>, _spec: &Spec, _found: Option<&Found>) -> Result<Found, AwsError> {
    todo!()
}

pub async fn settle(_task: &Task<'_>, _spec: &Spec, _made: Found) -> Result<Found, AwsError> {
    todo!()
}

pub async fn delete(_task: &Task<'_>, _found: &Found) -> Result<(), AwsError> {
    todo!()
}
