//! How long things usually take, and so what is left of an operation.
//!
//! Seconds on AWS itself; the sandbox divides by its speed. Where a figure has no source it is our judgement.

use std::collections::BTreeMap;

use crate::node::{NodeId, NodeKind};
use crate::operation::Progress;
use crate::plan::{Action, Change, Plan};

/// The usual seconds of one change, from its start until it has settled.
pub fn seconds(kind: NodeKind, action: Action) -> f64 {
    match (kind, action) {
        (_, Action::Keep) => 0.0,
        // Public Terraform logs: 2 min 15 s to 3 min 07 s to be active; up to 2 min 33 s to be gone.
        (NodeKind::LoadBalancer, Action::Delete) => 60.0,
        (NodeKind::LoadBalancer, Action::Update) => 2.0,
        (NodeKind::LoadBalancer, _) => 160.0,
        // About a minute where the zone is delegated (a public Terraform log).
        (NodeKind::Certificate, Action::Create | Action::Replace | Action::Update) => 70.0,
        (NodeKind::Certificate, _) => 15.0,
        // A Fargate task starts in 53 to 62 s (elasticscale.com, 2024), then two checks of 5 s.
        (NodeKind::Service, Action::Delete) => 45.0,
        (NodeKind::Service, _) => 70.0,
        (NodeKind::Image, _) => 60.0,
        // Changes are in sync within 60 s (AWS: Editing records).
        (NodeKind::Alias | NodeKind::ValidationRecord, Action::Delete) => 2.0,
        (NodeKind::Alias | NodeKind::ValidationRecord, _) => 30.0,
        (NodeKind::SecurityGroup, Action::Delete) => 30.0,
        (NodeKind::Cluster, Action::Delete) => 10.0,
        _ => 2.0,
    }
}

/// Seconds that are left: the longest way through what is not over. `running_for` says how long each running
/// node has been at it; `speed` is the sandbox's, or 1.
pub fn left(
    changes: &[Change],
    progress: &BTreeMap<NodeId, Progress>,
    running_for: &BTreeMap<NodeId, f64>,
    speed: f64,
) -> f64 {
    let speed = speed.max(f64::MIN_POSITIVE);
    let rest = |change: &Change| match progress.get(&change.id) {
        Some(progress) if progress.is_over() => 0.0,
        _ => {
            let usual = seconds(change.id.kind, change.action) / speed;
            // What takes longer than usual is taken to be nearly done.
            (usual - running_for.get(&change.id).copied().unwrap_or_default()).max(usual * 0.05)
        }
    };
    longest(changes, &rest).last().map_or(0.0, |(_, end)| *end)
}

/// The nodes on the longest way through the plan, first to last, with the second at which each ends.
pub fn critical_path(plan: &Plan) -> Vec<(NodeId, f64)> {
    longest(&plan.changes, &|change| seconds(change.id.kind, change.action))
}

fn longest(changes: &[Change], cost: &dyn Fn(&Change) -> f64) -> Vec<(NodeId, f64)> {
    let by_id: BTreeMap<&NodeId, &Change> = changes.iter().map(|change| (&change.id, change)).collect();
    let mut ends: BTreeMap<&NodeId, (f64, Option<&NodeId>)> = BTreeMap::new();
    for change in changes {
        end(change, &by_id, cost, &mut ends);
    }
    let mut path = Vec::new();
    let mut at = ends.iter().max_by(|one, other| one.1.0.total_cmp(&other.1.0)).map(|(id, _)| *id);
    while let Some(id) = at {
        let (seconds, before) = ends[id];
        path.push((id.clone(), seconds));
        at = before;
    }
    path.reverse();
    path
}

/// The second at which `change` ends, and the node for which it waits longest. Plans have no circles.
fn end<'plan>(
    change: &'plan Change,
    by_id: &BTreeMap<&'plan NodeId, &'plan Change>,
    cost: &dyn Fn(&Change) -> f64,
    ends: &mut BTreeMap<&'plan NodeId, (f64, Option<&'plan NodeId>)>,
) -> f64 {
    if let Some((known, _)) = ends.get(&change.id) {
        return *known;
    }
    let mut start = (0.0, None);
    for after in &change.after {
        let Some(before) = by_id.get(&after.id) else { continue };
        let ended = end(before, by_id, cost, ends);
        // What is only made and not yet settled is usually made in a moment.
        let come = match after.milestone {
            crate::graph::Milestone::Settled => ended,
            crate::graph::Milestone::Made => (ended - cost(before)).max(0.0) + cost(before).min(2.0),
        };
        if come > start.0 {
            start = (come, Some(*by_id.get_key_value(&after.id).map_or(&&change.id, |(id, _)| id)));
        }
    }
    let ended = start.0 + cost(change);
    ends.insert(&change.id, (ended, start.1));
    ended
}
