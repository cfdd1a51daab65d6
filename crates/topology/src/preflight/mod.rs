//! What is asked of AWS before a plan can run, and what its answers mean for the plan.
//!
//! Here is only the meaning; `engine::aws::preflight` asks.

mod permission;
mod quota;

pub use permission::{Denial, Forbids, denied, unchecked, works_as_root};
pub use quota::{Limited, Quota, exceeded, is_default_vpc, needs};
