//! What the panel and the command line show of stacks.

use std::collections::{BTreeMap, BTreeSet};

use topology::cost;
use topology::drift;
use topology::observation::Observation;
use topology::operation::{self, Outcome};
use topology::stack::{HostName, Level, StackName, file};
use topology::view::{OperationView, StackSummary, StackView};

use super::Engine;
use crate::aws::observe;
use crate::error::Error;
use crate::journal::Draft;

/// Events that a stack's page starts with.
const MOST_EVENTS: usize = 500;

impl Engine {
    /// Drafts and what is on AWS, by name. Hosted zones' notes tell all of it, so that no stack is looked at.
    pub async fn stacks(&self) -> Result<Vec<StackSummary>, Error> {
        let mut files: BTreeMap<StackName, (String, Option<Level>)> = BTreeMap::new();
        for (stack, note) in observe::stacks(&self.inner.aws).await? {
            files.insert(stack, (note.file, Some(note.level)));
        }
        let mut drafted = BTreeSet::new();
        for Draft { stack, file } in self.inner.journal.drafts().await? {
            drafted.insert(stack.clone());
            files.entry(stack).or_insert((file, None));
        }
        let mut summaries = Vec::new();
        for (name, (file, level)) in files {
            let has_draft = drafted.contains(&name);
            summaries.push(self.summary(name, &file, level, has_draft).await?);
        }
        Ok(summaries)
    }

    async fn summary(
        &self,
        name: StackName,
        text: &str,
        level: Option<Level>,
        has_draft: bool,
    ) -> Result<StackSummary, Error> {
        let stack = file::read(text).ok();
        let last = self.inner.journal.last_operation(&name).await?;
        let is_adopted = has_draft || last.is_some();
        let (running, last) = match last {
            Some(operation) if operation.outcome.is_none() => (Some(operation), None),
            other => (None, other),
        };
        Ok(StackSummary {
            domain: stack.as_ref().map_or_else(|| HostName::new(""), |stack| stack.domain.clone()),
            region: stack
                .as_ref()
                .map_or_else(|| self.inner.aws.region().clone(), |stack| stack.region.clone()),
            services: stack.as_ref().map_or(0, |stack| stack.services.len()),
            month_usd: stack.zip(level).map(|(stack, level)| cost::of(&stack, level).per_month_usd),
            name,
            level,
            is_adopted,
            running,
            last,
        })
    }

    /// From memory where it can be; [`Engine::observe`] looks anew.
    pub async fn stack(&self, stack: &StackName) -> Result<StackView, Error> {
        let last_event = self.inner.journal.last_event().await?;
        let draft = self.inner.journal.draft(stack).await?.map(|draft| draft.file);
        let observation = match self.seen(stack).await? {
            Some(seen) => Some(seen),
            None => self.observe(stack).await.map(Some).or_else(absent)?,
        };
        let deployed = observation.as_ref().and_then(|observation| observation.note.clone());
        let Some(draft) = draft.or_else(|| deployed.as_ref().map(|note| note.file.clone())) else {
            return Err(Error::NoSuchStack(stack.clone()));
        };
        let events = self.inner.journal.last_events(stack, MOST_EVENTS).await?;
        let operation = self.operation_view(stack).await?;
        let drift = match &operation {
            // What an operation has not made, or not finished, nobody has changed behind its back.
            Some(last) if last.operation.outcome != Some(Outcome::Done) => BTreeMap::new(),
            _ => observation.as_ref().map(drift::of).unwrap_or_default(),
        };
        Ok(StackView {
            name: stack.clone(),
            draft,
            drift,
            level: deployed.as_ref().map(|note| note.level),
            deployed: deployed.map(|note| note.file),
            observation,
            operation,
            events,
            last_event,
        })
    }

    async fn operation_view(&self, stack: &StackName) -> Result<Option<OperationView>, Error> {
        let Some(operation) = self.inner.journal.last_operation(stack).await? else { return Ok(None) };
        let events = self.inner.journal.events_of(&operation.id).await?;
        let mut progress = BTreeMap::new();
        for event in &events {
            if let Err(illegal) = operation::replay(&mut progress, &event.what) {
                tracing::warn!(event.id = event.id.0, "the journal holds an event out of order: {illegal}");
            }
        }
        Ok(Some(OperationView { operation, progress }))
    }
}

/// A stack that is nowhere yet is nothing to complain about.
fn absent(error: Error) -> Result<Option<Observation>, Error> {
    match error {
        Error::NoSuchStack(_) => Ok(None),
        other => Err(other),
    }
}
