//! An operation: one run of a plan, told by events.
//!
//! Events are past tense; [`Progress::after`] is the one function through which a node's progress changes, for
//! live use and for replay alike.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::node::NodeId;
use crate::observation::{Ask, Found};
use crate::plan::{Action, PlanId};
use crate::stack::{Level, StackName};

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OperationId(pub String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OperationKind {
    Deploy,
    Park,
    Wake,
    TearDown,
}

/// One run of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    pub id: OperationId,
    pub plan: PlanId,
    pub stack: StackName,
    pub kind: OperationKind,
    pub to: Level,
    /// Who works on it, such as `the panel`; for whoever is told to wait for it.
    pub by: String,
    /// Milliseconds since 1970.
    pub started_at: u64,
    pub ended_at: Option<u64>,
    pub outcome: Option<Outcome>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    Done,
    /// The nodes that failed; what depended on them was skipped.
    Failed(Vec<NodeId>),
    Cancelled,
}

/// What a tear down leaves, proven by looking.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// What should be gone and is not, with the reason.
    pub left: Vec<Leftover>,
    /// USD a day of what is left.
    pub per_day_usd: f64,
    /// What was kept on purpose.
    pub kept: Vec<Leftover>,
    /// Why AWS could not be looked at afterwards; then nothing is proven.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unproven: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Leftover {
    pub id: NodeId,
    pub name: String,
    pub aws_id: String,
    pub why: String,
    pub per_day_usd: f64,
}

/// The number of an event; larger is later, over all stacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(pub u64);

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    pub id: EventId,
    /// Milliseconds since 1970.
    pub at: u64,
    pub stack: StackName,
    pub operation: OperationId,
    pub what: Happened,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Happened {
    OperationStarted {
        kind: OperationKind,
        to: Level,
        /// Who began it. An older journal does not say.
        #[serde(default)]
        by: String,
        nodes: BTreeMap<NodeId, Action>,
        /// What the plan calls those nodes whose ids do not say it: a later stack file may call them otherwise.
        #[serde(default)]
        names: BTreeMap<NodeId, String>,
    },
    /// Taken up again after the process had been stopped; the nodes that are still to be done.
    OperationResumed {
        nodes: BTreeMap<NodeId, Action>,
    },
    NodeStarted {
        node: NodeId,
        action: Action,
    },
    /// AWS has accepted it.
    NodeMade {
        node: NodeId,
        found: Option<Found>,
    },
    /// It waits for a named condition.
    NodeWaited {
        node: NodeId,
        waits_for: String,
    },
    NodeWaitedForYou {
        node: NodeId,
        ask: Ask,
    },
    /// It is ready, or gone.
    NodeSettled {
        node: NodeId,
        found: Option<Found>,
    },
    NodeFailed {
        node: NodeId,
        failure: Failure,
    },
    NodeSkipped {
        node: NodeId,
        because: NodeId,
    },
    CancelRequested,
    NodeCancelled {
        node: NodeId,
    },
    OperationEnded {
        outcome: Outcome,
        receipt: Option<Receipt>,
        calls: u64,
    },
}

/// Why a node failed: what, on which thing, what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What was being done, such as `create the load balancer`.
    pub doing: String,
    /// What AWS said, or what went wrong.
    pub cause: String,
    /// AWS's own error code, if it gave one.
    pub code: Option<String>,
    /// What to do next.
    pub hint: String,
}

/// Where a node stands in a running operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    Pending { action: Action },
    Running { action: Action, waits_for: Option<String>, made: bool },
    WaitingForYou { action: Action, ask: Ask },
    Settled { action: Action },
    Failed { action: Action, failure: Failure },
    Skipped { action: Action, because: NodeId },
    Cancelled { action: Action },
}

/// An event that cannot follow the progress before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{event}` cannot follow `{before}` on `{node}`")]
pub struct IllegalEvent {
    pub node: NodeId,
    pub before: String,
    pub event: String,
}

impl Happened {
    /// The node that it happened to.
    pub fn node(&self) -> Option<&NodeId> {
        match self {
            Happened::NodeStarted { node, .. }
            | Happened::NodeMade { node, .. }
            | Happened::NodeWaited { node, .. }
            | Happened::NodeWaitedForYou { node, .. }
            | Happened::NodeSettled { node, .. }
            | Happened::NodeFailed { node, .. }
            | Happened::NodeSkipped { node, .. }
            | Happened::NodeCancelled { node } => Some(node),
            Happened::OperationStarted { .. }
            | Happened::OperationResumed { .. }
            | Happened::CancelRequested
            | Happened::OperationEnded { .. } => None,
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Happened::OperationStarted { .. } => "operation started",
            Happened::OperationResumed { .. } => "operation resumed",
            Happened::NodeStarted { .. } => "node started",
            Happened::NodeMade { .. } => "node made",
            Happened::NodeWaited { .. } => "node waited",
            Happened::NodeWaitedForYou { .. } => "node waited for you",
            Happened::NodeSettled { .. } => "node settled",
            Happened::NodeFailed { .. } => "node failed",
            Happened::NodeSkipped { .. } => "node skipped",
            Happened::CancelRequested => "cancel requested",
            Happened::NodeCancelled { .. } => "node cancelled",
            Happened::OperationEnded { .. } => "operation ended",
        }
    }
}

