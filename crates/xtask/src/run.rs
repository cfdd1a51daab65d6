//! `cargo xtask run`: the panel on the sandbox, at 127.0.0.1:3000.

use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result};

use crate::build::{self, Profile};
use crate::shell;
use crate::workspace::Workspace;

const ADDRESS: &str = "127.0.0.1:3000";

/// Builds the panel and becomes it, so that its words, its exit status and Ctrl-C are its own.
pub fn run(workspace: &Workspace, profile: Profile) -> Result<()> {
    let start = Instant::now();
    let binary = build::build(workspace, profile)?;
    println!(
        "Ready after {}. Starting the panel on the sandbox; Ctrl-C ends it.",
        shell::seconds(start.elapsed())
    );
    let error = command(workspace, binary).exec();
    Err(error).context("start the panel")
}

/// The panel on the sandbox. Its data stay beside the builds, so `cargo clean` forgets them.
pub fn command(workspace: &Workspace, binary: PathBuf) -> Command {
    let mut command = Command::new(binary);
    command.args(["serve", "--sandbox", "--listen", ADDRESS, "--data-dir"]);
    command.arg(workspace.target().join("panel"));
    command
}
