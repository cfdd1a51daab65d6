//! `slipway deploy`: makes AWS as the stack file says.

use std::process::ExitCode;

use clap::ValueEnum;
use engine::Patience;
use topology::view::Request;

use super::directory::DataDirectory;
use super::failure::Failure;
use super::operation::{self, Telling};
use super::stack_file::StackFile;
use super::workbench::Workbench;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    file: StackFile,
    #[command(flatten)]
    directory: DataDirectory,
    /// How long to wait for what was made
    #[arg(long, value_enum, default_value_t = Wait::Healthy)]
    wait: Wait,
    /// One JSON event a line on stdout, the last line is the result
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Wait {
    /// Until everything is ready and every target healthy
    Healthy,
    /// Until every node is made and every update accepted
    None,
}

pub async fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let read = arguments.file.read()?;
    let bench = Workbench::for_working(&arguments.directory, Some(read.stack.region.clone())).await?;
    let patience = match arguments.wait {
        Wait::Healthy => Patience::Healthy,
        Wait::None => Patience::None,
    };
    let telling = if arguments.json { Telling::EventsAndResult } else { Telling::Words };
    operation::run(bench, &Request::Deploy { file: read.text }, patience, telling).await
}
