//! Operations: start, carry out, take up again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use topology::cost;
use topology::node::{NodeId, NodeKind, Spec, ZoneNote};
use topology::observation::{Found, Observation};
use topology::operation::{Happened, Operation, OperationKind, Outcome, Receipt};
use topology::plan::{self, Action, Plan, PlanId, Wanted};
use topology::stack::{HostName, Level, file};

use super::plans::Depth;
use super::{Engine, lock};
use crate::aws::World;
use crate::clock;
use crate::error::{Error, chain};
use crate::run::{Ended, Patience, Run};

/// Between two tries to take up an operation while AWS cannot be reached.
const RETRY: Duration = Duration::from_secs(15);
/// Every stack has one, and it notes what the stack is.
const ZONE: NodeId = NodeId { kind: NodeKind::HostedZone, part: String::new() };

impl Engine {
    /// Takes up an operation that a stopped process left behind. Where AWS cannot be reached, it is tried again
    /// and again beside everything else; what can never go on is ended, so that it blocks nothing.
    pub(super) async fn take_up(&self, operation: &Operation, plan: &Plan) -> Result<(), Error> {
        if self.was_cancelled(operation).await? {
            return self.end(operation, Outcome::Cancelled, None, 0).await;
        }
        match self.resume_one(operation, plan).await {
            Err(Error::Aws(error)) => {
                tracing::warn!(operation.id = %operation.id, "an operation waits to go on: {}", chain(&error));
                self.resume_later(operation.clone(), plan.clone());
                Ok(())
            }
            Err(error @ Error::Problems(_)) => {
                tracing::error!(operation.id = %operation.id, "an operation cannot go on: {}", chain(&error));
                self.end(operation, Outcome::Failed(Vec::new()), None, 0).await
            }
            other => other,
        }
    }

    /// Somebody stopped it, and the process ended before it could.
    async fn was_cancelled(&self, operation: &Operation) -> Result<bool, Error> {
        let events = self.inner.journal.events_of(&operation.id).await?;
        Ok(events.iter().any(|event| event.what == Happened::CancelRequested))
    }

    fn resume_later(&self, operation: Operation, plan: Plan) {
        let cancel = CancellationToken::new();
        lock(&self.inner.running).insert(operation.id.clone(), cancel.clone());
        let engine = self.clone();
        tokio::spawn(async move {
            loop {
                let came = match cancel.run_until_cancelled(tokio::time::sleep(RETRY)).await {
                    Some(()) => engine.resume_one(&operation, &plan).await,
                    None => engine.end(&operation, Outcome::Cancelled, None, 0).await,
                };
                let Err(error) = came else { return };
                tracing::warn!(operation.id = %operation.id, "an operation still waits to go on: {}", chain(&error));
                if cancel.is_cancelled() {
                    // The database did not take the end; asked again at once, it would not either.
                    tokio::time::sleep(RETRY).await;
                }
            }
        });
    }

    async fn resume_one(&self, operation: &Operation, plan: &Plan) -> Result<(), Error> {
        let (mut rest, observation) = match operation.kind {
            OperationKind::TearDown => self.rest_of_tear_down(plan).await?,
            _ => self.rest_of_deploy(plan).await?,
        };
        rest.parent = Some(plan.id.clone());
        rest.kind = plan.kind;
        let first = Happened::OperationResumed { nodes: work_of(&rest) };
        self.start(operation.clone(), rest, observation, Patience::Healthy, first);
        Ok(())
    }

    async fn rest_of_deploy(&self, plan: &Plan) -> Result<(Plan, Observation), Error> {
        let stack = file::read(&plan.file).map_err(Error::Problems)?;
        let observation = self.look(&plan.stack, Some(&stack), &plan.file, Depth::InBulk).await?;
        let wanted = Wanted::AtLevel { stack: &stack, file: &plan.file, level: plan.to };
        Ok((plan::make(PlanId(clock::fresh_id()), &wanted, &observation), observation))
    }

    /// Of a zone that was left over there may be no stack file: what goes is what has the stack's name.
    async fn rest_of_tear_down(&self, plan: &Plan) -> Result<(Plan, Observation), Error> {
        let stack = file::read(&plan.file).ok();
        let observation = self.look_to_the_last(&plan.stack, stack.as_ref(), &plan.file).await?;
        let domain = stack.map_or_else(|| zone_named_in(plan), |stack| stack.domain);
        let wanted = Wanted::TornDown { domain: &domain, file: &plan.file, delete_zone: deletes_zone(plan) };
        Ok((plan::make(PlanId(clock::fresh_id()), &wanted, &observation), observation))
    }

    pub(super) fn start(
        &self,
        operation: Operation,
        plan: Plan,
        observation: Observation,
        patience: Patience,
        first: Happened,
    ) {
        let cancel = CancellationToken::new();
        lock(&self.inner.running).insert(operation.id.clone(), cancel.clone());
        let run = Run {
            aws: self.inner.aws.clone(),
            journal: self.inner.journal.clone(),
            events: self.inner.events.clone(),
            clock: self.inner.clock.clone(),
            world: Arc::new(World::new(observation.found.clone())),
            operation,
            plan,
            cancel,
            patience,
        };
        let engine = self.clone();
        tokio::spawn(async move {
            let id = run.operation.id.clone();
            if let Err(error) = engine.carry_out(&run, observation, first).await {
                let chain = chain(&error);
                tracing::error!(operation.id = %id, "the operation broke off and goes on at the next start: {chain}");
            }
            lock(&engine.inner.running).remove(&id);
        });
    }

