//! Where things lie: the checkout, the target folder, the tools kept there, the built site.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};

use crate::build::Profile;
use crate::shell;

/// The checkout and its target folder.
#[derive(Debug)]
pub struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// Asks cargo, which knows of `CARGO_TARGET_DIR` and of every configuration file.
    pub fn find() -> Result<Self> {
        let metadata = shell::capture(cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
        let metadata: serde_json::Value = serde_json::from_str(&metadata).context("read `cargo metadata`")?;
        let path = |key: &str| {
            metadata[key]
                .as_str()
                .map(PathBuf::from)
                .with_context(|| format!("`cargo metadata` has no `{key}`"))
        };
        Ok(Self { root: path("workspace_root")?, target: path("target_directory")? })
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn target(&self) -> &Path {
        &self.target
    }

    /// A target folder of its own for WASM, so that its builds wait for no other build's lock.
    pub fn front_target(&self) -> PathBuf {
        self.target.join("front")
    }

    /// `manifest.json` and `pkg/`. The binary finds it beside its own folder by the profile's name.
    pub fn site(&self, profile: Profile) -> PathBuf {
        self.target.join("site").join(profile.folder())
    }

    /// The panel's binary.
    pub fn binary(&self, profile: Profile) -> PathBuf {
        self.target.join(profile.folder()).join(format!("slipway{}", env::consts::EXE_SUFFIX))
    }

    /// The folder of an installed tool, named after what it was installed from: a changed lock file
    /// gets a new folder, an unchanged one is found again, also from another checkout.
    pub fn tool(&self, name: &str, installed_from: &[&[u8]]) -> PathBuf {
        let mut hash = Sha256::new();
        installed_from.iter().for_each(|part| hash.update(part));
        self.target.join("tools").join(format!("{name}-{}", short_hex(&hash.finalize())))
    }

    /// Waits until no other xtask works at `what` in this target folder; held until dropped.
    pub fn lock(&self, what: &str) -> Result<File> {
        let folder = self.target.join("tools");
        fs::create_dir_all(&folder).with_context(|| format!("make `{}`", folder.display()))?;
        let path = folder.join(format!("{what}.lock"));
        let file = File::create(&path).with_context(|| format!("open `{}`", path.display()))?;
        file.lock().with_context(|| format!("lock `{}`", path.display()))?;
        Ok(file)
    }
}

/// The cargo that runs this xtask, as if called from the shell: what cargo tells this program about its own
/// package, the build scripts of others (ring's) would take for a change, and the AWS SDK is built on one.
pub fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in env::vars_os() {
        if is_about_this_package(&name.to_string_lossy()) {
            command.env_remove(name);
        }
    }
    command
}

fn is_about_this_package(name: &str) -> bool {
    name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") || name == "OUT_DIR"
}

/// Every package but this one. Its dependencies ask for features of their own, and with it in one build
/// the AWS SDK would be compiled once more.
pub const PRODUCT: [&str; 3] = ["--workspace", "--exclude", "xtask"];

/// The first 64 bits: enough to tell apart the few files of one site.
pub fn short_hex(hash: &[u8]) -> String {
    hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
