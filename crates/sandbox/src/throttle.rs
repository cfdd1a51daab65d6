//! Request rates: token buckets by service and kind of operation.

use crate::clock::Moment;
use crate::refusal::Refusal;
use crate::router::Call;

#[derive(Debug, Default)]
pub(crate) struct Throttle {}

impl Throttle {
    pub(crate) fn admit(&self, _call: &Call, _now: Moment) -> Result<(), Refusal> {
        Ok(())
    }
}
