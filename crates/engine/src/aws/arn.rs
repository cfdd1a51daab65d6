//! Names that AWS computes from account and region: ARNs, and the registry's address.

use super::connection::Aws;

impl Aws {
    /// `arn:aws:<service>:<region>:<account>:<resource>`.
    pub(super) fn arn(&self, service: &str, resource: &str) -> String {
        let region = self.region();
        format!("arn:{}:{service}:{region}:{}:{resource}", partition(region.as_str()), self.account())
    }

    /// The same for what belongs to no region, such as roles.
    pub(super) fn global_arn(&self, service: &str, resource: &str) -> String {
        let partition = partition(self.region().as_str());
        // Hosted zones belong to no account either, as ARNs go.
        let account = if service == "route53" { "" } else { self.account() };
        format!("arn:{partition}:{service}::{account}:{resource}")
    }

    /// Where the services that stand in no region are called.
    pub(super) fn home_region(&self) -> &'static str {
        match partition(self.region().as_str()) {
            "aws-cn" => "cn-north-1",
            "aws-us-gov" => "us-gov-west-1",
            _ => "us-east-1",
        }
    }

    /// The address of the account's own ECR, without a scheme.
    pub(super) fn registry(&self) -> String {
        let region = self.region().as_str();
        let suffix = if partition(region) == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
        format!("{}.dkr.ecr.{region}.{suffix}", self.account())
    }
}

fn partition(region: &str) -> &'static str {
    match region {
        _ if region.starts_with("cn-") => "aws-cn",
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}
