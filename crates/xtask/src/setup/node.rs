//! The npm packages of `end2end/`: Playwright, axe, wasm-opt and the fonts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::debian;
use crate::shell;
use crate::workspace::Workspace;

const OLDEST_NODE: u32 = 20;

/// The installed packages.
#[derive(Clone, Debug)]
pub struct NodePackages {
    folder: PathBuf,
}

impl NodePackages {
    /// A file of a package, such as `binaryen/bin/wasm-opt`.
    pub fn file(&self, path: &str) -> PathBuf {
        self.folder.join("node_modules").join(path)
    }
}

/// Installs the packages of the lock file, unless that has been done.
pub fn install(workspace: &Workspace) -> Result<NodePackages> {
    let end2end = workspace.root().join("end2end");
    let inputs = ["package.json", "package-lock.json", ".npmrc"];
    let contents = inputs
        .map(|name| fs::read(end2end.join(name)).with_context(|| format!("read `end2end/{name}`")))
        .into_iter()
        .collect::<Result<Vec<_>>>()?;
    let contents: Vec<&[u8]> = contents.iter().map(Vec::as_slice).collect();
    let packages = NodePackages { folder: workspace.tool("npm", &contents) };
    let _lock = workspace.lock("setup")?;
    if !packages.folder.is_dir() {
        check_node()?;
        shell::step("npm ci (Playwright, axe, wasm-opt, fonts)", || {
            // Under another name until it is whole, so that an interrupted run is not taken for done.
            let unfinished = packages.folder.with_extension("unfinished");
            let _ = fs::remove_dir_all(&unfinished);
            fs::create_dir_all(&unfinished).with_context(|| format!("make `{}`", unfinished.display()))?;
            for (name, content) in inputs.iter().zip(contents) {
                fs::write(unfinished.join(name), content).with_context(|| format!("write `{name}`"))?;
            }
            let mut npm = Command::new("npm");
            npm.arg("ci").current_dir(&unfinished).env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
            shell::run_quietly(&mut npm)?;
            fs::rename(&unfinished, &packages.folder).context("name the finished folder")
        })?;
    }
    link_into(&end2end, &packages)?;
    Ok(packages)
}

/// `end2end/node_modules` → the installed packages, unless someone has run npm there by hand.
fn link_into(end2end: &Path, packages: &NodePackages) -> Result<()> {
    let link = end2end.join("node_modules");
    let installed = packages.folder.join("node_modules");
    match fs::read_link(&link) {
        Ok(current) if current == installed => return Ok(()),
        Ok(_) => fs::remove_file(&link).context("replace the link `end2end/node_modules`")?,
        Err(_) if link.exists() => return Ok(()),
        Err(_) => {}
    }
    std::os::unix::fs::symlink(&installed, &link).context("link `end2end/node_modules`")
}

fn check_node() -> Result<()> {
    if shell::find_program("node").is_none() || shell::find_program("npm").is_none() {
        debian::install(&["nodejs", "npm"])
            .context("Node.js and npm are missing; https://nodejs.org has them for every system")?;
    }
    let version = shell::capture(Command::new("node").arg("--version"))?;
    let major: Option<u32> =
        version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse().ok());
    if major.is_none_or(|major| major < OLDEST_NODE) {
        bail!("Node.js is {}, {OLDEST_NODE} or newer is needed: https://nodejs.org", version.trim());
    }
    Ok(())
}
