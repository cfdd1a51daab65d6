//! `slipway deploy`: makes AWS as the stack file says.

use std::process::ExitCode;

use topology::view::Request;

use super::depth::Deep;
use super::directory::DataDirectory;
use super::failure::Failure;
use super::operation::{self, Telling};
use super::stack_file::StackFile;
use super::wait::Wait;
use super::workbench::Workbench;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    file: StackFile,
    #[command(flatten)]
    directory: DataDirectory,
    #[command(flatten)]
    deep: Deep,
    #[command(flatten)]
    wait: Wait,
    /// One JSON event a line on stdout, the last line is the result
    #[arg(long)]
    pub json: bool,
}

pub async fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let read = arguments.file.read()?;
    let bench = Workbench::for_working(&arguments.directory, Some(read.stack.region.clone())).await?;
    let telling = if arguments.json { Telling::EventsAndResult } else { Telling::Words };
    let request = Request::Deploy { file: read.text };
    let (file, depth) = (arguments.file.argument(), arguments.deep.depth());
    operation::run(bench, &request, file, depth, arguments.wait.patience(), telling).await
}
