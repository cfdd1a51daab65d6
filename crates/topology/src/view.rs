//! What the panel and the command line show of stacks: values put together from the other modules.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::drift::Drift;
use crate::node::NodeId;
use crate::observation::Observation;
use crate::operation::{Event, EventId, Happened, Operation, OperationId, Progress};
use crate::stack::{HostName, Level, Region, StackName};

/// Where the panel's AWS is, and who it is there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Surroundings {
    pub account: String,
    /// The ARN of who calls AWS: a user, or the session of a role.
    pub caller: String,
    pub region: Region,
    /// `Some(speed)`: the embedded AWS, whose times are real ones divided by this.
    pub sandbox_speed: Option<f64>,
    /// The port of this machine at which the embedded AWS's load balancers answer browsers.
    pub sandbox_door: Option<u16>,
}

/// One line in the list of stacks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StackSummary {
    pub name: StackName,
    pub domain: HostName,
    pub region: Region,
    pub services: usize,
    /// `None`: a draft that was never deployed.
    pub level: Option<Level>,
    /// USD a month at that level; `None` also where the stack file cannot be read.
    pub month_usd: Option<f64>,
    /// It was torn down, and its hosted zone kept.
    pub is_only_the_zone: bool,
    /// Its draft or its history is here; else it was found on AWS, as after the database was lost.
    pub is_adopted: bool,
    /// How many parts somebody changed behind Slipway's back, as of the last look in this process.
    pub drifted: usize,
    /// The operation that runs now.
    pub running: Option<Operation>,
    pub last: Option<Operation>,
}

/// Everything that a stack's page shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StackView {
    pub name: StackName,
    /// The stack file as it is edited; what Deploy would lead to. May have problems.
    pub draft: String,
    /// The stack file that AWS has noted; `None`: nothing is deployed.
    pub deployed: Option<String>,
    /// `None`: nothing is deployed.
    pub level: Option<Level>,
    /// `None`: nobody has looked yet.
    pub observation: Option<Observation>,
    /// What somebody changed behind Slipway's back, as of that look.
    pub drift: BTreeMap<NodeId, Drift>,
    /// The operation that runs now, or else the last one.
    pub operation: Option<OperationView>,
    /// The newest events first is not promised: they stand in order, at most the last 500.
    pub events: Vec<Event>,
    /// Ask for events after this one.
    pub last_event: EventId,
}

impl StackView {
    /// The operation that runs now.
    pub fn running(&self) -> Option<&OperationView> {
        self.operation.as_ref().filter(|view| view.operation.ended_at.is_none())
    }

    /// What an operation's own plan called its nodes; empty where its start is no longer among the events.
    pub fn names_in(&self, operation: &OperationId) -> BTreeMap<NodeId, String> {
        let own = self.events.iter().filter(|event| &event.operation == operation);
        let names = own.filter_map(|event| match &event.what {
            Happened::OperationStarted { names, .. } => Some(names),
            _ => None,
        });
        names.flatten().map(|(id, name)| (id.clone(), name.clone())).collect()
    }

    /// How a part was changed behind Slipway's back; while an operation runs, its events tell how the part is.
    pub fn drift_of(&self, id: &NodeId) -> Option<&Drift> {
        self.drift.get(id).filter(|_| self.running().is_none())
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OperationView {
    pub operation: Operation,
    pub progress: BTreeMap<NodeId, Progress>,
}

/// What somebody asks for, by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Request {
    /// What this stack file says.
    Deploy {
        file: String,
    },
    /// The stack as it was deployed, at another level.
    Level {
        stack: StackName,
        level: Level,
    },
    TearDown {
        stack: StackName,
        delete_zone: bool,
    },
}
