//! The door to the engine: stacks, plans, operations, events.

mod operations;
mod plans;
mod reading;
mod take_over;
mod views;
mod watch;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use topology::observation::Observation;
use topology::operation::{Event, EventId, Happened, Operation, OperationId};
use topology::plan::{Note, Plan, PlanId};
use topology::stack::StackName;
use topology::view::{Request, Surroundings};

use crate::aws::Aws;
use crate::clock::{self, Clock};
use crate::error::Error;
use crate::journal::{Draft, Journal};
use crate::run::Patience;

use plans::Depth;
use reading::Memory;

pub use watch::Attention;

/// Cheap to clone; all clones are the same engine.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    aws: Aws,
    journal: Arc<dyn Journal>,
    who: String,
    clock: Clock,
    events: broadcast::Sender<Event>,
    /// Names each stack that a look found changed.
    changed: broadcast::Sender<StackName>,
    /// The last look at each stack, kept true by what operations do.
    seen: Mutex<BTreeMap<StackName, Observation>>,
    /// When that was.
    looked_at: Mutex<BTreeMap<StackName, Instant>>,
    /// What was read in full of each stack.
    read: Mutex<BTreeMap<StackName, Memory>>,
    /// How many attend to each stack.
    attended: Mutex<BTreeMap<StackName, usize>>,
    plans: Mutex<HashMap<PlanId, Planned>>,
    running: Mutex<HashMap<OperationId, CancellationToken>>,
}

/// A plan that waits to be applied.
#[derive(Clone)]
struct Planned {
    plan: Plan,
    request: Request,
    depth: Depth,
    observation: Observation,
    /// Those of the plan's notes that AWS was asked for, besides the look.
    foreseen: Vec<Note>,
    made_at: Instant,
}

impl Engine {
    /// `who` is told to whoever meets an operation of this engine, such as `the panel`.
    pub fn new(aws: Aws, journal: Arc<dyn Journal>, who: impl Into<String>) -> Self {
        Self::by_clock(aws, journal, who, clock::system())
    }

