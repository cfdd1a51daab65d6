//! Which process runs an operation, and whether it still lives.
//!
//! Each open store holds a lock on a file of its own; the operating system lets go of it when the process
//! ends, however it ends. So a process that was killed is told from one that is busy, without clocks.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

const FOLDER: &str = "running";
/// Left-over lock files older than this are removed: young ones may belong to a process that is just starting.
const OLD: Duration = Duration::from_secs(24 * 60 * 60);

/// This process, as far as the store is concerned.
pub(crate) struct Owner {
    pub id: String,
    /// `None`: in memory, where nobody else can be.
    lock: Option<Lock>,
}

struct Lock {
    path: PathBuf,
    /// Locked for as long as it is open.
    _file: File,
}

impl Owner {
    pub fn in_memory() -> Self {
        Self { id: "memory".into(), lock: None }
    }

    pub fn in_directory(data_dir: &Path, id: String) -> io::Result<Self> {
        let folder = data_dir.join(FOLDER);
        fs::create_dir_all(&folder)?;
        sweep(&folder);
        let path = folder.join(&id);
        let file = File::create(&path)?;
        file.lock()?;
        Ok(Self { id, lock: Some(Lock { path, _file: file }) })
    }

    /// Whether the process that calls itself `id` still lives. This process does.
    pub fn lives(&self, id: &str) -> bool {
        if id == self.id {
            return true;
        }
        let Some(lock) = &self.lock else { return false };
        // Ids come from the database; one that could lead out of the folder is nobody's.
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return false;
        }
        File::open(lock.path.with_file_name(id)).is_ok_and(|file| is_locked(&file))
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        if let Some(lock) = &self.lock {
            // Left behind it is only clutter, and swept one day.
            let _ = fs::remove_file(&lock.path);
        }
    }
}

/// Whether any process works with `data_dir` now.
pub(crate) fn anybody_lives(data_dir: &Path) -> bool {
    let entries = fs::read_dir(data_dir.join(FOLDER)).into_iter().flatten().flatten();
    entries.filter_map(|entry| File::open(entry.path()).ok()).any(|file| is_locked(&file))
}

/// Asked with a shared lock, so that two who ask do not take each other for the owner.
fn is_locked(file: &File) -> bool {
    matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}

fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let Ok(file) = File::open(&path) else { continue };
        let age = file.metadata().and_then(|metadata| metadata.modified()).map(|at| at.elapsed());
        let is_old = matches!(age, Ok(Ok(age)) if age > OLD);
        if is_old && !is_locked(&file) {
            let _ = fs::remove_file(&path);
        }
    }
}
