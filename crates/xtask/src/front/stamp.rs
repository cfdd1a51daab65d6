//! What an earlier build was made from, noted beside its result, so that it isn't made again.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use anyhow::{Context as _, Result};

/// The inputs of one build step, by size and time of last change.
#[derive(Debug)]
pub struct Stamp {
    note: PathBuf,
    inputs: String,
}

impl Stamp {
    /// Looks at the inputs. This program is one of them: a changed recipe is a changed input.
    pub fn of(note: PathBuf, inputs: &[&Path]) -> Result<Self> {
        let program = std::env::current_exe().context("find this program's own file")?;
        let described =
            inputs.iter().copied().chain([program.as_path()]).map(describe).collect::<Result<_>>()?;
        Ok(Self { note, inputs: described })
    }

    pub fn is_current(&self) -> bool {
        fs::read_to_string(&self.note).is_ok_and(|noted| noted == self.inputs)
    }

    /// To be called once the results are written.
    pub fn note(&self) -> Result<()> {
        fs::write(&self.note, &self.inputs).with_context(|| format!("write `{}`", self.note.display()))
    }
}

fn describe(path: &Path) -> Result<String> {
    let about = fs::metadata(path).with_context(|| format!("look at `{}`", path.display()))?;
    let changed =
        about.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    Ok(format!("{} {} {}\n", path.display(), about.len(), changed.as_nanos()))
}
