//! What can go wrong between a person and the engine, as the panel says it.
//!
//! A server function returns nothing else. Inner errors are mapped here, field by field; their texts for
//! logs stay on the server.

use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};
use topology::operation::Operation;
use topology::plan::{Plan, Severity};
use topology::stack::{Problem, StackName};

use crate::text::capital;

/// An error that a person can read and act on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("{}", self.title())]
pub enum PanelError {
    NotSignedIn,
    Problems(Vec<Problem>),
    NoSuchStack(StackName),
    NoteCutOff(StackName),
    NoSuchPlan,
    /// The plan as it would be now.
    WorldChanged(Box<Plan>),
    PlanHasErrors(Box<Plan>),
    Busy(Box<Operation>),
    NotRunning,
    /// Which part cannot be taken over, and why.
    NotTakenOver(String),
    /// What was being done, what AWS said, what to do.
    Aws {
        doing: String,
        cause: String,
        hint: String,
    },
    Storage,
    /// The browser could not reach the panel.
    Unreachable,
    /// Browser and server speak differently, as after an update of Slipway.
    Misunderstood,
}

impl PanelError {
    /// What is wrong, as one sentence.
    pub fn title(&self) -> String {
        match self {
            Self::NotSignedIn => "You are not signed in.".into(),
            Self::Problems(problems) if problems.len() == 1 => "The stack file has a problem.".into(),
            Self::Problems(problems) => format!("The stack file has {} problems.", problems.len()),
            Self::NoSuchStack(stack) => {
                format!("There is no stack `{stack}`, neither as a draft nor on AWS.")
            }
            Self::NoteCutOff(stack) => format!("What AWS has noted of `{stack}` was cut off."),
            Self::NoSuchPlan => "That plan is no longer known.".into(),
            Self::WorldChanged(_) => "The world has changed since the plan was made.".into(),
            Self::PlanHasErrors(plan) => {
                let errors = plan.notes.iter().filter(|note| note.severity == Severity::Error);
                match errors.map(|note| note.text.as_str()).next() {
                    Some(text) => format!("The plan cannot run: {text}"),
                    None => "The plan cannot run.".into(),
                }
            }
            Self::Busy(operation) => {
                format!(
                    "`{}` is running on this stack already: {} works on it.",
                    operation.kind, operation.by
                )
            }
            Self::NotTakenOver(why) => capital(why),
            Self::NotRunning => "That operation does not run any more.".into(),
            Self::Aws { doing, cause, .. } => format!("Could not {doing}: {cause}"),
            Self::Storage => "Slipway's own database did not answer.".into(),
            Self::Unreachable => "The panel's server did not answer.".into(),
            Self::Misunderstood => "This page and the server do not understand each other.".into(),
        }
    }

    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            Self::NotSignedIn => "Open the one-time link that the server printed when it started, or a new one: `slipway sign-in` prints it.".into(),
            Self::Problems(_) => "Correct the marked lines on the File tab.".into(),
            Self::NoSuchStack(_) => "Check the address, or make a new stack from the list.".into(),
            Self::NoteCutOff(_) => "Deploy it once more from your own stack file.".into(),
            Self::NoSuchPlan => "Make a new one.".into(),
            Self::WorldChanged(_) => "Here is the plan as it would be now; nothing has been done yet.".into(),
            Self::PlanHasErrors(_) => "Correct what it names, then make a new plan.".into(),
            Self::Busy(operation) => {
                format!(
                    "It has been running since {}. Wait for its end, or cancel it.",
                    crate::time::date_utc(operation.started_at)
                )
            }
            Self::NotTakenOver(_) => "Make a new plan: it shows how things stand now.".into(),
            Self::NotRunning => "Reload the page to see where things stand.".into(),
            Self::Aws { hint, .. } => hint.clone(),
            Self::Storage => "Check that the data directory is there and has room, then try again.".into(),
            Self::Unreachable => "Check that `slipway serve` is running and try again.".into(),
            Self::Misunderstood => "Reload the page: Slipway was probably updated.".into(),
        }
    }
}

impl FromServerFnError for PanelError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Response(_) => Self::Unreachable,
            _ => Self::Misunderstood,
        }
    }
}

#[cfg(feature = "ssr")]
impl From<engine::Error> for PanelError {
    fn from(error: engine::Error) -> Self {
        use engine::Error;
        match error {
            Error::Problems(problems) => Self::Problems(problems),
            Error::NoSuchStack(stack) => Self::NoSuchStack(stack),
            Error::NoteCutOff(stack) => Self::NoteCutOff(stack),
            Error::NoSuchPlan => Self::NoSuchPlan,
            Error::WorldChanged(plan) => Self::WorldChanged(plan),
            Error::PlanHasErrors(plan) => Self::PlanHasErrors(plan),
            Error::Busy(operation) => Self::Busy(operation),
            Error::NotRunning(_) => Self::NotRunning,
            error @ (Error::NothingToTakeOver { .. } | Error::NotTakenOver { .. }) => {
                Self::NotTakenOver(error.to_string())
            }
            Error::Aws(error) => {
                let failure = error.failure();
                Self::Aws { doing: failure.doing, cause: failure.cause, hint: failure.hint }
            }
            Error::Journal(_) => Self::Storage,
        }
    }
}
