//! `cargo xtask test`: every check there is, in order; what each found, and how long it took.
//!
//! A check that fails keeps no other from running.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::build::{self, Profile};
use crate::setup::terraform::Terraform;
use crate::setup::{self, browser, node, python, rust, wasm};
use crate::shell;
use crate::workspace::{PRODUCT, Workspace, cargo};

#[derive(clap::Args)]
pub struct Arguments {
    /// Only the check of this name
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
}

/// One check, by the name that `--only` takes.
struct Check {
    name: &'static str,
    about: &'static str,
    perform: fn(&Workspace) -> Result<Verdict>,
}

/// How a check that did not fail ended.
enum Verdict {
    /// What it found, in a few words; empty when it either passes or tells by itself.
    Passed(String),
    /// What it would need, and how to get it: it says nothing about the code.
    NotRun(&'static str),
}

const CHECKS: [Check; 9] = [
    Check { name: "format", about: "all code is formatted", perform: format },
    Check { name: "clippy", about: "no warnings: the server's half", perform: clippy },
    Check { name: "clippy-browser", about: "no warnings: the browser's half", perform: clippy_browser },
    Check { name: "topology-wasm", about: "`topology` builds for the browser", perform: topology_wasm },
    Check { name: "docs", about: "the documentation's links lead somewhere", perform: docs },
    Check { name: "build", about: "the panel and all tests", perform: build },
    Check { name: "rust", about: "unit, property, engine, sandbox and moto tests", perform: rust_tests },
    Check { name: "terraform", about: "Terraform takes over what was exported", perform: terraform_tests },
    Check { name: "browser", about: "what a person does, in Chromium", perform: browser_tests },
];

/// This program's own package, which is built apart from the [`PRODUCT`].
const XTASK: [&str; 2] = ["--package", "xtask"];

struct Outcome {
    name: &'static str,
    result: Result<Verdict>,
    elapsed: Duration,
}

pub fn test(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let chosen = match arguments.only.as_deref() {
        None => {
            // A missing tool fails the checks that need it; the others can still tell something.
            if let Err(error) = setup::everything(workspace) {
                shell::report(&error);
            }
            &CHECKS[..]
        }
        Some(name) => match CHECKS.iter().position(|check| check.name == name) {
            Some(index) => &CHECKS[index..=index],
            None => {
                bail!("there is no check `{name}`; there are: {}", CHECKS.map(|check| check.name).join(", "))
            }
        },
    };
    let outcomes: Vec<Outcome> = chosen.iter().map(|check| perform(check, workspace)).collect();
    summarise(&outcomes)
}

fn perform(check: &Check, workspace: &Workspace) -> Outcome {
    println!("\n── {}: {}", check.name, check.about);
    let start = Instant::now();
    let result = (check.perform)(workspace);
    match &result {
        Ok(Verdict::Passed(_)) => {}
        Ok(Verdict::NotRun(why)) => println!("not run: {why}"),
        Err(error) => shell::report(error),
    }
    Outcome { name: check.name, result, elapsed: start.elapsed() }
}

fn summarise(outcomes: &[Outcome]) -> Result<()> {
    println!();
    for outcome in outcomes {
        let (word, found) = match &outcome.result {
            Ok(Verdict::Passed(found)) => ("passed", found.as_str()),
            Ok(Verdict::NotRun(why)) => ("not run", *why),
            Err(_) => ("FAILED", ""),
        };
        println!("{word:<7}  {:<15} {:>12}  {found}", outcome.name, shell::seconds(outcome.elapsed));
    }
    let count = |is_it: fn(&Result<Verdict>) -> bool| {
        outcomes.iter().filter(|outcome| is_it(&outcome.result)).count()
    };
    let failed = count(Result::is_err);
    let passed = count(|result| matches!(result, Ok(Verdict::Passed(_))));
    let not_run = match outcomes.len() - passed - failed {
        0 => String::new(),
        not_run => format!(", {not_run} not run"),
    };
    println!("\n{passed} passed, {failed} failed{not_run}");
    if failed > 0 {
        bail!("{failed} of {} checks failed", outcomes.len());
    }
    Ok(())
}

fn format(workspace: &Workspace) -> Result<Verdict> {
    rust::install_checkers()?;
    shell::run(cargo().args(["fmt", "--all", "--check"]).current_dir(workspace.root()))?;
    Ok(Verdict::Passed(String::new()))
}

fn clippy(workspace: &Workspace) -> Result<Verdict> {
    rust::install_checkers()?;
    for packages in [&PRODUCT[..], &XTASK] {
        let mut command = cargo();
        command.arg("clippy").args(packages).args(["--all-targets", "--", "-D", "warnings"]);
        shell::run(command.current_dir(workspace.root()))?;
    }
    Ok(Verdict::Passed(String::new()))
}

/// On the host, because clippy belongs to rustup's compiler, and WASM may be compiled by another.
fn clippy_browser(workspace: &Workspace) -> Result<Verdict> {
    rust::install_checkers()?;
    let mut command = cargo();
    command.args(["clippy", "--package", "app", "--no-default-features", "--features", "hydrate"]);
    shell::run(command.args(["--", "-D", "warnings"]).current_dir(workspace.root()))?;
    Ok(Verdict::Passed(String::new()))
}

fn topology_wasm(workspace: &Workspace) -> Result<Verdict> {
    let compiler = wasm::install(workspace)?;
    shell::run(compiler.cargo(workspace, "build").args(["--package", "topology"]))?;
    Ok(Verdict::Passed(String::new()))
}

fn docs(workspace: &Workspace) -> Result<Verdict> {
    let mut command = cargo();
    command.arg("doc").args(PRODUCT).args(["--no-deps", "--document-private-items"]);
    shell::run(command.env("RUSTDOCFLAGS", "-D warnings").current_dir(workspace.root()))?;
    Ok(Verdict::Passed(String::new()))
}

fn build(workspace: &Workspace) -> Result<Verdict> {
    build::build_with_tests(workspace)?;
    Ok(Verdict::Passed(String::new()))
}

fn rust_tests(workspace: &Workspace) -> Result<Verdict> {
    let tools = python::install(workspace)?;
    let mut passed = 0;
    for packages in [&PRODUCT[..], &XTASK] {
        let mut command = cargo();
        command.arg("test").args(packages).arg("--no-fail-fast").current_dir(workspace.root());
        command.env("SLIPWAY_PYTHON", &tools.python).env("SLIPWAY_MOTO_SERVER", &tools.moto_server);
        // A snapshot that nobody has looked at is a failure, not a file.
        command.env("INSTA_UPDATE", "no");
        shell::run_and_read(&mut command, |line| passed += tests_passed(line))?;
    }
    Ok(Verdict::Passed(format!("{passed} tests")))
}

/// The tests that the others leave out, because not everybody has Terraform.
fn terraform_tests(workspace: &Workspace) -> Result<Verdict> {
    let Some(terraform) = Terraform::find(workspace)? else {
        return Ok(Verdict::NotRun("terraform is not installed"));
    };
    let tools = python::install(workspace)?;
    let mut passed = 0;
    let mut command = cargo();
    command.arg("test").args(PRODUCT).args(["--test", "moto", "--", "--ignored", "terraform::"]);
    command.current_dir(workspace.root());
    command.env("SLIPWAY_PYTHON", &tools.python).env("SLIPWAY_MOTO_SERVER", &tools.moto_server);
    terraform.configure(&mut command);
    shell::run_and_read(&mut command, |line| passed += tests_passed(line))?;
    if passed == 0 {
        bail!("no test was found");
    }
    Ok(Verdict::Passed(format!("{passed} tests")))
}

/// 12 of `test result: ok. 12 passed; 0 failed; …`; 0 of every other line.
fn tests_passed(line: &str) -> u32 {
    let count = line.strip_prefix("test result: ").and_then(|result| result.split_whitespace().nth(1));
    count.and_then(|count| count.parse().ok()).unwrap_or(0)
}

fn browser_tests(workspace: &Workspace) -> Result<Verdict> {
    let binary = build::build_with_tests(workspace)?;
    playwright(workspace, binary, "playwright.config.ts").map(Verdict::Passed)
}

/// `cargo xtask figures`: what the README's table says of the panel.
pub fn figures(workspace: &Workspace, profile: Profile) -> Result<()> {
    let binary = build::build(workspace, profile)?;
    playwright(workspace, binary, "figures.config.ts").map(drop)
}

fn playwright(workspace: &Workspace, binary: PathBuf, config: &str) -> Result<String> {
    let packages = node::install(workspace)?;
    let browser = browser::install(workspace, &packages)?;
    let mut command = Command::new("node");
    command.arg(packages.file("@playwright/test/cli.js")).args(["test", "--config", config]);
    command.current_dir(workspace.root().join("end2end")).env("SLIPWAY_BIN", binary);
    if let browser::Browser::Installed(path) = browser {
        command.env("SLIPWAY_CHROMIUM", path);
    }
    let mut passed = String::new();
    shell::run_and_read(&mut command, |line| {
        if let Some((count, _)) = line.trim().split_once(" passed (") {
            passed = format!("{count} tests");
        }
    })?;
    Ok(passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passed_tests_are_counted_from_closing_lines_only() {
        assert_eq!(tests_passed("test result: ok. 12 passed; 0 failed; 1 ignored"), 12);
        assert_eq!(tests_passed("test a_thing ... ok"), 0);
    }
}
