//! The embedded AWS: an HTTP endpoint that behaves like one, for whoever has no account at hand.
//!
//! The real AWS SDKs, the AWS CLI and Terraform speak to it. Everything lives in memory and
//! belongs to one [`Sandbox`]; two of them in one process know nothing of each other. It does
//! not check signatures: every credential is the owner of the one account there is.

mod acm;
mod autoscaling;
mod calls;
mod clock;
mod data_plane;
mod ec2;
mod ecs;
mod elbv2;
mod fault;
mod http;
mod ids;
mod images;
mod line;
mod mounted;
mod quotas;
mod refusal;
mod roles;
mod route53;
mod router;
mod tags;
mod throttle;
mod wire;
mod world;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub use data_plane::{DataPlane, Doors};
pub use fault::{Fault, NotAFault};
pub use quotas::{NotAQuota, QuotaSetting, Quotas};

/// How one sandbox differs from the next.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Real AWS durations are divided by it.
    pub speed: f64,
    /// The same seed gives the same ids and the same jitter.
    pub seed: u64,
    pub region: String,
    pub account: String,
    pub quotas: Quotas,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            speed: 20.0,
            seed: 1,
            region: "us-east-1".to_owned(),
            account: "123456789012".to_owned(),
            quotas: Quotas::default(),
        }
    }
}

/// Why a sandbox could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the speed must be a positive number, not {0}")]
    Speed(f64),
    #[error("the account must be twelve digits, not `{0}`")]
    Account(String),
    #[error("cannot listen on {address}")]
    Listen { address: SocketAddr, source: std::io::Error },
}

/// A running AWS. Dropping it stops it without waiting; [`Sandbox::stop`] waits.
pub struct Sandbox {
    address: SocketAddr,
    front: Arc<http::Front>,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<()>,
    ticker: JoinHandle<()>,
}

impl Sandbox {
    /// Starts an AWS at `listen`; port 0 takes any free one.
    pub async fn start(settings: Settings, listen: SocketAddr) -> Result<Sandbox, StartError> {
        if !(settings.speed.is_finite() && settings.speed > 0.0) {
            return Err(StartError::Speed(settings.speed));
        }
        if settings.account.len() != 12 || !settings.account.bytes().all(|b| b.is_ascii_digit()) {
            return Err(StartError::Account(settings.account));
        }
        let listener = tokio::net::TcpListener::bind(listen).await;
        let bound = listener.and_then(|listener| Ok((listener.local_addr()?, listener)));
        let (address, listener) = bound.map_err(|source| StartError::Listen { address: listen, source })?;
        let front = Arc::new(http::Front::new(settings));
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(http::serve(listener, front.clone(), stopped));
        let ticker = tokio::spawn(tick(front.clone()));
        tracing::debug!(sandbox.address = %address, "the sandbox listens");
        Ok(Sandbox { address, front, stop: Some(stop), server, ticker })
    }

    /// What `AWS_ENDPOINT_URL` should be.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Opens the doors at which the load balancers answer.
    pub async fn open_data_plane(&self, doors: Doors) -> Result<DataPlane, StartError> {
        DataPlane::open(self.front.clone(), doors).await
    }

    /// How many calls were answered, refusals included, by service and operation.
    pub fn calls(&self) -> Vec<(String, String, u64)> {
        self.front.calls.counts()
    }

    /// From now on, until [`Sandbox::calm`], the fault meets the calls that it names.
    pub fn rehearse(&self, fault: Fault) {
        self.front.faults.add(fault);
    }

    /// Ends all faults.
    pub fn calm(&self) {
        self.front.faults.clear();
    }

    /// Closes the door and forgets the world.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            // The receiver is gone only when the server has ended by itself.
            let _ = stop.send(());
        }
        // Clients keep connections open; idle ones must not hold us up.
        let _ = tokio::time::timeout(Duration::from_millis(500), &mut self.server).await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.abort();
        self.ticker.abort();
    }
}

/// Moves the world on while nobody calls, so that a long silence is not made up for in one call.
async fn tick(front: Arc<http::Front>) {
    let mut interval = tokio::time::interval(Duration::from_secs(1));
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        front.world().advance_to_now();
    }
}
