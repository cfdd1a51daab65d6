//! The door to the engine: stacks, plans, operations, events.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use topology::graph::Topology;
use topology::node::{NodeId, NodeKind, Spec, ZoneNote};
use topology::observation::{Found, Observation};
use topology::operation::{
    self, Event, EventId, Happened, Operation, OperationId, OperationKind, Outcome, Receipt,
};
use topology::plan::{self, Action, Plan, PlanId, Wanted};
use topology::stack::{Level, Stack, StackName, file};
use topology::view::{OperationView, Request, StackSummary, StackView, Surroundings};

use crate::aws::observe::{self, Look};
use crate::aws::{Aws, World};
use crate::clock;
use crate::error::Error;
use crate::journal::{Draft, Journal};
use crate::run::{Ended, Patience, Run};

/// A plan this young is applied without looking at AWS a second time.
const FRESH: Duration = Duration::from_secs(2);
/// Plans that wait for somebody to apply them.
const MOST_PLANS: usize = 64;
/// Every stack has one, and it notes what the stack is.
const ZONE: NodeId = NodeId { kind: NodeKind::HostedZone, part: String::new() };
/// Events that a stack's page starts with.
const MOST_EVENTS: usize = 500;

/// Cheap to clone; all clones are the same engine.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    aws: Aws,
    journal: Arc<dyn Journal>,
    events: broadcast::Sender<Event>,
    /// The last look at each stack, kept true by what operations do.
    seen: Mutex<BTreeMap<StackName, Observation>>,
    plans: Mutex<HashMap<PlanId, Planned>>,
    running: Mutex<HashMap<OperationId, CancellationToken>>,
}

/// A plan that waits to be applied.
#[derive(Clone)]
struct Planned {
    plan: Plan,
    request: Request,
    observation: Observation,
    made_at: Instant,
}

/// What a request means once names are looked up.
struct Resolved {
    stack: Stack,
    file: String,
}

