//! `slipway park` and `slipway wake`: the stack as it was deployed, at another level.

use std::process::ExitCode;

use topology::stack::{Level, StackName};
use topology::view::Request;

use super::depth::Depth;
use super::directory::DataDirectory;
use super::failure::Failure;
use super::operation::{self, Telling};
use super::stack_file::USUAL;
use super::wait::Wait;
use super::workbench::Workbench;

#[derive(Debug, clap::Args)]
pub struct Park {
    /// The stack's name
    stack: String,
    /// How deep: doze (no tasks), sleep (no load balancer either), off (only zone and repositories stay)
    #[arg(long, default_value = "doze", value_parser = parked)]
    level: Level,
    #[command(flatten)]
    wait: Wait,
    #[command(flatten)]
    directory: DataDirectory,
    /// One JSON document on stdout
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
pub struct Wake {
    /// The stack's name
    stack: String,
    #[command(flatten)]
    wait: Wait,
    #[command(flatten)]
    directory: DataDirectory,
    /// One JSON document on stdout
    #[arg(long)]
    pub json: bool,
}

fn parked(text: &str) -> Result<Level, String> {
    match text.parse() {
        Ok(Level::Awake) | Err(_) => Err("write `doze`, `sleep` or `off`; `slipway wake` wakes".into()),
        Ok(level) => Ok(level),
    }
}

pub async fn park(Park { stack, level, wait, directory, json }: Park) -> Result<ExitCode, Failure> {
    go_to(&Request::Level { stack: StackName::new(stack), level }, wait, &directory, json).await
}

pub async fn wake(Wake { stack, wait, directory, json }: Wake) -> Result<ExitCode, Failure> {
    go_to(&Request::Level { stack: StackName::new(stack), level: Level::Awake }, wait, &directory, json).await
}

async fn go_to(
    request: &Request,
    wait: Wait,
    directory: &DataDirectory,
    json: bool,
) -> Result<ExitCode, Failure> {
    let bench = Workbench::for_working(directory, None).await?;
    let telling = if json { Telling::Result } else { Telling::Words };
    operation::run(bench, request, USUAL, Depth::InBulk, wait.patience(), telling).await
}
