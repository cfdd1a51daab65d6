//! The work on one node: make, settle, or delete, and word of how it goes.

use std::sync::Arc;

use futures::FutureExt;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use topology::node::{NodeId, Spec};
use topology::observation::Found;
use topology::operation::{Failure, Happened};
use topology::plan::{Action, Change};
use topology::stack::StackName;

use super::Patience;
use crate::aws::{Aws, AwsError, Class, Task, Told, World, part};

/// What a worker sends.
pub struct Message {
    pub node: NodeId,
    pub came: Came,
}

pub enum Came {
    Told(Told),
    Made(Option<Found>),
    Settled(Option<Found>),
    /// Made, and nobody waits for more.
    LeftUnsettled,
    Failed(AwsError),
    Panicked,
}

pub struct Work {
    pub aws: Aws,
    pub stack: StackName,
    pub world: Arc<World>,
    pub cancel: CancellationToken,
    pub patience: Patience,
    pub change: Change,
}

impl Work {
    /// Works, and sends exactly one last message.
    pub async fn run(self, sender: mpsc::UnboundedSender<Message>) {
        let id = self.change.id.clone();
        let send = |came| {
            // The receiver is gone only when the run has broken off.
            let _ = sender.send(Message { node: id.clone(), came });
        };
        let work = std::panic::AssertUnwindSafe(self.ensure(&send)).catch_unwind().await;
        send(match work {
            Ok(Ok(last)) => last,
            Ok(Err(error)) => Came::Failed(error),
            Err(_) => Came::Panicked,
        });
    }

    async fn ensure(&self, send: &(dyn Fn(Came) + Send + Sync)) -> Result<Came, AwsError> {
        let teller = |told| send(Came::Told(told));
        let task = Task {
            aws: &self.aws,
            stack: &self.stack,
            id: &self.change.id,
            name: &self.change.name,
            world: &self.world,
            cancel: &self.cancel,
            teller: &teller,
        };
        let found = self.world.get(&self.change.id);
        let found = match self.change.action {
            Action::Delete => {
                self.delete(&task, found).await?;
                return Ok(Came::Settled(None));
            }
            Action::Replace => {
                if !found.as_ref().is_some_and(|found| part::is_replaced_before_it_goes(task.id, found)) {
                    self.delete(&task, found).await?;
                }
                None
            }
            Action::Create | Action::Update | Action::Keep | Action::WaitForYou => found,
        };
        let spec = self.spec()?;
        let made = part::make(&task, spec, found.as_ref()).await?;
        self.world.put(&self.change.id, made.clone());
        send(Came::Made(Some(made.clone())));
        if self.patience == Patience::None {
            return Ok(Came::LeftUnsettled);
        }
        let settled = part::settle(&task, spec, made).await?;
        self.world.put(&self.change.id, settled.clone());
        Ok(Came::Settled(Some(settled)))
    }

    async fn delete(&self, task: &Task<'_>, found: Option<Found>) -> Result<(), AwsError> {
        if let Some(found) = found {
            part::delete(task, &found).await?;
            self.world.remove(&self.change.id);
        }
        Ok(())
    }

    fn spec(&self) -> Result<&Spec, AwsError> {
        let doing = || format!("{} `{}`", self.change.action, self.change.id);
        let missing = || AwsError::new(doing(), Class::Invalid, "the plan does not say what is wanted");
        self.change.spec.as_ref().ok_or_else(missing)
    }
}

pub fn happened(node: NodeId, told: Told) -> Happened {
    match told {
        Told::WaitsFor(waits_for) => Happened::NodeWaited { node, waits_for },
        Told::Ask(ask) => Happened::NodeWaitedForYou { node, ask },
    }
}

/// A worker panicked: a broken invariant of ours.
pub fn broken() -> Failure {
    Failure {
        doing: "work on the node".into(),
        cause: "Slipway itself made a mistake; its log has the details".into(),
        code: None,
        hint: "Deploy again. If it happens again, please report it with the log.".into(),
    }
}
