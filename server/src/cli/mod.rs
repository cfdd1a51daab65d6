//! The command line, one file a command.
//!
//! Answers go to stdout, progress and messages to stderr. Exit status: 0 done, 1 failed, 2 wrong usage or stack
//! file; `plan --exit-code`: 3 when there are changes.

pub mod failure;
pub mod serve;

mod adopt;
mod check;
mod cost;
mod deploy;
mod depth;
mod destroy;
mod directory;
mod export;
mod follow;
mod level;
mod operation;
mod output;
mod plan;
mod policy;
mod result;
mod sandbox;
mod show;
mod sign_in;
mod stack_file;
mod status;
mod wait;
mod waits;
mod workbench;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::logs;
use failure::Failure;

/// Put container stacks on AWS, see what they are and cost, and haul them out when nobody works on them.
///
/// Without a command, the panel is served.
#[derive(Parser)]
#[command(name = "slipway", version, args_conflicts_with_subcommands = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: serve::Arguments,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the panel
    Serve(serve::Arguments),
    /// Check a stack file: every problem, with its line
    Check(check::Arguments),
    /// Say what a deploy would do, and why; change nothing
    Plan(plan::Arguments),
    /// Make AWS as the stack file says
    Deploy(deploy::Arguments),
    /// Say how a stack is on AWS
    Status(status::Arguments),
    /// Find a stack on AWS and take it up here, as after the database was lost; or take over a part that is there
    Adopt(adopt::Arguments),
    /// Let a stack run less: doze, sleep or off
    Park(level::Park),
    /// Let a parked stack run again
    Wake(level::Wake),
    /// Tear a stack down, and show what is left
    Destroy(destroy::Arguments),
    /// Say what a stack costs at each level
    Cost(cost::Arguments),
    /// Write a stack down as Terraform files that take it over as it is
    Export(export::Arguments),
    /// Print the IAM policy that Slipway needs
    Policy(policy::Arguments),
    /// Start the embedded AWS
    Sandbox(sandbox::Arguments),
    /// Print a new one-time link to the panel
    SignIn(sign_in::Arguments),
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let arguments = CommandLine::parse();
    let command = arguments.command.unwrap_or(Command::Serve(arguments.serve));
    // Scripts and people at a prompt get answers; what goes on inside is of interest in a server.
    logs::start(if matches!(command, Command::Serve(_) | Command::Sandbox(_)) { "info" } else { "warn" });
    let speaks_json = command.speaks_json();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return Failure::of("start the async runtime", &error).tell(speaks_json),
    };
    let done = runtime.block_on(command.run());
    // A blocking look-up that nobody waits for any more must not hold the exit up.
    runtime.shutdown_background();
    done.unwrap_or_else(|failure| failure.tell(speaks_json))
}

impl Command {
    async fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Command::Serve(arguments) => serve::run(arguments).await,
            Command::Check(arguments) => check::run(&arguments),
            Command::Plan(arguments) => plan::run(arguments).await,
            Command::Deploy(arguments) => deploy::run(arguments).await,
            Command::Status(arguments) => status::run(arguments).await,
            Command::Adopt(arguments) => adopt::run(arguments).await,
            Command::Park(arguments) => level::park(arguments).await,
            Command::Wake(arguments) => level::wake(arguments).await,
            Command::Destroy(arguments) => destroy::run(arguments).await,
            Command::Cost(arguments) => cost::run(&arguments),
            Command::Export(arguments) => export::run(arguments).await,
            Command::Policy(arguments) => policy::run(&arguments),
            Command::Sandbox(arguments) => sandbox::run(arguments).await,
            Command::SignIn(arguments) => sign_in::run(arguments).await,
        }
    }

    /// Whether a failure, too, is a JSON document on stdout.
    fn speaks_json(&self) -> bool {
        match self {
            Command::Check(arguments) => arguments.json,
            Command::Plan(arguments) => arguments.json,
            Command::Deploy(arguments) => arguments.json,
            Command::Status(arguments) => arguments.json,
            Command::Park(arguments) => arguments.json,
            Command::Wake(arguments) => arguments.json,
            Command::Destroy(arguments) => arguments.json,
            Command::Cost(arguments) => arguments.json,
            Command::Adopt(_)
            | Command::Serve(_)
            | Command::Export(_)
            | Command::Policy(_)
            | Command::Sandbox(_)
            | Command::SignIn(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_arguments_fit_together() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn without_a_command_the_panel_is_served() {
        let arguments = CommandLine::try_parse_from(["slipway", "--sandbox", "--listen", "127.0.0.1:0"]);
        assert!(arguments.is_ok_and(|arguments| arguments.command.is_none() && arguments.serve.sandbox));
    }
}
