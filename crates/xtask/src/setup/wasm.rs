//! A compiler for `wasm32-unknown-unknown`: rustup's, or Debian's with a standard library built here.
//!
//! Whoever has rustup and the internet gets the first and notices nothing. The second is for a
//! toolchain to which the target cannot be added.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::debian;
use crate::shell;
use crate::workspace::{Workspace, cargo};

const TARGET: &str = "wasm32-unknown-unknown";

/// How WASM is compiled on this machine.
#[derive(Debug)]
pub enum WasmCompiler {
    /// The usual compiler, with the target installed.
    Usual,
    /// Another compiler with its library's sources, and the usual one's linker.
    FromSource { rustc: PathBuf, linker: PathBuf },
}

impl WasmCompiler {
    /// `cargo <subcommand>` for WASM, in a target folder of its own.
    pub fn cargo(&self, workspace: &Workspace, subcommand: &str) -> Command {
        let mut command = cargo();
        command.arg(subcommand).args(["--target", TARGET, "--target-dir"]).arg(workspace.front_target());
        command.current_dir(workspace.root());
        if let Self::FromSource { rustc, linker } = self {
            // `build-std` is asked for by its unstable name; the bootstrap switch lets a stable
            // cargo and a stable compiler do it.
            command
                .arg("-Zbuild-std=std,panic_abort")
                .env("RUSTC", rustc)
                .env("RUSTC_BOOTSTRAP", "1")
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker)
                .env_remove("RUSTC_WRAPPER");
        }
        command
    }

    /// Where cargo puts what it builds for this target.
    pub fn output(workspace: &Workspace) -> PathBuf {
        workspace.front_target().join(TARGET)
    }
}

/// Finds a compiler for WASM, or installs one.
pub fn install(workspace: &Workspace) -> Result<WasmCompiler> {
    if target_is_installed()? {
        return Ok(WasmCompiler::Usual);
    }
    let _lock = workspace.lock("setup")?;
    if let Some(compiler) = compiler_from_source()? {
        return Ok(compiler);
    }
    if shell::find_program("rustup").is_some() {
        let added = shell::step(&format!("rustup target add {TARGET}"), || {
            Ok(shell::run_quietly(Command::new("rustup").args(["target", "add", TARGET])).is_ok())
        })?;
        if added && target_is_installed()? {
            return Ok(WasmCompiler::Usual);
        }
    }
    println!(
        "  the target cannot be added to this toolchain; building its library from Debian's sources instead"
    );
    debian::install(&["rustc-web", "rust-web-src"])
        .and_then(|()| compiler_from_source()?.context("Debian's `rustc-web` is older than Slipway needs"))
        .with_context(|| format!("no compiler for {TARGET}; `rustup target add {TARGET}` would install one"))
}

fn target_is_installed() -> Result<bool> {
    Ok(sysroot(Path::new("rustc"))?.join("lib/rustlib").join(TARGET).join("lib").is_dir())
}

/// Debian's compiler, when it is there with its library's sources and is new enough.
fn compiler_from_source() -> Result<Option<WasmCompiler>> {
    let rustc = PathBuf::from("/usr/bin/rustc");
    if !rustc.is_file() {
        return Ok(None);
    }
    let sources = sysroot(&rustc)?.join("lib/rustlib/src/rust/library/std/Cargo.toml");
    if !sources.is_file() || minor_version(&rustc)? < minor_version(Path::new("rustc"))? {
        return Ok(None);
    }
    Ok(Some(WasmCompiler::FromSource { rustc, linker: linker()? }))
}

/// The linker that comes with every compiler of rustup's; Debian's own has none.
fn linker() -> Result<PathBuf> {
    let host = shell::capture(Command::new("rustc").args(["--print", "host-tuple"]))?;
    let linker = sysroot(Path::new("rustc"))?.join("lib/rustlib").join(host.trim()).join("bin/rust-lld");
    if linker.is_file() {
        return Ok(linker);
    }
    match shell::find_program("wasm-ld") {
        Some(linker) => Ok(linker),
        None => bail!("no linker for WASM: neither `rust-lld` nor `wasm-ld`; `apt-get install lld` has one"),
    }
}

fn sysroot(rustc: &Path) -> Result<PathBuf> {
    Ok(shell::capture(Command::new(rustc).args(["--print", "sysroot"]))?.trim().into())
}

/// 96 of `rustc 1.96.0 (…)`. The standard library says which of them our crates build with.
fn minor_version(rustc: &Path) -> Result<u32> {
    let version = shell::capture(Command::new(rustc).arg("--version"))?;
    let minor = version.split('.').nth(1).and_then(|minor| minor.parse().ok());
    minor.with_context(|| format!("`{}` says its version as `{}`", rustc.display(), version.trim()))
}