    async fn carry_out(&self, run: &Run, before: Observation, first: Happened) -> Result<(), Error> {
        let calls_before = self.inner.aws.calls();
        let ended = run.to_the_end(first).await?;
        self.keep_what_is_known(run, before).await?;
        let receipt = match run.plan.kind {
            OperationKind::TearDown => Some(self.receipt(run, &ended).await),
            _ => None,
        };
        let outcome = match (&ended.outcome, &receipt) {
            // The look afterwards has the last word.
            (Outcome::Done, Some(receipt)) if receipt.unproven.is_some() => Outcome::Failed(Vec::new()),
            (Outcome::Done, Some(receipt)) if !receipt.left.is_empty() => {
                Outcome::Failed(receipt.left.iter().map(|leftover| leftover.id.clone()).collect())
            }
            (outcome, _) => outcome.clone(),
        };
        let calls = self.inner.aws.calls() - calls_before;
        self.end(&run.operation, outcome, receipt, calls).await
    }

    async fn end(
        &self,
        operation: &Operation,
        outcome: Outcome,
        receipt: Option<Receipt>,
        calls: u64,
    ) -> Result<(), Error> {
        let at = self.now();
        let last = Happened::OperationEnded { outcome: outcome.clone(), receipt, calls };
        let event = self.inner.journal.end(at, operation, &outcome, &last).await?;
        lock(&self.inner.running).remove(&operation.id);
        // What is remembered of the stack holds what this operation has done.
        if let Some(seen) = lock(&self.inner.seen).get_mut(&operation.stack) {
            (seen.at, seen.after) = (at, event.id);
        }
        // Nobody listening is fine.
        let _ = self.inner.events.send(event);
        Ok(())
    }

    /// Updates the memory of the last look by what the run has done.
    async fn keep_what_is_known(&self, run: &Run, before: Observation) -> Result<(), Error> {
        let found = run.world.everything();
        let note = note_after(&run.plan, found.get(&ZONE), before.note.clone());
        let after = self.inner.journal.last_event().await?;
        let observation = Observation { at: self.now(), after, found, note, ..before };
        lock(&self.inner.seen).insert(run.operation.stack.clone(), observation);
        Ok(())
    }

    /// What the look afterwards says; an operation ends also where that look fails.
    async fn receipt(&self, run: &Run, ended: &Ended) -> Receipt {
        let stack = file::read(&run.plan.file).ok();
        let look = self.look_to_the_last(&run.operation.stack, stack.as_ref(), &run.plan.file).await;
        let observation = match look {
            Ok(observation) => observation,
            Err(error) => {
                tracing::warn!(operation.id = %run.operation.id, "no receipt: {}", chain(&error));
                return topology::receipt::unproven(why(&error));
            }
        };
        let lines = stack.map(|stack| cost::of(&stack, Level::Awake).lines).unwrap_or_default();
        let mut per_hour: BTreeMap<NodeId, f64> =
            lines.into_iter().map(|line| (line.node, line.per_hour_usd)).collect();
        // Of a zone that was kept there may be no stack file.
        per_hour.entry(ZONE).or_insert(cost::HOSTED_ZONE_MONTH / cost::HOURS_A_MONTH);
        topology::receipt::of(&run.plan, &observation, &ended.failures, &per_hour)
    }
}

/// For a person: what AWS said, where it was AWS.
fn why(error: &Error) -> String {
    match error {
        Error::Aws(error) => {
            let failure = error.failure();
            format!("could not {}: {}", failure.doing, failure.cause.trim_end_matches('.'))
        }
        other => other.to_string(),
    }
}

pub(super) fn work_of(plan: &Plan) -> BTreeMap<NodeId, Action> {
    plan.work().map(|change| (change.id.clone(), change.action)).collect()
}

/// Of what is worked on, where the id does not say it.
pub(super) fn names_of(plan: &Plan) -> BTreeMap<NodeId, String> {
    let named = plan.work().filter(|change| change.name != change.id.part);
    named.map(|change| (change.id.clone(), change.name.clone())).collect()
}

fn deletes_zone(plan: &Plan) -> bool {
    plan.changes.iter().any(|change| change.id == ZONE && change.action == Action::Delete)
}

fn zone_named_in(plan: &Plan) -> HostName {
    let zone = plan.changes.iter().find(|change| change.id == ZONE);
    HostName::new(zone.map(|zone| zone.name.clone()).unwrap_or_default())
}

/// What the zone notes after a run of `plan`: the plan's own note, once the zone shows it.
fn note_after(plan: &Plan, zone: Option<&Found>, before: Option<ZoneNote>) -> Option<ZoneNote> {
    let zone = zone?;
    let wanted = plan.changes.iter().find(|change| change.id == ZONE)?.spec.as_ref()?;
    let shows_it = wanted.fields().iter().all(|(field, value)| zone.fields.get(field) == Some(value));
    match wanted {
        Spec::HostedZone { note, .. } if shows_it => note.clone(),
        _ => before,
    }
}
