//! What the engine's tests share: an AWS of their own, a journal that can be cut, words for what they do.
#![allow(dead_code, reason = "each test binary uses its part")]

mod journal;

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::aws::Aws;
use engine::aws::connection::{Connection, Sandbox as Endpoint};
use engine::{Engine, Journal, Patience};
use topology::node::NodeId;
use topology::observation::{Condition, Observation};
use topology::operation::{Event, Happened, OperationId, Outcome, Receipt};
use topology::plan::Plan;
use topology::stack::{Level, StackName};
use topology::view::Request;

pub use engine::chain as told;
pub use journal::MemoryJournal;

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
        Self::with_quotas(sandbox::Quotas::default()).await
    }

    pub async fn with_quotas(quotas: sandbox::Quotas) -> Self {
        let settings = sandbox::Settings { speed: SPEED, quotas, ..sandbox::Settings::default() };
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

    /// The same AWS, and a database that knows nothing.
    pub async fn forget(&mut self) {
        self.journal = Arc::new(MemoryJournal::default());
        self.restart().await;
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
                let events = self.journal.events_of(&id).await.expect("events");
                return Ended { id, outcome, receipt, calls, events };
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

    /// Makes a certificate unusable.
    pub async fn revoke(&self, arn: &str) {
        let sdk = self.sdk().await;
        let reason = aws_sdk_acm::types::RevocationReason::KeyCompromise;
        let revoke = aws_sdk_acm::Client::new(&sdk).revoke_certificate().certificate_arn(arn);
        revoke.revocation_reason(reason).send().await.expect("it is revoked");
    }

    /// The way in for somebody who works on the same AWS by other means.
    pub async fn sdk(&self) -> aws_config::SdkConfig {
        let anyone = aws_credential_types::Credentials::new("anyone", "anyone", None, None, "test");
        aws_config::defaults(aws_config::BehaviorVersion::latest())
            .region(aws_config::Region::new("us-east-1"))
            .credentials_provider(anyone)
            .endpoint_url(self.sandbox.endpoint())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .load()
            .await
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
    pub fn expect_done(self) -> Self {
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
    let connection = Connection {
        sandbox: Some(Endpoint { endpoint: sandbox.endpoint(), speed: SPEED, door: None }),
        region: None,
    };
    let aws =
        Aws::connect(&Connection { region: Some(topology::stack::Region::new("us-east-1")), ..connection })
            .await;
    Engine::new(aws.expect("the sandbox answers"), journal, "a test")
}
