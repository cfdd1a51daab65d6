//! A journal in memory, which can be cut.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use engine::journal::Draft;
use engine::{Journal, JournalError};
use topology::operation::{Event, EventId, Happened, Operation, OperationId, Outcome};
use topology::plan::Plan;
use topology::stack::StackName;

/// A journal in memory. It can be told to break before an entry, as if the process were killed there.
#[derive(Default)]
pub struct MemoryJournal {
    rows: Mutex<Rows>,
    /// Entries until the break; 0: none is planned.
    breaks_in: AtomicUsize,
}

#[derive(Default)]
struct Rows {
    operations: Vec<(Operation, Plan)>,
    events: Vec<Event>,
    drafts: BTreeMap<StackName, String>,
}

impl MemoryJournal {
    /// The `entry`th event from now, from 1, cannot be written, nor any after it, until the journal is mended.
    pub fn break_before(&self, entry: usize) {
        self.breaks_in.store(entry, Ordering::SeqCst);
    }

    pub fn mend(&self) {
        self.breaks_in.store(0, Ordering::SeqCst);
    }

    pub fn length(&self) -> usize {
        self.rows.lock().expect("rows").events.len()
    }

    /// Lets one more entry pass, or breaks.
    fn count(&self) -> Result<(), JournalError> {
        match self.breaks_in.load(Ordering::SeqCst) {
            0 => Ok(()),
            1 => Err(JournalError { doing: "append an event", source: "the journal was cut here".into() }),
            more => {
                self.breaks_in.store(more - 1, Ordering::SeqCst);
                Ok(())
            }
        }
    }
}

impl Rows {
    fn push(&mut self, at: u64, stack: &StackName, operation: &OperationId, what: &Happened) -> Event {
        let id = EventId(self.events.len() as u64 + 1);
        let event = Event { id, at, stack: stack.clone(), operation: operation.clone(), what: what.clone() };
        self.events.push(event.clone());
        event
    }
}

#[async_trait]
impl Journal for MemoryJournal {
    async fn begin(&self, operation: &Operation, plan: &Plan) -> Result<Option<Operation>, JournalError> {
        let mut rows = self.rows.lock().expect("rows");
        let other = rows
            .operations
            .iter()
            .find(|(other, _)| other.stack == operation.stack && other.outcome.is_none());
        if let Some((other, _)) = other {
            return Ok(Some(other.clone()));
        }
        rows.operations.push((operation.clone(), plan.clone()));
        Ok(None)
    }

    async fn append(
        &self,
        at: u64,
        stack: &StackName,
        operation: &OperationId,
        what: &Happened,
    ) -> Result<Event, JournalError> {
        self.count()?;
        Ok(self.rows.lock().expect("rows").push(at, stack, operation, what))
    }

    async fn end(
        &self,
        at: u64,
        ended: &Operation,
        outcome: &Outcome,
        last: &Happened,
    ) -> Result<Event, JournalError> {
        self.count()?;
        let mut rows = self.rows.lock().expect("rows");
        for (operation, _) in rows.operations.iter_mut().filter(|(operation, _)| operation.id == ended.id) {
            operation.ended_at = Some(at);
            operation.outcome = Some(outcome.clone());
        }
        Ok(rows.push(at, &ended.stack, &ended.id, last))
    }

    async fn unfinished(&self, _who: &str) -> Result<Vec<(Operation, Plan)>, JournalError> {
        let rows = self.rows.lock().expect("rows");
        Ok(rows.operations.iter().filter(|(operation, _)| operation.outcome.is_none()).cloned().collect())
    }

    async fn last_operation(&self, stack: &StackName) -> Result<Option<Operation>, JournalError> {
        let rows = self.rows.lock().expect("rows");
        Ok(rows
            .operations
            .iter()
            .rev()
            .map(|(operation, _)| operation)
            .find(|one| &one.stack == stack)
            .cloned())
    }

    async fn events_of(&self, operation: &OperationId) -> Result<Vec<Event>, JournalError> {
        let rows = self.rows.lock().expect("rows");
        Ok(rows.events.iter().filter(|event| &event.operation == operation).cloned().collect())
    }

    async fn last_events(&self, stack: &StackName, most: usize) -> Result<Vec<Event>, JournalError> {
        let rows = self.rows.lock().expect("rows");
        let all: Vec<Event> = rows.events.iter().filter(|event| &event.stack == stack).cloned().collect();
        Ok(all[all.len().saturating_sub(most)..].to_vec())
    }

    async fn events_after(&self, id: EventId, most: usize) -> Result<Vec<Event>, JournalError> {
        let rows = self.rows.lock().expect("rows");
        Ok(rows.events.iter().filter(|event| event.id > id).take(most).cloned().collect())
    }

    async fn last_event(&self) -> Result<EventId, JournalError> {
        Ok(EventId(self.length() as u64))
    }

    async fn save_draft(&self, draft: &Draft) -> Result<(), JournalError> {
        self.rows.lock().expect("rows").drafts.insert(draft.stack.clone(), draft.file.clone());
        Ok(())
    }

    async fn draft(&self, stack: &StackName) -> Result<Option<Draft>, JournalError> {
        let rows = self.rows.lock().expect("rows");
        Ok(rows.drafts.get(stack).map(|file| Draft { stack: stack.clone(), file: file.clone() }))
    }

    async fn drafts(&self) -> Result<Vec<Draft>, JournalError> {
        let rows = self.rows.lock().expect("rows");
        Ok(rows
            .drafts
            .iter()
            .map(|(stack, file)| Draft { stack: stack.clone(), file: file.clone() })
            .collect())
    }

    async fn remove_draft(&self, stack: &StackName) -> Result<(), JournalError> {
        self.rows.lock().expect("rows").drafts.remove(stack);
        Ok(())
    }
}
