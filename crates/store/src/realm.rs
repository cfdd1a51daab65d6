//! Which AWS a journal is about.

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::owner::Owner;
use crate::thread::Trouble;

/// One account, region and endpoint; what is known of one is nothing to another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Realm {
    pub account: String,
    pub region: String,
    /// `None`: AWS itself.
    pub endpoint: Option<String>,
}

impl Realm {
    fn endpoint(&self) -> &str {
        self.endpoint.as_deref().unwrap_or_default()
    }
}

/// The row of a realm that stays as it is from one start to the next.
pub(crate) fn lasting(connection: &Connection, realm: &Realm) -> Result<i64, Trouble> {
    let Realm { account, region, .. } = realm;
    let known = connection
        .query_row(
            "SELECT id FROM realms WHERE account = ?1 AND region = ?2 AND endpoint = ?3 AND owner IS NULL",
            params![account, region, realm.endpoint()],
            |row| row.get(0),
        )
        .optional()?;
    match known {
        Some(id) => Ok(id),
        None => insert(connection, realm, None),
    }
}

/// A new row for a realm whose world begins with this process, and whether it is the first such in this file.
/// Of worlds that have ended only the drafts are kept: they move into the new one.
pub(crate) fn passing(connection: &Connection, realm: &Realm, owner: &Owner) -> Result<(i64, bool), Trouble> {
    let before = passing_before(connection, realm)?;
    let new = insert(connection, realm, Some(&owner.id))?;
    for (old, old_owner) in &before {
        if *old_owner == owner.id || !owner.lives(old_owner) {
            connection
                .execute("UPDATE OR IGNORE drafts SET realm = ?1 WHERE realm = ?2", params![new, old])?;
            connection.execute("DELETE FROM realms WHERE id = ?1", params![old])?;
        }
    }
    Ok((new, before.is_empty()))
}

fn passing_before(connection: &Connection, realm: &Realm) -> Result<Vec<(i64, String)>, Trouble> {
    let mut statement = connection.prepare(
        "SELECT id, owner FROM realms
         WHERE account = ?1 AND region = ?2 AND endpoint = ?3 AND owner IS NOT NULL ORDER BY id DESC",
    )?;
    let rows = statement.query_map(params![realm.account, realm.region, realm.endpoint()], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn insert(connection: &Connection, realm: &Realm, owner: Option<&str>) -> Result<i64, Trouble> {
    connection.execute(
        "INSERT INTO realms (account, region, endpoint, owner) VALUES (?1, ?2, ?3, ?4)",
        params![realm.account, realm.region, realm.endpoint(), owner],
    )?;
    Ok(connection.last_insert_rowid())
}
