//! The engine: looks at AWS, carries out plans, and keeps a journal of what it does.
//!
//! It makes no choices: the plan has made them. Only [`aws`] names `aws_sdk_*` types.
//!
//! | module | noun |
//! | --- | --- |
//! | [`aws`] | adapters, one module an AWS service; errors, waits and limits in our words |
//! | [`journal`] | the trait that a database implements, and what recovery relies on |
//! | [`run`] | one run of a plan: the walk, and the state of it |
//! | [`engine`] | the door: stacks, plans, operations, events |

pub mod aws;
pub mod engine;
pub mod error;
pub mod journal;
pub mod run;

mod clock;

pub use self::engine::{Attention, Engine};
pub use clock::Clock;
pub use error::{Error, chain};
pub use journal::{Journal, JournalError};
pub use run::Patience;
