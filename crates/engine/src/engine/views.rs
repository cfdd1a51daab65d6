//! What the panel and the command line show of stacks.

use std::collections::{BTreeMap, BTreeSet};

use topology::cost;
use topology::drift::{self, Drift};
use topology::node::NodeId;
use topology::observation::Observation;
use topology::operation::{self, Operation, Outcome};
use topology::stack::{HostName, StackName, file};
use topology::view::{OperationView, StackSummary, StackView};

use super::Engine;
use crate::aws::observe::{self, ZoneTells};
use crate::error::Error;
use crate::journal::Draft;

/// Events that a stack's page starts with.
const MOST_EVENTS: usize = 500;

impl Engine {
    /// Drafts and what is on AWS, by name. Hosted zones' notes tell all of it, so that no stack is looked at.
    pub async fn stacks(&self) -> Result<Vec<StackSummary>, Error> {
        let mut told = observe::stacks(&self.inner.aws).await?;
        told.retain(|_, told| !matches!(told, ZoneTells::Unreadable));
        let drafts = self.inner.journal.drafts().await?;
        let mut drafts: BTreeMap<StackName, String> =
            drafts.into_iter().map(|Draft { stack, file }| (stack, file)).collect();
        let names: BTreeSet<StackName> = told.keys().chain(drafts.keys()).cloned().collect();
        let mut summaries = Vec::new();
        for name in names {
            let (told, draft) = (told.remove(&name), drafts.remove(&name));
            summaries.push(self.summary(name, told, draft).await?);
        }
        Ok(summaries)
    }

    async fn summary(
        &self,
        name: StackName,
        told: Option<ZoneTells>,
        draft: Option<String>,
    ) -> Result<StackSummary, Error> {
        let last = self.inner.journal.last_operation(&name).await?;
        // Of a zone alone there is no stack file that could be taken up.
        let is_adopted = draft.is_some() || last.is_some() || matches!(told, Some(ZoneTells::Kept { .. }));
        let (text, level, kept) = match told {
            Some(ZoneTells::Deployed(note)) => (note.file, Some(note.level), None),
            Some(ZoneTells::Kept { domain }) => (draft.unwrap_or_default(), None, Some(domain)),
            Some(ZoneTells::Unreadable) | None => (draft.unwrap_or_default(), None, None),
        };
        let stack = file::read(&text).ok();
        let zone_month = kept.is_some().then_some(cost::HOSTED_ZONE_MONTH);
        let domain = stack.as_ref().map(|stack| stack.domain.clone()).or_else(|| kept.clone());
        let drifted = self.drift_seen(&name, last.as_ref()).await?.len();
        let (running, last) = match last {
            Some(operation) if operation.outcome.is_none() => (Some(operation), None),
            other => (None, other),
        };
        Ok(StackSummary {
            domain: domain.unwrap_or_else(|| HostName::new("")),
            is_only_the_zone: kept.is_some(),
            region: stack
                .as_ref()
                .map_or_else(|| self.inner.aws.region().clone(), |stack| stack.region.clone()),
            services: stack.as_ref().map_or(0, |stack| stack.services.len()),
            month_usd: stack
                .zip(level)
                .map(|(stack, level)| cost::of(&stack, level).per_month_usd)
                .or(zone_month),
            name,
            level,
            is_adopted,
            drifted,
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
        let draft = draft.or_else(|| deployed.as_ref().map(|note| note.file.clone()));
        // Of a zone alone there is no file.
        let no_file = observation.as_ref().is_some_and(Observation::is_only_the_zone).then(String::new);
        let Some(draft) = draft.or(no_file) else { return Err(Error::NoSuchStack(stack.clone())) };
        let events = self.inner.journal.last_events(stack, MOST_EVENTS).await?;
        let operation = self.operation_view(stack).await?;
        let drift = drift_after(operation.as_ref().map(|view| &view.operation), observation.as_ref());
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

    /// As the last look of this process has it; nothing where nobody has looked.
    async fn drift_seen(
        &self,
        stack: &StackName,
        last: Option<&Operation>,
    ) -> Result<BTreeMap<NodeId, Drift>, Error> {
        Ok(drift_after(last, self.seen(stack).await?.as_ref()))
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

/// What an operation has not made, or not finished, nobody has changed behind its back.
fn drift_after(last: Option<&Operation>, observation: Option<&Observation>) -> BTreeMap<NodeId, Drift> {
    match last {
        Some(last) if last.outcome != Some(Outcome::Done) => BTreeMap::new(),
        _ => observation.map(drift::of).unwrap_or_default(),
    }
}

/// A stack that is nowhere yet is nothing to complain about.
fn absent(error: Error) -> Result<Option<Observation>, Error> {
    match error {
        Error::NoSuchStack(_) => Ok(None),
        other => Err(other),
    }
}
