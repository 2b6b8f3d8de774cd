//! Jobs that a change calls for, and what it does to an order's other jobs.

use super::{OrderRow, mail::MailRow};
use crate::{
    db::{Tx, on},
    error::StoreError,
    shared::Shared,
    wake::DueJob,
};
use chrono::{DateTime, TimeDelta, Utc};
use galley_domain::{
    id::{CheckoutSessionId, JobId, OrderId, PaymentEventId, RefundId},
    job::{JobKind, JobState, Queue},
    order::{JobsEffect, NewJob},
    payment::Gateway,
};
use serde_json::{Value, json};
use sqlx::types::Json;
use std::collections::HashMap;
use uuid::Uuid;

pub(super) struct JobRow {
    id: Uuid,
    pub(super) kind: JobKind,
    order_id: Option<Uuid>,
    run: Option<i32>,
    /// The mail that it delivers.
    pub(super) email: Option<Uuid>,
    payload: Value,
    state: JobState,
    priority: i32,
    run_at: Option<DateTime<Utc>>,
    dedupe_key: String,
    at: DateTime<Utc>,
}

impl JobRow {
    fn new(shared: &Shared, kind: JobKind, dedupe_key: String, at: DateTime<Utc>) -> Self {
        Self {
            id: shared.clock.new_id(),
            kind,
            order_id: None,
            run: None,
            email: None,
            payload: json!({}),
            state: JobState::Waiting,
            priority: 0,
            run_at: None,
            dedupe_key,
            at,
        }
    }

    pub(super) fn of_order(
        shared: &Shared,
        row: &OrderRow,
        new: NewJob,
        id: Option<JobId>,
        at: DateTime<Utc>,
    ) -> Self {
        // Content is made once a run. An approval that failed may be given again in the same run,
        // so a publication goes by the line of history that called for it.
        let number = if new.kind.is_content() { row.order.run } else { row.events };
        let key = format!("{}:{}:{number}", row.order.id, new.kind);
        let job = Self {
            order_id: Some(row.order.id.0),
            run: Some(row.order.run),
            priority: i32::from(new.priority),
            payload: json!({ "version": row.order.current_version }),
            ..Self::new(shared, new.kind, key, at)
        };
        Self { id: id.map_or(job.id, |id| id.0), ..job }
    }

    pub(super) fn mail(shared: &Shared, mail: &MailRow, held: bool, at: DateTime<Utc>) -> Self {
        Self {
            order_id: mail.order_id,
            email: Some(mail.id),
            payload: json!({ "emailId": mail.id }),
            state: if held { JobState::Held } else { JobState::Waiting },
            ..Self::new(shared, JobKind::EmailDelivery, format!("mail:{}", mail.dedupe_key), at)
        }
    }

    pub(super) fn refund(shared: &Shared, refund: RefundId, at: DateTime<Utc>) -> Self {
        Self {
            payload: json!({ "refundId": refund }),
            ..Self::new(shared, JobKind::Refund, format!("refund:{refund}"), at)
        }
    }

    pub(super) fn refetch(
        shared: &Shared,
        gateway: Gateway,
        external_id: &str,
        detail: Option<&str>,
        event: PaymentEventId,
        at: DateTime<Utc>,
    ) -> Self {
        let payload = json!({
            "gateway": gateway,
            "externalId": external_id,
            "detail": detail,
            "paymentEventId": event,
        });
        Self { payload, ..Self::new(shared, JobKind::PaymentRefetch, format!("refetch:{event}"), at) }
    }

    pub(super) fn checkout(
        shared: &Shared,
        checkout: CheckoutSessionId,
        due_at: DateTime<Utc>,
        at: DateTime<Utc>,
    ) -> Self {
        Self {
            payload: json!({ "checkoutSessionId": checkout }),
            state: JobState::Delayed,
            run_at: Some(due_at),
            ..Self::new(shared, JobKind::CheckoutCreate, checkout_key(checkout), at)
        }
    }

    /// The same, due at once.
    pub(super) fn checkout_now(shared: &Shared, checkout: CheckoutSessionId, at: DateTime<Utc>) -> Self {
        Self { state: JobState::Waiting, run_at: None, ..Self::checkout(shared, checkout, at, at) }
    }

    pub(super) fn event(shared: &Shared, event: PaymentEventId, at: DateTime<Utc>) -> Self {
        let pause = JobKind::PaymentEvent.retry_policy().pauses_seconds.first().copied().unwrap_or(0);
        let pause = TimeDelta::seconds(i64::try_from(pause).unwrap_or(0));
        Self {
            payload: json!({ "paymentEventId": event }),
            state: JobState::Delayed,
            run_at: Some(at + pause),
            ..Self::new(shared, JobKind::PaymentEvent, format!("event:{event}"), at)
        }
    }
}

/// The dedupe key of the one job that has a checkout's page made.
pub(crate) fn checkout_key(checkout: CheckoutSessionId) -> String {
    format!("checkout:{checkout}")
}

