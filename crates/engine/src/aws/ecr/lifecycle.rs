//! The lifecycle policy of a repository: as it is written, and any in words.

use serde_json::{Value, json};
use topology::field::UNTAGGED_GO;

/// Untagged images go after so many days. Tagged ones stay: a service may run one of them.
const UNTAGGED_DAYS: u32 = 14;

/// What Slipway writes.
pub fn policy() -> Value {
    json!({
        "rules": [{
            "rulePriority": 1,
            "description": format!("Untagged images go after {UNTAGGED_DAYS} days"),
            "selection": {
                "tagStatus": "untagged",
                "countType": "sinceImagePushed",
                "countUnit": "days",
                "countNumber": UNTAGGED_DAYS,
            },
            "action": { "type": "expire" },
        }],
    })
}

/// What a policy lets go. [`UNTAGGED_GO`] stands for Slipway's own, whatever its description.
pub fn in_words(policy: Option<&Value>) -> String {
    let Some(policy) = policy else { return "none".into() };
    let rules = |policy: &Value| -> Vec<Value> { policy["rules"].as_array().cloned().unwrap_or_default() };
    let said = |rules: &[Value]| -> Vec<(Value, Value)> {
        rules.iter().map(|rule| (rule["selection"].clone(), rule["action"].clone())).collect()
    };
    let there = rules(policy);
    if said(&there) == said(&rules(&self::policy())) {
        return UNTAGGED_GO.into();
    }
    match there.as_slice() {
        [] => "nothing goes".into(),
        rules => rules.iter().map(rule_in_words).collect::<Vec<_>>().join(", "),
    }
}

fn rule_in_words(rule: &Value) -> String {
    let selection = &rule["selection"];
    let which = selection["tagStatus"].as_str().unwrap_or("some");
    let count = selection["countNumber"].as_u64().unwrap_or_default();
    match selection["countType"].as_str() {
        Some("imageCountMoreThan") => format!("{which} images beyond {count} go"),
        _ => format!("{which} images go after {count} {}", if count == 1 { "day" } else { "days" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_slipway_writes_reads_as_the_topology_wants_it() {
        let mut policy = policy();
        policy["rules"][0]["description"] = "in other words".into();
        assert_eq!(in_words(Some(&policy)), UNTAGGED_GO);
    }

    #[test]
    fn another_policy_is_told_in_words() {
        let mut policy = policy();
        policy["rules"][0]["selection"]["countNumber"] = 1.into();
        assert_eq!(in_words(Some(&policy)), "untagged images go after 1 day");
        policy["rules"][0]["selection"] =
            json!({ "tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 3 });
        assert_eq!(in_words(Some(&policy)), "any images beyond 3 go");
        assert_eq!(in_words(None), "none");
    }
}
