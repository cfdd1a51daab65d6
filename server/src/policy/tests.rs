//! What the policies allow, against what the engine calls.

use std::collections::BTreeSet;

use super::*;

/// A managed policy, without white space.
const LIMIT: usize = 6144;

#[test]
fn each_policy_fits_into_a_managed_one() {
    for purpose in [Use::Provision, Use::TakeOver, Use::Operate, Use::ReadOnly] {
        let length = policy(purpose).to_string().len();
        assert!(length <= LIMIT, "{purpose:?}: {length}");
    }
}

/// The engine's name for a client, and IAM's for its service. Who asks STS needs no client for long.
const CLIENTS: [(&str, &str); 10] = [
    ("acm", "acm"),
    ("autoscaling", "application-autoscaling"),
    ("ec2", "ec2"),
    ("ecr", "ecr"),
    ("ecs", "ecs"),
    ("elb", "elasticloadbalancing"),
    ("iam", "iam"),
    ("logs", "logs"),
    ("quotas", "servicequotas"),
    ("route53", "route53"),
];

#[test]
fn every_call_of_the_engine_is_allowed() {
    let called = calls();
    assert!(called.len() > 80, "only {} calls were found: {called:?}", called.len());
    assert_allowed(&called);
}

#[test]
fn every_change_that_the_engine_makes_is_foreseen_by_its_preflight() {
    let rights = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/engine/src/aws/preflight/rights.rs");
    let rights = std::fs::read_to_string(rights).expect("the table of rights");
    let is_action = |text: &&str| {
        text.split_once(':').is_some_and(|(_, verb)| verb.starts_with(|c: char| c.is_ascii_uppercase()))
    };
    let foreseen: BTreeSet<String> =
        rights.split('"').skip(1).step_by(2).filter(is_action).map(str::to_owned).collect();
    assert_allowed(&foreseen);
    let is_change = |action: &&String| {
        let verb = action.split(':').nth(1).expect("service:Action");
        !READS.iter().any(|reads| verb.starts_with(reads))
    };
    let unforeseen: Vec<String> =
        calls().iter().filter(is_change).filter(|action| !foreseen.contains(*action)).cloned().collect();
    // Asked for only where the account has never used the service.
    assert_eq!(unforeseen, ["iam:CreateServiceLinkedRole"]);
}

const READS: [&str; 5] = ["BatchGet", "Describe", "Get", "List", "Simulate"];

fn assert_allowed(actions: &BTreeSet<String>) {
    let policy = policy(Use::Provision);
    let statements = policy["Statement"].as_array().expect("a list");
    let allowed = statements.iter().filter_map(|statement| statement["Action"].as_array()).flatten();
    let allowed: Vec<&str> = allowed.filter_map(Value::as_str).collect();
    let is_allowed = |action: &str| {
        allowed.iter().any(|allowed| match allowed.strip_suffix('*') {
            Some(start) => action.starts_with(start),
            None => *allowed == action,
        })
    };
    let forgotten: Vec<&String> = actions.iter().filter(|action| !is_allowed(action)).collect();
    assert!(forgotten.is_empty(), "{forgotten:?}");
}

fn calls() -> BTreeSet<String> {
    let mut called = BTreeSet::new();
    let adapters = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/engine/src/aws");
    collect_calls(std::path::Path::new(adapters), &mut called);
    called
}

/// Each `ec2.create_vpc(` in the files below `folder`, as `ec2:CreateVpc`.
fn collect_calls(folder: &std::path::Path, called: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("the adapters' folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect_calls(&path, called);
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a source file");
        // A chain of calls may be broken before any of its dots.
        let lines = text.lines().map(str::trim).filter(|line| !line.starts_with("//"));
        let text = lines.collect::<Vec<_>>().join(" ").replace(" .", ".");
        for (client, service) in CLIENTS {
            let pattern = format!("{client}.");
            for (at, _) in text.match_indices(&pattern) {
                let is_part_of_a_word = text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
                let rest = &text[at + pattern.len()..];
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or_default();
                if !is_part_of_a_word && rest[end..].starts_with('(') {
                    called.insert(format!("{service}:{}", in_camel_case(&rest[..end])));
                }
            }
        }
    }
}

fn in_camel_case(operation: &str) -> String {
    let words = operation.split('_').map(|word| {
        let (first, rest) = word.split_at(1);
        first.to_uppercase() + rest
    });
    words.collect()
}

#[test]
fn only_who_may_take_over_can_tag_what_is_there_and_nobodys() {
    let tags = |purpose| {
        let policy = policy(purpose);
        let statements = policy["Statement"].as_array().expect("a list").clone();
        let tags_freely = |statement: &&Value| {
            let condition = &statement["Condition"];
            let is_bound = condition["StringEquals"]
                .as_object()
                .is_some_and(|keys| keys.keys().any(|key| key.ends_with(":CreateAction")))
                || condition["Null"][format!("aws:ResourceTag/{TAG}")] == "false";
            let actions = statement["Action"].to_string();
            !is_bound
                && (actions.contains("ec2:CreateTags")
                    || actions.contains(":AddTags\"")
                    || actions.contains("ecs:TagResource"))
        };
        statements
            .iter()
            .filter(tags_freely)
            .map(|statement| statement["Sid"].to_string())
            .collect::<Vec<_>>()
    };
    assert!(tags(Use::Provision).is_empty(), "{:?}", tags(Use::Provision));
    assert_eq!(tags(Use::TakeOver), ["\"TakeOver\""]);
}

#[test]
fn who_only_reads_can_change_nothing() {
    let policy = policy(Use::ReadOnly);
    let actions = policy["Statement"][0]["Action"].as_array().expect("a list");
    for action in actions.iter().filter_map(Value::as_str) {
        let verb = action.split(':').nth(1).expect("service:Action");
        assert!(READS.iter().any(|reads| verb.starts_with(reads)), "{action}");
    }
}