impl Engine {
    pub fn new(aws: Aws, journal: Arc<dyn Journal>) -> Self {
        let (events, _) = broadcast::channel(4096);
        let inner = Inner {
            aws,
            journal,
            events,
            seen: Mutex::default(),
            plans: Mutex::default(),
            running: Mutex::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    pub fn surroundings(&self) -> Surroundings {
        Surroundings {
            account: self.inner.aws.account().to_owned(),
            region: self.inner.aws.region().clone(),
            sandbox_speed: self.inner.aws.sandbox_speed(),
        }
    }

    /// AWS calls made since the start.
    pub fn calls(&self) -> u64 {
        self.inner.aws.calls()
    }

    /// Takes up the operations that a stopped process left behind.
    pub async fn resume(&self) -> Result<Vec<OperationId>, Error> {
        let mut resumed = Vec::new();
        for (operation, plan) in self.inner.journal.unfinished().await? {
            self.resume_one(&operation, &plan).await?;
            resumed.push(operation.id);
        }
        Ok(resumed)
    }

    /// Drafts and what is on AWS, by name.
    pub async fn stacks(&self) -> Result<Vec<StackSummary>, Error> {
        let mut files: BTreeMap<StackName, (String, Option<Level>)> = BTreeMap::new();
        for (stack, note) in observe::stacks(&self.inner.aws).await? {
            files.insert(stack, (note.file, Some(note.level)));
        }
        for Draft { stack, file } in self.inner.journal.drafts().await? {
            files.entry(stack).or_insert((file, None));
        }
        let mut summaries = Vec::new();
        for (name, (file, level)) in files {
            summaries.push(self.summary(name, &file, level).await?);
        }
        Ok(summaries)
    }

    async fn summary(
        &self,
        name: StackName,
        text: &str,
        level: Option<Level>,
    ) -> Result<StackSummary, Error> {
        let stack = file::read(text).ok();
        let last = self.inner.journal.last_operation(&name).await?;
        let (running, last) = match last {
            Some(operation) if operation.outcome.is_none() => (Some(operation), None),
            other => (None, other),
        };
        Ok(StackSummary {
            domain: stack
                .as_ref()
                .map_or_else(|| topology::stack::HostName::new(""), |stack| stack.domain.clone()),
            region: stack
                .as_ref()
                .map_or_else(|| self.inner.aws.region().clone(), |stack| stack.region.clone()),
            services: stack.as_ref().map_or(0, |stack| stack.services.len()),
            name,
            level,
            running,
            last,
        })
    }

    /// From memory where it can be; [`Engine::observe`] looks anew.
    pub async fn stack(&self, stack: &StackName) -> Result<StackView, Error> {
        let last_event = self.inner.journal.last_event().await?;
        let draft = self.inner.journal.draft(stack).await?.map(|draft| draft.file);
        let seen = lock(&self.inner.seen).get(stack).cloned();
        let observation = match seen {
            Some(seen) => Some(seen),
            None => self.observe(stack).await.map(Some).or_else(absent)?,
        };
        let deployed = observation.as_ref().and_then(|observation| observation.note.clone());
        let Some(draft) = draft.or_else(|| deployed.as_ref().map(|note| note.file.clone())) else {
            return Err(Error::NoSuchStack(stack.clone()));
        };
        let events = self.inner.journal.last_events(stack, MOST_EVENTS).await?;
        Ok(StackView {
            name: stack.clone(),
            draft,
            level: deployed.as_ref().map(|note| note.level),
            deployed: deployed.map(|note| note.file),
            observation,
            operation: self.operation_view(stack).await?,
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

    pub async fn save_draft(&self, stack: &StackName, file: &str) -> Result<(), Error> {
        let draft = Draft { stack: stack.clone(), file: file.to_owned() };
        Ok(self.inner.journal.save_draft(&draft).await?)
    }

    /// Forgets the draft; what is on AWS stays.
    pub async fn remove_draft(&self, stack: &StackName) -> Result<(), Error> {
        Ok(self.inner.journal.remove_draft(stack).await?)
    }

    /// Looks at AWS now. Finds a stack by its draft, or by what its hosted zone notes.
    pub async fn observe(&self, stack: &StackName) -> Result<Observation, Error> {
        let file = self.known_file(stack).await?;
        let read = file::read(&file).ok();
        self.look(stack, read.as_ref(), &file).await
    }

    /// Looks at AWS and says what would be done; changes nothing.
    pub async fn plan(&self, request: &Request) -> Result<Plan, Error> {
        let resolved = self.resolve(request).await?;
        let observation = self.look(&resolved.stack.name, Some(&resolved.stack), &resolved.file).await?;
        Ok(self.remember(request, &resolved, observation))
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
            started_at: clock::now(),
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
            nodes: work_of(&planned.plan),
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

    /// Every event from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.inner.events.subscribe()
    }

    /// Events after `id`, at most `most`, in order.
    pub async fn events_after(&self, id: EventId, most: usize) -> Result<Vec<Event>, Error> {
        Ok(self.inner.journal.events_after(id, most).await?)
    }

    /// The stack file that the request is about, read and checked.
    async fn resolve(&self, request: &Request) -> Result<Resolved, Error> {
        let text = match request {
            Request::Deploy { file } => file.clone(),
            Request::Level { stack, .. } => self.noted(stack).await?.file,
            // A deploy may have been cut off before the zone could note the file.
            Request::TearDown { stack, .. } => self.known_file(stack).await?,
        };
        let stack = file::read(&text).map_err(Error::Problems)?;
        Ok(Resolved { stack, file: text })
    }

    /// What the hosted zone notes of the stack.
    async fn noted(&self, stack: &StackName) -> Result<ZoneNote, Error> {
        let seen = lock(&self.inner.seen).get(stack).and_then(|observation| observation.note.clone());
        if let Some(note) = seen {
            return Ok(note);
        }
        let mut notes = observe::stacks(&self.inner.aws).await?;
        notes.remove(stack).ok_or_else(|| Error::NoSuchStack(stack.clone()))
    }

    /// The file that AWS has noted, or else the draft.
    async fn known_file(&self, stack: &StackName) -> Result<String, Error> {
        match self.noted(stack).await {
            Ok(note) => Ok(note.file),
            Err(Error::NoSuchStack(_)) => {
                let draft = self.inner.journal.draft(stack).await?;
                draft.map(|draft| draft.file).ok_or_else(|| Error::NoSuchStack(stack.clone()))
            }
            Err(other) => Err(other),
        }
    }

    async fn look(&self, name: &StackName, stack: Option<&Stack>, text: &str) -> Result<Observation, Error> {
        let wanted = stack.map(|stack| Topology::of(stack, text, Level::Awake));
        let look = Look { aws: &self.inner.aws, stack: name, wanted: wanted.as_ref() };
        let observation = observe::observe(&look, clock::now()).await?;
        lock(&self.inner.seen).insert(name.clone(), observation.clone());
        Ok(observation)
    }

    fn remember(&self, request: &Request, resolved: &Resolved, observation: Observation) -> Plan {
        let wanted = wanted(request, resolved);
        let mut plan = plan::make(PlanId(clock::fresh_id()), &wanted, &observation);
        plan.notes.extend(wrong_region(&resolved.stack, &self.inner.aws));
        let planned =
            Planned { plan: plan.clone(), request: request.clone(), observation, made_at: Instant::now() };
        let mut plans = lock(&self.inner.plans);
        if plans.len() >= MOST_PLANS {
            let oldest = plans.iter().min_by_key(|(_, planned)| planned.made_at).map(|(id, _)| id.clone());
            oldest.and_then(|id| plans.remove(&id));
        }
        plans.insert(plan.id.clone(), planned);
        plan
    }

    /// The same plan, made sure by a new look where it is not fresh.
    async fn still_true(&self, planned: Planned) -> Result<Planned, Error> {
        if planned.made_at.elapsed() < FRESH {
            return Ok(planned);
        }
        let new = self.plan(&planned.request).await?;
        if new.fingerprint() != planned.plan.fingerprint() {
            return Err(Error::WorldChanged(Box::new(new)));
        }
        lock(&self.inner.plans).remove(&new.id).ok_or(Error::NoSuchPlan)
    }

    async fn resume_one(&self, operation: &Operation, plan: &Plan) -> Result<(), Error> {
        let stack = file::read(&plan.file).map_err(Error::Problems)?;
        let observation = self.look(&plan.stack, Some(&stack), &plan.file).await?;
        let wanted = match operation.kind {
            OperationKind::TearDown => {
                Wanted::TornDown { domain: &stack.domain, delete_zone: deletes_zone(plan) }
            }
            _ => Wanted::AtLevel { stack: &stack, file: &plan.file, level: plan.to },
        };
        let mut rest = plan::make(PlanId(clock::fresh_id()), &wanted, &observation);
        rest.parent = Some(plan.id.clone());
        rest.kind = plan.kind;
        let first = Happened::OperationResumed { nodes: work_of(&rest) };
        self.start(operation.clone(), rest, observation, Patience::Healthy, first);
        Ok(())
    }

    fn start(
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
        self.keep_what_is_known(run, before);
        let receipt = match run.plan.kind {
            OperationKind::TearDown => Some(self.receipt(run, &ended).await?),
            _ => None,
        };
        let outcome = match (&ended.outcome, &receipt) {
            // The look afterwards has the last word.
            (Outcome::Done, Some(receipt)) if !receipt.left.is_empty() => {
                Outcome::Failed(receipt.left.iter().map(|leftover| leftover.id.clone()).collect())
            }
            (outcome, _) => outcome.clone(),
        };
        let calls = self.inner.aws.calls() - calls_before;
        self.inner.journal.end(&run.operation.id, clock::now(), &outcome).await?;
        run.note(Happened::OperationEnded { outcome, receipt, calls }).await?;
        Ok(())
    }

    /// Updates the memory of the last look by what the run has done.
    fn keep_what_is_known(&self, run: &Run, before: Observation) {
        let found = run.world.everything();
        let note = note_after(&run.plan, found.get(&ZONE), before.note.clone());
        let observation = Observation { at: clock::now(), found, note, ..before };
        lock(&self.inner.seen).insert(run.operation.stack.clone(), observation);
    }

    async fn receipt(&self, run: &Run, ended: &Ended) -> Result<Receipt, Error> {
        let stack = file::read(&run.plan.file).ok();
        let observation = self.look(&run.operation.stack, stack.as_ref(), &run.plan.file).await?;
        let per_hour = stack.map(|stack| crate::costs(&stack)).unwrap_or_default();
        Ok(topology::receipt::of(&run.plan, &observation, &ended.failures, &per_hour))
    }
}

fn wanted<'a>(request: &'a Request, resolved: &'a Resolved) -> Wanted<'a> {
    let Resolved { stack, file } = resolved;
    match request {
        Request::Deploy { .. } => Wanted::Deployed { stack, file },
        Request::Level { level, .. } => Wanted::AtLevel { stack, file, level: *level },
        Request::TearDown { delete_zone, .. } => {
            Wanted::TornDown { domain: &stack.domain, delete_zone: *delete_zone }
        }
    }
}

fn wrong_region(stack: &Stack, aws: &Aws) -> Option<plan::Note> {
    (&stack.region != aws.region()).then(|| plan::Note {
        severity: plan::Severity::Error,
        node: None,
        text: format!(
            "The stack is for the region `{}`, and this Slipway works in `{}`. Start it with `AWS_REGION={}`.",
            stack.region,
            aws.region(),
            stack.region
        ),
    })
}

fn work_of(plan: &Plan) -> BTreeMap<NodeId, Action> {
    plan.work().map(|change| (change.id.clone(), change.action)).collect()
}

fn deletes_zone(plan: &Plan) -> bool {
    plan.changes.iter().any(|change| change.id == ZONE && change.action == Action::Delete)
}

/// A stack that is nowhere yet is nothing to complain about.
fn absent(error: Error) -> Result<Option<Observation>, Error> {
    match error {
        Error::NoSuchStack(_) => Ok(None),
        other => Err(other),
    }
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

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
