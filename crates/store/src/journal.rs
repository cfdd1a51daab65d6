//! The engine's journal, kept in SQLite.
//!
//! Guarantees: what a method wrote is on the disk when it returns; of two processes that begin an operation on
//! one stack, one succeeds; event numbers grow in the order in which readers come to see them.
//! An operation whose process was killed is handed out by [`Journal::unfinished`] to whoever asks first; a new
//! operation on the same stack takes its place, and it ends as cancelled.

use std::sync::Arc;

use async_trait::async_trait;
use engine::JournalError;
use engine::journal::{Draft, Journal};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use topology::operation::{Event, EventId, Happened, Operation, OperationId, Outcome};
use topology::plan::Plan;
use topology::stack::StackName;

use crate::owner::Owner;
use crate::thread::{Database, Trouble};

/// One realm's journal. Cheap to clone.
#[derive(Clone)]
pub struct StoredJournal {
    database: Database,
    owner: Arc<Owner>,
    realm: i64,
}

const EVENT_COLUMNS: &str = "id, at, stack, operation, what";

impl StoredJournal {
    pub(crate) fn new(database: Database, owner: Arc<Owner>, realm: i64) -> Self {
        Self { database, owner, realm }
    }

    async fn events(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Connection) -> Result<Vec<Event>, Trouble> + Send + 'static,
    ) -> Result<Vec<Event>, JournalError> {
        self.database.read(work).await.map_err(failed(doing))
    }
}

#[async_trait]
impl Journal for StoredJournal {
    async fn begin(&self, operation: &Operation, plan: &Plan) -> Result<Option<Operation>, JournalError> {
        let (owner, realm, new) = (self.owner.clone(), self.realm, operation.clone());
        let plan = to_json(plan, "begin an operation")?;
        let written = self.database.write(move |connection| {
            if let Some((other, its_owner)) = unended(connection, realm, &new.stack)? {
                if owner.lives(&its_owner) {
                    return Ok(Some(other));
                }
                give_up(connection, realm, &other, new.started_at)?;
            }
            connection
                .prepare_cached(
                    "INSERT INTO operations (id, realm, stack, owner, operation, plan, number)
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6, COALESCE(MAX(number), 0) + 1 FROM operations",
                )?
                .execute(params![
                    new.id.0,
                    realm,
                    new.stack.as_str(),
                    owner.id,
                    serde_json::to_string(&new)?,
                    plan
                ])?;
            Ok(None)
        });
        written.await.map_err(failed("begin an operation"))
    }

    async fn append(
        &self,
        at: u64,
        stack: &StackName,
        operation: &OperationId,
        what: &Happened,
    ) -> Result<Event, JournalError> {
        let realm = self.realm;
        let (stack, operation, what) = (stack.clone(), operation.clone(), what.clone());
        let written = self.database.write(move |connection| {
            let id = insert_event(connection, realm, at, &stack, &operation, &what)?;
            Ok(Event { id, at, stack, operation, what })
        });
        written.await.map_err(failed("append an event"))
    }

    async fn end(
        &self,
        at: u64,
        operation: &Operation,
        outcome: &Outcome,
        last: &Happened,
    ) -> Result<Event, JournalError> {
        let (realm, operation) = (self.realm, operation.clone());
        let (outcome, last) = (outcome.clone(), last.clone());
        let written = self
            .database
            .write(move |connection| end_operation(connection, realm, &operation, at, outcome, last));
        written.await.map_err(failed("end an operation"))
    }

    /// Also makes them this process's own, so that no other takes them up as well.
    async fn unfinished(&self, who: &str) -> Result<Vec<(Operation, Plan)>, JournalError> {
        let (owner, realm, who) = (self.owner.clone(), self.realm, who.to_owned());
        let claim = move |connection: &Connection| claim_unfinished(connection, realm, &owner, &who);
        let written = self.database.write(claim);
        written.await.map_err(failed("look for unfinished operations"))
    }

    async fn last_operation(&self, stack: &StackName) -> Result<Option<Operation>, JournalError> {
        let (realm, stack) = (self.realm, stack.clone());
        let read = self.database.read(move |connection| {
            let query = "SELECT operation FROM operations WHERE realm = ?1 AND stack = ?2
                         ORDER BY number DESC LIMIT 1";
            let mut statement = connection.prepare_cached(query)?;
            let text: Option<String> =
                statement.query_row(params![realm, stack.as_str()], |row| row.get(0)).optional()?;
            Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
        });
        read.await.map_err(failed("read the last operation"))
    }

