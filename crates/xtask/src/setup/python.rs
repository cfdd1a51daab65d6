//! A Python environment with moto, the AWS stand-in, and boto3, which looks at it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

use super::debian;
use crate::shell;
use crate::workspace::Workspace;

/// The environment's programs.
#[derive(Debug)]
pub struct PythonTools {
    pub python: PathBuf,
    pub moto_server: PathBuf,
}

/// Installs `requirements.txt` into an environment of its own, unless that has been done.
pub fn install(workspace: &Workspace) -> Result<PythonTools> {
    let requirements = workspace.root().join("crates/xtask/requirements.txt");
    let content = fs::read(&requirements).context("read `crates/xtask/requirements.txt`")?;
    let folder = workspace.tool("python", &[&content]);
    let tools =
        PythonTools { python: folder.join("bin/python"), moto_server: folder.join("bin/moto_server") };
    let _lock = workspace.lock("setup")?;
    // Its scripts hold its path, so it can't be renamed when whole; a file says that it is.
    let whole = folder.join("installed");
    if whole.is_file() {
        return Ok(tools);
    }
    shell::step("pip install (moto, boto3)", || {
        let _ = fs::remove_dir_all(&folder);
        let environment = || shell::run_quietly(Command::new("python3").args(["-m", "venv"]).arg(&folder));
        if environment().is_err() {
            debian::install(&["python3", "python3-venv"])?;
            environment()?;
        }
        let mut pip = Command::new(&tools.python);
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
        shell::run_quietly(pip.arg(&requirements))?;
        fs::write(&whole, []).context("note that the environment is whole")
    })
    .context("Python 3 with `venv`, and moto from PyPI, are needed for the checks against moto")?;
    Ok(tools)
}
