//! How much longer an operation will take: its plan's shape from its nodes, its times from its events.

use std::collections::{BTreeMap, BTreeSet};

use topology::estimate;
use topology::graph::{Milestone, edges};
use topology::node::NodeId;
use topology::operation::{Happened, Progress};
use topology::plan::{Action, After, Change, Reason};
use topology::view::StackView;

/// Milliseconds that are left of the operation that runs; `speed` is the sandbox's, or 1.
pub fn left(view: &StackView, now: u64, speed: f64) -> Option<u64> {
    let operation = view.running()?;
    let started = view.events.iter().filter(|event| event.operation == operation.operation.id);
    let running_for: BTreeMap<NodeId, f64> = started
        .filter_map(|event| match &event.what {
            Happened::NodeStarted { node, .. } => {
                Some((node.clone(), now.saturating_sub(event.at) as f64 / 1000.0))
            }
            _ => None,
        })
        .collect();
    let changes = changes(&operation.progress);
    Some((estimate::left(&changes, &operation.progress, &running_for, speed) * 1000.0) as u64)
}

/// Whether its end depends on a person: then no time can be told.
pub fn waits_for_you(view: &StackView) -> bool {
    let progress = view.running().map(|operation| operation.progress.values());
    progress.into_iter().flatten().any(|node| matches!(node, Progress::WaitingForYou { .. }))
}

/// The changes of the operation, as far as an estimate asks for them: events carry no plan.
fn changes(progress: &BTreeMap<NodeId, Progress>) -> Vec<Change> {
    let ids: BTreeSet<NodeId> = progress.keys().cloned().collect();
    let mut after: BTreeMap<NodeId, BTreeSet<After>> = BTreeMap::new();
    for edge in edges(&ids) {
        let (first, then, milestone) = match (progress[&edge.from].action(), progress[&edge.to].action()) {
            (_, Action::Delete) => (edge.from, edge.to, Milestone::Settled),
            (Action::Delete, _) => continue,
            _ => (edge.to, edge.from, edge.milestone),
        };
        after.entry(then).or_default().insert(After { id: first, milestone });
    }
    let mut change = |(id, progress): (&NodeId, &Progress)| Change {
        id: id.clone(),
        name: String::new(),
        action: progress.action(),
        reason: Reason::UpToDate,
        spec: None,
        after: after.remove(id).unwrap_or_default(),
    };
    progress.iter().map(&mut change).collect()
}
