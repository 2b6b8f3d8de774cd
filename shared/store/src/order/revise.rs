//! What customers ask for that makes a new version.

use super::apply::{lock, put};
use crate::{
    Store,
    change::Circumstance,
    db::{Tx, on},
    error::StoreError,
    idempotency::{self, ClientKey},
};
use chrono::{DateTime, TimeDelta, Utc};
use galley_domain::{
    actor::Actor,
    id::{JobId, OrderId},
    order::{Command, Decision, EventKind, RefusalCode, decide},
};

/// Revisions that an order may have in a day before they lose their priority and staff are told.
const REVISIONS_PER_DAY: i64 = 20;
/// Restores that an order may have in a day: each is a copy of a whole text.
const RESTORES_PER_DAY: i64 = 50;
/// What counts as a day.
const DAY: TimeDelta = TimeDelta::hours(24);

impl Store {
    /// Has a new version made after `notes`; returns the job that makes it. With a key that came
    /// before it is the job of then, and nothing is written.
    ///
    /// Whether the order has been revised so often today that this one does not go first is counted
    /// under the order's lock. [`StoreError::Refused`] when the state machine does not allow it.
    pub async fn request_revision(
        &self,
        order: OrderId,
        notes: &str,
        actor: Actor,
        key: Option<&ClientKey>,
    ) -> Result<JobId, StoreError> {
        let shared = &self.shared;
        let (job, now) = (JobId(shared.clock.new_id()), shared.clock.now());
        let mut tx = shared.pools.begin().await?;
        if let Some(made) = idempotency::take(&mut tx, key, job.0, now).await? {
            return Ok(JobId(made));
        }
        let mut row = lock(&mut tx, order).await?;
        let busy = is_busy(&mut tx, order, now).await?;
        let command = Command::RequestRevision { notes: notes.to_owned(), busy };
        let how = Circumstance { job: Some(job), ..Circumstance::by(actor) };
        let (_, committed) = put(&mut tx, shared, &mut row, &command, how).await?;
        tx.commit().await?;
        shared.wake.send(committed);
        Ok(job)
    }

    /// Makes an earlier version the newest once more, as a version of its own; returns the number of
    /// the newest one now. The newest one itself is that already, and so is whatever a key that came
    /// before has restored.
    ///
    /// [`StoreError::Refused`] when the state machine does not allow it or there is no such version,
    /// [`StoreError::Declined`] when the order has had 50 of these in the last 24 hours.
    pub async fn restore_version(
        &self,
        order: OrderId,
        number: i32,
        actor: Actor,
        key: Option<&ClientKey>,
    ) -> Result<i32, StoreError> {
        let shared = &self.shared;
        let mut tx = shared.pools.begin().await?;
        if idempotency::take(&mut tx, key, order.0, shared.clock.now()).await?.is_some() {
            let newest: Option<(Option<i32>,)> = on!(&mut tx, |c| {
                sqlx::query_as("SELECT current_version FROM orders WHERE id = $1")
                    .bind(order.0)
                    .fetch_optional(c)
                    .await
            })?;
            return newest.and_then(|(newest,)| newest).ok_or(StoreError::NotFound("version"));
        }
        let mut row = lock(&mut tx, order).await?;
        let (command, how) = (Command::Restore { number }, Circumstance::by(actor));
        if let Decision::Transition(_) = decide(&row.order, &command)? {
            restores_left(&mut tx, order, shared.clock.now()).await?;
        }
        let (decision, committed) = put(&mut tx, shared, &mut row, &command, how).await?;
        tx.commit().await?;
        shared.wake.send(committed);
        Ok(match decision {
            Decision::Transition(transition) => transition.next.current_version.unwrap_or(number),
            Decision::AlreadyApplied | Decision::Stale => number,
        })
    }
}

/// Whether this order has been revised so often in the last 24 hours that others go first.
async fn is_busy(tx: &mut Tx, order: OrderId, now: DateTime<Utc>) -> Result<bool, StoreError> {
    has_had(tx, order, EventKind::RevisionRequested, REVISIONS_PER_DAY, now).await
}

/// [`StoreError::Declined`] if another restore were one too many.
async fn restores_left(tx: &mut Tx, order: OrderId, now: DateTime<Utc>) -> Result<(), StoreError> {
    if !has_had(tx, order, EventKind::VersionRestored, RESTORES_PER_DAY, now).await? {
        return Ok(());
    }
    let message = "Earlier versions were brought back 50 times in 24 hours. Please try again tomorrow.";
    Err(StoreError::declined(RefusalCode::TooManyRestores, message))
}

/// Whether `count` events of that kind have happened to this order in the last 24 hours.
async fn has_had(
    tx: &mut Tx,
    order: OrderId,
    kind: EventKind,
    count: i64,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    // As many of the newest as are asked for: the oldest of them says whether that was within a day.
    let oldest: Option<(DateTime<Utc>,)> = on!(tx, |c| {
        sqlx::query_as(
            "SELECT created_at FROM order_event WHERE order_id = $1 AND kind = $2 \
             ORDER BY sequence DESC LIMIT 1 OFFSET $3",
        )
        .bind(order.0)
        .bind(kind.as_str())
        .bind(count - 1)
        .fetch_optional(c)
        .await
    })?;
    Ok(oldest.is_some_and(|(at,)| now - at < DAY))
}
