//! Following an operation to its end, in words and as JSON.
//!
//! The journal is read, and the engine's broadcast says when, as for the panel's live events. Ctrl-C cancels
//! kindly the first time, and leaves at once the second: the next start goes on from what is there.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use engine::Patience;
use topology::node::NodeId;
use topology::operation::{Event, Happened, OperationId, Outcome, Receipt};
use topology::plan::Plan;
use topology::words;

use super::failure::Failure;
use super::operation::{OutcomeWord as _, Telling};
use super::output;
use super::result::Result as Told;
use super::waits::Waits;
use super::workbench::Workbench;

/// How long to wait for the bell before looking anyway.
const LOOK: Duration = Duration::from_millis(500);
const MOST: usize = 256;
/// After so long a silence, what is waited for is said again.
const SILENCE: Duration = Duration::from_secs(60);

/// Applies `plan` and follows it to its end.
pub async fn apply(
    bench: &Workbench,
    plan: &Plan,
    patience: Patience,
    telling: Telling,
) -> Result<Told, Failure> {
    let mut bell = bench.engine.subscribe();
    let mut last = bench.journal.last_event().await?;
    let operation = bench.engine.apply(&plan.id, patience).await?;
    let mut follower = Follower::new(bench, plan, operation, telling);
    let mut interrupts = 0_u32;
    loop {
        // Asked before the look: whoever has ended by then has its last event in the journal.
        let goes_on = bench.engine.is_running(&plan.stack).await?;
        let events = bench.engine.events_after(last, MOST).await?;
        for event in &events {
            last = event.id;
            if let Some(told) = follower.heard(event) {
                return Ok(told);
            }
        }
        if !goes_on && events.is_empty() {
            return Err(Failure::failed("the operation broke off")
                .hint("The log says why. Run the command again: it goes on from what is there."));
        }
        tokio::select! {
            _ = bell.recv() => {}
            () = tokio::time::sleep(LOOK) => {}
            pressed = tokio::signal::ctrl_c() => {
                interrupts += u32::from(pressed.is_ok());
                follower.interrupted(interrupts).await?;
            }
        }
        follower.break_silence();
    }
}

struct Follower<'a> {
    bench: &'a Workbench,
    operation: OperationId,
    telling: Telling,
    /// What a person calls each node.
    names: BTreeMap<NodeId, String>,
    started_at: Option<u64>,
    waits: Waits,
    began: Instant,
    spoke: Instant,
    failures: BTreeMap<NodeId, topology::operation::Failure>,
}

impl<'a> Follower<'a> {
    fn new(bench: &'a Workbench, plan: &Plan, operation: OperationId, telling: Telling) -> Self {
        let names = plan.changes.iter().map(|change| (change.id.clone(), change.name.clone())).collect();
        let now = Instant::now();
        Self {
            bench,
            operation,
            telling,
            names,
            started_at: None,
            waits: Waits::default(),
            began: now,
            spoke: now,
            failures: BTreeMap::new(),
        }
    }

    /// Tells an event; the result, when it was the last.
    fn heard(&mut self, event: &Event) -> Option<Told> {
        if event.operation != self.operation {
            return None;
        }
        if self.telling == Telling::EventsAndResult {
            output::answer_json(event);
        }
        self.say(event);
        self.waits.heard(&event.what, &self.names);
        match &event.what {
            Happened::NodeFailed { node, failure } => {
                self.failures.insert(node.clone(), failure.clone());
                None
            }
            Happened::OperationEnded { outcome, receipt, .. } => Some(self.told(outcome, receipt.clone())),
            _ => None,
        }
    }

    fn break_silence(&mut self) {
        if self.spoke.elapsed() < SILENCE {
            return;
        }
        self.spoke = Instant::now();
        if let Some(reminder) = self.waits.reminder() {
            output::say(&format!("{:7.1} s  {reminder}", self.began.elapsed().as_secs_f64()));
        }
    }

    fn say(&mut self, event: &Event) {
        self.spoke = Instant::now();
        let started_at = *self.started_at.get_or_insert(event.at);
        let seconds = event.at.saturating_sub(started_at) as f64 / 1000.0;
        output::say(&format!("{seconds:7.1} s  {}", words::sentence(&event.what, &self.names)));
        if let Happened::NodeWaitedForYou { ask, .. } = &event.what {
            ask.lines().iter().for_each(|line| output::say(&format!("             {line}")));
        }
    }

    fn told(&mut self, outcome: &Outcome, receipt: Option<Receipt>) -> Told {
        Told {
            status: outcome.word(),
            calls: self.bench.calls(),
            elapsed_ms: self.bench.elapsed_ms(),
            operation: Some(self.operation.clone()),
            failures: std::mem::take(&mut self.failures),
            receipt,
        }
    }

    async fn interrupted(&self, times: u32) -> Result<(), Failure> {
        if times > 1 {
            return Err(Failure::failed("left in the middle of the operation")
                .hint("Run the command again: it goes on from what is there."));
        }
        output::say("Stopping after the calls in flight. Press Ctrl-C again to leave at once.");
        match self.bench.engine.cancel(&self.operation).await {
            // It has just ended: its last event is on its way.
            Err(engine::Error::NotRunning(_)) | Ok(()) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
