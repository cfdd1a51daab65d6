//! The fields in which a part may differ: the names of those that several crates speak of, and the words for all.
//!
//! What is only for adapters is no word for a person: see [`is_internal`].

use crate::observation::{FILE, FINGERPRINT, MADE};

/// Seconds that a target drains; read in full.
pub const DEREGISTRATION_DELAY: &str = "deregistration delay";

/// Whether the policy of the execution role is [`AS_WRITTEN`]; read in full. Where it is not, a clause says how.
pub const POLICY: &str = "policy";
pub const AS_WRITTEN: &str = "as Slipway writes it";

/// Who may use a role. Where it is not [`OWN_TASKS`], a clause says so.
pub const TRUST: &str = "used by";
pub const OWN_TASKS: &str = "ECS tasks of this account";

/// What a repository lets go by itself; read in full.
pub const LIFECYCLE: &str = "lifecycle policy";
pub const UNTAGGED_GO: &str = "untagged images go after 14 days";

pub const SCAN: &str = "scan on push";

/// What a task definition has that Slipway never writes; a clause. Empty where there is nothing.
pub const BESIDES: &str = "besides";

/// Which task definition a service runs. Where it is not [`ASKED_FOR`], a clause says so.
pub const RUNS: &str = "runs";
pub const ASKED_FOR: &str = "what Slipway asked for";

pub const FAMILY: &str = "family";

/// How many tasks a schedule's target allows now. [`AS_SCHEDULED`]: as its wake or its doze has left it.
pub const ALLOWED: &str = "tasks allowed";
pub const AS_SCHEDULED: &str = "as scheduled";

pub const POINTS_AT: &str = "points at";

/// The clause in [`POINTS_AT`] on an alias of which one record is not there.
pub fn missing_record(kind: &str) -> String {
    format!("its {kind} record is missing")
}

/// Whether the field's value on AWS is a clause that says by itself what is wrong, where something is.
pub fn is_clause(field: &str) -> bool {
    matches!(field, POLICY | TRUST | BESIDES | RUNS | POINTS_AT)
}

/// Whether the field is for Slipway alone: a fingerprint, a mark, what stands beside the part already.
pub fn is_internal(field: &str) -> bool {
    const NOTES: [&str; 10] =
        [FINGERPRINT, FILE, MADE, "name", "noted", "tags", "change", "target", "target zone", "untold"];
    NOTES.contains(&field) || field.starts_with("shared")
}

/// The field inside a sentence: `the number of tasks`.
pub fn noun(field: &str) -> String {
    let noun = match field {
        "tasks" => "the number of tasks",
        "tasks awake" => "the number of tasks when awake",
        ALLOWED => "the number of tasks that the schedule allows now",
        "health check path" => "the path of its health check",
        "lets in" => "what it lets in",
        "by default" => "what it does by default",
        "forwards to" => "the service that it forwards to",
        "keeps" => "the time that it keeps logs",
        "wakes" => "the time to wake",
        "dozes" => "the time to doze",
        "cpu" => "its CPU",
        "names" => "the list of its names",
        "container check" => "the container's own check",
        other => {
            return other
                .strip_prefix("secret ")
                .map_or_else(|| format!("its {other}"), |name| format!("the secret {name}"));
        }
    };
    noun.to_owned()
}

/// Whether the stack file says how the field is to be; else Slipway sets it by itself.
pub fn is_in_file(field: &str) -> bool {
    const SAID: [&str; 13] = [
        "tasks",
        "tasks awake",
        "health check path",
        "host",
        "forwards to",
        "image",
        "port",
        "cpu",
        "memory",
        "container check",
        "timezone",
        "wakes",
        "dozes",
    ];
    SAID.contains(&field) || field.starts_with("secret ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_called_by_words_that_fit_into_a_sentence() {
        assert_eq!(noun("tasks"), "the number of tasks");
        assert_eq!(noun(DEREGISTRATION_DELAY), "its deregistration delay");
        assert_eq!(noun("secret DATABASE_URL"), "the secret DATABASE_URL");
    }

    #[test]
    fn marks_and_fingerprints_are_for_nobodys_eyes() {
        assert!([MADE, FILE, "noted", "shared repositories"].into_iter().all(is_internal));
        assert!(!["level", "tasks", POLICY].into_iter().any(is_internal));
    }
}
