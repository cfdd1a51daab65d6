//! `slipway sign-in`: a new one-time link to a panel that runs, for another browser or after the session's end.

use std::process::ExitCode;

use store::Store;

use super::directory::DataDirectory;
use super::failure::Failure;
use super::output;
use super::serve;
use crate::web::sign_in;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Where the panel listens
    #[arg(long, default_value = serve::LISTEN)]
    listen: String,
    #[command(flatten)]
    directory: DataDirectory,
}

pub async fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let address = serve::resolve(&arguments.listen).await?;
    let store = Store::open_or_begin_anew(&arguments.directory.path()?)?;
    let token = store.sessions().create_link().await?;
    output::answer(&format!("Sign in: {}", sign_in::link(address, &token)));
    Ok(ExitCode::SUCCESS)
}
