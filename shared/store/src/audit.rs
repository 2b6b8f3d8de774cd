//! What members of staff did that is no line of an order's history.
//!
//! A line is written by [`Changes::audit`](crate::change::Changes::audit), in the transaction of
//! what it records: there is none without the other.

use crate::{
    Store,
    db::{Tx, on},
    error::StoreError,
    shared::Shared,
};
use chrono::{DateTime, Utc};
use galley_domain::actor::Actor;
use serde_json::Value;
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

/// What was done. The names are on disk.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Action {
    PaymentReleased,
    PaymentDismissed,
    RefundRequested,
}

impl Action {
    const fn as_str(self) -> &'static str {
        match self {
            Self::PaymentReleased => "payment_released",
            Self::PaymentDismissed => "payment_dismissed",
            Self::RefundRequested => "refund_requested",
        }
    }
}

/// Something that a member of staff did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    /// Who, as [`Actor::label`] writes it.
    pub actor: String,
    /// `payment_released`, `payment_dismissed` or `refund_requested`.
    pub action: String,
    /// To what: of these three the payment.
    pub subject_id: Uuid,
    /// The reason and what came of it; never an address.
    pub detail: Value,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// A line that is still to be written.
pub(crate) struct Row {
    id: Uuid,
    actor: String,
    action: Action,
    subject: Uuid,
    detail: Value,
    at: DateTime<Utc>,
}

impl Row {
    pub(crate) fn new(
        shared: &Shared,
        actor: &Actor,
        action: Action,
        subject: Uuid,
        detail: Value,
        at: DateTime<Utc>,
    ) -> Self {
        Self { id: shared.clock.new_id(), actor: actor.label(), action, subject, detail, at }
    }
}

pub(crate) async fn insert(tx: &mut Tx, rows: &[Row]) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    on!(tx, |c| {
        let mut sql = sqlx::QueryBuilder::new(
            "INSERT INTO audit_event (id, actor, action, subject_id, detail, created_at) ",
        );
        sql.push_values(rows, |mut value, row| {
            value.push_bind(row.id).push_bind(&row.actor).push_bind(row.action.as_str());
            value.push_bind(row.subject).push_bind(Json(&row.detail)).push_bind(row.at);
        });
        sql.build().execute(c).await.map(drop)
    })?;
    Ok(())
}

#[derive(FromRow)]
struct Written {
    actor: String,
    action: String,
    subject_id: Uuid,
    detail: Json<Value>,
    created_at: DateTime<Utc>,
}

impl Store {
    /// What was done to a subject, newest first, at most `limit` lines.
    pub async fn audit_of(&self, subject: Uuid, limit: i64) -> Result<Vec<AuditEvent>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        let rows: Vec<Written> = on!(Conn: &mut conn, |c| {
            sqlx::query_as(
                "SELECT actor, action, subject_id, detail, created_at FROM audit_event \
                 WHERE subject_id = $1 ORDER BY id DESC LIMIT $2",
            )
            .bind(subject)
            .bind(limit)
            .fetch_all(c)
            .await
        })?;
        let event = |Written { actor, action, subject_id, detail, created_at }| AuditEvent {
            actor,
            action,
            subject_id,
            detail: detail.0,
            created_at,
        };
        Ok(rows.into_iter().map(event).collect())
    }
}
