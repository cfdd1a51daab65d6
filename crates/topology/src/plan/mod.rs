//! A plan: what to do with each node, in which order, and why. An immutable value.
//!
//! It is made by [`make()`] from a topology, an observation and a level, and by nothing else. Making it changes
//! nothing; a plan with an error among its notes may be viewed, not applied.

mod caa;
pub mod collision;
mod compare;
mod make;
mod notes;
mod order;
mod parting;
mod range;
pub mod reason;

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::names::fingerprint;
use crate::node::{NodeId, Spec};
use crate::operation::OperationKind;
use crate::stack::{Level, StackName};
use crate::words;

pub use make::{Wanted, make};
pub use reason::{Difference, Reason, ReplaceBecause};

/// An id that its maker draws; here it is only carried.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlanId(pub String);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub id: PlanId,
    /// The plan that this one continues, when an operation was cut off.
    pub parent: Option<PlanId>,
    pub stack: StackName,
    pub kind: OperationKind,
    /// The level that the stack had; `None` before the first deploy.
    pub from: Option<Level>,
    pub to: Level,
    /// The stack file that the plan leads to.
    pub file: String,
    /// Every node, also those that are kept; by id.
    pub changes: Vec<Change>,
    pub notes: Vec<Note>,
}

/// What happens to one node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    pub id: NodeId,
    /// What a person calls the node.
    pub name: String,
    pub action: Action,
    pub reason: Reason,
    /// What is wanted; `None` where the node goes.
    pub spec: Option<Spec>,
    /// What must have happened before.
    pub after: BTreeSet<After>,
}

/// `id` must have come to `milestone` first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct After {
    pub id: NodeId,
    pub milestone: crate::graph::Milestone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    Create,
    Update,
    Replace,
    Delete,
    Keep,
    WaitForYou,
}

/// Something to know before the plan runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    pub severity: Severity,
    pub node: Option<NodeId>,
    /// What is the matter, and what to do; whole sentences.
    pub text: String,
    /// The part that is somebody else's now, and can be taken over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<NodeId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    Note,
    Warning,
    /// The plan cannot run.
    Error,
}

impl Plan {
    /// The changes that do something.
    pub fn work(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.action != Action::Keep)
    }

    /// Whether a run of it would do nothing, not even wait.
    pub fn is_empty(&self) -> bool {
        self.work().next().is_none()
    }

    /// Whether AWS is as it should be but for what is on its way: a run of it would wait, and change nothing.
    pub fn only_waits(&self) -> bool {
        self.work().all(Change::only_waits)
    }

    pub fn can_run(&self) -> bool {
        self.notes.iter().all(|note| note.severity != Severity::Error)
    }

    /// Why `change` is made, as a person reads it.
    pub fn why(&self, change: &Change) -> String {
        change.reason.text(|id| self.called(id))
    }

    /// What a person calls a node: `Service backend`.
    pub fn called(&self, id: &NodeId) -> String {
        let change = self.changes.iter().find(|change| change.id == *id);
        words::called(id, change.map_or(&id.part, |change| &change.name))
    }

    /// The same for two plans that do the same for the same reasons, whatever their ids.
    pub fn fingerprint(&self) -> String {
        let lines: Vec<String> = self
            .work()
            .map(|change| format!("{} {} {} {:?}", change.id, change.action, self.why(change), change.spec))
            .collect();
        fingerprint(&format!("{} {}\n{}\n{}", self.kind, self.to, self.file, lines.join("\n")))
    }
}

impl Change {
    /// Nothing is to be changed: it is there as it should be, and on its way to being ready.
    pub fn only_waits(&self) -> bool {
        matches!(self.reason, Reason::Unsettled(_) | Reason::WaitsForYou(_))
    }
}

impl Action {
    pub fn word(self) -> &'static str {
        match self {
            Action::Create => "create",
            Action::Update => "update",
            Action::Replace => "replace",
            Action::Delete => "delete",
            Action::Keep => "keep",
            Action::WaitForYou => "wait-for-you",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}
