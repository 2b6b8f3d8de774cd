//! A payment with all that went back or may: reading it under its lock, and writing what changes.

use crate::{
    db::{Tx, on},
    error::StoreError,
    shared::Shared,
};
use chrono::{DateTime, TimeDelta, Utc};
use galley_domain::{
    actor::Actor,
    id::{OrderId, PaymentId},
    payment::{
        DisputeFact, DisputeState, Gateway, PaymentState, RefundFact, RefundOrigin, RefundState, Returned,
    },
};
use sqlx::FromRow;
use uuid::Uuid;

/// How long an accepted refund is left alone before the gateway is asked about it.
pub(crate) const REFUND_PAUSE: TimeDelta = TimeDelta::minutes(5);

/// A payment with all that went back or may, locked.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_field_names,
    reason = "a connected account is called so by gateways and in every table"
)]
pub(crate) struct Account {
    pub(crate) id: PaymentId,
    pub(crate) order_id: Option<OrderId>,
    pub(crate) gateway: Gateway,
    pub(crate) account: String,
    pub(crate) payment_ref: String,
    pub(crate) amount_minor: Option<i64>,
    pub(crate) currency: Option<String>,
    pub(crate) state: PaymentState,
    pub(super) reported_minor: i64,
    pub(crate) refunds: Vec<RefundRow>,
    pub(crate) disputes: Vec<(String, DisputeState)>,
}

#[derive(Clone, Debug)]
pub(crate) struct RefundRow {
    pub(super) id: Uuid,
    pub(super) external_id: Option<String>,
    pub(super) amount_minor: i64,
    pub(super) state: RefundState,
}

impl Account {
    /// What of it goes back. A payment of unknown size is never gone.
    pub(crate) fn returned(&self) -> Returned {
        let refunds = self.refunds.iter().map(|refund| (refund.state, refund.amount_minor));
        Returned::of(self.amount_minor.unwrap_or(i64::MAX), self.reported_minor, refunds)
    }

    /// Whether a dispute stands against giving more back: an open one, or one that took the money.
    pub(crate) fn is_disputed(&self) -> bool {
        self.disputes.iter().any(|(_, state)| matches!(state, DisputeState::Open | DisputeState::Lost))
    }

    pub(crate) fn others_open(&self) -> bool {
        self.refunds.iter().any(|refund| refund.state.is_open())
    }
}

/// How a payment is found.
pub(super) enum By<'a> {
    Id(PaymentId),
    Ref(Gateway, &'a str, &'a str),
}

/// Locks a payment and reads all that belongs to it.
pub(crate) async fn lock_account(tx: &mut Tx, id: PaymentId) -> Result<Option<Account>, StoreError> {
    lock(tx, By::Id(id)).await
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    order_id: Option<Uuid>,
    gateway: String,
    account: String,
    payment_ref: String,
    amount_minor: Option<i64>,
    currency: Option<String>,
    state: String,
    reported_minor: i64,
}

pub(super) async fn lock(tx: &mut Tx, by: By<'_>) -> Result<Option<Account>, StoreError> {
    let columns = "SELECT id, order_id, gateway, account, payment_ref, amount_minor, currency, state, \
                   reported_minor FROM payment WHERE";
    let row: Option<Row> = match by {
        By::Id(id) => {
            let sql = format!("{columns} id = $1{}", tx.for_update());
            on!(&mut *tx, |c| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id.0).fetch_optional(c).await)?
        }
        By::Ref(gateway, account, payment_ref) => {
            let sql =
                format!("{columns} gateway = $1 AND account = $2 AND payment_ref = $3{}", tx.for_update());
            on!(&mut *tx, |c| {
                let query = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(gateway.as_str());
                query.bind(account).bind(payment_ref).fetch_optional(c).await
            })?
        }
    };
    let Some(row) = row else { return Ok(None) };
    let refunds: Vec<(Uuid, Option<String>, i64, String)> = on!(&mut *tx, |c| {
        sqlx::query_as(
            "SELECT id, external_id, amount_minor, state FROM refund WHERE payment_id = $1 ORDER BY id",
        )
        .bind(row.id)
        .fetch_all(c)
        .await
    })?;
    let disputes: Vec<(String, String)> = on!(&mut *tx, |c| {
        sqlx::query_as("SELECT external_id, state FROM dispute WHERE payment_id = $1 ORDER BY id")
            .bind(row.id)
            .fetch_all(c)
            .await
    })?;
    let unreadable = |error| StoreError::corrupt("payment", error);
    Ok(Some(Account {
        id: PaymentId(row.id),
        order_id: row.order_id.map(OrderId),
        gateway: row.gateway.parse().map_err(unreadable)?,
        account: row.account,
        payment_ref: row.payment_ref,
        amount_minor: row.amount_minor,
        currency: row.currency,
        state: row.state.parse().map_err(unreadable)?,
        reported_minor: row.reported_minor,
        refunds: refunds
            .into_iter()
            .map(|(id, external_id, amount_minor, state)| {
                let state = state.parse().map_err(unreadable)?;
                Ok(RefundRow { id, external_id, amount_minor, state })
            })
            .collect::<Result<_, StoreError>>()?,
        disputes: disputes
            .into_iter()
            .map(|(id, state)| Ok((id, state.parse().map_err(unreadable)?)))
            .collect::<Result<_, StoreError>>()?,
    }))
}

