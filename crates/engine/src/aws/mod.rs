//! AWS, in our words. The only module that names `aws_sdk_*` types.

/// Provisional.
#[derive(Clone)]
pub struct Aws;

/// Provisional.
#[derive(Debug, thiserror::Error)]
#[error("{doing}")]
pub struct AwsError {
    pub doing: String,
}
