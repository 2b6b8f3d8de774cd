use crate::{Store, db::on, error::StoreError};
use chrono::{DateTime, Utc};
use galley_domain::{
    id::{CheckoutSessionId, OrderId},
    money::Money,
    payment::{CheckoutState, Gateway},
};
use sqlx::FromRow;
use uuid::Uuid;

/// A checkout as staff list it.
#[derive(Clone, Debug)]
pub struct CheckoutLine {
    /// Its id.
    pub id: CheckoutSessionId,
    /// Who takes the money.
    pub gateway: Gateway,
    /// The gateway's id; none before it has made the page.
    pub external_id: Option<String>,
    /// Where it stands.
    pub state: CheckoutState,
    /// The product's name; only of ours.
    pub title: Option<String>,
    /// What it costs; only of ours.
    pub price: Option<Money>,
    /// The customer's address.
    pub email: Option<String>,
    /// How often the gateway was asked for the page.
    pub attempt: i32,
    /// When the gateway is asked next how it stands.
    pub next_poll_at: Option<DateTime<Utc>>,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
    /// When it last moved.
    pub updated_at: DateTime<Utc>,
    /// The order that it became.
    pub order_id: Option<OrderId>,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    gateway: String,
    external_id: Option<String>,
    state: String,
    title: Option<String>,
    expected_minor: Option<i64>,
    expected_currency: Option<String>,
    email: Option<String>,
    attempt: i32,
    next_poll_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    order_id: Option<Uuid>,
}

impl TryFrom<Row> for CheckoutLine {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let unreadable = |error| StoreError::corrupt("checkout session", error);
        let price = match (row.expected_minor, row.expected_currency) {
            (Some(minor), Some(currency)) => {
                let currency =
                    currency.parse().map_err(|error| StoreError::corrupt("checkout session", error))?;
                Some(Money { minor, currency })
            }
            _ => None,
        };
        Ok(Self {
            id: CheckoutSessionId(row.id),
            gateway: row.gateway.parse().map_err(unreadable)?,
            external_id: row.external_id,
            state: row.state.parse().map_err(unreadable)?,
            title: row.title,
            price,
            email: row.email,
            attempt: row.attempt,
            next_poll_at: row.next_poll_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
            order_id: row.order_id.map(OrderId),
        })
    }
}

impl Store {
    /// Checkouts, newest first: those before `before`, at most `limit`; all, or those whose money may
    /// still come.
    pub async fn checkouts(
        &self,
        open: bool,
        before: Option<CheckoutSessionId>,
        limit: i64,
    ) -> Result<Vec<CheckoutLine>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        let rows: Vec<Row> = on!(Conn: &mut conn, |c| {
            let mut sql = sqlx::QueryBuilder::new(
                "SELECT s.id, s.gateway, s.external_id, s.state, s.title, s.expected_minor, s.expected_currency, \
                 s.email, s.attempt, s.next_poll_at, s.created_at, s.updated_at, \
                 (SELECT p.order_id FROM payment p WHERE p.checkout_session_id = s.id \
                  AND p.state <> 'duplicate') AS order_id FROM checkout_session s WHERE s.id < ",
            );
            sql.push_bind(before.map_or(Uuid::max(), |id| id.0));
            if open {
                sql.push(" AND s.state IN ('creating', 'open', 'processing')");
            }
            sql.push(" ORDER BY s.id DESC LIMIT ").push_bind(limit);
            sql.build_query_as().fetch_all(c).await
        })?;
        rows.into_iter().map(CheckoutLine::try_from).collect()
    }
}
