//! What one pass counts.

use std::{
    fmt::Display,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

#[derive(Default)]
pub(super) struct Tally {
    settled: AtomicU64,
    errors: AtomicU64,
    first_error: Mutex<Option<String>>,
}

impl Tally {
    pub(super) fn settled(&self) {
        self.settled.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a failure. The first of a pass is told in its log line: the others are mostly the same.
    pub(super) fn failed(&self, what: &str, error: &dyn Display) {
        self.errors.fetch_add(1, Ordering::Relaxed);
        tracing::debug!(%error, "{what}");
        let mut first = self.first_error.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert_with(|| format!("{what}: {error}"));
    }

    /// Payments, failures and the first of these.
    pub(super) fn sum(&self) -> (u64, u64, Option<String>) {
        let first = self.first_error.lock().unwrap_or_else(PoisonError::into_inner).clone();
        (self.settled.load(Ordering::Relaxed), self.errors.load(Ordering::Relaxed), first)
    }
}
