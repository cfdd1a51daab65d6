//! `slipway sandbox`: the embedded AWS alone, for this and any other tool.

use std::process::ExitCode;

use sandbox::{Doors, Fault, QuotaSetting, Quotas, Sandbox, Settings};

use super::failure::Failure;
use super::output;
use super::serve;

/// Any free port of loopback.
pub const ANY_DOOR: &str = "127.0.0.1:0";

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Where to listen; port 0 takes any that is free
    #[arg(long, default_value = "127.0.0.1:4566")]
    listen: String,
    /// Real AWS times are divided by this
    #[arg(long, default_value_t = 20.0)]
    speed: f64,
    /// The same seed gives the same ids and the same jitter
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Trouble to rehearse, such as `throttle ecs 20%` or `drop ec2:CreateVpc times=1`; may be said again
    #[arg(long, value_name = "RULE")]
    fault: Vec<Fault>,
    /// A quota of the account to run into, such as `load-balancers=1`; may be said again
    #[arg(long, value_name = "NAME=COUNT")]
    quota: Vec<QuotaSetting>,
    /// Where the load balancers answer as on port 80; port 0 takes any that is free
    #[arg(long, value_name = "ADDRESS", default_value = ANY_DOOR)]
    data_plane: String,
    /// The same as on port 443, in plain HTTP
    #[arg(long, value_name = "ADDRESS", default_value = ANY_DOOR)]
    data_plane_https: String,
}

pub async fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let address = serve::resolve(&arguments.listen).await?;
    let doors = serve::doors(&arguments.data_plane, &arguments.data_plane_https).await?;
    let quotas = arguments.quota.iter().fold(Quotas::default(), Quotas::with);
    let settings = Settings { speed: arguments.speed, seed: arguments.seed, quotas, ..Settings::default() };
    let region = settings.region.clone();
    let sandbox = Sandbox::start(settings, address).await.map_err(not_started)?;
    let data_plane = sandbox.open_data_plane(doors).await.map_err(not_started)?;
    arguments.fault.into_iter().for_each(|fault| sandbox.rehearse(fault));
    // To be pasted, or taken in by `eval`.
    output::answer(&format!("export AWS_ENDPOINT_URL={}", sandbox.endpoint()));
    output::answer("export AWS_ACCESS_KEY_ID=sandbox AWS_SECRET_ACCESS_KEY=sandbox");
    output::answer(&format!("export AWS_REGION={region} AWS_DEFAULT_REGION={region}"));
    let Doors { port_80, port_443 } = data_plane.doors();
    output::answer(&format!("export SANDBOX_PORT_80=http://{port_80} SANDBOX_PORT_443=http://{port_443}"));
    output::say("The sandbox runs until Ctrl-C, and forgets everything then.");
    serve::asked_to_stop().await;
    sandbox.stop().await;
    Ok(ExitCode::SUCCESS)
}

pub fn not_started(error: sandbox::StartError) -> Failure {
    let failure = Failure::of("start the sandbox", &error);
    match error {
        sandbox::StartError::Listen { .. } => {
            failure.hint("Choose another address with `--listen`, `--data-plane` or `--data-plane-https`.")
        }
        _ => failure,
    }
}
