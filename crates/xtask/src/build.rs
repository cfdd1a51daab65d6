//! The panel, built: first the browser's half, then the binary that serves it.

use std::path::PathBuf;

use anyhow::Result;

use crate::front;
use crate::setup::{node, wasm};
use crate::shell;
use crate::workspace::{Workspace, cargo};

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
    let compiler = wasm::install(workspace)?;
    let packages = node::install(workspace)?;
    front::build(workspace, profile, &compiler, &packages)?;
    server(workspace, profile)
}

/// Builds the binary; in release it takes in the site that has been built before.
pub fn server(workspace: &Workspace, profile: Profile) -> Result<PathBuf> {
    shell::step("build the server", || {
        let mut command = cargo();
        command.args(["build", "--package", "server"]).current_dir(workspace.root());
        match profile {
            Profile::Debug => command.env_remove("SLIPWAY_SITE"),
            Profile::Release => command.arg("--release").env("SLIPWAY_SITE", workspace.site(profile)),
        };
        shell::run(&mut command)
    })?;
    Ok(workspace.binary(profile))
}
