//! AWS, in our words. The only module that names `aws_sdk_*` types.
//!
//! | module | noun |
//! | --- | --- |
//! | [`connection`] | which AWS, and the clients |
//! | [`error`] | what AWS said, and of which class it is |
//! | [`limits`] | call rates that stay below AWS's, and the count of calls |
//! | [`wait`] | the one poller |
//! | [`part`] | make, settle and delete one node: the way from a kind to its adapter |
//! | [`take_over`] | give something of somebody else's the stack's tags |
//! | [`observe`] | look at all of a stack in bulk |
//! | [`preflight`] | what is asked before a plan can run: permissions, quotas |
//! | [`read`] | read one part in full: what no bulk call returns |
//! | `together` | what waits for its turn, and then goes out in one call |
//!
//! The other modules are adapters, one an AWS service.

pub mod connection;
pub mod error;
pub mod limits;
pub mod observe;
pub mod part;
pub mod preflight;
pub mod read;
pub mod take_over;
pub mod wait;

mod acm;
mod arn;
mod autoscaling;
mod ec2;
mod ecr;
mod ecs;
mod elbv2;
mod iam;
mod logs;
mod mark;
mod policy;
mod route53;
mod sts;
mod together;

pub use connection::{Aws, Connection, Delegations};
pub use error::{AwsError, Class};
pub use limits::Api;
pub use mark::Claim;
pub use part::{Task, Told, World};
pub use wait::Probe;
