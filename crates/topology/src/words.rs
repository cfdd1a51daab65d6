//! What happened, as one plain sentence.

use std::collections::BTreeMap;

use crate::node::NodeId;
use crate::operation::{Happened, Outcome, Receipt};
use crate::plan::Action;

/// The sentence for the Activity feed and the command line. `names` holds what a person calls each node.
pub fn sentence(what: &Happened, names: &BTreeMap<NodeId, String>) -> String {
    let node = |id: &NodeId| subject(id, names);
    match what {
        Happened::OperationStarted { kind, to, nodes, .. } => {
            let count = nodes.values().filter(|action| **action != Action::Keep).count();
            format!("{kind} started: {count} {} to level {to}", if count == 1 { "step" } else { "steps" })
        }
        Happened::OperationResumed { nodes } => {
            format!("Taken up again after a restart: {} left to do", nodes.len())
        }
        Happened::NodeStarted { node: id, action } => format!("{}: {}", node(id), doing(*action)),
        Happened::NodeMade { node: id, .. } => format!("{}: accepted by AWS", node(id)),
        Happened::NodeWaited { node: id, waits_for } => format!("{}: waits until {waits_for}", node(id)),
        Happened::NodeWaitedForYou { node: id, ask } => {
            format!("{}: waits for you. {}", node(id), ask.sentence())
        }
        Happened::NodeSettled { node: id, found: Some(_) } => format!("{}: ready", node(id)),
        Happened::NodeSettled { node: id, found: None } => format!("{}: gone", node(id)),
        Happened::NodeFailed { node: id, failure } => {
            format!("{}: failed. {}. {}", node(id), failure.cause.trim_end_matches('.'), failure.hint)
        }
        Happened::NodeSkipped { node: id, because } => {
            format!("{}: left out, because of {}", node(id), node(because))
        }
        Happened::CancelRequested => "Cancel asked for: calls in flight are finished, then it stops".into(),
        Happened::NodeCancelled { node: id } => format!("{}: cancelled", node(id)),
        Happened::OperationEnded { outcome, receipt, .. } => {
            let end = match outcome {
                Outcome::Done => "Done".to_owned(),
                Outcome::Cancelled => "Cancelled; deploy again to go on from what is there".to_owned(),
                Outcome::Failed(failed) => {
                    format!("Failed: {}", failed.iter().map(node).collect::<Vec<_>>().join(", "))
                }
            };
            match receipt {
                Some(receipt) => format!("{end}. {}", receipt_line(receipt)),
                None => end,
            }
        }
    }
}

/// `0 left, $0.00 a day`, or how many are left and what they cost.
pub fn receipt_line(receipt: &Receipt) -> String {
    if let Some(why) = &receipt.unproven {
        return format!("Whether something is left is not known: {why}. Tear down again for a receipt");
    }
    let mut line = format!("{} left, ${:.2} a day", receipt.left.len(), receipt.per_day_usd);
    for kept in &receipt.kept {
        line.push_str(&format!(
            "; {} {} kept, ${:.2} a day",
            kept.id.kind.label(),
            kept.name,
            kept.per_day_usd
        ));
    }
    line
}

/// Kind and name of a node: `Service backend`.
pub fn called(id: &NodeId, name: &str) -> String {
    format!("{} {name}", id.kind.label()).trim_end().to_owned()
}

fn subject(id: &NodeId, names: &BTreeMap<NodeId, String>) -> String {
    called(id, names.get(id).unwrap_or(&id.part))
}

fn doing(action: Action) -> &'static str {
    match action {
        Action::Create => "being created",
        Action::Update => "being updated",
        Action::Replace => "being replaced",
        Action::Delete => "being deleted",
        Action::Keep => "kept",
        Action::WaitForYou => "looked for",
    }
}
