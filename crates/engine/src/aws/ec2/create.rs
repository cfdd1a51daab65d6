//! Creating what EC2 knows by no idempotency token.
//!
//! The SDK would repeat a call whose answer was lost, and so make the part twice. Here it does not: what may
//! have been made is looked for by its tags before it is made again.

use std::time::Duration;

use aws_sdk_ec2::config::Builder;
use aws_sdk_ec2::config::retry::RetryConfig;

use super::super::{AwsError, Class, Task};

const ATTEMPTS: u32 = 6;

/// For one call: the SDK does not repeat it.
pub fn unrepeated() -> Builder {
    Builder::default().retry_config(RetryConfig::disabled())
}

/// Creates by `create`; where it is not known whether that worked, by `find` it is found out.
pub async fn once<T, C, F>(
    task: &Task<'_>,
    create: impl Fn() -> C,
    find: impl Fn() -> F,
) -> Result<T, AwsError>
where
    C: Future<Output = Result<T, AwsError>>,
    F: Future<Output = Result<Option<T>, AwsError>>,
{
    let mut attempt = 1;
    loop {
        let error = match create().await {
            Err(error) if may_have_worked(&error) => error,
            other => return other,
        };
        // Long enough that what was made can be seen.
        tokio::time::sleep(task.aws.step().max(Duration::from_millis(50)) * attempt).await;
        if let Some(made) = find().await? {
            return Ok(made);
        }
        if attempt == ATTEMPTS || task.cancel.is_cancelled() || error.class == Class::Invalid {
            return Err(error);
        }
        attempt += 1;
    }
}

fn may_have_worked(error: &AwsError) -> bool {
    let conflicts = error.code.as_deref() == Some("InvalidSubnet.Conflict");
    conflicts || matches!(error.class, Class::Server | Class::Unreachable | Class::Throttled)
}
