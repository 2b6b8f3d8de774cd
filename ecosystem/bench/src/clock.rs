//! The machine's clock, which Galley reads, too.

use chrono::{DateTime, TimeDelta, Utc};
use std::time::Instant;

/// Now.
#[expect(
    clippy::disallowed_methods,
    reason = "a bench is about the machine's time, and this is its one place"
)]
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now()
}

/// Puts instants of the driver beside timestamps of the database.
#[derive(Clone, Copy)]
pub(crate) struct Anchor {
    instant: Instant,
    time: DateTime<Utc>,
}

impl Anchor {
    pub(crate) fn drop_here() -> Self {
        Self { instant: Instant::now(), time: now() }
    }

    /// The time of an instant after the anchor was dropped.
    pub(crate) fn time_of(self, instant: Instant) -> DateTime<Utc> {
        let later = instant.saturating_duration_since(self.instant);
        self.time + TimeDelta::from_std(later).unwrap_or(TimeDelta::MAX)
    }
}
