//! One run of a plan: whatever can start does, each step is journaled, and what depends on a failure is left out.
//!
//! Guarantees: a node's start is in the journal before its first AWS call, its end before anything that depends
//! on it starts. A run that is cut off at any point can be taken up by a new one, because every action ensures.
//! It makes no choices of its own: actions, order and names stand in the plan.

mod board;
mod node;

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{broadcast, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use topology::node::NodeId;
use topology::operation::{Event, Failure, Happened, Operation, Outcome};
use topology::plan::{Change, Plan};

use crate::aws::{Aws, Class, World};
use crate::clock::Clock;
use crate::journal::{Journal, JournalError};

use board::Board;
use node::{Came, Message};

/// How long an operation waits for what it has made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// Until everything is ready and every target healthy.
    Healthy,
    /// Until every node is made and every update accepted.
    None,
}

/// Everything that a run needs.
pub struct Run {
    pub aws: Aws,
    pub journal: Arc<dyn Journal>,
    pub events: broadcast::Sender<Event>,
    pub clock: Clock,
    pub operation: Operation,
    pub plan: Plan,
    pub world: Arc<World>,
    pub cancel: CancellationToken,
    pub patience: Patience,
}

/// The workers under way, and how to stop each.
#[derive(Default)]
struct Workers {
    tasks: JoinSet<()>,
    stops: BTreeMap<NodeId, CancellationToken>,
}

impl Workers {
    fn stop(&self, node: &NodeId) {
        if let Some(stop) = self.stops.get(node) {
            stop.cancel();
        }
    }
}

/// How a run ended; its `OperationEnded` is not yet journaled.
pub struct Ended {
    pub outcome: Outcome,
    pub failures: BTreeMap<NodeId, Failure>,
}

impl Run {
    /// Runs to the end. An error means that the journal could not be written: then nothing new was started, and
    /// the operation stays unfinished for the next start of the process.
    pub async fn to_the_end(&self, first: Happened) -> Result<Ended, JournalError> {
        self.note(first).await?;
        let (sender, mut inbox) = mpsc::unbounded_channel();
        let mut board = Board::new(&self.plan, self.patience);
        let mut workers = Workers::default();
        let mut cancel_noted = false;
        loop {
            if self.cancel.is_cancelled() && !cancel_noted {
                cancel_noted = true;
                self.note(Happened::CancelRequested).await?;
                for node in board.cancel_pending() {
                    self.note(Happened::NodeCancelled { node }).await?;
                }
            }
            for node in board.stop_unprovable() {
                workers.stop(&node);
            }
            for (node, because) in board.skip_hopeless() {
                self.note(Happened::NodeSkipped { node, because }).await?;
            }
            for change in board.start_ready() {
                self.note(Happened::NodeStarted { node: change.id.clone(), action: change.action }).await?;
                self.spawn(&mut workers, change, sender.clone());
            }
            if board.is_over() {
                break;
            }
            tokio::select! {
                Some(message) = inbox.recv() => self.take(&mut board, message).await?,
                () = self.cancel.cancelled(), if !cancel_noted => {}
            }
        }
        // Every worker has sent its last message; none is left to wait for.
        while workers.tasks.join_next().await.is_some() {}
        Ok(Ended { outcome: board.outcome(), failures: board.failures() })
    }

    /// Journals what happened, then tells everybody who listens.
    pub async fn note(&self, what: Happened) -> Result<(), JournalError> {
        let event =
            self.journal.append((self.clock)(), &self.operation.stack, &self.operation.id, &what).await?;
        // Nobody listening is fine.
        let _ = self.events.send(event);
        Ok(())
    }

    fn spawn(&self, workers: &mut Workers, change: Change, sender: mpsc::UnboundedSender<Message>) {
        let cancel = self.cancel.child_token();
        workers.stops.insert(change.id.clone(), cancel.clone());
        let work = node::Work {
            aws: self.aws.clone(),
            stack: self.operation.stack.clone(),
            world: self.world.clone(),
            cancel,
            patience: self.patience,
            change,
        };
        workers.tasks.spawn(work.run(sender));
    }

    async fn take(&self, board: &mut Board, Message { node, came }: Message) -> Result<(), JournalError> {
        let happened = match came {
            Came::Told(told) => node::happened(node, told),
            Came::Made(found) => {
                board.made(&node);
                Happened::NodeMade { node, found }
            }
            Came::Settled(found) => {
                board.settled(&node);
                Happened::NodeSettled { node, found }
            }
            Came::LeftUnsettled => {
                board.settled(&node);
                return Ok(());
            }
            Came::Failed(error) if error.class == Class::Cancelled => match board.stopped(&node) {
                Some(because) => Happened::NodeSkipped { node, because },
                None => {
                    board.cancelled(&node);
                    Happened::NodeCancelled { node }
                }
            },
            Came::Failed(error) => {
                // No warning: the event tells it to whoever follows the operation.
                tracing::info!(node.id = %node, stack.name = %self.operation.stack, error.code = error.code, "{error}");
                let failure = error.failure();
                board.failed(&node, failure.clone());
                Happened::NodeFailed { node, failure }
            }
            Came::Panicked => {
                let failure = node::broken();
                board.failed(&node, failure.clone());
                Happened::NodeFailed { node, failure }
            }
        };
        self.note(happened).await
    }
}
