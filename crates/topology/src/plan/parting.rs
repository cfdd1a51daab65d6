//! What a tear down takes for good, and what it leaves: said before, because it cannot be taken back.

use std::collections::BTreeMap;

use super::{Action, Change, Note, Severity};
use crate::cost;
use crate::node::{NodeId, NodeKind};
use crate::observation::{Found, Observation, SHARED};

/// So many names are told; of more, how many there are.
const MOST_NAMES: usize = 5;

pub(super) fn notes(changes: &BTreeMap<NodeId, Change>, observation: &Observation) -> Vec<Note> {
    lost(changes).into_iter().chain(left(changes, observation)).collect()
}

fn lost(changes: &BTreeMap<NodeId, Change>) -> Option<Note> {
    let of = |kind: NodeKind| {
        let deleted = changes.values().filter(move |change| change.action == Action::Delete);
        deleted.filter(|change| change.id.kind == kind).map(|change| change.name.as_str()).collect::<Vec<_>>()
    };
    let (repositories, logs) = (of(NodeKind::Repository), of(NodeKind::LogGroup));
    let all = [
        told(&repositories, "repository", "repositories", "with every image in"),
        told(&logs, "log group", "log groups", "with all the logs in"),
    ];
    let all: Vec<String> = all.into_iter().flatten().collect();
    (!all.is_empty()).then(|| note(Severity::Warning, format!("Gone for good: {}.", all.join("; "))))
}

/// `2 log groups, with all the logs in them: `a` and `b``.
fn told(names: &[&str], one: &str, many: &str, with: &str) -> Option<String> {
    let (count, of_them) = match names.len() {
        0 => return None,
        1 => (format!("1 {one}"), "it"),
        count => (format!("{count} {many}"), "them"),
    };
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let named = if names.len() > MOST_NAMES { String::new() } else { format!(": {}", listed(&quoted)) };
    Some(format!("{count}, {with} {of_them}{named}"))
}

fn left(changes: &BTreeMap<NodeId, Change>, observation: &Observation) -> Option<Note> {
    let zone = changes.get(&NodeId::only(NodeKind::HostedZone));
    let zone = zone.filter(|zone| matches!(zone.action, Action::Keep | Action::Update));
    let zone =
        zone.map(|zone| format!("the hosted zone `{}` (${:.2} a month)", zone.name, cost::HOSTED_ZONE_MONTH));
    let shared = observation.found.iter().filter(|(_, found)| found.facts.contains_key(SHARED));
    let all: Vec<String> = zone.into_iter().chain(shared.filter_map(|(id, found)| used(id, found))).collect();
    (!all.is_empty()).then(|| note(Severity::Note, format!("What stays: {}.", listed(&all))))
}

/// What the stack only uses, where a person might think that it goes too.
fn used(id: &NodeId, found: &Found) -> Option<String> {
    let name = found.facts.get("name").unwrap_or(&id.part);
    match id.kind {
        NodeKind::Repository => Some(format!("the repository `{name}`, which is not this stack's own")),
        NodeKind::Vpc => Some("the account's default VPC".to_owned()),
        _ => None,
    }
}

/// `a`, `a and b`, `a, b and c`.
fn listed(all: &[String]) -> String {
    match all {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn note(severity: Severity, text: String) -> Note {
    Note { severity, node: None, text, offer: None }
}
