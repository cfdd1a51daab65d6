//! `app` for the browser: compiled, bound to JavaScript by wasm-bindgen, made small by wasm-opt.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use super::PlainFile;
use super::stamp::Stamp;
use crate::build::Profile;
use crate::setup::node::NodePackages;
use crate::setup::wasm::WasmCompiler;
use crate::shell;
use crate::workspace::Workspace;

const SCRIPT: &str = "slipway.js";
const WASM: &str = "slipway.wasm";

/// Compiles `app` and returns the path of what cargo made.
pub fn compile(workspace: &Workspace, profile: Profile, compiler: &WasmCompiler) -> Result<PathBuf> {
    let mut command = compiler.cargo(workspace, "build");
    command.args(["--package", "app", "--lib", "--no-default-features", "--features", "hydrate"]);
    command.args(["--profile", profile.front_name()]);
    shell::run(&mut command)?;
    Ok(WasmCompiler::output(workspace).join(profile.front_folder()).join("app.wasm"))
}

/// The script and the WASM as the browser gets them.
pub fn bind(
    workspace: &Workspace,
    profile: Profile,
    packages: &NodePackages,
    compiled: &Path,
) -> Result<[PlainFile; 2]> {
    let folder = workspace.front_target().join(format!("bound-{}", profile.folder()));
    fs::create_dir_all(&folder).with_context(|| format!("make `{}`", folder.display()))?;
    let stamp = Stamp::of(folder.join("made-from"), &[compiled])?;
    if !stamp.is_current() {
        shell::step("bind it to JavaScript (wasm-bindgen)", || run_bindgen(profile, compiled, &folder))?;
        if profile == Profile::Release {
            shell::step("make it small (wasm-opt)", || optimise(packages, &folder.join(WASM)))?;
        }
        stamp.note()?;
    }
    let read = |name: &str| -> Result<PlainFile> {
        let content = fs::read(folder.join(name)).with_context(|| format!("read `{name}`"))?;
        Ok(PlainFile { name: name.to_owned(), content })
    };
    Ok([read(SCRIPT)?, read(WASM)?])
}

fn run_bindgen(profile: Profile, compiled: &Path, folder: &Path) -> Result<()> {
    let release = profile == Profile::Release;
    let mut output = Bindgen::new()
        .input_path(compiled)
        .out_name("slipway")
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
        .remove_name_section(release)
        .remove_producers_section(release)
        .generate_output()?;
    if output.js().contains("./snippets/") {
        bail!("a dependency brings JavaScript files of its own, which get no hashed names yet");
    }
    fs::write(folder.join(SCRIPT), output.js()).context("write the script")?;
    fs::write(folder.join(WASM), output.wasm_mut().emit_wasm()).context("write the WASM")
}

fn optimise(packages: &NodePackages, wasm: &Path) -> Result<()> {
    let mut command = Command::new("node");
    command.arg(packages.file("binaryen/bin/wasm-opt")).arg(wasm).arg("-o").arg(wasm);
    // What the Rust compiler takes for granted of a browser, wasm-opt has to be told.
    command.args(["-Oz", "--enable-bulk-memory", "--enable-multivalue", "--enable-mutable-globals"]).args([
        "--enable-nontrapping-float-to-int",
        "--enable-reference-types",
        "--enable-sign-ext",
    ]);
    shell::run_quietly(&mut command)
}
