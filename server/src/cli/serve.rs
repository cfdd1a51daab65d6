//! `slipway serve`: the panel.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use engine::aws::connection::{self, Aws, Connection};
use engine::journal::{Draft, Journal};
use engine::{Engine, JournalError, chain};
use sandbox::{DataPlane, Doors, Sandbox};
use store::{Realm, Store, StoredJournal};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use topology::stack::{self, Region, StackName};

use super::directory::DataDirectory;
use super::failure::Failure;
use super::output;
use super::sandbox::{ANY_DOOR, not_started};
use super::workbench;
use crate::panel::Panel;
use crate::web::{self, sign_in};

pub const LISTEN: &str = "127.0.0.1:3000";
/// Between two looks at AWS for changes that nobody told Slipway of.
const LOOK_AGAIN: Duration = Duration::from_secs(25);
/// How long open connections may take to end, once the panel is asked to stop.
const GRACE: Duration = Duration::from_secs(3);

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Where to listen; port 0 takes any that is free
    #[arg(long, default_value = LISTEN)]
    listen: String,
    /// Start the embedded AWS and work on it: needs no account
    #[arg(long)]
    pub sandbox: bool,
    /// The sandbox's: real AWS times are divided by this
    #[arg(long, default_value_t = 20.0, requires = "sandbox")]
    speed: f64,
    /// The sandbox's: where its load balancers answer as on port 80; port 0 takes any that is free
    #[arg(long, value_name = "ADDRESS", default_value = ANY_DOOR, requires = "sandbox")]
    data_plane: String,
    /// The same as on port 443, in plain HTTP
    #[arg(long, value_name = "ADDRESS", default_value = ANY_DOOR, requires = "sandbox")]
    data_plane_https: String,
    #[command(flatten)]
    directory: DataDirectory,
}

/// Which AWS the panel works on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cloud {
    /// As the environment says.
    Environment,
    /// The embedded one.
    Sandbox { speed: f64, doors: Doors },
}

pub struct Settings {
    pub listen: SocketAddr,
    pub cloud: Cloud,
    pub data_dir: PathBuf,
}

/// A panel that is ready to serve.
pub struct Ready {
    pub panel: Panel,
    pub store: Store,
    listener: TcpListener,
    /// Stops when it is dropped.
    sandbox: Option<Embedded>,
}

/// The embedded AWS and what it shows to the world.
struct Embedded {
    sandbox: Sandbox,
    data_plane: DataPlane,
}

pub async fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let settings = Settings {
        listen: resolve(&arguments.listen).await?,
        cloud: match arguments.sandbox {
            true => Cloud::Sandbox {
                speed: arguments.speed,
                doors: doors(&arguments.data_plane, &arguments.data_plane_https).await?,
            },
            false => Cloud::Environment,
        },
        data_dir: arguments.directory.path()?,
    };
    let ready = Ready::start(&settings).await?;
    greet(&ready).await?;
    resume(ready.panel.engine.clone());
    let watching = ready.panel.engine.clone();
    tokio::spawn(async move { watching.watch(LOOK_AGAIN).await });
    ready.serve(asked_to_stop()).await?;
    Ok(ExitCode::SUCCESS)
}

impl Ready {
    /// Takes the address first: a second panel on it fails before it touches anything.
    pub async fn start(settings: &Settings) -> Result<Self, Failure> {
        let listener = TcpListener::bind(settings.listen).await;
        let listener = listener.map_err(|error| cannot_listen(settings.listen, &error))?;
        let address = listener.local_addr().map_err(|error| cannot_listen(settings.listen, &error))?;
        let store = Store::open_or_begin_anew(&settings.data_dir)?;
        let (aws, journal, sandbox) = match settings.cloud {
            Cloud::Environment => {
                let aws = Aws::connect(&Connection::default()).await?;
                let journal = store.journal(workbench::realm(&aws)).await?;
                (aws, journal, None)
            }
            Cloud::Sandbox { speed, doors } => {
                let (aws, sandbox) = start_sandbox(speed, doors).await?;
                (aws.clone(), sandbox_journal(&store, &aws).await?, Some(sandbox))
            }
        };
        let journal: Arc<dyn Journal> = Arc::new(journal);
        let engine = Engine::new(aws, journal.clone(), format!("the panel at {address}"));
        let panel = Panel::new(engine, journal, store.sessions(), address, CancellationToken::new());
        Ok(Self { panel, store, listener, sandbox })
    }

