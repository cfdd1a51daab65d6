//! Chromium for the browser tests: the system's, else Debian's package, else Playwright's own.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

use super::debian;
use super::node::NodePackages;
use crate::shell;
use crate::workspace::Workspace;

/// The Chromium that Playwright drives.
#[derive(Debug)]
pub enum Browser {
    Installed(PathBuf),
    /// Playwright knows where it has put its own.
    Playwrights,
}

/// Finds a Chromium, or installs one.
pub fn install(workspace: &Workspace, packages: &NodePackages) -> Result<Browser> {
    if let Some(path) = find() {
        return Ok(Browser::Installed(path));
    }
    let _lock = workspace.lock("setup")?;
    let from_debian = debian::install(&["chromium"]);
    if let Some(path) = find() {
        return Ok(Browser::Installed(path));
    }
    let from_playwright = shell::step("playwright install chromium", || {
        let mut install = Command::new("node");
        shell::run_quietly(
            install.arg(packages.file("@playwright/test/cli.js")).args(["install", "chromium"]),
        )
    });
    match (from_debian, from_playwright) {
        (_, Ok(())) => Ok(Browser::Playwrights),
        (Err(error), Err(_)) | (Ok(()), Err(error)) => Err(error)
            .context("no Chromium: `apt-get install chromium`, or set SLIPWAY_CHROMIUM to the path of one"),
    }
}

fn find() -> Option<PathBuf> {
    env::var_os("SLIPWAY_CHROMIUM").map(PathBuf::from).or_else(|| {
        ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
            .into_iter()
            .find_map(shell::find_program)
            // Ubuntu's is a script that only says how to get the snap.
            .filter(|path| shell::run_quietly(Command::new(path).arg("--version")).is_ok())
    })
}
