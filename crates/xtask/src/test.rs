//! `cargo xtask test`: every check there is, in order; what each found, and how long it took.
//!
//! A check that fails does not keep the later ones from running, but for the browser's: without a binary
//! there is nothing to look at.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::build::{self, Profile};
use crate::setup::{self, browser, node, python, wasm};
use crate::shell;
use crate::workspace::{Workspace, cargo};

#[derive(clap::Args)]
pub struct Arguments {
    /// Only the check of this name
    #[arg(long)]
    only: Option<String>,
}

/// A check: its name, what it is about, and how it is done.
type Check = (&'static str, &'static str, fn(&Workspace) -> Result<()>);

const CHECKS: [Check; 6] = [
    ("format", "all code is formatted", format),
    ("clippy", "no warnings: the server's half", clippy),
    ("warnings-wasm", "no warnings: the browser's half", warnings_wasm),
    ("topology-wasm", "`topology` builds for the browser", topology_wasm),
    ("rust", "unit, property, engine, sandbox and moto tests", rust),
    ("browser", "what a person does, in Chromium", browser),
];

pub fn test(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let chosen: Vec<Check> =
        CHECKS.into_iter().filter(|(name, ..)| arguments.only.as_deref().is_none_or(|only| only == *name)).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = CHECKS.iter().map(|(name, ..)| *name).collect();
        bail!("there is no such check; there are: {}", names.join(", "));
    }
    setup::everything(workspace)?;
    let mut results = Vec::new();
    for (name, what, check) in chosen {
        println!("\n── {name}: {what}");
        let start = Instant::now();
        let outcome = check(workspace);
        if let Err(error) = &outcome {
            println!("{error:#}");
        }
        results.push((name, outcome.is_ok(), start.elapsed()));
    }
    summary(&results)
}

fn summary(results: &[(&str, bool, Duration)]) -> Result<()> {
    println!();
    for (name, passed, took) in results {
        let word = if *passed { "passed" } else { "FAILED" };
        println!("{word}  {name:<14} {}", shell::seconds(*took));
    }
    let passed = results.iter().filter(|(_, passed, _)| *passed).count();
    let failed = results.len() - passed;
    println!("\n{passed} passed, {failed} failed");
    if failed > 0 {
        bail!("{failed} of {} checks failed", results.len());
    }
    Ok(())
}

fn format(workspace: &Workspace) -> Result<()> {
    shell::run(cargo().args(["fmt", "--all", "--check"]).current_dir(workspace.root()))
}

fn clippy(workspace: &Workspace) -> Result<()> {
    let mut command = cargo();
    command.args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]);
    shell::run(command.current_dir(workspace.root()))
}

fn warnings_wasm(workspace: &Workspace) -> Result<()> {
    let compiler = wasm::install(workspace)?;
    // Clippy belongs to rustup's compiler; where WASM is compiled by another, its own warnings must do.
    let mut command = compiler.cargo(workspace, "rustc");
    command.args(["--package", "app", "--lib", "--no-default-features", "--features", "hydrate"]);
    shell::run(command.args(["--profile", "check", "--", "-D", "warnings"]))
}

fn topology_wasm(workspace: &Workspace) -> Result<()> {
    let compiler = wasm::install(workspace)?;
    shell::run(compiler.cargo(workspace, "build").args(["--package", "topology"]))
}

fn rust(workspace: &Workspace) -> Result<()> {
    let tools = python::install(workspace)?;
    let mut command = cargo();
    command.args(["test", "--workspace", "--no-fail-fast"]).current_dir(workspace.root());
    command.env("SLIPWAY_PYTHON", &tools.python).env("SLIPWAY_MOTO_SERVER", &tools.moto_server);
    // A snapshot that nobody has looked at is a failure, not a file.
    shell::run(command.env("INSTA_UPDATE", "no"))
}

fn browser(workspace: &Workspace) -> Result<()> {
    let binary = build::build(workspace, Profile::Debug)?;
    let packages = node::install(workspace)?;
    let browser = browser::install(workspace, &packages)?;
    let mut command = Command::new("node");
    command.arg(packages.file("@playwright/test/cli.js")).arg("test");
    command.current_dir(workspace.root().join("end2end")).env("SLIPWAY_BIN", binary);
    if let browser::Browser::Installed(path) = browser {
        command.env("SLIPWAY_CHROMIUM", path);
    }
    shell::run(&mut command)
}
