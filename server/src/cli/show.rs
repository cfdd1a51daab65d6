//! Plans as a person reads them: by action, each with its reason.

use topology::plan::{Action, Change, Note, Plan, Severity};

/// The order in which actions are read, with their sign and heading.
const ACTIONS: [(Action, char, &str); 5] = [
    (Action::Create, '+', "Create"),
    (Action::Update, '~', "Update"),
    (Action::Replace, '±', "Replace"),
    (Action::Delete, '-', "Delete"),
    (Action::WaitForYou, '!', "Wait for you"),
];

/// The whole plan, without a line's end at its own end. `file` is how the command line names its stack file.
pub fn plan(plan: &Plan, file: &str) -> String {
    let mut paragraphs = vec![heading(plan)];
    for (action, sign, words) in ACTIONS {
        let changes: Vec<&Change> =
            plan.work().filter(|change| change.action == action && !is_on_its_way(change)).collect();
        if !changes.is_empty() {
            paragraphs.push(group(plan, sign, words, &changes));
        }
    }
    let on_their_way: Vec<&Change> = plan.work().filter(|change| is_on_its_way(change)).collect();
    if !on_their_way.is_empty() {
        paragraphs.push(group(plan, '…', "Wait for", &on_their_way));
    }
    let kept = plan.changes.iter().filter(|change| change.action == Action::Keep).count();
    if kept > 0 {
        paragraphs.push(format!("Keep ({kept})"));
    }
    paragraphs.extend(plan.notes.iter().map(|one| note(plan, one, file)));
    paragraphs.join("\n\n")
}

fn heading(plan: &Plan) -> String {
    let what = format!("{} `{}`", plan.kind, plan.stack);
    match plan.from {
        _ if plan.is_empty() => format!("{what}: nothing to do, everything is as it should be"),
        _ if plan.only_waits() => format!("{what}: nothing to change, and something to wait for"),
        Some(from) if from != plan.to => format!("{what}: from {from} to {}", plan.to),
        _ => format!("{what}: {}", plan.to),
    }
}

/// What AWS alone has to do: nothing for Slipway, nothing for a person.
fn is_on_its_way(change: &Change) -> bool {
    change.only_waits() && change.action != Action::WaitForYou
}

fn group(plan: &Plan, sign: char, words: &str, changes: &[&Change]) -> String {
    let labels: Vec<String> = changes.iter().map(|change| plan.called(&change.id)).collect();
    let width = labels.iter().map(|label| label.chars().count()).max().unwrap_or_default();
    let lines = changes
        .iter()
        .zip(&labels)
        .map(|(change, label)| format!("  {sign} {label:width$}  {}", plan.why(change)));
    let heading = format!("{words} ({})", changes.len());
    std::iter::once(heading).chain(lines).collect::<Vec<_>>().join("\n")
}

fn note(plan: &Plan, note: &Note, file: &str) -> String {
    let word = match note.severity {
        Severity::Note => "Note",
        Severity::Warning => "Warning",
        Severity::Error => "Error",
    };
    let told = match &note.node {
        Some(node) => format!("{word} on {}: {}", plan.called(node), note.text),
        None => format!("{word}: {}", note.text),
    };
    match &note.offer {
        Some(part) => format!("{told}\n  To take it over: slipway adopt -f {file} --part {part}"),
        None => told,
    }
}