/// When the gateway is asked next about a refund that stands so: not at all once it is over.
fn poll_at(state: RefundState, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    (state.is_open() || state == RefundState::Pending).then(|| now + REFUND_PAUSE)
}

/// Moves a refund forward, and leaves the gateway in peace about it once it is over.
pub(super) async fn advance_refund(
    tx: &mut Tx,
    refund: Uuid,
    fact: &RefundFact,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let poll_at = poll_at(fact.state, now);
    let external_id = Some(&fact.external_id).filter(|id| !id.is_empty());
    on!(tx, |c| {
        sqlx::query(
            "UPDATE refund SET state = $2, external_id = coalesce($3, external_id), \
             detail = coalesce($4, detail), next_poll_at = $5, updated_at = $6 WHERE id = $1",
        )
        .bind(refund)
        .bind(fact.state.as_str())
        .bind(external_id)
        .bind(&fact.reason)
        .bind(poll_at)
        .bind(now)
        .execute(c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// A refund that somebody made at the gateway.
pub(super) async fn insert_foreign(
    tx: &mut Tx,
    account: &Account,
    refund: &RefundRow,
    fact: &RefundFact,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    on!(tx, |c| {
        sqlx::query(
            "INSERT INTO refund (id, payment_id, amount_minor, reason, origin, actor, state, external_id, \
             next_poll_at, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
        )
        .bind(refund.id)
        .bind(account.id.0)
        .bind(refund.amount_minor)
        .bind(fact.reason.as_deref().unwrap_or_default())
        .bind(RefundOrigin::Gateway.as_str())
        .bind(Actor::Gateway(account.gateway.to_string()).label())
        .bind(refund.state.as_str())
        .bind(&fact.external_id)
        .bind(poll_at(refund.state, now))
        .bind(now)
        .execute(c)
        .await
        .map(drop)
    })?;
    Ok(())
}

pub(super) async fn upsert_dispute(
    tx: &mut Tx,
    shared: &Shared,
    payment: PaymentId,
    fact: &DisputeFact,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    on!(tx, |c| {
        sqlx::query(
            "INSERT INTO dispute (id, payment_id, external_id, amount_minor, reason, state, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7) \
             ON CONFLICT (payment_id, external_id) DO UPDATE SET state = excluded.state, \
             updated_at = excluded.updated_at",
        )
        .bind(shared.clock.new_id())
        .bind(payment.0)
        .bind(&fact.external_id)
        .bind(fact.amount_minor)
        .bind(&fact.reason)
        .bind(fact.state.as_str())
        .bind(now)
        .execute(c)
        .await
        .map(drop)
    })?;
    Ok(())
}

impl Account {
    pub(crate) async fn set_state(&mut self, tx: &mut Tx, state: PaymentState) -> Result<(), StoreError> {
        self.state = state;
        on!(tx, |c| {
            let query = sqlx::query("UPDATE payment SET state = $2 WHERE id = $1").bind(self.id.0);
            query.bind(state.as_str()).execute(c).await.map(drop)
        })?;
        Ok(())
    }

    pub(super) async fn set_reported(&mut self, tx: &mut Tx, minor: i64) -> Result<(), StoreError> {
        self.reported_minor = minor;
        on!(tx, |c| {
            let query = sqlx::query("UPDATE payment SET reported_minor = $2 WHERE id = $1").bind(self.id.0);
            query.bind(minor).execute(c).await.map(drop)
        })?;
        Ok(())
    }
}
