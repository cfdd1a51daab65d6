//! The data directory: where the database is.

use std::env;
use std::path::PathBuf;

use clap::Args;

use super::failure::Failure;

/// Instead of `--data-dir`.
const VARIABLE: &str = "SLIPWAY_DATA_DIR";

#[derive(Debug, Clone, Default, Args)]
pub struct DataDirectory {
    /// Where history, drafts and sign-ins are kept [default: SLIPWAY_DATA_DIR, or slipway in the XDG data home]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

impl DataDirectory {
    pub fn path(&self) -> Result<PathBuf, Failure> {
        let named = self.data_dir.clone().or_else(|| variable(VARIABLE));
        named.or_else(usual).ok_or_else(|| {
            Failure::wrong("there is no home directory to keep the data in")
                .hint(format!("Say where with `--data-dir DIR` or `{VARIABLE}`."))
        })
    }
}

/// `~/.local/share/slipway`, or what the system calls it.
fn usual() -> Option<PathBuf> {
    let data_home = if cfg!(windows) {
        variable("LOCALAPPDATA")
    } else {
        // The specification says to pass over a path that is not absolute.
        variable("XDG_DATA_HOME")
            .filter(|path| path.is_absolute())
            .or_else(|| variable("HOME").map(|home| home.join(".local/share")))
    };
    Some(data_home?.join("slipway"))
}

fn variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}
