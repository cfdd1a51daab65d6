//! The journal: what the engine must remember to survive a kill, and what a person wants to read later.
//!
//! AWS is the state. Losing the journal loses history, drafts and the knowledge of what was under way; it
//! loses no infrastructure.

use async_trait::async_trait;
use topology::operation::{Event, EventId, Happened, Operation, OperationId, Outcome};
use topology::plan::Plan;
use topology::stack::StackName;

#[derive(Debug, thiserror::Error)]
#[error("{doing}")]
pub struct JournalError {
    /// What was being done, such as `append an event`.
    pub doing: &'static str,
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// A stack file that somebody edits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub stack: StackName,
    pub file: String,
}

/// What a database has to do for the engine. One journal serves one account, region and endpoint.
#[async_trait]
pub trait Journal: Send + Sync + 'static {
    /// Notes that `operation` starts, with its plan. Recovery relies on this being durable before the first
    /// AWS call. `Ok(Some(other))`: another operation on the same stack has not ended; nothing was noted.
    async fn begin(&self, operation: &Operation, plan: &Plan) -> Result<Option<Operation>, JournalError>;

    /// Notes what happened; durable when it returns. Ids grow with each event.
    async fn append(
        &self,
        at: u64,
        stack: &StackName,
        operation: &OperationId,
        what: &Happened,
    ) -> Result<Event, JournalError>;

    /// Notes that `operation` has ended, with its last event; both or neither, so that whoever hears of the end
    /// also finds it here.
    async fn end(
        &self,
        at: u64,
        operation: &Operation,
        outcome: &Outcome,
        last: &Happened,
    ) -> Result<Event, JournalError>;

    /// The operations that began and have not ended, with their plans: those to take up again. From now on `who`
    /// works on them.
    async fn unfinished(&self, who: &str) -> Result<Vec<(Operation, Plan)>, JournalError>;

    /// The newest operation of `stack`.
    async fn last_operation(&self, stack: &StackName) -> Result<Option<Operation>, JournalError>;

    /// The events of one operation, in order.
    async fn events_of(&self, operation: &OperationId) -> Result<Vec<Event>, JournalError>;

    /// The last `most` events of `stack`, in order.
    async fn last_events(&self, stack: &StackName, most: usize) -> Result<Vec<Event>, JournalError>;

    /// Events of all stacks after `id`, in order, at most `most`.
    async fn events_after(&self, id: EventId, most: usize) -> Result<Vec<Event>, JournalError>;

    async fn last_event(&self) -> Result<EventId, JournalError>;

    async fn save_draft(&self, draft: &Draft) -> Result<(), JournalError>;

    async fn draft(&self, stack: &StackName) -> Result<Option<Draft>, JournalError>;

    async fn drafts(&self) -> Result<Vec<Draft>, JournalError>;

    async fn remove_draft(&self, stack: &StackName) -> Result<(), JournalError>;
}
