//! What building and testing need beyond Rust: each tool is looked for, installed when missing, and
//! named with the command that would install it when that fails.

pub mod browser;
pub mod debian;
pub mod node;
pub mod python;
pub mod rust;
pub mod wasm;

use anyhow::Result;

use crate::workspace::Workspace;

/// Installs everything that any command needs.
pub fn everything(workspace: &Workspace) -> Result<()> {
    wasm::install(workspace)?;
    let packages = node::install(workspace)?;
    rust::install_checkers()?;
    python::install(workspace)?;
    browser::install(workspace, &packages)?;
    println!("Everything is in place.");
    Ok(())
}
