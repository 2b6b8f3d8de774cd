//! Refunds that we ask for: reserved under the payment's lock, then asked of the gateway by a job.
//!
//! What the gateway answers comes in as a fact, like its events: so it does not matter which of
//! them is first.

use crate::{
    Store,
    audit::Action,
    change::{self, AlertNote, Changes, Circumstance, NewRefund},
    db::{Conn, Tx, on},
    error::StoreError,
    idempotency::{self, ClientKey},
    settle::{Account, apply_money, lock_account},
    text::clean,
};
use chrono::{DateTime, TimeDelta, Utc};
use galley_domain::{
    actor::Actor,
    id::{OrderId, PaymentId, RefundId},
    money::Money,
    order::{Alert, Command, Decision, RefusalCode, decide},
    payment::{MoneyChange, MoneyFact, RefundAnswer, RefundFact, RefundIntent, RefundOrigin, RefundState},
};
use serde_json::json;
use sqlx::FromRow;
use uuid::Uuid;

/// What staff want to give back.
#[derive(Clone, Debug)]
pub struct RefundRequest {
    /// Of which payment.
    pub target: RefundTarget,
    /// Minor units; all that is left if `None`.
    pub amount_minor: Option<i64>,
    /// Why, in words.
    pub reason: String,
    /// Who wants it.
    pub actor: Actor,
    /// The client's key.
    pub key: Option<ClientKey>,
}

/// Which payment a refund is for.
#[derive(Clone, Copy, Debug)]
pub enum RefundTarget {
    /// This one.
    Payment(PaymentId),
    /// The one of this order.
    Order(OrderId),
}

/// A refund as staff see it.
#[derive(Clone, Debug, FromRow)]
pub struct RefundView {
    /// Its id.
    #[sqlx(try_from = "Uuid")]
    pub id: RefundId,
    /// The payment.
    #[sqlx(try_from = "Uuid")]
    pub payment_id: PaymentId,
    /// Minor units of the payment's currency.
    pub amount_minor: i64,
    /// ISO code.
    pub currency: Option<String>,
    /// Why.
    pub reason: String,
    /// Who wanted it.
    #[sqlx(try_from = "String")]
    pub origin: RefundOrigin,
    /// Who asked for it.
    pub actor: String,
    /// Where it stands.
    #[sqlx(try_from = "String")]
    pub state: RefundState,
    /// The gateway's id.
    pub external_id: Option<String>,
    /// What the gateway said when it failed.
    pub detail: Option<String>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
}

const COLUMNS: &str = "SELECT r.id, r.payment_id, r.amount_minor, p.currency, r.reason, r.origin, r.actor, \
     r.state, r.external_id, r.detail, r.created_at FROM refund r JOIN payment p ON p.id = r.payment_id";

#[derive(FromRow)]
struct Row {
    id: Uuid,
    gateway: String,
    attempt: i32,
    payment_ref: String,
    external_id: Option<String>,
    amount_minor: i64,
    currency: Option<String>,
    reason: String,
    state: String,
    created_at: DateTime<Utc>,
}

impl Store {
    /// Reserves a refund and has the gateway asked for it.
    ///
    /// [`StoreError::Declined`] when more is asked for than is left, or a dispute is open: refunding
    /// a disputed payment would pay twice (<https://docs.stripe.com/disputes>).
    pub async fn request_refund(&self, request: RefundRequest) -> Result<RefundView, StoreError> {
        let shared = &self.shared;
        let mut tx = shared.pools.begin().await?;
        let mut changes = Changes::new(shared);
        let id = RefundId(shared.clock.new_id());
        if let Some(made) = idempotency::take(&mut tx, request.key.as_ref(), id.0, changes.now).await? {
            drop(tx);
            return self.refund(RefundId(made)).await?.ok_or(StoreError::NotFound("refund"));
        }
        let payment_id = payment_of(&mut tx, request.target).await?;
        let account = lock_account(&mut tx, payment_id).await?.ok_or(StoreError::NotFound("payment"))?;
        let amount_minor = wanted(&account, request.amount_minor)?;
        let whole = amount_minor == account.returned().left_minor();
        let reason = clean(&request.reason).into_owned();
        let actor = request.actor.clone();
        let detail = json!({ "refundId": id, "amountMinor": amount_minor, "reason": reason });
        changes.audit(&actor, Action::RefundRequested, payment_id.0, detail);
        changes.refund(NewRefund {
            id,
            payment_id,
            amount_minor,
            reason: reason.clone(),
            origin: RefundOrigin::Staff,
            actor,
        });
        if let Some(order) = account.order_id {
            let mut rows = change::find_for_update(&mut tx, &[order]).await?;
            let row = rows.first_mut().ok_or(StoreError::NotFound("order"))?;
            let how = Circumstance { reason: Some(&reason), ..Circumstance::by(request.actor) };
            if let Decision::Transition(transition) = decide(&row.order, &Command::RefundRequested { whole })?
            {
                changes.transition(row, *transition, &how);
            }
        }
        let committed = changes.flush(&mut tx).await?;
        tx.commit().await?;
        shared.wake.send(committed);
        self.refund(id).await?.ok_or(StoreError::NotFound("refund"))
    }

