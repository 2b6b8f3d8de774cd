//! A checkout as its page sees it.

use crate::{Store, db::on, error::StoreError};
use chrono::{DateTime, TimeDelta, Utc};
use galley_domain::{
    brief::Brief,
    id::{CheckoutSessionId, OrderId},
    money::Money,
    payment::{CheckoutState, Gateway},
};
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

/// How long a checkout is asked about often after somebody was seen to wait for it.
const HOT: TimeDelta = TimeDelta::minutes(2);

/// How a page names a checkout.
#[derive(Clone, Copy, Debug)]
pub enum CheckoutRef<'a> {
    /// Ours.
    Id(CheckoutSessionId),
    /// The gateway's (`cs_…`).
    External(&'a str),
}

/// A checkout.
#[derive(Clone, Debug)]
pub struct CheckoutView {
    /// Its id.
    pub id: CheckoutSessionId,
    /// Who takes the money.
    pub gateway: Gateway,
    /// Where it stands.
    pub state: CheckoutState,
    /// Where it can be paid, once the gateway has made that page.
    pub url: Option<String>,
    /// What was ordered; only of ours.
    pub brief: Option<Brief>,
    /// What the product is called; only of ours.
    pub title: Option<String>,
    /// What it costs; only of ours.
    pub price: Option<Money>,
    /// The customer's address.
    pub email: Option<String>,
    /// The order that it became, with the epoch of its link.
    pub order: Option<(OrderId, i32)>,
    /// The money is in, and a person has to look at it.
    pub in_review: bool,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    gateway: String,
    state: String,
    url: Option<String>,
    brief: Option<Json<Brief>>,
    title: Option<String>,
    expected_minor: Option<i64>,
    expected_currency: Option<String>,
    email: Option<String>,
    order_id: Option<Uuid>,
    link_epoch: Option<i32>,
    payment_state: Option<String>,
    created_at: DateTime<Utc>,
}

impl TryFrom<Row> for CheckoutView {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let unreadable = |error| StoreError::corrupt("checkout session", error);
        let price = match (row.expected_minor, row.expected_currency) {
            (Some(minor), Some(currency)) => Some(Money {
                minor,
                currency: currency.parse().map_err(|error| StoreError::corrupt("checkout session", error))?,
            }),
            _ => None,
        };
        Ok(Self {
            id: CheckoutSessionId(row.id),
            gateway: row.gateway.parse().map_err(unreadable)?,
            state: row.state.parse().map_err(unreadable)?,
            url: row.url,
            brief: row.brief.map(|brief| brief.0),
            title: row.title,
            price,
            email: row.email,
            order: row.order_id.map(|id| (OrderId(id), row.link_epoch.unwrap_or_default())),
            in_review: row.payment_state.as_deref() == Some("needs_review"),
            created_at: row.created_at,
        })
    }
}

impl Store {
    /// A checkout of ours, or a storefront's session that we have heard of.
    pub async fn find_checkout(&self, by: CheckoutRef<'_>) -> Result<Option<CheckoutView>, StoreError> {
        let columns = "SELECT s.id, s.gateway, s.state, s.url, s.brief, s.title, s.expected_minor, \
             s.expected_currency, s.email, o.id AS order_id, o.link_epoch, p.state AS payment_state, s.created_at \
             FROM checkout_session s \
             LEFT JOIN payment p ON p.checkout_session_id = s.id AND p.state <> 'duplicate' \
             LEFT JOIN orders o ON o.payment_id = p.id WHERE";
        let mut conn = self.shared.pools.reader().await?;
        let row: Option<Row> = match by {
            CheckoutRef::Id(id) => on!(Conn: &mut conn, |c| {
                let query = sqlx::query_as(sqlx::AssertSqlSafe(format!("{columns} s.id = $1")));
                query.bind(id.0).fetch_optional(c).await
            })?,
            CheckoutRef::External(id) => on!(Conn: &mut conn, |c| {
                let query = sqlx::query_as(sqlx::AssertSqlSafe(format!("{columns} s.external_id = $1 LIMIT 1")));
                query.bind(id).fetch_optional(c).await
            })?,
        };
        row.map(CheckoutView::try_from).transpose()
    }

    /// Somebody waits for this checkout: the reconciler asks about it next time and often. A hint; it
    /// is written at most twice in [`HOT`], and changes nothing else.
    pub async fn await_checkout(&self, id: CheckoutSessionId) -> Result<(), StoreError> {
        let now = self.shared.clock.now();
        let mut conn = self.shared.pools.relaxed().await?;
        on!(Conn: &mut conn, |c| {
            sqlx::query(
                "UPDATE checkout_session SET hot_until = $2, next_poll_at = $3 WHERE id = $1 \
                 AND state IN ('open', 'processing') AND (hot_until IS NULL OR hot_until < $4)",
            )
            .bind(id.0)
            .bind(now + HOT)
            .bind(now)
            .bind(now + HOT / 2)
            .execute(c)
            .await
            .map(drop)
        })?;
        Ok(())
    }
}
