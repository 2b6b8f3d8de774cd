//! Refunds that we ask for. Those that others made come in as facts.

use crate::{
    db::{Tx, on},
    error::StoreError,
};
use chrono::{DateTime, TimeDelta, Utc};
use galley_domain::{
    actor::Actor,
    id::{PaymentId, RefundId},
    payment::{RefundOrigin, RefundState},
};

/// By when a refund's job has done what it can; the reconciler takes it up again after that.
const JOB_PATIENCE: TimeDelta = TimeDelta::seconds(75);

/// Money that shall go back; its amount is free, as the caller has seen under the payment's lock.
pub(crate) struct NewRefund {
    pub(crate) id: RefundId,
    pub(crate) payment_id: PaymentId,
    pub(crate) amount_minor: i64,
    pub(crate) reason: String,
    pub(crate) origin: RefundOrigin,
    pub(crate) actor: Actor,
}

pub(super) async fn insert(tx: &mut Tx, rows: &[NewRefund], now: DateTime<Utc>) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    on!(tx, |c| {
        let mut sql = sqlx::QueryBuilder::new(
            "INSERT INTO refund (id, payment_id, amount_minor, reason, origin, actor, state, next_poll_at, \
             created_at, updated_at) ",
        );
        sql.push_values(rows, |mut value, new| {
            value.push_bind(new.id.0).push_bind(new.payment_id.0).push_bind(new.amount_minor);
            value.push_bind(&new.reason).push_bind(new.origin.as_str()).push_bind(new.actor.label());
            value.push_bind(RefundState::Requested.as_str()).push_bind(now + JOB_PATIENCE);
            value.push_bind(now).push_bind(now);
        });
        sql.build().execute(c).await.map(drop)
    })?;
    Ok(())
}
