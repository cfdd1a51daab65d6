//! What whoever works here may not do, as AWS's policy simulator says.
//!
//! A warning and no error: the simulator sees neither the policies of a session nor every condition, so it can be
//! wrong in both directions, and a run that AWS refuses stops without harm.

use crate::plan::{Note, Severity};

/// One right that the plan needs and that the simulator denies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Denial {
    /// As IAM writes it, such as `ecs:CreateService`.
    pub action: String,
    pub by: Forbids,
}

/// Which kind of policy stands in the way; told apart, because somebody else has to change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Forbids {
    /// No policy allows it.
    Nothing,
    /// A policy denies it by name.
    Deny,
    Boundary,
    Organization,
}

/// What the simulator denies; `None` where that is nothing.
pub fn denied(caller: &str, denials: &[Denial]) -> Option<Note> {
    let of = |by: Forbids| {
        let actions: Vec<String> = denials
            .iter()
            .filter(|denial| denial.by == by)
            .map(|denial| format!("`{}`", denial.action))
            .collect();
        (!actions.is_empty()).then(|| format!("{} ({})", actions.join(", "), by.words()))
    };
    let told: Vec<String> = [Forbids::Nothing, Forbids::Deny, Forbids::Boundary, Forbids::Organization]
        .into_iter()
        .filter_map(of)
        .collect();
    (!told.is_empty()).then(|| Note {
        severity: Severity::Warning,
        node: None,
        offer: None,
        text: format!(
            "By AWS's policy simulator, `{caller}` may not do what the plan needs: {}. The run would stop there. Give \
             it these rights (`slipway policy` prints all that are needed), then plan again.",
            told.join("; ")
        ),
    })
}

/// Nobody could say what is allowed.
pub fn unchecked(cause: &str) -> Note {
    Note {
        severity: Severity::Note,
        node: None,
        offer: None,
        text: format!(
            "Whether you may do all of this was not checked beforehand, because AWS's policy simulator did not answer: \
             {}. Where a right is missing, the run stops there and says which.",
            cause.trim_end_matches('.')
        ),
    }
}

/// The root user is allowed everything, so there is nothing to check, and something to say.
pub fn works_as_root() -> Note {
    Note {
        severity: Severity::Warning,
        node: None,
        offer: None,
        text: "Slipway works as the account's root user, which may do everything and cannot be limited. Give it a role \
               of its own instead; `slipway policy` prints what that role needs."
            .into(),
    }
}

impl Forbids {
    fn words(self) -> &'static str {
        match self {
            Forbids::Nothing => "no policy allows it",
            Forbids::Deny => "a policy denies it",
            Forbids::Boundary => "the permissions boundary does not allow it",
            Forbids::Organization => "a policy of the organization does not allow it",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_denied_is_told_by_who_can_change_it() {
        let denial = |action: &str, by| Denial { action: action.into(), by };
        let denials = [
            denial("ecs:CreateService", Forbids::Nothing),
            denial("ecs:UpdateService", Forbids::Nothing),
            denial("iam:CreateRole", Forbids::Organization),
        ];
        let note = denied("arn:aws:iam::123456789012:role/dev", &denials).expect("a note");
        assert_eq!(note.severity, Severity::Warning);
        insta::assert_snapshot!(note.text, @"By AWS's policy simulator, `arn:aws:iam::123456789012:role/dev` may not do what the plan needs: `ecs:CreateService`, `ecs:UpdateService` (no policy allows it); `iam:CreateRole` (a policy of the organization does not allow it). The run would stop there. Give it these rights (`slipway policy` prints all that are needed), then plan again.");
        assert_eq!(denied("anybody", &[]), None);
    }
}
