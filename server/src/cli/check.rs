//! `slipway check`: every problem of a stack file.

use std::process::ExitCode;

use serde::Serialize;

use super::failure::Failure;
use super::output;
use super::stack_file::StackFile;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    file: StackFile,
    /// One JSON document on stdout
    #[arg(long)]
    pub json: bool,
}

#[derive(Serialize)]
struct Checked<'a> {
    status: &'static str,
    stack: &'a str,
    services: usize,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let read = arguments.file.read()?;
    let checked =
        Checked { status: "ok", stack: read.stack.name.as_str(), services: read.stack.services.len() };
    if arguments.json {
        output::answer_json(&checked);
    } else {
        let services = if checked.services == 1 { "service" } else { "services" };
        output::answer(&format!(
            "`{}` is right: the stack `{}` with {} {services}.",
            arguments.file.name(),
            checked.stack,
            checked.services
        ));
    }
    Ok(ExitCode::SUCCESS)
}
