//! How a node is shown: one state, from what is wanted, what was found, and what is being done.

use serde::{Deserialize, Serialize};

use crate::drift::Drift;
use crate::node::{Node, NodeKind, Spec};
use crate::observation::{Condition, Found};
use crate::operation::Progress;
use crate::plan::Action;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NodeState {
    /// Wanted, and not on AWS.
    Absent,
    /// An operation will come to it.
    Queued,
    Creating,
    Updating,
    Replacing,
    Deleting,
    /// Made; becomes ready by itself.
    Starting,
    WaitingForYou,
    Ready,
    /// It takes requests.
    Healthy,
    /// There, and at rest: the level does without its tasks.
    Resting,
    /// Somebody changed it behind Slipway's back.
    Changed,
    /// Somebody deleted it behind Slipway's back.
    Missing,
    /// There, and not as it should be.
    Unwell,
    Failed,
    /// Left out because something that it stands on failed.
    Skipped,
    Cancelled,
    Gone,
}

/// What a state says to the eye; each with its own colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tone {
    Neutral,
    Busy,
    Good,
    Resting,
    Attention,
    Bad,
}

/// The state of a node. `level` is not needed: a service that wants no tasks says so itself.
pub fn node_state(
    wanted: Option<&Node>,
    found: Option<&Found>,
    drift: Option<&Drift>,
    progress: Option<&Progress>,
) -> NodeState {
    match progress {
        Some(progress) if !matches!(progress, Progress::Settled { .. }) => in_operation(progress),
        Some(Progress::Settled { action: Action::Delete }) if found.is_none() => NodeState::Gone,
        _ => at_rest(wanted, found, drift),
    }
}

fn in_operation(progress: &Progress) -> NodeState {
    match progress {
        Progress::Pending { .. } => NodeState::Queued,
        Progress::Running { action: Action::Delete, .. } => NodeState::Deleting,
        Progress::Running { made: true, .. } => NodeState::Starting,
        Progress::Running { action: Action::Create, .. } => NodeState::Creating,
        Progress::Running { action: Action::Replace, .. } => NodeState::Replacing,
        Progress::Running { .. } => NodeState::Updating,
        Progress::WaitingForYou { .. } => NodeState::WaitingForYou,
        Progress::Settled { .. } => NodeState::Ready,
        Progress::Failed { .. } => NodeState::Failed,
        Progress::Skipped { .. } => NodeState::Skipped,
        Progress::Cancelled { .. } => NodeState::Cancelled,
    }
}

fn at_rest(wanted: Option<&Node>, found: Option<&Found>, drift: Option<&Drift>) -> NodeState {
    let Some(found) = found else {
        return if drift == Some(&Drift::Missing) { NodeState::Missing } else { NodeState::Absent };
    };
    match &found.condition {
        Condition::Settling(_) => return NodeState::Starting,
        Condition::Unwell(_) => return NodeState::Unwell,
        Condition::WaitingForYou(_) => return NodeState::WaitingForYou,
        Condition::Ready if drift.is_some() => return NodeState::Changed,
        Condition::Ready => {}
    }
    let tasks = found.fields.get("tasks").or_else(|| found.facts.get("desired"));
    match wanted.map(|node| (&node.spec, node.id.kind)) {
        Some((Spec::Service { count: 0, .. }, _)) => NodeState::Resting,
        Some((_, NodeKind::Service)) if tasks.is_some_and(|tasks| tasks == "0") => NodeState::Resting,
        Some((_, NodeKind::Service)) => NodeState::Healthy,
        _ => NodeState::Ready,
    }
}

impl NodeState {
    /// One word or two, as on cards and in accessible names.
    pub fn word(self) -> &'static str {
        match self {
            NodeState::Absent => "not made",
            NodeState::Queued => "queued",
            NodeState::Creating => "creating",
            NodeState::Updating => "updating",
            NodeState::Replacing => "replacing",
            NodeState::Deleting => "deleting",
            NodeState::Starting => "starting",
            NodeState::WaitingForYou => "waiting for you",
            NodeState::Ready => "ready",
            NodeState::Healthy => "healthy",
            NodeState::Resting => "resting",
            NodeState::Changed => "changed",
            NodeState::Missing => "missing",
            NodeState::Unwell => "unwell",
            NodeState::Failed => "failed",
            NodeState::Skipped => "skipped",
            NodeState::Cancelled => "cancelled",
            NodeState::Gone => "gone",
        }
    }

    pub fn tone(self) -> Tone {
        match self {
            NodeState::Absent
            | NodeState::Queued
            | NodeState::Skipped
            | NodeState::Cancelled
            | NodeState::Gone => Tone::Neutral,
            NodeState::Creating
            | NodeState::Updating
            | NodeState::Replacing
            | NodeState::Deleting
            | NodeState::Starting => Tone::Busy,
            NodeState::Ready | NodeState::Healthy => Tone::Good,
            NodeState::Resting => Tone::Resting,
            NodeState::WaitingForYou | NodeState::Changed | NodeState::Missing => Tone::Attention,
            NodeState::Unwell | NodeState::Failed => Tone::Bad,
        }
    }
}

/// `Service backend, healthy`: what a screen reader says, and what tests look for.
pub fn accessible_name(kind: NodeKind, name: &str, state: NodeState) -> String {
    format!("{} {name}, {}", kind.label(), state.word())
}