    async fn events_of(&self, operation: &OperationId) -> Result<Vec<Event>, JournalError> {
        let (realm, operation) = (self.realm, operation.clone());
        let work = move |connection: &Connection| {
            let query =
                format!("SELECT {EVENT_COLUMNS} FROM events WHERE operation = ?1 AND realm = ?2 ORDER BY id");
            read_events(connection, &query, params![operation.0, realm])
        };
        self.events("read an operation's events", work).await
    }

    async fn last_events(&self, stack: &StackName, most: usize) -> Result<Vec<Event>, JournalError> {
        let (realm, stack) = (self.realm, stack.clone());
        let work = move |connection: &Connection| {
            let query = format!(
                "SELECT {EVENT_COLUMNS} FROM events WHERE realm = ?1 AND stack = ?2 ORDER BY id DESC LIMIT ?3"
            );
            let mut events = read_events(connection, &query, params![realm, stack.as_str(), limit(most)])?;
            events.reverse();
            Ok(events)
        };
        self.events("read a stack's events", work).await
    }

    async fn events_after(&self, id: EventId, most: usize) -> Result<Vec<Event>, JournalError> {
        let realm = self.realm;
        let work = move |connection: &Connection| {
            // `+realm`: walk along the ids, which are few after the last one, not along the realm.
            let query = format!(
                "SELECT {EVENT_COLUMNS} FROM events WHERE id > ?1 AND +realm = ?2 ORDER BY id LIMIT ?3"
            );
            read_events(connection, &query, params![number(id.0), realm, limit(most)])
        };
        self.events("read events", work).await
    }

    async fn last_event(&self) -> Result<EventId, JournalError> {
        let read = self.database.read(move |connection| {
            // Over all realms: a number to ask from, not an event to read.
            let last: Option<i64> = connection
                .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'events'")?
                .query_row([], |row| row.get(0))
                .optional()?;
            Ok(EventId(unsigned(last.unwrap_or(0))))
        });
        read.await.map_err(failed("read the last event's number"))
    }

    async fn save_draft(&self, draft: &Draft) -> Result<(), JournalError> {
        let (realm, draft) = (self.realm, draft.clone());
        let written = self.database.write(move |connection| {
            connection.execute(
                "INSERT INTO drafts (realm, stack, file) VALUES (?1, ?2, ?3)
                 ON CONFLICT (realm, stack) DO UPDATE SET file = excluded.file",
                params![realm, draft.stack.as_str(), draft.file],
            )?;
            Ok(())
        });
        written.await.map_err(failed("save a draft"))
    }

    async fn draft(&self, stack: &StackName) -> Result<Option<Draft>, JournalError> {
        let (realm, stack) = (self.realm, stack.clone());
        let read = self.database.read(move |connection| {
            let query = "SELECT stack, file FROM drafts WHERE realm = ?1 AND stack = ?2";
            let mut statement = connection.prepare_cached(query)?;
            Ok(statement.query_row(params![realm, stack.as_str()], to_draft).optional()?)
        });
        read.await.map_err(failed("read a draft"))
    }

    async fn drafts(&self) -> Result<Vec<Draft>, JournalError> {
        let realm = self.realm;
        let read = self.database.read(move |connection| {
            let query = "SELECT stack, file FROM drafts WHERE realm = ?1 ORDER BY stack";
            let mut statement = connection.prepare_cached(query)?;
            let rows = statement.query_map([realm], to_draft)?;
            Ok(rows.collect::<Result<_, _>>()?)
        });
        read.await.map_err(failed("read the drafts"))
    }

    async fn remove_draft(&self, stack: &StackName) -> Result<(), JournalError> {
        let (realm, stack) = (self.realm, stack.clone());
        let written = self.database.write(move |connection| {
            let statement = "DELETE FROM drafts WHERE realm = ?1 AND stack = ?2";
            connection.execute(statement, params![realm, stack.as_str()])?;
            Ok(())
        });
        written.await.map_err(failed("remove a draft"))
    }
}

