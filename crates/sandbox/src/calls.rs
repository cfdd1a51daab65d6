//! The count of answered calls, by service and operation.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

#[derive(Debug, Default)]
pub(crate) struct Calls {
    counts: Mutex<BTreeMap<(String, String), u64>>,
}

impl Calls {
    pub(crate) fn count(&self, service: &str, operation: &str) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry((service.to_owned(), operation.to_owned())).or_default() += 1;
    }

    pub(crate) fn counts(&self) -> Vec<(String, String, u64)> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts
            .iter()
            .map(|((service, operation), count)| (service.clone(), operation.clone(), *count))
            .collect()
    }
}