impl Progress {
    pub fn action(&self) -> Action {
        match self {
            Progress::Pending { action }
            | Progress::Running { action, .. }
            | Progress::WaitingForYou { action, .. }
            | Progress::Settled { action }
            | Progress::Failed { action, .. }
            | Progress::Skipped { action, .. }
            | Progress::Cancelled { action } => *action,
        }
    }

    /// Whether nothing more happens to the node in this operation.
    pub fn is_over(&self) -> bool {
        matches!(
            self,
            Progress::Settled { .. }
                | Progress::Failed { .. }
                | Progress::Skipped { .. }
                | Progress::Cancelled { .. }
        )
    }

    /// The progress after `event`, which happened to `node`.
    pub fn after(&self, node: &NodeId, event: &Happened) -> Result<Progress, IllegalEvent> {
        let action = self.action();
        let made_before = matches!(self, Progress::Running { made: true, .. });
        let next = match (self, event) {
            // A node that was running when the process stopped is started again.
            (
                Progress::Pending { .. } | Progress::Running { .. } | Progress::WaitingForYou { .. },
                started @ Happened::NodeStarted { .. },
            ) => {
                let Happened::NodeStarted { action, .. } = started else { unreachable!("matched above") };
                Progress::Running { action: *action, waits_for: None, made: false }
            }
            (Progress::Running { .. } | Progress::WaitingForYou { .. }, Happened::NodeMade { .. }) => {
                Progress::Running { action, waits_for: None, made: true }
            }
            (
                Progress::Running { .. } | Progress::WaitingForYou { .. },
                Happened::NodeWaited { waits_for, .. },
            ) => Progress::Running { action, waits_for: Some(waits_for.clone()), made: made_before },
            (
                Progress::Running { .. } | Progress::WaitingForYou { .. },
                Happened::NodeWaitedForYou { ask, .. },
            ) => Progress::WaitingForYou { action, ask: ask.clone() },
            (Progress::Running { .. } | Progress::WaitingForYou { .. }, Happened::NodeSettled { .. }) => {
                Progress::Settled { action }
            }
            (
                Progress::Running { .. } | Progress::WaitingForYou { .. },
                Happened::NodeFailed { failure, .. },
            ) => Progress::Failed { action, failure: failure.clone() },
            // Also one that runs: it may wait for a proof that will never come.
            (
                Progress::Pending { .. } | Progress::Running { .. } | Progress::WaitingForYou { .. },
                Happened::NodeSkipped { because, .. },
            ) => Progress::Skipped { action, because: because.clone() },
            (
                Progress::Pending { .. } | Progress::Running { .. } | Progress::WaitingForYou { .. },
                Happened::NodeCancelled { .. },
            ) => Progress::Cancelled { action },
            (before, event) => {
                return Err(IllegalEvent {
                    node: node.clone(),
                    before: before.word().to_owned(),
                    event: event.word().to_owned(),
                });
            }
        };
        Ok(next)
    }

    fn word(&self) -> &'static str {
        match self {
            Progress::Pending { .. } => "pending",
            Progress::Running { .. } => "running",
            Progress::WaitingForYou { .. } => "waiting for you",
            Progress::Settled { .. } => "settled",
            Progress::Failed { .. } => "failed",
            Progress::Skipped { .. } => "skipped",
            Progress::Cancelled { .. } => "cancelled",
        }
    }
}

/// Brings the progress of an operation's nodes up to date with one event of it.
pub fn replay(progress: &mut BTreeMap<NodeId, Progress>, what: &Happened) -> Result<(), IllegalEvent> {
    match what {
        Happened::OperationStarted { nodes, .. } => {
            progress.clear();
            progress.extend(pending(nodes));
        }
        Happened::OperationResumed { nodes } => {
            // What the new look found done is done; the rest starts again.
            for (id, before) in progress.iter_mut() {
                if !before.is_over() && !nodes.contains_key(id) {
                    *before = Progress::Settled { action: before.action() };
                }
            }
            progress.extend(pending(nodes));
        }
        _ => {}
    }
    if let Some((id, before)) = what.node().and_then(|id| Some((id, progress.get(id)?))) {
        let next = before.after(id, what)?;
        progress.insert(id.clone(), next);
    }
    Ok(())
}

fn pending(nodes: &BTreeMap<NodeId, Action>) -> impl Iterator<Item = (NodeId, Progress)> {
    nodes.iter().map(|(id, action)| (id.clone(), Progress::Pending { action: *action }))
}

impl OperationKind {
    /// The words in sentences and on buttons.
    pub fn label(self) -> &'static str {
        match self {
            OperationKind::Deploy => "Deploy",
            OperationKind::Park => "Park",
            OperationKind::Wake => "Wake",
            OperationKind::TearDown => "Tear down",
        }
    }

    /// What a stack is at while such an operation runs.
    pub fn doing(self) -> &'static str {
        match self {
            OperationKind::Deploy => "Deploying",
            OperationKind::Park => "Parking",
            OperationKind::Wake => "Waking",
            OperationKind::TearDown => "Tearing down",
        }
    }
}

impl fmt::Display for OperationKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.label())
    }
}

impl fmt::Display for OperationId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
