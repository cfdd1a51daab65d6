//! What building and testing need beyond Rust: each tool is looked for, installed when missing, and
//! named with the command that would install it when that fails.

pub mod browser;
pub mod debian;
pub mod node;
pub mod python;
pub mod rust;
pub mod terraform;
pub mod wasm;

use anyhow::{Result, bail};

use crate::shell;
use crate::workspace::Workspace;

/// Installs everything that any command needs. What fails is told and keeps nothing else from being
/// installed: whoever needs it fails on it again, by name.
pub fn everything(workspace: &Workspace) -> Result<()> {
    let outcomes = [
        wasm::install(workspace).map(drop),
        rust::install_checkers(),
        python::install(workspace).map(drop),
        node::install(workspace).and_then(|packages| browser::install(workspace, &packages)).map(drop),
    ];
    let failures: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
    failures.iter().for_each(|failure| shell::report(failure));
    if !failures.is_empty() {
        bail!("{} of {} parts of the set-up are missing", failures.len(), outcomes.len());
    }
    println!("Set-up: everything is in place.");
    Ok(())
}
