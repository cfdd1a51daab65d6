//! The one thread that speaks with SQLite, and shares its commits.
//!
//! A durable commit waits for the disk. Everything that is asked for while it waits goes into the next commit
//! together, so that many nodes that report at once cost one wait and not one each. Nobody is answered before
//! the commit that holds what they wrote.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use rusqlite::Connection;
use tokio::sync::oneshot;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// The commit that held this work and others'.
    #[error("the transaction failed: {0}")]
    Transaction(String),
    #[error("what the database holds does not read: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the database's thread has ended")]
    Gone,
}

/// At most so many works in one commit, so that the first does not wait long for the last.
const MOST_WORKS: usize = 256;

/// Does its work on the connection, unless there is no transaction to do it in. The answer goes out later, once it
/// is known whether the commit held.
type Work = Box<dyn FnOnce(Result<&Connection, String>) -> Answer + Send>;
type Answer = Box<dyn FnOnce(Result<(), String>) + Send>;

struct Job {
    writes: bool,
    work: Work,
}

/// Cheap to clone. The thread ends when the last handle is gone.
#[derive(Clone)]
pub(crate) struct Database {
    jobs: Sender<Job>,
}

impl Database {
    pub fn start(connection: Connection) -> std::io::Result<Self> {
        let (jobs, inbox) = channel();
        thread::Builder::new().name("store".into()).spawn(move || run(&connection, &inbox))?;
        Ok(Self { jobs })
    }

    /// Reads; sees everything that was written before.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, Trouble> {
        self.send(false, work).await
    }

    /// Writes; durable when it returns. Work that fails leaves nothing of itself.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, Trouble> {
        self.send(true, work).await
    }

    async fn send<T: Send + 'static>(
        &self,
        writes: bool,
        work: impl FnOnce(&Connection) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, Trouble> {
        let (sender, receiver) = oneshot::channel();
        let work: Work = Box::new(move |connection| {
            let done = match connection {
                Ok(connection) if writes => all_or_nothing(connection, work),
                Ok(connection) => work(connection),
                Err(why) => Err(Trouble::Transaction(why)),
            };
            Box::new(move |committed| {
                let answer = done.and_then(|done| committed.map(|()| done).map_err(Trouble::Transaction));
                // Nobody waits any more: it is written all the same.
                let _ = sender.send(answer);
            })
        });
        self.jobs.send(Job { writes, work }).map_err(|_| Trouble::Gone)?;
        receiver.await.map_err(|_| Trouble::Gone)?
    }
}

fn run(connection: &Connection, inbox: &Receiver<Job>) {
    while let Ok(first) = inbox.recv() {
        let mut jobs = vec![first];
        jobs.extend(inbox.try_iter().take(MOST_WORKS - 1));
        let (answers, committed) = carry_out(connection, jobs);
        for answer in answers {
            answer(committed.clone());
        }
    }
}

fn carry_out(connection: &Connection, jobs: Vec<Job>) -> (Vec<Answer>, Result<(), String>) {
    let jobs_write = jobs.iter().any(|job| job.writes);
    let do_all = |usable: Result<(), String>| -> Vec<Answer> {
        jobs.into_iter().map(|job| (job.work)(usable.clone().map(|()| connection))).collect()
    };
    if !jobs_write {
        return (do_all(Ok(())), Ok(()));
    }
    if let Err(error) = connection.execute_batch("BEGIN IMMEDIATE") {
        return (do_all(Err(error.to_string())), Ok(()));
    }
    let answers = do_all(Ok(()));
    let committed = connection.execute_batch("COMMIT");
    if committed.is_err() {
        // Fails when SQLite has rolled back already, which is as good.
        let _ = connection.execute_batch("ROLLBACK");
    }
    (answers, committed.map_err(|error| error.to_string()))
}

/// Runs `work` so that its failure takes back only what it wrote itself.
fn all_or_nothing<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, Trouble>,
) -> Result<T, Trouble> {
    connection.execute_batch("SAVEPOINT work")?;
    let done = work(connection);
    if done.is_err() {
        connection.execute_batch("ROLLBACK TO work")?;
    }
    connection.execute_batch("RELEASE work")?;
    done
}
