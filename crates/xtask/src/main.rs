//! Set-up, build, run, test, bench: `cargo xtask <command>`, with nothing installed but Rust.
//!
//! It knows the tools and their order; it knows nothing of what Slipway does, but for `bench`, which reads its
//! events.

// A command line tool speaks on stdout.
#![allow(clippy::print_stdout)]

mod bench;
mod build;
mod dev;
mod front;
mod run;
mod setup;
mod shell;
mod test;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

use build::Profile;
use workspace::Workspace;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Set-up, build, run, test, bench")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what building and testing need
    Setup,
    /// Build the browser's half and the binary
    Build(ProfileArgument),
    /// Build, then start the panel on the sandbox at 127.0.0.1:3000
    Run(ProfileArgument),
    /// Like `run`, and rebuild, restart and reload at each change
    Dev,
    /// Run every check there is
    Test(test::Arguments),
    /// Measure the panel
    Figures(ProfileArgument),
    /// Measure calls and time, beside Terraform where it is installed
    Bench(bench::Arguments),
}

#[derive(Args)]
struct ProfileArgument {
    /// Optimised, and as one binary that holds its own assets
    #[arg(long)]
    release: bool,
}

impl ProfileArgument {
    fn profile(&self) -> Profile {
        if self.release { Profile::Release } else { Profile::Debug }
    }
}

fn main() -> ExitCode {
    match perform(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            shell::report(&error);
            ExitCode::FAILURE
        }
    }
}

fn perform(command: Command) -> Result<()> {
    let workspace = Workspace::find()?;
    match command {
        Command::Setup => setup::everything(&workspace),
        Command::Build(argument) => build::build(&workspace, argument.profile()).map(drop),
        Command::Run(argument) => run::run(&workspace, argument.profile()),
        Command::Dev => dev::dev(&workspace),
        Command::Test(arguments) => test::test(&workspace, &arguments),
        Command::Figures(argument) => test::figures(&workspace, argument.profile()),
        Command::Bench(arguments) => bench::bench(&workspace, &arguments),
    }
}
