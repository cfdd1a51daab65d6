//! What can go wrong with a request to the engine.

use topology::operation::{Operation, OperationId};
use topology::plan::Plan;
use topology::stack::{Problem, StackName};

use crate::aws::AwsError;
use crate::journal::JournalError;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the stack file has {} problem(s)", .0.len())]
    Problems(Vec<Problem>),
    #[error("there is no stack `{0}`, neither as a draft nor on AWS")]
    NoSuchStack(StackName),
    /// The tags of its hosted zone do not hold the whole file.
    #[error(
        "what AWS has noted of the stack `{0}` was cut off; deploy it once more from your own stack file"
    )]
    NoteCutOff(StackName),
    #[error("that plan is no longer known; make a new one")]
    NoSuchPlan,
    /// What is on AWS, or the draft, is no longer what the plan was made from; the plan as it would be now.
    #[error("the world has changed since the plan was made; look at the new plan")]
    WorldChanged(Box<Plan>),
    #[error("the plan cannot run: {}", first_error(.0))]
    PlanHasErrors(Box<Plan>),
    /// One operation at a time a stack.
    #[error("`{}` of the stack `{}` is running already: {} works on it", .0.kind, .0.stack, .0.by)]
    Busy(Box<Operation>),
    #[error("the operation `{0}` does not run")]
    NotRunning(OperationId),
    #[error("nothing of somebody else's stands where the stack `{stack}` has {part}")]
    NothingToTakeOver { stack: StackName, part: String },
    #[error("{part} cannot be taken over: {why}")]
    NotTakenOver { part: String, why: String },
    #[error("AWS did not answer as needed")]
    Aws(#[from] AwsError),
    #[error("the database did not answer as needed")]
    Journal(#[from] JournalError),
}

/// An error with all its causes, in one line; causes whose text the one before has said already are left out.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let said = cause.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        source = cause.source();
    }
    text
}

fn first_error(plan: &Plan) -> &str {
    let errors = plan.notes.iter().filter(|note| note.severity == topology::plan::Severity::Error);
    errors.map(|note| note.text.as_str()).next().unwrap_or_default()
}
