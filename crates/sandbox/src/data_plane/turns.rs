//! Whose turn it is: the counters behind round robin.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

#[derive(Debug, Default)]
pub(super) struct Turns {
    taken: Mutex<HashMap<String, usize>>,
}

impl Turns {
    /// How many turns were taken before this one.
    pub(super) fn take(&self, whose: &str) -> usize {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = taken.entry(whose.to_owned()).or_default();
        let before = *turn;
        *turn = turn.wrapping_add(1);
        before
    }
}
