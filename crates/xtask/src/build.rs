//! The panel, built: first the browser's half, then the binary that serves it.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::front;
use crate::setup::{node, wasm};
use crate::shell;
use crate::workspace::{PRODUCT, Workspace, cargo};

/// For whom it is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// For working on it: quick to build, files on disk.
    Debug,
    /// For a server: optimised, one binary with its files inside.
    Release,
}

impl Profile {
    /// What cargo calls the folder of the server's half.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Release => "release",
        }
    }

    /// What cargo calls the profile of the browser's half.
    pub fn front_name(self) -> &'static str {
        match self {
            Self::Debug => "dev",
            Self::Release => "wasm-release",
        }
    }

    /// What cargo calls the folder of the browser's half.
    pub fn front_folder(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Release => "wasm-release",
        }
    }
}

/// Sets up, builds both halves and returns the binary's path.
pub fn build(workspace: &Workspace, profile: Profile) -> Result<PathBuf> {
    front(workspace, profile)?;
    let mut server = cargo();
    server.args(["build", "--package", "server"]);
    if profile == Profile::Release {
        // The binary takes in the site that has just been built.
        server.arg("--release").env("SLIPWAY_EMBED", workspace.site(profile));
    }
    binary(workspace, profile, &mut server)
}

/// The same in debug, with all tests, in one go.
pub fn build_with_tests(workspace: &Workspace) -> Result<PathBuf> {
    front(workspace, Profile::Debug)?;
    binary(workspace, Profile::Debug, cargo().arg("build").args(PRODUCT).args(["--bins", "--tests"]))
}

fn front(workspace: &Workspace, profile: Profile) -> Result<()> {
    let compiler = wasm::install(workspace)?;
    let packages = node::install(workspace)?;
    front::build(workspace, profile, &compiler, &packages)
}

fn binary(workspace: &Workspace, profile: Profile, command: &mut Command) -> Result<PathBuf> {
    shell::step("build the server", || shell::run(command.current_dir(workspace.root())))?;
    Ok(workspace.binary(profile))
}