    /// The same by another clock than this machine's.
    pub fn by_clock(aws: Aws, journal: Arc<dyn Journal>, who: impl Into<String>, clock: Clock) -> Self {
        let (events, _) = broadcast::channel(4096);
        let (changed, _) = broadcast::channel(64);
        let inner = Inner {
            aws,
            journal,
            who: who.into(),
            clock,
            events,
            changed,
            seen: Mutex::default(),
            looked_at: Mutex::default(),
            read: Mutex::default(),
            attended: Mutex::default(),
            plans: Mutex::default(),
            running: Mutex::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    fn now(&self) -> u64 {
        (self.inner.clock)()
    }

    pub fn surroundings(&self) -> Surroundings {
        Surroundings {
            account: self.inner.aws.account().to_owned(),
            caller: self.inner.aws.caller().to_owned(),
            region: self.inner.aws.region().clone(),
            sandbox_speed: self.inner.aws.sandbox_speed(),
            sandbox_door: self.inner.aws.sandbox_door(),
        }
    }

    /// AWS calls made since the start.
    pub fn calls(&self) -> u64 {
        self.inner.aws.calls()
    }

    /// Takes up the operations that a stopped process left behind.
    pub async fn resume(&self) -> Result<Vec<OperationId>, Error> {
        let mut resumed = Vec::new();
        for (operation, plan) in self.inner.journal.unfinished(&self.inner.who).await? {
            self.take_up(&operation, &plan).await?;
            resumed.push(operation.id);
        }
        Ok(resumed)
    }

    pub async fn save_draft(&self, stack: &StackName, file: &str) -> Result<(), Error> {
        let draft = Draft { stack: stack.clone(), file: file.to_owned() };
        Ok(self.inner.journal.save_draft(&draft).await?)
    }

    /// Takes up a stack that is on AWS and not known here: what its zone notes becomes the draft, unless there is
    /// one, which may be somebody's work.
    pub async fn adopt(&self, stack: &StackName) -> Result<(), Error> {
        let file = self.noted_file(stack).await?;
        if self.inner.journal.draft(stack).await?.is_none() {
            self.save_draft(stack, &file).await?;
        }
        Ok(())
    }

    /// The stack file that AWS has noted.
    pub async fn noted_file(&self, stack: &StackName) -> Result<String, Error> {
        match self.noted(stack).await?.file {
            file if file.is_empty() => Err(Error::NoteCutOff(stack.clone())),
            file => Ok(file),
        }
    }

    /// Forgets the draft; what is on AWS stays.
    pub async fn remove_draft(&self, stack: &StackName) -> Result<(), Error> {
        Ok(self.inner.journal.remove_draft(stack).await?)
    }

    /// Looks at AWS now, in bulk. Finds a stack by its draft, or by what its hosted zone notes.
    pub async fn observe(&self, stack: &StackName) -> Result<Observation, Error> {
        let observation = self.look_at(stack, Depth::InBulk).await?;
        self.remember_look(stack, observation.clone());
        Ok(observation)
    }

    /// The same, and reads every part in full.
    pub async fn observe_in_full(&self, stack: &StackName) -> Result<Observation, Error> {
        let observation = self.look_at(stack, Depth::InFull).await?;
        self.remember_look(stack, observation.clone());
        Ok(observation)
    }

    /// Looks at AWS in bulk and says what would be done; changes nothing.
    pub async fn plan(&self, request: &Request) -> Result<Plan, Error> {
        self.plan_at(request, Depth::InBulk).await
    }

    /// The same, and reads every part in full.
    pub async fn plan_in_full(&self, request: &Request) -> Result<Plan, Error> {
        self.plan_at(request, Depth::InFull).await
    }

    /// Starts exactly the plan that [`Engine::plan`] returned, or says that the world has changed. Returns when
    /// the start is journaled; the work goes on.
    pub async fn apply(&self, plan: &PlanId, patience: Patience) -> Result<OperationId, Error> {
        let planned = lock(&self.inner.plans).get(plan).cloned().ok_or(Error::NoSuchPlan)?;
        let planned = self.still_true(planned).await?;
        if !planned.plan.can_run() {
            return Err(Error::PlanHasErrors(Box::new(planned.plan)));
        }
        let operation = Operation {
            id: OperationId(clock::fresh_id()),
            plan: planned.plan.id.clone(),
            stack: planned.plan.stack.clone(),
            kind: planned.plan.kind,
            to: planned.plan.to,
            by: self.inner.who.clone(),
            started_at: self.now(),
            ended_at: None,
            outcome: None,
        };
        if let Some(other) = self.inner.journal.begin(&operation, &planned.plan).await? {
            return Err(Error::Busy(Box::new(other)));
        }
        lock(&self.inner.plans).remove(plan);
        let id = operation.id.clone();
        let first = Happened::OperationStarted {
            kind: planned.plan.kind,
            to: planned.plan.to,
            by: self.inner.who.clone(),
            nodes: operations::work_of(&planned.plan),
            names: operations::names_of(&planned.plan),
        };
        self.start(operation, planned.plan, planned.observation, patience, first);
        Ok(id)
    }

    /// Stops after the calls in flight.
    pub async fn cancel(&self, operation: &OperationId) -> Result<(), Error> {
        let token = lock(&self.inner.running).get(operation).cloned();
        token.ok_or_else(|| Error::NotRunning(operation.clone()))?.cancel();
        Ok(())
    }

    /// Whether this process works on an operation of `stack` now.
    pub async fn is_running(&self, stack: &StackName) -> Result<bool, Error> {
        let last = self.inner.journal.last_operation(stack).await?;
        Ok(last.is_some_and(|operation| lock(&self.inner.running).contains_key(&operation.id)))
    }

    /// Every event from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.inner.events.subscribe()
    }

    /// Events after `id`, at most `most`, in order.
    pub async fn events_after(&self, id: EventId, most: usize) -> Result<Vec<Event>, Error> {
        Ok(self.inner.journal.events_after(id, most).await?)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
