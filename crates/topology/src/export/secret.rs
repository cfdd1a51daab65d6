//! Secrets by reference. Their values are nowhere in an export.

use super::hcl::Value;
use super::section::arn;
use crate::stack::SecretRef;

/// What ECS finds the secret by.
pub(super) fn value_from(reference: &SecretRef) -> Value {
    match reference {
        SecretRef::Ssm(text) | SecretRef::SecretsManager(text) if is_arn(text) => text.into(),
        SecretRef::Ssm(name) => arn("ssm", &format!("parameter/{}", name.trim_start_matches('/'))),
        SecretRef::SecretsManager(name) => arn("secretsmanager", &format!("secret:{name}")),
    }
}

/// The patterns that the secret's ARN matches in a policy: the secret alone, without a key or a version inside it.
pub(super) fn readable(reference: &SecretRef) -> Vec<Value> {
    // Secrets Manager ends each ARN with a hyphen and six characters of its own, which a reference may leave out.
    match reference {
        SecretRef::Ssm(_) => vec![value_from(reference)],
        SecretRef::SecretsManager(text) if is_arn(text) => {
            let whole = parts(text, 7);
            vec![format!("{whole}-??????").into(), whole.into()]
        }
        SecretRef::SecretsManager(name) => {
            vec![arn("secretsmanager", &format!("secret:{}-??????", parts(name, 1)))]
        }
    }
}

fn is_arn(text: &str) -> bool {
    text.starts_with("arn:")
}

fn parts(text: &str, count: usize) -> String {
    text.split(':').take(count).collect::<Vec<_>>().join(":")
}
