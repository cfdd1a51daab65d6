//! What the engine's tests share: an AWS of their own, a journal that can be cut, words for what they do.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use engine::aws::Aws;
use engine::aws::connection::{Connection, Sandbox as Endpoint};
use engine::journal::Draft;
use engine::{Engine, Journal, JournalError, Patience};
use topology::node::NodeId;
use topology::observation::{Condition, Observation};
use topology::operation::{Event, EventId, Happened, Operation, OperationId, Outcome, Receipt};
use topology::plan::Plan;
use topology::stack::{Level, StackName};
use topology::view::Request;

/// Fast enough for tests, slow enough that everything still takes its time.
pub const SPEED: f64 = 1000.0;

pub const SEED: &str = r#"
name   = "cruddur"
region = "us-east-1"
domain = "cruddur-dw.com"

[images]
base = ["cruddur-python"]

[services.frontend]
host   = "@"
image  = "frontend-react-js:latest"
port   = 3000
cpu    = 256
memory = 512
count  = 1
health = { path = "/" }

[services.backend]
host   = "api"
image  = "backend-flask:latest"
port   = 4567
cpu    = 256
memory = 512
count  = 1
health = { path = "/api/health-check", command = ["CMD-SHELL", "curl -fsS localhost:4567/api/health-check"] }
env    = { FRONTEND_URL = "https://cruddur-dw.com" }
"#;

pub fn cruddur() -> StackName {
    StackName::new("cruddur")
}

/// An embedded AWS, an engine on it, and the journal between.
pub struct Shipyard {
    pub sandbox: sandbox::Sandbox,
    pub journal: Arc<MemoryJournal>,
    pub engine: Engine,
}

impl Shipyard {
    pub async fn new() -> Self {
        let settings = sandbox::Settings { speed: SPEED, ..sandbox::Settings::default() };
        let sandbox =
            sandbox::Sandbox::start(settings, ([127, 0, 0, 1], 0).into()).await.expect("the sandbox starts");
        let journal = Arc::new(MemoryJournal::default());
        let engine = engine_on(&sandbox, journal.clone()).await;
        Self { sandbox, journal, engine }
    }

    /// What a new process would be: the same AWS, the same journal, nothing in memory.
    pub async fn restart(&mut self) {
        self.engine = engine_on(&self.sandbox, self.journal.clone()).await;
    }

    pub async fn plan(&self, request: &Request) -> Plan {
        self.engine.plan(request).await.unwrap_or_else(|error| panic!("{request:?}: {}", told(&error)))
    }

    /// Plans, applies, and waits for the end.
    pub async fn run(&self, request: &Request) -> Ended {
        let plan = self.plan(request).await;
        self.apply(&plan).await
    }

    pub async fn apply(&self, plan: &Plan) -> Ended {
        let mut events = self.engine.subscribe();
        let id = self
            .engine
            .apply(&plan.id, Patience::Healthy)
            .await
            .unwrap_or_else(|error| panic!("{}", told(&error)));
        loop {
            let event = events.recv().await.expect("the engine goes on");
            if let Happened::OperationEnded { outcome, receipt, calls } = event.what
                && event.operation == id
            {
                return Ended {
                    id,
                    outcome,
                    receipt,
                    calls,
                    events: self.journal.events_of(&id).await.expect("events"),
                };
            }
        }
    }

    pub async fn deploy(&self, file: &str) -> Ended {
        self.run(&Request::Deploy { file: file.to_owned() }).await
    }

    pub async fn level(&self, level: Level) -> Ended {
        self.run(&Request::Level { stack: cruddur(), level }).await
    }

    pub async fn tear_down(&self, delete_zone: bool) -> Ended {
        self.run(&Request::TearDown { stack: cruddur(), delete_zone }).await
    }

    pub async fn look(&self) -> Observation {
        self.engine.observe(&cruddur()).await.unwrap_or_else(|error| panic!("{}", told(&error)))
    }
}

pub struct Ended {
    pub id: OperationId,
    pub outcome: Outcome,
    pub receipt: Option<Receipt>,
    pub calls: u64,
    pub events: Vec<Event>,
}

impl Ended {
    /// The failures, for a person who reads the test's output.
    pub fn story(&self) -> String {
        let failures = self.events.iter().filter_map(|event| match &event.what {
            Happened::NodeFailed { node, failure } => Some(format!("{node}: {failure:?}")),
            _ => None,
        });
        format!("{:?}\n{}", self.outcome, failures.collect::<Vec<_>>().join("\n"))
    }

    #[track_caller]
    pub fn is_done(self) -> Self {
        assert_eq!(self.outcome, Outcome::Done, "{}", self.story());
        self
    }
}

/// What is on AWS, without what differs from one world to the next, such as ids.
pub fn shape(observation: &Observation) -> BTreeMap<NodeId, (Condition, BTreeMap<String, String>)> {
    observation
        .found
        .iter()
        .map(|(id, found)| (id.clone(), (found.condition.clone(), found.fields.clone())))
        .collect()
}

pub async fn engine_on(sandbox: &sandbox::Sandbox, journal: Arc<MemoryJournal>) -> Engine {
    let connection =
        Connection { sandbox: Some(Endpoint { endpoint: sandbox.endpoint(), speed: SPEED }), region: None };
    let aws =
        Aws::connect(&Connection { region: Some(topology::stack::Region::new("us-east-1")), ..connection })
            .await;
    Engine::new(aws.expect("the sandbox answers"), journal)
}

pub fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

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

    async fn unfinished(&self) -> Result<Vec<(Operation, Plan)>, JournalError> {
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
