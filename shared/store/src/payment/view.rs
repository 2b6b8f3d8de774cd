//! A payment as staff see it.

use crate::{Store, db::on, error::StoreError};
use chrono::{DateTime, Utc};
use galley_domain::{
    brief::Brief,
    id::{CheckoutSessionId, OrderId, PaymentId},
    payment::{Gateway, PaymentState, Returned, ReviewReason},
};
use sqlx::{FromRow, types::Json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A payment, with what is known of its checkout and of what became of its money.
#[derive(Clone, Debug)]
pub struct PaymentView {
    /// Its id.
    pub id: PaymentId,
    /// Who took the money.
    pub gateway: Gateway,
    /// The gateway's id of the payment.
    pub payment_ref: String,
    /// Our checkout session.
    pub checkout_id: CheckoutSessionId,
    /// The gateway's id of the checkout session.
    pub session_ref: Option<String>,
    /// The order that it became.
    pub order_id: Option<OrderId>,
    /// What was paid, minor units; `None` if the gateway did not say.
    pub amount_minor: Option<i64>,
    /// ISO code.
    pub currency: Option<String>,
    /// Where it stands.
    pub state: PaymentState,
    /// The rule that it met; kept after a person has decided.
    pub review_reason: Option<ReviewReason>,
    /// What was found, for staff.
    pub review_detail: Option<String>,
    /// The customer's address, as the checkout has it.
    pub email: Option<String>,
    /// What a storefront's session says; of ours nothing.
    pub metadata: BTreeMap<String, String>,
    /// What was agreed on; only of ours.
    pub brief: Option<Brief>,
    /// What went back, minor units: refunds that the gateway accepted, and at least what it reports.
    pub refunded_minor: i64,
    /// A dispute is open, or was lost.
    pub disputed: bool,
    /// When it came in.
    pub paid_at: DateTime<Utc>,
}

/// One statement for a page of payments: what belongs to each is found by the index of its table.
/// Disputes are counted because Postgres would hash all of them for an EXISTS, whatever the limit.
const COLUMNS: &str = "SELECT p.id, p.gateway, p.payment_ref, p.checkout_session_id, \
     s.external_id AS session_ref, p.order_id, p.amount_minor, p.currency, p.state, p.review_reason, \
     p.review_detail, s.email, s.metadata, s.brief, p.reported_minor, p.paid_at, \
     (SELECT CAST(coalesce(sum(r.amount_minor), 0) AS BIGINT) FROM refund r WHERE r.payment_id = p.id \
      AND r.state IN ('pending', 'succeeded')) AS accepted_minor, \
     (SELECT count(*) FROM dispute d WHERE d.payment_id = p.id AND d.state IN ('open', 'lost')) > 0 AS disputed \
     FROM payment p JOIN checkout_session s ON s.id = p.checkout_session_id";

#[derive(FromRow)]
struct Row {
    id: Uuid,
    gateway: String,
    payment_ref: String,
    checkout_session_id: Uuid,
    session_ref: Option<String>,
    order_id: Option<Uuid>,
    amount_minor: Option<i64>,
    currency: Option<String>,
    state: String,
    review_reason: Option<String>,
    review_detail: Option<String>,
    email: Option<String>,
    metadata: Json<BTreeMap<String, String>>,
    brief: Option<Json<Brief>>,
    reported_minor: i64,
    accepted_minor: i64,
    disputed: bool,
    paid_at: DateTime<Utc>,
}

impl TryFrom<Row> for PaymentView {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let unreadable = |error| StoreError::corrupt("payment", error);
        let returned = Returned {
            accepted_minor: row.accepted_minor,
            reported_minor: row.reported_minor,
            ..Returned::default()
        };
        Ok(Self {
            id: PaymentId(row.id),
            gateway: row.gateway.parse().map_err(unreadable)?,
            payment_ref: row.payment_ref,
            checkout_id: CheckoutSessionId(row.checkout_session_id),
            session_ref: row.session_ref,
            order_id: row.order_id.map(OrderId),
            amount_minor: row.amount_minor,
            currency: row.currency,
            state: row.state.parse().map_err(unreadable)?,
            review_reason: row.review_reason.map(|name| name.parse()).transpose().map_err(unreadable)?,
            review_detail: row.review_detail,
            email: row.email,
            metadata: row.metadata.0,
            brief: row.brief.map(|brief| brief.0),
            refunded_minor: returned.gone_minor(),
            disputed: row.disputed,
            paid_at: row.paid_at,
        })
    }
}

impl Store {
    /// A page of payments, newest first, of one state or of all: those before `before`, at most
    /// `limit`. The next page begins before the last id of this one.
    ///
    /// Every state is listed in this order, payments in review too: one order is one way to page.
    pub async fn payments(
        &self,
        state: Option<PaymentState>,
        before: Option<PaymentId>,
        limit: i64,
    ) -> Result<Vec<PaymentView>, StoreError> {
        let before = before.map_or_else(Uuid::max, |id| id.0);
        let mut conn = self.shared.pools.reader().await?;
        let rows: Vec<Row> = match state {
            Some(state) => on!(Conn: &mut conn, |c| {
                let sql = format!("{COLUMNS} WHERE p.state = $1 AND p.id < $2 ORDER BY p.id DESC LIMIT $3");
                let query = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(state.as_str());
                query.bind(before).bind(limit).fetch_all(c).await
            })?,
            None => on!(Conn: &mut conn, |c| {
                let sql = format!("{COLUMNS} WHERE p.id < $1 ORDER BY p.id DESC LIMIT $2");
                let query = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(before);
                query.bind(limit).fetch_all(c).await
            })?,
        };
        rows.into_iter().map(PaymentView::try_from).collect()
    }

    /// One payment.
    pub async fn payment(&self, id: PaymentId) -> Result<Option<PaymentView>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        let row: Option<Row> = on!(Conn: &mut conn, |c| {
            let query = sqlx::query_as(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE p.id = $1")));
            query.bind(id.0).fetch_optional(c).await
        })?;
        row.map(PaymentView::try_from).transpose()
    }
}
