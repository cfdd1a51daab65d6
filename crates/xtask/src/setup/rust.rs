//! The parts of the Rust toolchain that only the checks need.

use std::process::Command;

use anyhow::{Context as _, Result};

use crate::shell;
use crate::workspace::cargo;

/// Makes sure of `cargo fmt` and `cargo clippy`.
pub fn install_checkers() -> Result<()> {
    for (subcommand, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if shell::run_quietly(cargo().args([subcommand, "--version"])).is_err() {
            shell::step(&format!("rustup component add {component}"), || {
                shell::run_quietly(Command::new("rustup").args(["component", "add", component]))
            })
            .with_context(|| {
                format!("`{component}` is missing; `rustup component add {component}` has it")
            })?;
        }
    }
    Ok(())
}
