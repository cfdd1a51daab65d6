//! Tables, and how older ones become these.
//!
//! `user_version` counts the steps that a file has had. A step is never changed once it was released: mend by
//! adding one.

use rusqlite::Connection;

const STEPS: [&str; 3] = [FIRST, SECOND, THIRD];

const FIRST: &str = "
-- Which AWS: ended worlds (a sandbox that stopped) have an owner that no longer lives.
CREATE TABLE realms (
    id       INTEGER PRIMARY KEY,
    account  TEXT NOT NULL,
    region   TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    owner    TEXT
);
-- A lasting realm is there once; a passing one, with an owner, once a process.
CREATE UNIQUE INDEX realm_by_key ON realms (account, region, endpoint) WHERE owner IS NULL;

CREATE TABLE operations (
    id        TEXT PRIMARY KEY,
    realm     INTEGER NOT NULL REFERENCES realms (id) ON DELETE CASCADE,
    stack     TEXT NOT NULL,
    owner     TEXT NOT NULL,
    operation TEXT NOT NULL,
    plan      TEXT NOT NULL,
    ended_at  INTEGER
) WITHOUT ROWID;
-- One operation at a time a stack, over all processes.
CREATE UNIQUE INDEX one_unended ON operations (realm, stack) WHERE ended_at IS NULL;
CREATE INDEX operation_by_stack ON operations (realm, stack, id);

-- AUTOINCREMENT: a number is never used twice, also after rows were removed.
CREATE TABLE events (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    realm     INTEGER NOT NULL REFERENCES realms (id) ON DELETE CASCADE,
    at        INTEGER NOT NULL,
    stack     TEXT NOT NULL,
    operation TEXT NOT NULL,
    what      TEXT NOT NULL
);
CREATE INDEX event_by_stack ON events (realm, stack, id);
CREATE INDEX event_by_operation ON events (operation, id);

CREATE TABLE drafts (
    realm INTEGER NOT NULL REFERENCES realms (id) ON DELETE CASCADE,
    stack TEXT NOT NULL,
    file  TEXT NOT NULL,
    PRIMARY KEY (realm, stack)
) WITHOUT ROWID;

-- Only hashes: who reads this file cannot sign in with it.
CREATE TABLE links (
    hash       TEXT PRIMARY KEY,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE sessions (
    hash       TEXT PRIMARY KEY,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;
";

/// Events and plans are written in another form now. What was under way is seen on AWS by the next plan.
const SECOND: &str = "
DELETE FROM events;
DELETE FROM operations;
";

/// Operations are ordered by a number of ours: their ids grow with the clock, and clocks are set back.
const THIRD: &str = "
ALTER TABLE operations ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
UPDATE operations SET number = (
    SELECT COUNT(*) FROM operations AS earlier
    WHERE (earlier.ended_at IS NULL, earlier.id) <= (operations.ended_at IS NULL, operations.id)
);
DROP INDEX operation_by_stack;
CREATE INDEX operation_by_stack ON operations (realm, stack, number);
";

/// What a file says of its age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Age {
    Usable,
    /// Written by a newer Slipway.
    Newer,
}

/// Brings the tables up to date; all or nothing, and once when two processes try.
pub(crate) fn migrate(connection: &mut Connection) -> rusqlite::Result<Age> {
    let version = |connection: &Connection| -> rusqlite::Result<u32> {
        connection.query_row("PRAGMA user_version", [], |row| row.get(0))
    };
    let wanted = u32::try_from(STEPS.len()).expect("there are few steps");
    if version(connection)? == wanted {
        return Ok(Age::Usable);
    }
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let done = version(&transaction)?;
    if done > wanted {
        return Ok(Age::Newer);
    }
    for step in STEPS.iter().skip(done as usize) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", wanted)?;
    transaction.commit()?;
    Ok(Age::Usable)
}
