//! STS: who we are.

use aws_config::SdkConfig;

use super::error::{AwsError, Class};
use super::limits::{Api, Limits};

/// Whose credentials these are.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// The account's number.
    pub account: String,
    /// Of the user, or of the session of a role.
    pub arn: String,
}

pub(super) async fn caller(config: &SdkConfig, limits: &Limits) -> Result<Caller, AwsError> {
    const DOING: &str = "ask AWS who we are";
    limits.admit(Api::Sts).await;
    let answer = aws_sdk_sts::Client::new(config).get_caller_identity().send().await;
    let answer = answer.map_err(|error| AwsError::from_sdk(DOING, &error))?;
    let nameless = || AwsError::new(DOING, Class::Server, "the answer names no account");
    let account = answer.account.ok_or_else(nameless)?;
    Ok(Caller { account, arn: answer.arn.unwrap_or_default() })
}
