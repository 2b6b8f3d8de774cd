//! Since when an order waits for its customer, and when something is done about it.

use super::OrderRow;
use chrono::{DateTime, TimeDelta, Utc};
use galley_domain::{
    order::{OrderStatus, first_wait_days},
    settings::ShopSettings,
};

impl OrderRow {
    /// Starts the wait when the customer's turn begins, or begins anew, and ends it with their turn.
    pub(super) fn wait(&mut self, settings: &ShopSettings, now: DateTime<Utc>) {
        let theirs = self.order.status == OrderStatus::QualityCheck;
        self.nudge_at = theirs.then(|| now + days(first_wait_days(settings)));
    }

    /// Ends a stage of the wait; the next one lasts so many days.
    pub(crate) fn wait_on(&mut self, for_days: Option<u16>, now: DateTime<Utc>) {
        self.nudge_at = for_days.map(|count| now + days(count));
    }

    /// Whether a stage of the wait is over.
    pub(crate) fn is_due(&self, now: DateTime<Utc>) -> bool {
        self.nudge_at.is_some_and(|at| at <= now)
    }
}

fn days(count: u16) -> TimeDelta {
    TimeDelta::days(i64::from(count))
}
