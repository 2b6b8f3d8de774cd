//! Calling work off.

use super::{finish::ending_command, revive::wrong};
use crate::{
    Store,
    audit::Action,
    change::{self, Changes, Circumstance, OrderRow},
    db::{Tx, on},
    error::StoreError,
    mail,
    text::clean,
};
use chrono::{DateTime, Utc};
use galley_domain::{
    actor::Actor,
    id::{JobId, OrderId},
    job::{JobKind, JobState, Queue},
    order::{Command, Decision, RefusalCode, decide},
};
use serde_json::{Value, json};
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

#[derive(FromRow)]
struct Row {
    kind: String,
    state: String,
    order_id: Option<Uuid>,
    run: Option<i32>,
    payload: Json<Value>,
}

impl Store {
    /// Calls a job off that has not ended; one that was called off already stays as it is.
    ///
    /// Its order is told in the same transaction. While the first text is written, the order is
    /// cancelled ([`Command::Cancel`]): there is nothing else to go on with. A revision ends as one that
    /// could not be made: the version before it stays, and whoever asked for it has the order back. A
    /// publication ends as a failed one, so that the order can be approved again. A mail is not sent, and
    /// says so in the log. Whoever is at work on the job loses its token: what they come to is not
    /// written, though a mail or a post on another site may be out by then.
    ///
    /// [`StoreError::Declined`] for steps that concern money, whose other half is at a gateway; for a job
    /// that has ended; and while the order's payment is disputed.
    pub async fn cancel_job(&self, id: JobId, reason: &str, actor: &Actor) -> Result<(), StoreError> {
        let mut tx = self.shared.pools.begin().await?;
        let row = find(&mut tx, id).await?.ok_or(StoreError::NotFound("job"))?;
        let unreadable = |error| StoreError::corrupt("job", error);
        let kind: JobKind = row.kind.parse().map_err(unreadable)?;
        if kind.queue() == Queue::Payment {
            return Err(about_money());
        }
        if row.state.parse::<JobState>().map_err(unreadable)? == JobState::Cancelled {
            return Ok(());
        }
        // Orders before jobs, as everywhere.
        let ids: Vec<OrderId> = row.order_id.map(OrderId).into_iter().collect();
        let mut orders = change::find_for_update(&mut tx, &ids).await?;
        let mut changes = Changes::new(&self.shared);
        let ended = close(&mut tx, id, changes.now).await?;
        let reason = clean(reason);
        match (kind.queue(), orders.first_mut()) {
            (Queue::Content | Queue::Publication, Some(order)) if order.order.frozen => return Err(on_hold()),
            _ if !ended => return Err(wrong("it has ended")),
            (Queue::Content, Some(order)) => {
                let command = match order.order.current_version {
                    None => Command::Cancel { reason: reason.clone().into_owned() },
                    Some(_) => ending_command(kind, row.run, &reason),
                };
                tell(&mut changes, order, &command, &reason, actor)?;
            }
            (Queue::Publication, Some(order)) => {
                tell(&mut changes, order, &ending_command(kind, row.run, &reason), &reason, actor)?;
            }
            _ => {
                let email = row.payload.0.get("emailId").and_then(|id| id.as_str()?.parse().ok());
                let why = format!("called off by {}: {reason}", actor.label());
                let unsent: Vec<(Uuid, String)> = email.map(|id| (id, why)).into_iter().collect();
                mail::mark_undeliverable(&mut tx, &unsent).await?;
            }
        }
        changes.audit(actor, Action::JobCancelled, id.0, json!({ "kind": kind, "reason": reason }));
        let committed = changes.flush(&mut tx).await?;
        tx.commit().await?;
        self.shared.wake.send(committed);
        Ok(())
    }
}

fn about_money() -> StoreError {
    let message = "A step that concerns money is not called off: the gateway may have taken it already. \
                   What went too far is refunded.";
    StoreError::declined(RefusalCode::JobNotCancellable, message)
}

fn on_hold() -> StoreError {
    let message = "The payment is disputed; the order is on hold until the bank has decided.";
    StoreError::declined(RefusalCode::Frozen, message)
}

fn tell(
    changes: &mut Changes<'_>,
    row: &mut OrderRow,
    command: &Command,
    reason: &str,
    actor: &Actor,
) -> Result<(), StoreError> {
    let how = Circumstance { reason: Some(reason), ..Circumstance::by(actor.clone()) };
    if let Decision::Transition(transition) = decide(&row.order, command)? {
        changes.transition(row, *transition, &how);
    }
    Ok(())
}

async fn find(tx: &mut Tx, id: JobId) -> Result<Option<Row>, StoreError> {
    Ok(on!(tx, |c| {
        sqlx::query_as("SELECT kind, state, order_id, run, payload FROM job WHERE id = $1")
            .bind(id.0)
            .fetch_optional(c)
            .await
    })?)
}

/// Ends it, whoever holds it; false if it has ended already.
async fn close(tx: &mut Tx, id: JobId, now: DateTime<Utc>) -> Result<bool, StoreError> {
    Ok(on!(tx, |c| {
        sqlx::query(
            "UPDATE job SET state = 'cancelled', lease_token = NULL, run_at = NULL, finished_at = $2, \
             change_seq = change_seq + 1 WHERE id = $1 AND state IN ('waiting', 'delayed', 'held', 'active')",
        )
        .bind(id.0)
        .bind(now)
        .execute(c)
        .await
        .map(|done| done.rows_affected() > 0)
    })?)
}
