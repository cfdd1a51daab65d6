//! Which AWS, and the clients.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region as SdkRegion, SdkConfig};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use topology::stack::Region;

use super::error::{AwsError, Class};
use super::limits::{Api, Limits};
use super::sts::Caller;

/// How to reach AWS. Empty: as the SDK's own environment and files say.
#[derive(Debug, Clone, Default)]
pub struct Connection {
    /// Of the embedded AWS, which takes any credentials.
    pub sandbox: Option<Sandbox>,
    /// Instead of the environment's.
    pub region: Option<Region>,
}

#[derive(Debug, Clone)]
pub struct Sandbox {
    pub endpoint: String,
    /// Its times are real ones divided by this.
    pub speed: f64,
    /// The port at which its load balancers answer browsers, where one is open.
    pub door: Option<u16>,
}

/// How the registrar's name servers are looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delegations {
    /// By public DNS.
    Public,
    /// An emulator has no registrar: taken for done.
    Assumed,
}

/// The clients. Cheap to clone.
#[derive(Clone)]
pub struct Aws {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub acm: aws_sdk_acm::Client,
    pub autoscaling: aws_sdk_applicationautoscaling::Client,
    pub ec2: aws_sdk_ec2::Client,
    pub ecr: aws_sdk_ecr::Client,
    pub ecs: aws_sdk_ecs::Client,
    pub elb: aws_sdk_elasticloadbalancingv2::Client,
    pub iam: aws_sdk_iam::Client,
    pub logs: aws_sdk_cloudwatchlogs::Client,
    pub quotas: aws_sdk_servicequotas::Client,
    pub route53: aws_sdk_route53::Client,
    /// Changes of records that wait for their turn.
    pub batches: super::route53::change::Batches,
    /// Calls to ECS that wait for company.
    pub ecs_together: super::ecs::Calls,
    /// For which processors images are built.
    pub architectures: super::ecr::architecture::Known,
    caller: Caller,
    region: Region,
    endpoint: Option<String>,
    sandbox_speed: Option<f64>,
    sandbox_door: Option<u16>,
    step: Duration,
    delegations: Delegations,
    limits: Limits,
}

/// Between two polls, on AWS itself.
const STEP: Duration = Duration::from_secs(3);
/// Between two polls, where an emulator answers from this machine.
const NEAR_STEP: Duration = Duration::from_millis(100);

impl Aws {
    /// Connects, and asks who we are: so that missing credentials show here and not in the middle of work.
    pub async fn connect(connection: &Connection) -> Result<Self, AwsError> {
        let config = load(connection).await;
        let Some(region) = config.region().map(|region| Region::new(region.to_string())) else {
            let message = "no region is set: set `AWS_REGION`, or a region in the profile";
            return Err(AwsError::new("connect to AWS", Class::Credentials, message));
        };
        let sandbox_speed = connection.sandbox.as_ref().map(|sandbox| sandbox.speed);
        let limits = Limits::new(sandbox_speed.unwrap_or(1.0).max(1.0));
        let caller = super::sts::caller(&config, &limits).await?;
        let endpoint = config.endpoint_url().map(str::to_owned);
        let near = endpoint.as_deref().is_some_and(is_loopback);
        let inner = Inner {
            acm: aws_sdk_acm::Client::new(&config),
            autoscaling: aws_sdk_applicationautoscaling::Client::new(&config),
            ec2: aws_sdk_ec2::Client::new(&config),
            ecr: aws_sdk_ecr::Client::new(&config),
            ecs: aws_sdk_ecs::Client::new(&config),
            elb: aws_sdk_elasticloadbalancingv2::Client::new(&config),
            iam: aws_sdk_iam::Client::new(&config),
            logs: aws_sdk_cloudwatchlogs::Client::new(&config),
            quotas: aws_sdk_servicequotas::Client::new(&config),
            route53: aws_sdk_route53::Client::new(&config),
            batches: super::route53::change::Batches::default(),
            ecs_together: super::ecs::Calls::default(),
            architectures: super::ecr::architecture::Known::default(),
            caller,
            region,
            endpoint,
            sandbox_speed,
            sandbox_door: connection.sandbox.as_ref().and_then(|sandbox| sandbox.door),
            step: step(near, sandbox_speed),
            delegations: if near { Delegations::Assumed } else { Delegations::Public },
            limits,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    pub fn account(&self) -> &str {
        &self.inner.caller.account
    }

    /// The ARN of who calls.
    pub fn caller(&self) -> &str {
        &self.inner.caller.arn
    }

    pub fn region(&self) -> &Region {
        &self.inner.region
    }

    /// Where it is not AWS itself.
    pub fn endpoint(&self) -> Option<&str> {
        self.inner.endpoint.as_deref()
    }

    pub fn sandbox_speed(&self) -> Option<f64> {
        self.inner.sandbox_speed
    }

    pub fn sandbox_door(&self) -> Option<u16> {
        self.inner.sandbox_door
    }

    /// Calls made since the start.
    pub fn calls(&self) -> u64 {
        self.inner.limits.calls()
    }

    /// Between two polls of a wait.
    pub fn step(&self) -> Duration {
        self.inner.step
    }

    pub fn delegations(&self) -> Delegations {
        self.inner.delegations
    }

    /// The one place through which every call passes: waits for its turn, counts, maps the error. `doing` says
    /// what the call does, as in `create the cluster cruddur`.
    pub(super) async fn call<T, E>(
        &self,
        api: Api,
        doing: &str,
        request: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T, AwsError>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        self.inner.limits.admit(api).await;
        request.await.map_err(|error| AwsError::from_sdk(doing, &error))
    }
}

async fn load(connection: &Connection) -> SdkConfig {
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(aws_smithy_http_client::tls::Provider::Rustls(
            aws_smithy_http_client::tls::rustls_provider::CryptoMode::Ring,
        ))
        .build_https();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .retry_config(RetryConfig::standard().with_max_attempts(6))
        .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(Duration::from_secs(30)).build());
    if let Some(sandbox) = &connection.sandbox {
        let anyone = aws_credential_types::Credentials::new("sandbox", "sandbox", None, None, "sandbox");
        loader = loader.endpoint_url(&sandbox.endpoint).credentials_provider(anyone);
    }
    if let Some(region) = &connection.region {
        loader = loader.region(SdkRegion::new(region.to_string()));
    }
    loader.load().await
}

fn is_loopback(endpoint: &str) -> bool {
    ["http://127.0.0.1", "http://localhost", "http://[::1]"].iter().any(|near| endpoint.starts_with(near))
}

fn step(near: bool, sandbox_speed: Option<f64>) -> Duration {
    match sandbox_speed {
        Some(speed) => STEP.div_f64(speed.max(1.0)).clamp(Duration::from_millis(5), NEAR_STEP),
        None if near => NEAR_STEP,
        None => STEP,
    }
}