    /// Serves until `stop`; operations that run then are taken up at the next start.
    pub async fn serve(self, stop: impl Future<Output = ()>) -> Result<(), Failure> {
        let stopping = self.panel.stopping.clone();
        let router = web::router(self.panel);
        let serving =
            axum::serve(self.listener, router).with_graceful_shutdown(stopping.clone().cancelled_owned());
        let mut serving = tokio::spawn(serving.into_future());
        tokio::select! {
            () = stop => {}
            ended = &mut serving => return ended.map_err(io::Error::other).flatten().map_err(|error| Failure::of("serve", &error)),
        }
        tracing::info!("stopping");
        stopping.cancel();
        // Whoever does not hang up is hung up on.
        let _ = tokio::time::timeout(GRACE, serving).await;
        if let Some(Embedded { sandbox, data_plane }) = self.sandbox {
            drop(data_plane);
            sandbox.stop().await;
        }
        Ok(())
    }
}

/// The address and the sign-in link go to the person who started it, and not to the log.
async fn greet(ready: &Ready) -> Result<(), Failure> {
    let address = ready.panel.address;
    let token = ready.panel.sessions.create_link().await?;
    output::answer(&format!("Slipway is at {}", sign_in::root(address)));
    output::answer(&format!("Sign in: {}", sign_in::link(address, &token)));
    if let Some(Embedded { data_plane, .. }) = &ready.sandbox {
        let Doors { port_80, port_443 } = data_plane.doors();
        output::answer(&format!(
            "The sandbox's load balancers: http://{port_80} is their port 80, http://{port_443} their port 443"
        ));
    }
    if !address.ip().is_loopback() {
        tracing::warn!(
            panel.address = %address,
            "the panel can be reached from other machines: put a proxy with TLS in front of it, or nobody can sign in from there"
        );
    }
    Ok(())
}

/// Takes up what a stopped process left behind, beside serving.
fn resume(engine: Engine) {
    tokio::spawn(async move {
        match engine.resume().await {
            Ok(resumed) if resumed.is_empty() => {}
            Ok(resumed) => {
                tracing::info!(operations = resumed.len(), "took up operations that had been cut off")
            }
            Err(error) => {
                tracing::error!("could not take up an operation that had been cut off: {}", chain(&error))
            }
        }
    });
}

async fn start_sandbox(speed: f64, doors: Doors) -> Result<(Aws, Embedded), Failure> {
    let settings = sandbox::Settings { speed, ..sandbox::Settings::default() };
    let region = Region::new(settings.region.clone());
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let sandbox = Sandbox::start(settings, anywhere).await.map_err(not_started)?;
    let data_plane = sandbox.open_data_plane(doors).await.map_err(not_started)?;
    let door = data_plane.doors().port_443.port();
    let connection = Connection {
        sandbox: Some(connection::Sandbox { endpoint: sandbox.endpoint(), speed, door: Some(door) }),
        region: Some(region),
    };
    Ok((Aws::connect(&connection).await?, Embedded { sandbox, data_plane }))
}

/// Where the sandbox's load balancers are to answer.
pub async fn doors(port_80: &str, port_443: &str) -> Result<Doors, Failure> {
    Ok(Doors { port_80: resolve(port_80).await?, port_443: resolve(port_443).await? })
}

/// A sandbox forgets, so its journal begins anew each time; drafts stay. The very first holds the seed stack.
async fn sandbox_journal(store: &Store, aws: &Aws) -> Result<StoredJournal, JournalError> {
    let realm = Realm { endpoint: Some("sandbox".to_owned()), ..workbench::realm(aws) };
    let (journal, is_first) = store.fresh_journal(realm).await?;
    if is_first {
        let file = stack::seed::seed();
        let name = stack::file::read(file).map_or_else(|_| StackName::new("cruddur"), |stack| stack.name);
        journal.save_draft(&Draft { stack: name, file: file.to_owned() }).await?;
    }
    Ok(journal)
}

/// The address that `text` names, such as `127.0.0.1:3000` or `localhost:3000`.
pub async fn resolve(text: &str) -> Result<SocketAddr, Failure> {
    let found = tokio::net::lookup_host(text).await.ok().and_then(|mut addresses| addresses.next());
    found.ok_or_else(|| {
        Failure::wrong(format!("`{text}` is no address to listen on"))
            .hint(format!("Write a host and a port, such as `{LISTEN}`."))
    })
}

fn cannot_listen(address: SocketAddr, error: &io::Error) -> Failure {
    Failure::failed(format!("could not listen on {address}: {error}"))
        .hint("Choose another address with `--listen`; port 0 takes any that is free.")
}

/// Ctrl-C, or a service manager's word.
pub async fn asked_to_stop() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => terminate.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        _ = terminate => {}
    }
}
