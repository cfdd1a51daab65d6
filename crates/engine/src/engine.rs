//! The door to the engine: stacks, plans, operations, events.

use std::sync::Arc;

use tokio::sync::broadcast;
use topology::observation::Observation;
use topology::operation::{Event, EventId, OperationId};
use topology::plan::{Plan, PlanId};
use topology::stack::StackName;
use topology::view::{Request, StackSummary, StackView, Surroundings};

use crate::aws::Aws;
use crate::error::Error;
use crate::journal::Journal;

/// Cheap to clone; all clones are the same engine.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    aws: Aws,
    journal: Arc<dyn Journal>,
    events: broadcast::Sender<Event>,
}

/// How long an operation waits for what it has made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// Until everything is ready and every target healthy.
    Healthy,
    /// Until every node is made and every update accepted.
    None,
}

impl Engine {
    pub fn new(aws: Aws, journal: Arc<dyn Journal>) -> Self {
        let (events, _) = broadcast::channel(4096);
        Self { inner: Arc::new(Inner { aws, journal, events }) }
    }

    /// Takes up the operations that a stopped process left behind.
    pub async fn resume(&self) -> Result<Vec<OperationId>, Error> {
        let _ = &self.inner.journal;
        todo!()
    }

    pub fn surroundings(&self) -> Surroundings {
        let _ = &self.inner.aws;
        todo!()
    }

    /// Drafts and what is on AWS, by name.
    pub async fn stacks(&self) -> Result<Vec<StackSummary>, Error> {
        todo!()
    }

    /// From memory where it can be; [`Engine::observe`] looks anew.
    pub async fn stack(&self, _stack: &StackName) -> Result<StackView, Error> {
        todo!()
    }

    pub async fn save_draft(&self, _stack: &StackName, _file: &str) -> Result<(), Error> {
        todo!()
    }

    /// Forgets the draft; what is on AWS stays.
    pub async fn remove_draft(&self, _stack: &StackName) -> Result<(), Error> {
        todo!()
    }

    /// Looks at AWS now.
    pub async fn observe(&self, _stack: &StackName) -> Result<Observation, Error> {
        todo!()
    }

    /// Looks at AWS and says what would be done; changes nothing.
    pub async fn plan(&self, _request: &Request) -> Result<Plan, Error> {
        todo!()
    }

    /// Starts exactly the plan that [`Engine::plan`] returned, or says that the world has changed. Returns when
    /// the start is journaled; the work goes on.
    pub async fn apply(&self, _plan: &PlanId, _patience: Patience) -> Result<OperationId, Error> {
        todo!()
    }

    /// Stops after the calls in flight.
    pub async fn cancel(&self, _operation: &OperationId) -> Result<(), Error> {
        todo!()
    }

    /// Every event from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.inner.events.subscribe()
    }

    /// Events after `id`, at most `most`, in order.
    pub async fn events_after(&self, _id: EventId, _most: usize) -> Result<Vec<Event>, Error> {
        todo!()
    }
}