/// Does to jobs that are not written yet what their order's transition does to those that are.
pub(super) fn affect(jobs: &mut Vec<JobRow>, order: OrderId, effect: JobsEffect) {
    if effect == JobsEffect::Cancel {
        jobs.retain(|job| {
            job.order_id != Some(order.0) || !matches!(job.kind.queue(), Queue::Content | Queue::Publication)
        });
    }
    let state = if effect == JobsEffect::Hold { JobState::Held } else { JobState::Waiting };
    for job in jobs.iter_mut().filter(|job| job.order_id == Some(order.0)) {
        job.state = state;
    }
}

/// Inserts jobs whose dedupe key is new; returns those that are due.
pub(super) async fn insert(tx: &mut Tx, rows: &[JobRow]) -> Result<Vec<DueJob>, StoreError> {
    put(tx, rows, "DO NOTHING").await
}

/// Makes ended jobs wait again, with all their attempts; those that were cleaned away are made anew.
pub(super) async fn run_again(tx: &mut Tx, rows: &[JobRow]) -> Result<Vec<DueJob>, StoreError> {
    let again = "DO UPDATE SET state = 'waiting', attempt = 0, lost_leases = 0, run_at = NULL, \
                 due_at = excluded.due_at, dispatched_at = NULL, finished_at = NULL, \
                 change_seq = job.change_seq + 1 WHERE job.state IN ('completed', 'failed', 'cancelled')";
    put(tx, rows, again).await
}

async fn put(tx: &mut Tx, rows: &[JobRow], known: &'static str) -> Result<Vec<DueJob>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let written: Vec<(Uuid, String)> = on!(tx, |c| {
        let mut sql = sqlx::QueryBuilder::new(
            "INSERT INTO job (id, kind, queue, order_id, run, payload, state, priority, max_attempts, run_at, \
             dedupe_key, created_at, due_at) ",
        );
        sql.push_values(rows, |mut value, row| {
            value.push_bind(row.id).push_bind(row.kind.as_str()).push_bind(row.kind.queue().as_str());
            value.push_bind(row.order_id).push_bind(row.run).push_bind(Json(&row.payload));
            value.push_bind(row.state.as_str()).push_bind(row.priority);
            value.push_bind(row.kind.retry_policy().max_attempts()).push_bind(row.run_at);
            value.push_bind(&row.dedupe_key).push_bind(row.at).push_bind(row.run_at.unwrap_or(row.at));
        });
        sql.push(" ON CONFLICT (dedupe_key) ").push(known).push(" RETURNING id, dedupe_key");
        sql.build_query_as().fetch_all(c).await
    })?;
    let written: HashMap<String, Uuid> = written.into_iter().map(|(id, key)| (key, id)).collect();
    let due = |row: &JobRow| {
        let id = JobId(*written.get(&row.dedupe_key)?);
        Some(DueJob { id, queue: row.kind.queue(), priority: row.priority })
    };
    Ok(rows.iter().filter(|row| row.state == JobState::Waiting).filter_map(due).collect())
}

/// Cancels, holds or releases the jobs of an order; returns those that have become due.
///
/// Mails go out whatever becomes of the order: only a dispute holds them.
pub(super) async fn apply_effect(
    tx: &mut Tx,
    order: OrderId,
    effect: JobsEffect,
    now: DateTime<Utc>,
) -> Result<Vec<DueJob>, StoreError> {
    if effect == JobsEffect::Hold {
        on!(tx, |c| {
            sqlx::query(
                "UPDATE job SET state = 'held', change_seq = change_seq + 1 \
                 WHERE order_id = $1 AND state IN ('waiting', 'delayed')",
            )
            .bind(order.0)
            .execute(c)
            .await
            .map(drop)
        })?;
        return Ok(Vec::new());
    }
    if effect == JobsEffect::Cancel {
        on!(&mut *tx, |c| {
            sqlx::query(
                "UPDATE job SET state = 'cancelled', lease_token = NULL, finished_at = $2, \
                 change_seq = change_seq + 1 WHERE order_id = $1 AND queue IN ('content', 'publication') \
                 AND state IN ('waiting', 'delayed', 'held', 'active')",
            )
            .bind(order.0)
            .bind(now)
            .execute(c)
            .await
            .map(drop)
        })?;
    }
    // An order that was frozen when its money went back is not frozen any more: its mails go out.
    let freed: Vec<(Uuid, String, i32)> = on!(tx, |c| {
        sqlx::query_as(
            "UPDATE job SET state = 'waiting', run_at = NULL, due_at = $2, dispatched_at = NULL, \
             change_seq = change_seq + 1 WHERE order_id = $1 AND state = 'held' RETURNING id, kind, priority",
        )
        .bind(order.0)
        .bind(now)
        .fetch_all(c)
        .await
    })?;
    freed
        .into_iter()
        .map(|(id, kind, priority)| {
            let kind: JobKind = kind.parse().map_err(|error| StoreError::corrupt("job", error))?;
            Ok(DueJob { id: JobId(id), queue: kind.queue(), priority })
        })
        .collect()
}