/// The operation on `stack` that has not ended, and whose it is.
fn unended(
    connection: &Connection,
    realm: i64,
    stack: &StackName,
) -> Result<Option<(Operation, String)>, Trouble> {
    let query =
        "SELECT operation, owner FROM operations WHERE realm = ?1 AND stack = ?2 AND ended_at IS NULL";
    let found: Option<(String, String)> = connection
        .prepare_cached(query)?
        .query_row(params![realm, stack.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    found.map(|(text, owner)| Ok((serde_json::from_str(&text)?, owner))).transpose()
}

/// Ends an operation whose process is gone, as its process would have ended it.
fn give_up(connection: &Connection, realm: i64, operation: &Operation, at: u64) -> Result<(), Trouble> {
    let last = Happened::OperationEnded { outcome: Outcome::Cancelled, receipt: None, calls: 0 };
    end_operation(connection, realm, operation, at, Outcome::Cancelled, last).map(drop)
}

/// The end and its event; the caller's transaction makes them one.
fn end_operation(
    connection: &Connection,
    realm: i64,
    operation: &Operation,
    at: u64,
    outcome: Outcome,
    last: Happened,
) -> Result<Event, Trouble> {
    let ended = Operation { ended_at: Some(at), outcome: Some(outcome), ..operation.clone() };
    connection
        .prepare_cached("UPDATE operations SET operation = ?1, ended_at = ?2 WHERE id = ?3")?
        .execute(params![serde_json::to_string(&ended)?, number(at), ended.id.0])?;
    let id = insert_event(connection, realm, at, &ended.stack, &ended.id, &last)?;
    Ok(Event { id, at, stack: ended.stack, operation: ended.id, what: last })
}

fn claim_unfinished(
    connection: &Connection,
    realm: i64,
    owner: &Owner,
    who: &str,
) -> Result<Vec<(Operation, Plan)>, Trouble> {
    let query = "SELECT operation, plan, owner FROM operations
                 WHERE realm = ?1 AND ended_at IS NULL ORDER BY number";
    let mut statement = connection.prepare_cached(query)?;
    let rows = statement.query_map([realm], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
    })?;
    let mut claimed = Vec::new();
    for row in rows {
        let (operation, plan, its_owner) = row?;
        if its_owner == owner.id || !owner.lives(&its_owner) {
            let operation: Operation = serde_json::from_str(&operation)?;
            let operation = Operation { by: who.to_owned(), ..operation };
            claimed.push((operation, serde_json::from_str(&plan)?));
        }
    }
    for (operation, _) in &claimed {
        connection
            .prepare_cached("UPDATE operations SET owner = ?1, operation = ?2 WHERE id = ?3")?
            .execute(params![owner.id, serde_json::to_string(operation)?, operation.id.0])?;
    }
    Ok(claimed)
}

fn insert_event(
    connection: &Connection,
    realm: i64,
    at: u64,
    stack: &StackName,
    operation: &OperationId,
    what: &Happened,
) -> Result<EventId, Trouble> {
    connection
        .prepare_cached("INSERT INTO events (realm, at, stack, operation, what) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![realm, number(at), stack.as_str(), operation.0, serde_json::to_string(what)?])?;
    Ok(EventId(unsigned(connection.last_insert_rowid())))
}

fn read_events(
    connection: &Connection,
    query: &str,
    values: &[&dyn rusqlite::ToSql],
) -> Result<Vec<Event>, Trouble> {
    let mut statement = connection.prepare_cached(query)?;
    let mut rows = statement.query(values)?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        events.push(to_event(row)?);
    }
    Ok(events)
}

fn to_event(row: &Row<'_>) -> Result<Event, Trouble> {
    Ok(Event {
        id: EventId(unsigned(row.get(0)?)),
        at: unsigned(row.get(1)?),
        stack: StackName::new(row.get::<_, String>(2)?),
        operation: OperationId(row.get(3)?),
        what: serde_json::from_str(row.get_ref(4)?.as_str().map_err(rusqlite::Error::from)?)?,
    })
}

fn to_draft(row: &Row<'_>) -> rusqlite::Result<Draft> {
    Ok(Draft { stack: StackName::new(row.get::<_, String>(0)?), file: row.get(1)? })
}

fn to_json<T: serde::Serialize>(value: &T, doing: &'static str) -> Result<String, JournalError> {
    serde_json::to_string(value).map_err(|error| failed(doing)(error.into()))
}

/// SQLite counts in signed numbers.
fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

pub(crate) fn failed(doing: &'static str) -> impl FnOnce(Trouble) -> JournalError {
    move |trouble| JournalError { doing, source: Box::new(trouble) }
}
