//! What other services must know of IAM's roles: which exist, and since when.
//!
//! IAM itself is mounted; the front tells us of each role made and deleted.

use std::collections::HashMap;

use crate::clock::Moment;
use crate::refusal::{Refusal, refuse};

/// How long a new role is not yet usable elsewhere.
const UNSEEN: f64 = 8.0;

#[derive(Debug, Default)]
pub(crate) struct Roles {
    made: HashMap<String, Moment>,
    /// By role name; IAM's own list, as mounted, leaves them out.
    descriptions: HashMap<String, String>,
}

impl Roles {
    pub(crate) fn made(&mut self, arn: &str, now: Moment) {
        self.made.insert(arn.to_owned(), now);
    }

    pub(crate) fn deleted(&mut self, role_name: &str) {
        self.made.retain(|arn, _| role_of(arn) != role_name);
        self.descriptions.remove(role_name);
    }

    pub(crate) fn described(&mut self, role_name: &str, description: &str) {
        self.descriptions.insert(role_name.to_owned(), description.to_owned());
    }

    /// Of the role with this ARN.
    pub(crate) fn description(&self, arn: &str) -> Option<&str> {
        self.descriptions.get(role_of(arn)).map(String::as_str)
    }

    pub(crate) fn exists(&self, arn: &str) -> bool {
        self.made.contains_key(arn)
    }

    /// Whether the role can be passed to ECS now.
    pub(crate) fn check_passable(&self, arn: &str, now: Moment, account: &str) -> Result<(), Refusal> {
        match self.made.get(arn) {
            None => refuse("ClientException", format!("Role is not valid: {arn}")),
            Some(made) if now - made < UNSEEN => refuse(
                "AccessDeniedException",
                format!(
                    "User: arn:aws:iam::{account}:user/sandbox is not authorized to perform: iam:PassRole on resource: {arn} because no identity-based policy allows the iam:PassRole action"
                ),
            ),
            Some(_) => Ok(()),
        }
    }
}

fn role_of(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_passable_only_after_a_while() {
        let mut roles = Roles::default();
        let arn = "arn:aws:iam::1:role/slipway/x";
        let code = |roles: &Roles, now| roles.check_passable(arn, now, "1").err().map(|r| r.code);
        assert_eq!(code(&roles, 0.0).as_deref(), Some("ClientException"));
        roles.made(arn, 1.0);
        assert_eq!(code(&roles, 2.0).as_deref(), Some("AccessDeniedException"));
        assert_eq!(code(&roles, 9.5), None);
        roles.deleted("x");
        assert_eq!(code(&roles, 9.5).as_deref(), Some("ClientException"));
    }
}
