//! The policies that Slipway writes for its roles: who may take them, and what the execution role may do.

use serde_json::json;
use topology::names;
use topology::plan::collision;
use topology::stack::{SecretRef, StackName};

use super::super::connection::Aws;

/// Who may take the role: ECS tasks, and only those of this account.
pub fn trust(aws: &Aws) -> String {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": collision::ECS_TASKS },
            "Action": "sts:AssumeRole",
            "Condition": { "StringEquals": { "aws:SourceAccount": aws.account() } },
        }],
    })
    .to_string()
}

/// What ECS itself may do for the tasks: pull images, write logs, read exactly the secrets that are referred to.
pub fn execution_policy(aws: &Aws, stack: &StackName, secrets: &[SecretRef]) -> String {
    let log_groups = format!("log-group:{}*", names::log_group_prefix(stack));
    let mut statements = vec![
        json!({ "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*" }),
        json!({
            "Effect": "Allow",
            "Action": ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            // Services come and go, and the execution role need not change with them.
            "Resource": aws.arn("ecr", "repository/*"),
        }),
        json!({
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": aws.arn("logs", &log_groups),
        }),
    ];
    let (parameters, kept): (Vec<_>, Vec<_>) =
        secrets.iter().partition(|secret| matches!(secret, SecretRef::Ssm(_)));
    let arns = |secrets: Vec<&SecretRef>| -> Vec<String> {
        secrets.into_iter().flat_map(|secret| readable(aws, secret)).collect()
    };
    for (action, resources) in
        [("ssm:GetParameters", arns(parameters)), ("secretsmanager:GetSecretValue", arns(kept))]
    {
        if !resources.is_empty() {
            statements.push(json!({ "Effect": "Allow", "Action": action, "Resource": resources }));
        }
    }
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

/// The patterns that a secret's ARN matches in a policy.
fn readable(aws: &Aws, secret: &SecretRef) -> Vec<String> {
    let arn = secret_arn(&super::super::ecs::value_from(aws, secret));
    match secret {
        SecretRef::Ssm(_) => vec![arn],
        // Secrets Manager ends each ARN with a hyphen and six characters of its own, which a reference may leave out.
        SecretRef::SecretsManager(name) if name.starts_with("arn:") => vec![format!("{arn}-??????"), arn],
        SecretRef::SecretsManager(_) => vec![format!("{arn}-??????")],
    }
}

/// The secret alone, where the reference goes on to a key or a version inside it.
fn secret_arn(reference: &str) -> String {
    reference.splitn(8, ':').take(7).collect::<Vec<_>>().join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_allowed_without_the_key_inside_it() {
        let arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf";
        assert_eq!(secret_arn(&format!("{arn}:password::")), arn);
        assert_eq!(secret_arn(arn), arn);
    }
}