    /// One refund.
    pub async fn refund(&self, id: RefundId) -> Result<Option<RefundView>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        Ok(on!(Conn: &mut conn, |c| {
            let query = sqlx::query_as(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE r.id = $1")));
            query.bind(id.0).fetch_optional(c).await
        })?)
    }

    /// The refunds of a payment, oldest first.
    pub async fn refunds_of(&self, payment: PaymentId) -> Result<Vec<RefundView>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        Ok(on!(Conn: &mut conn, |c| {
            let sql = format!("{COLUMNS} WHERE r.payment_id = $1 ORDER BY r.id");
            sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(payment.0).fetch_all(c).await
        })?)
    }

    /// What the gateway has to be asked, or asked about; `None` once the refund is over.
    pub async fn refund_intent(&self, id: RefundId) -> Result<Option<RefundIntent>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        let row: Option<Row> = on!(Conn: &mut conn, |c| {
            sqlx::query_as(
                "SELECT r.id, p.gateway, r.attempt, p.payment_ref, r.external_id, r.amount_minor, p.currency, \
                 r.reason, r.state, r.created_at FROM refund r JOIN payment p ON p.id = r.payment_id \
                 WHERE r.id = $1 AND r.state IN ('requested', 'unknown', 'pending')",
            )
            .bind(id.0)
            .fetch_optional(c)
            .await
        })?;
        let Some(row) = row else { return Ok(None) };
        let unreadable = |error| StoreError::corrupt("refund", error);
        let currency = row.currency.ok_or_else(|| StoreError::corrupt("refund", "it has no currency"))?;
        Ok(Some(RefundIntent {
            refund: RefundId(row.id),
            gateway: row.gateway.parse().map_err(unreadable)?,
            attempt: row.attempt,
            payment_ref: row.payment_ref,
            external_id: row.external_id,
            amount: Money {
                minor: row.amount_minor,
                currency: currency.parse().map_err(|error| StoreError::corrupt("refund", error))?,
            },
            reason: row.reason,
            state: row.state.parse().map_err(unreadable)?,
            created_at: row.created_at,
        }))
    }

    /// The gateway answered. The same as if it had sent an event: whichever comes first counts.
    pub async fn refund_answered(&self, id: RefundId, answer: &RefundAnswer) -> Result<(), StoreError> {
        let shared = &self.shared;
        let mut tx = shared.pools.begin().await?;
        let mut changes = Changes::new(shared);
        let payment = payment_of_refund(&mut tx, id).await?;
        let account = lock_account(&mut tx, payment).await?.ok_or(StoreError::NotFound("payment"))?;
        let fact = MoneyFact {
            gateway: account.gateway,
            account: account.account,
            payment_ref: account.payment_ref,
            change: MoneyChange::Refund(RefundFact {
                external_id: clean(answer.external_id.as_deref().unwrap_or_default()).into_owned(),
                refund: Some(id),
                amount_minor: 0,
                state: answer.state,
                reason: answer.detail.as_deref().map(|detail| clean(detail).into_owned()),
            }),
        };
        apply_money(&mut tx, shared, &mut changes, &[(0, &fact)]).await?;
        let committed = changes.flush(&mut tx).await?;
        tx.commit().await?;
        shared.wake.send(committed);
        Ok(())
    }

    /// A gateway is about to be asked that must not be asked twice: from here on nobody knows whether
    /// it did it. False if it was about to be asked before.
    pub async fn refund_begun(&self, id: RefundId) -> Result<bool, StoreError> {
        self.move_refund(id, RefundState::Requested, RefundState::Unknown).await
    }

    /// It surely did nothing, so it may be asked again.
    pub async fn refund_not_done(&self, id: RefundId) -> Result<bool, StoreError> {
        self.move_refund(id, RefundState::Unknown, RefundState::Requested).await
    }

    async fn move_refund(
        &self,
        id: RefundId,
        from: RefundState,
        to: RefundState,
    ) -> Result<bool, StoreError> {
        let mut conn = self.shared.pools.writer().await?;
        Ok(on!(Conn: &mut conn, |c| {
            sqlx::query("UPDATE refund SET state = $3 WHERE id = $1 AND state = $2 AND external_id IS NULL")
                .bind(id.0)
                .bind(from.as_str())
                .bind(to.as_str())
                .execute(c)
                .await
                .map(|done| done.rows_affected() > 0)
        })?)
    }

    /// Nobody knows whether the gateway did it. Staff are told once.
    pub async fn refund_unknown(&self, id: RefundId, detail: &str) -> Result<(), StoreError> {
        let (shared, detail) = (&self.shared, clean(detail));
        let mut tx = shared.pools.begin().await?;
        let mut changes = Changes::new(shared);
        let new = on!(&mut tx, |c| {
            sqlx::query(
                "UPDATE refund SET state = 'unknown', detail = $2, next_poll_at = $3, updated_at = $4 \
                 WHERE id = $1 AND state IN ('requested', 'unknown') AND detail IS NULL",
            )
            .bind(id.0)
            .bind(detail.as_ref())
            .bind(changes.now + UNKNOWN_PAUSE)
            .bind(changes.now)
            .execute(c)
            .await
            .map(|done| done.rows_affected() > 0)
        })?;
        if new {
            let lines = vec![format!("Nobody knows whether refund {id} was made"), detail.into_owned()];
            changes.alert(&AlertNote { alert: Alert::RefundFailed, lines });
        }
        let committed = changes.flush(&mut tx).await?;
        tx.commit().await?;
        shared.wake.send(committed);
        Ok(())
    }

    /// The key of `attempt` is spent without an effect: the next one counts from now on.
    pub async fn next_refund_attempt(
        &self,
        id: RefundId,
        attempt: i32,
    ) -> Result<Option<RefundIntent>, StoreError> {
        let mut conn = self.shared.pools.writer().await?;
        on!(Conn: &mut conn, |c| {
            sqlx::query(
                "UPDATE refund SET attempt = attempt + 1 WHERE id = $1 AND attempt = $2 \
                 AND state IN ('requested', 'unknown')",
            )
            .bind(id.0)
            .bind(attempt)
            .execute(c)
            .await
            .map(drop)
        })?;
        drop::<Conn>(conn);
        self.refund_intent(id).await
    }
}

