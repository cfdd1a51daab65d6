//! `slipway destroy`: tears a stack down, and shows what is left.

use std::process::ExitCode;

use engine::Patience;
use topology::stack::StackName;
use topology::view::Request;

use super::depth::Depth;
use super::directory::DataDirectory;
use super::failure::Failure;
use super::operation::{self, Telling};
use super::output;
use super::show;
use super::stack_file::USUAL;
use super::workbench::Workbench;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The stack's name
    stack: String,
    /// Really; without it the plan is shown and nothing is done
    #[arg(long)]
    yes: bool,
    /// Also the hosted zone: a new one gets new name servers, and the registrar would point at the old ones
    #[arg(long)]
    delete_zone: bool,
    #[command(flatten)]
    directory: DataDirectory,
    /// One JSON document on stdout
    #[arg(long)]
    pub json: bool,
}

pub async fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let stack = StackName::new(arguments.stack);
    let request = Request::TearDown { stack: stack.clone(), delete_zone: arguments.delete_zone };
    if !arguments.yes {
        let bench = Workbench::for_looking(&arguments.directory, None).await?;
        let (_, plan) = operation::plan(bench, &request, Depth::InBulk).await?;
        output::say(&show::plan(&plan, USUAL));
        return Err(Failure::wrong("nothing was done: a tear down needs `--yes`"));
    }
    let bench = Workbench::for_working(&arguments.directory, None).await?;
    let telling = if arguments.json { Telling::Result } else { Telling::Words };
    operation::run(bench, &request, USUAL, Depth::InBulk, Patience::Healthy, telling).await
}
