//! The store: opening it, and what may be wrong with a file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use engine::JournalError;
use rusqlite::{Connection, ErrorCode};

use crate::journal::{StoredJournal, failed};
use crate::owner::{self, Owner};
use crate::realm::{self, Realm};
use crate::schema::{self, Age};
use crate::sessions::{self, Sessions};
use crate::thread::Database;

/// In the data directory.
pub const FILE_NAME: &str = "slipway.db";
/// Held while a damaged database is set aside.
const LOCK_NAME: &str = "slipway.lock";
/// How long to wait for another process's commit.
const BUSY: Duration = Duration::from_secs(10);

/// An open database. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Store {
    database: Database,
    owner: Arc<Owner>,
}

/// Why a database cannot be used; each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(
        "the data directory `{path}` cannot be used; give another one with `--data-dir` or `SLIPWAY_DATA_DIR`"
    )]
    Directory { path: PathBuf, source: io::Error },
    #[error(
        "the database `{path}` is damaged ({what}); stop every Slipway that uses it, move it away and start again: \
         what is on AWS stays and is found again"
    )]
    Damaged { path: PathBuf, what: String },
    #[error(
        "the database `{path}` was written by a newer Slipway; update this one, or give another data directory \
         with `--data-dir`"
    )]
    Newer { path: PathBuf },
    #[error("the database `{path}` cannot be opened")]
    Sqlite { path: PathBuf, source: rusqlite::Error },
    #[error("the database's thread cannot start")]
    Thread(#[source] io::Error),
}

impl Store {
    /// Opens the database in `data_dir`, and makes both where they are missing. They are for their owner's
    /// eyes alone.
    pub fn open(data_dir: &Path) -> Result<Self, StoreError> {
        let path = prepare_directory(data_dir)?;
        Self::of(connect(&path)?, own(data_dir)?)
    }

    /// The same, but a damaged database that nobody uses is set aside, and a new one begun: what matters is on AWS.
    pub fn open_or_begin_anew(data_dir: &Path) -> Result<Self, StoreError> {
        let path = prepare_directory(data_dir)?;
        let connection = match connect(&path) {
            Err(StoreError::Damaged { what, .. }) => begin_anew(data_dir, &path, what)?,
            other => other?,
        };
        Self::of(connection, own(data_dir)?)
    }

    /// Forgets everything in the end.
    pub fn in_memory() -> Result<Self, StoreError> {
        let path = PathBuf::from(":memory:");
        let mut connection = Connection::open_in_memory().map_err(|error| trouble(&path, error))?;
        prepare(&mut connection).map_err(|error| trouble(&path, error))?;
        Self::of(connection, Owner::in_memory())
    }

    fn of(connection: Connection, owner: Owner) -> Result<Self, StoreError> {
        let database = Database::start(connection).map_err(StoreError::Thread)?;
        Ok(Self { database, owner: Arc::new(owner) })
    }

    /// The journal of `realm`, as it was left.
    pub async fn journal(&self, realm: Realm) -> Result<StoredJournal, JournalError> {
        let id = self.database.write(move |connection| realm::lasting(connection, &realm)).await;
        let id = id.map_err(failed("find the journal"))?;
        Ok(StoredJournal::new(self.database.clone(), self.owner.clone(), id))
    }

    /// The journal of a `realm` whose world begins and ends with this process, such as the sandbox's: it starts
    /// without history, with the drafts of earlier ones. Also says whether there were no earlier ones.
    pub async fn fresh_journal(&self, realm: Realm) -> Result<(StoredJournal, bool), JournalError> {
        let owner = self.owner.clone();
        let made = self.database.write(move |connection| realm::passing(connection, &realm, &owner)).await;
        let (id, is_first) = made.map_err(failed("begin the journal"))?;
        Ok((StoredJournal::new(self.database.clone(), self.owner.clone(), id), is_first))
    }

    pub fn sessions(&self) -> Sessions {
        Sessions::new(self.database.clone())
    }
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    make_private_file(path).map_err(|source| StoreError::Directory { path: path.to_owned(), source })?;
    let mut connection = Connection::open(path).map_err(|error| trouble(path, error))?;
    let age = prepare(&mut connection).map_err(|error| trouble(path, error))?;
    if age == Age::Newer {
        return Err(StoreError::Newer { path: path.to_owned() });
    }
    check(&connection, path)?;
    Ok(connection)
}

/// One process at a time, and only where nobody else works with the file.
fn begin_anew(data_dir: &Path, path: &Path, what: String) -> Result<Connection, StoreError> {
    let unusable = |source| StoreError::Directory { path: data_dir.to_owned(), source };
    let lock = fs::File::create(data_dir.join(LOCK_NAME)).map_err(unusable)?;
    lock.lock().map_err(unusable)?;
    // Another process may have begun anew while this one waited.
    if let Ok(connection) = connect(path) {
        return Ok(connection);
    }
    let kept = if owner::anybody_lives(data_dir) { None } else { set_aside(path).ok() };
    let Some(kept) = kept else { return Err(StoreError::Damaged { path: path.to_owned(), what }) };
    tracing::warn!(
        "the database was damaged ({what}). It is kept as `{}`, and a new one was begun: what is on AWS is found again; \
         history, drafts, sign-ins and what was under way are forgotten",
        kept.display()
    );
    connect(path)
}

fn prepare_directory(data_dir: &Path) -> Result<PathBuf, StoreError> {
    let unusable = |source| StoreError::Directory { path: data_dir.to_owned(), source };
    make_private_directory(data_dir).map_err(unusable)?;
    Ok(data_dir.join(FILE_NAME))
}

fn own(data_dir: &Path) -> Result<Owner, StoreError> {
    let unusable = |source| StoreError::Directory { path: data_dir.to_owned(), source };
    Owner::in_directory(data_dir, sessions::random_text()).map_err(unusable)
}

/// Moves the file, with what SQLite keeps beside it, to the first name that is free. Returns that name.
fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let with = |end: String| -> PathBuf {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        name.into()
    };
    let free = (1..).find(|number| !with(format!(".damaged-{number}")).exists()).unwrap_or(1);
    let kept = with(format!(".damaged-{free}"));
    fs::rename(path, &kept)?;
    for beside in ["-wal", "-shm"] {
        match fs::rename(with(beside.to_owned()), with(format!(".damaged-{free}{beside}"))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(kept)
}

fn prepare(connection: &mut Connection) -> rusqlite::Result<Age> {
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // The journal promises that what it noted survives a power cut.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    schema::migrate(connection)
}

/// Reads through the whole file once: better now than in the middle of an operation.
fn check(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let verdict: String = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(|error| trouble(path, error))?;
    if verdict == "ok" { Ok(()) } else { Err(StoreError::Damaged { path: path.to_owned(), what: verdict }) }
}

fn trouble(path: &Path, error: rusqlite::Error) -> StoreError {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            StoreError::Damaged { path, what: error.to_string() }
        }
        _ => StoreError::Sqlite { path, source: error },
    }
}

#[cfg(unix)]
fn make_private_directory(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(not(unix))]
fn make_private_directory(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// SQLite's own files beside it take over its permissions.
fn make_private_file(path: &Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}