/// How long a refund of unknown outcome is left alone before the gateway is asked about it.
const UNKNOWN_PAUSE: TimeDelta = TimeDelta::minutes(1);

/// How much goes back, if that much is left and nothing stands against it.
fn wanted(account: &Account, amount_minor: Option<i64>) -> Result<i64, StoreError> {
    if account.is_disputed() {
        let message = "the payment is disputed: giving it back as well would pay twice";
        return Err(StoreError::declined(RefusalCode::Frozen, message));
    }
    if account.amount_minor.is_none() || account.currency.is_none() {
        let message = "nobody knows how much was paid; refund it in the gateway's dashboard";
        return Err(StoreError::declined(RefusalCode::PaymentUnfit, message));
    }
    let left = account.returned().left_minor();
    let wanted = amount_minor.unwrap_or(left);
    if wanted <= 0 || wanted > left {
        let message = format!("{wanted} were asked for, {left} are left of the payment (minor units)");
        return Err(StoreError::declined(RefusalCode::RefundTooLarge, message));
    }
    Ok(wanted)
}

async fn payment_of(tx: &mut Tx, target: RefundTarget) -> Result<PaymentId, StoreError> {
    let order = match target {
        RefundTarget::Payment(payment) => return Ok(payment),
        RefundTarget::Order(order) => order,
    };
    let row: Option<(Uuid,)> = on!(tx, |c| {
        sqlx::query_as("SELECT payment_id FROM orders WHERE id = $1").bind(order.0).fetch_optional(c).await
    })?;
    row.map(|(payment,)| PaymentId(payment)).ok_or(StoreError::NotFound("order"))
}

async fn payment_of_refund(tx: &mut Tx, refund: RefundId) -> Result<PaymentId, StoreError> {
    let row: Option<(Uuid,)> = on!(tx, |c| {
        sqlx::query_as("SELECT payment_id FROM refund WHERE id = $1").bind(refund.0).fetch_optional(c).await
    })?;
    row.map(|(payment,)| PaymentId(payment)).ok_or(StoreError::NotFound("refund"))
}
