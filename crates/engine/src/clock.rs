//! The wall clock and fresh ids: what pure code is handed.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Tells the milliseconds since 1970, for people to read: it may be set, forwards and back, so nothing is decided by it.
/// What comes after what is told by the events' numbers.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// The clock of this machine.
pub fn system() -> Clock {
    Arc::new(now)
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// An id that nobody else draws; later ones sort later.
pub fn fresh_id() -> String {
    uuid::Uuid::now_v7().simple().to_string()
}
