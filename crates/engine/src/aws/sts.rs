//! STS: who we are.

use aws_config::SdkConfig;

use super::error::{AwsError, Class};
use super::limits::{Api, Limits};

/// The account's number.
pub(super) async fn account(config: &SdkConfig, limits: &Limits) -> Result<String, AwsError> {
    const DOING: &str = "ask AWS who we are";
    limits.admit(Api::Sts).await;
    let answer = aws_sdk_sts::Client::new(config).get_caller_identity().send().await;
    let answer = answer.map_err(|error| AwsError::from_sdk(DOING, &error))?;
    let nameless = || AwsError::new(DOING, Class::Server, "the answer names no account");
    answer.account.ok_or_else(nameless)
}
