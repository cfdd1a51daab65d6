//! Debian's packages: installed as root or through a `sudo` that asks nothing, else named.

use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Result, bail};

use crate::shell;

/// Installs packages; the error names the command that would.
pub fn install(packages: &[&str]) -> Result<()> {
    let names = packages.join(" ");
    if shell::find_program("apt-get").is_none() {
        bail!("`{names}` (Debian's names) are missing here; install them with this system's package manager");
    }
    let Some(mut update) = apt_get() else {
        bail!("missing packages; run `sudo apt-get install {names}` and start again");
    };
    // The lists may be older than the mirrors, or not there at all: once for each run.
    static UPDATED: OnceLock<bool> = OnceLock::new();
    UPDATED.get_or_init(|| shell::run_quietly(update.arg("update")).is_ok());
    shell::step(&format!("apt-get install {names}"), || {
        let mut install = apt_get().expect("it was there for the update");
        shell::run_quietly(install.args(["install", "--yes", "--no-install-recommends"]).args(packages))
    })
}

fn apt_get() -> Option<Command> {
    let mut command = if is_root() {
        Command::new("apt-get")
    } else {
        shell::run_quietly(Command::new("sudo").args(["-n", "true"])).ok()?;
        let mut command = Command::new("sudo");
        command.args(["-n", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        command
    };
    // Another installation may be under way on this machine.
    command.args(["-o", "DPkg::Lock::Timeout=300"]).env("DEBIAN_FRONTEND", "noninteractive");
    Some(command)
}

fn is_root() -> bool {
    shell::capture(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}
