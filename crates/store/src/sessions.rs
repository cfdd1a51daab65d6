//! One-time links and sessions. Only hashes are stored: who reads the file cannot sign in with it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use engine::JournalError;
use rusqlite::{OptionalExtension as _, params};
use sha2::{Digest as _, Sha256};

use crate::journal::failed;
use crate::thread::Database;

/// How long a one-time link can be used.
pub const LINK_LIFE: Duration = Duration::from_secs(15 * 60);
/// How long a session lasts.
pub const SESSION_LIFE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Who may come in.
#[derive(Clone)]
pub struct Sessions {
    database: Database,
}

impl Sessions {
    pub(crate) fn new(database: Database) -> Self {
        Self { database }
    }

    /// A new one-time token; say it to nobody but the owner.
    pub async fn create_link(&self) -> Result<String, JournalError> {
        self.create_link_at(now()).await
    }

    async fn create_link_at(&self, now: i64) -> Result<String, JournalError> {
        let token = random_text();
        let hash = hash(&token);
        let written = self.database.write(move |connection| {
            connection.execute("DELETE FROM links WHERE expires_at <= ?1", [now])?;
            connection.execute(
                "INSERT INTO links (hash, expires_at) VALUES (?1, ?2)",
                params![hash, now + seconds(LINK_LIFE)],
            )?;
            Ok(())
        });
        written.await.map_err(failed("make a sign-in link"))?;
        Ok(token)
    }

    /// Trades a one-time token for a session; `None`: it is not known, was used, or is too old. Of two that try
    /// at once, one succeeds.
    pub async fn redeem(&self, token: &str) -> Result<Option<String>, JournalError> {
        self.redeem_at(token, now()).await
    }

    async fn redeem_at(&self, token: &str, now: i64) -> Result<Option<String>, JournalError> {
        let link = hash(token);
        let cookie = random_text();
        let session = hash(&cookie);
        let written = self.database.write(move |connection| {
            let used = connection
                .execute("DELETE FROM links WHERE hash = ?1 AND expires_at > ?2", params![link, now])?;
            if used == 0 {
                return Ok(false);
            }
            connection.execute("DELETE FROM sessions WHERE expires_at <= ?1", [now])?;
            connection.execute(
                "INSERT INTO sessions (hash, expires_at) VALUES (?1, ?2)",
                params![session, now + seconds(SESSION_LIFE)],
            )?;
            Ok(true)
        });
        let is_redeemed = written.await.map_err(failed("redeem a sign-in link"))?;
        Ok(is_redeemed.then_some(cookie))
    }

    /// Whether this cookie's value is that of a session.
    pub async fn is_valid(&self, cookie: &str) -> Result<bool, JournalError> {
        self.is_valid_at(cookie, now()).await
    }

    async fn is_valid_at(&self, cookie: &str, now: i64) -> Result<bool, JournalError> {
        let session = hash(cookie);
        let read = self.database.read(move |connection| {
            let query = "SELECT 1 FROM sessions WHERE hash = ?1 AND expires_at > ?2";
            let mut statement = connection.prepare_cached(query)?;
            let found: Option<i64> =
                statement.query_row(params![session, now], |row| row.get(0)).optional()?;
            Ok(found.is_some())
        });
        read.await.map_err(failed("look for a session"))
    }

    /// Ends the session; nothing happens where there is none.
    pub async fn sign_out(&self, cookie: &str) -> Result<(), JournalError> {
        let session = hash(cookie);
        let written = self.database.write(move |connection| {
            connection.execute("DELETE FROM sessions WHERE hash = ?1", [session])?;
            Ok(())
        });
        written.await.map_err(failed("end a session"))
    }
}

/// 256 random bits, as hexadecimal.
pub(crate) fn random_text() -> String {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).expect("the operating system has random numbers");
    hexadecimal(&bytes)
}

fn hash(secret: &str) -> String {
    hexadecimal(&Sha256::digest(secret.as_bytes()))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Seconds since 1970.
fn now() -> i64 {
    seconds(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

/// SQLite counts in signed numbers.
fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;

    fn sessions() -> Sessions {
        Store::in_memory().expect("memory is there").sessions()
    }

    #[tokio::test]
    async fn a_link_signs_in_once() {
        let sessions = sessions();
        let token = sessions.create_link().await.expect("made");
        let cookie = sessions.redeem(&token).await.expect("asked").expect("the first time");
        assert!(sessions.is_valid(&cookie).await.expect("asked"));
        assert_eq!(sessions.redeem(&token).await.expect("asked"), None);
    }

    #[tokio::test]
    async fn a_link_gets_too_old() {
        let sessions = sessions();
        let token = sessions.create_link_at(1000).await.expect("made");
        let late = 1000 + seconds(LINK_LIFE);
        assert_eq!(sessions.redeem_at(&token, late).await.expect("asked"), None);
        assert!(sessions.redeem_at(&token, late - 1).await.expect("asked").is_some());
    }

    #[tokio::test]
    async fn a_session_ends_by_sign_out_or_by_age() {
        let sessions = sessions();
        let token = sessions.create_link_at(1000).await.expect("made");
        let cookie = sessions.redeem_at(&token, 1000).await.expect("asked").expect("fresh");
        let last = 1000 + seconds(SESSION_LIFE) - 1;
        assert!(sessions.is_valid_at(&cookie, last).await.expect("asked"));
        assert!(!sessions.is_valid_at(&cookie, last + 1).await.expect("asked"));
        sessions.sign_out(&cookie).await.expect("asked");
        assert!(!sessions.is_valid_at(&cookie, 1001).await.expect("asked"));
    }

    #[tokio::test]
    async fn guesses_do_not_come_in() {
        let sessions = sessions();
        sessions.create_link().await.expect("made");
        assert_eq!(sessions.redeem("").await.expect("asked"), None);
        assert!(!sessions.is_valid("").await.expect("asked"));
    }
}
