//! The wall clock and fresh ids: what pure code is handed.

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970.
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// An id that nobody else draws; later ones sort later.
pub fn fresh_id() -> String {
    uuid::Uuid::now_v7().simple().to_string()
}
