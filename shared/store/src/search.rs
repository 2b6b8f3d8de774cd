//! Finding whatever staff have a name for: an order, a payment, a customer, an article.

use crate::{
    Store,
    db::{Conn, on},
    error::StoreError,
    order::{OrderFilter, OrderListPage, OrderSearch, OrderSummary, behind_all},
};
use galley_domain::id::{ArticleId, CustomerId, OrderId, PaymentId};
use sqlx::FromRow;
use uuid::Uuid;

/// What a search found, the newest of each kind first.
#[derive(Clone, Debug, Default)]
pub struct Hits {
    /// Orders.
    pub orders: Vec<OrderSummary>,
    /// Payments that are none of those orders' own.
    pub payments: Vec<PaymentHit>,
    /// Customers.
    pub customers: Vec<CustomerHit>,
    /// Articles.
    pub articles: Vec<ArticleHit>,
}

/// A payment that was found.
#[derive(Clone, Debug, FromRow)]
pub struct PaymentHit {
    /// Its id.
    #[sqlx(try_from = "Uuid")]
    pub id: PaymentId,
    /// The gateway's id.
    pub payment_ref: String,
    /// Where it stands.
    pub state: String,
    order_id: Option<Uuid>,
}

/// A customer who was found.
#[derive(Clone, Debug, FromRow)]
pub struct CustomerHit {
    /// Their id.
    #[sqlx(try_from = "Uuid")]
    pub id: CustomerId,
    /// Their address.
    pub email: String,
}

/// An article that was found.
#[derive(Clone, Debug, FromRow)]
pub struct ArticleHit {
    /// Its id.
    #[sqlx(try_from = "Uuid")]
    pub id: ArticleId,
    /// What its address ends in.
    pub slug: String,
    /// Its title.
    pub title: String,
}

impl Store {
    /// Everything that `search` may mean, at most `limit` of each kind.
    pub async fn search(&self, search: &OrderSearch, limit: i64) -> Result<Hits, StoreError> {
        let filter = OrderFilter { search: Some(search.clone()), ..OrderFilter::default() };
        let orders = self.orders(&filter, OrderListPage::newest(limit)).await?;
        let mut conn = self.shared.pools.reader().await?;
        let mut payments = payments(&mut conn, search, limit).await?;
        let found = |order: Uuid| orders.iter().any(|hit| hit.id == OrderId(order));
        payments.retain(|payment| !payment.order_id.is_some_and(found));
        let customers = customers(&mut conn, search, limit).await?;
        let articles = articles(&mut conn, search).await?;
        Ok(Hits { orders, payments, customers, articles })
    }
}

async fn payments(conn: &mut Conn, search: &OrderSearch, limit: i64) -> Result<Vec<PaymentHit>, StoreError> {
    const COLUMNS: &str = "SELECT p.id, p.payment_ref, p.state, p.order_id FROM payment p ";
    Ok(match search {
        OrderSearch::Id(id) => on!(Conn: conn, |c| {
            let sql = format!("{COLUMNS} WHERE p.id = $1 OR p.checkout_session_id = $1 ORDER BY p.id DESC LIMIT $2");
            sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(*id).bind(limit).fetch_all(c).await
        })?,
        OrderSearch::Text(text) => on!(Conn: conn, |c| {
            let sql = format!(
                "{COLUMNS} WHERE p.id IN (SELECT id FROM payment WHERE payment_ref = $1 UNION \
                 SELECT q.id FROM checkout_session s JOIN payment q ON q.checkout_session_id = s.id \
                 WHERE s.external_id = $1) ORDER BY p.id DESC LIMIT $2"
            );
            sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(text).bind(limit).fetch_all(c).await
        })?,
        OrderSearch::Url { .. } => Vec::new(),
    })
}

async fn customers(
    conn: &mut Conn,
    search: &OrderSearch,
    limit: i64,
) -> Result<Vec<CustomerHit>, StoreError> {
    let bytewise = conn.bytewise();
    Ok(match search {
        OrderSearch::Id(id) => on!(Conn: conn, |c| {
            sqlx::query_as("SELECT id, email FROM customer WHERE id = $1").bind(*id).fetch_all(c).await
        })?,
        OrderSearch::Text(text) => on!(Conn: conn, |c| {
            let sql = format!(
                "SELECT id, email FROM customer WHERE email{bytewise} >= $1 AND email{bytewise} < $2 \
                 ORDER BY email{bytewise} LIMIT $3"
            );
            let address = text.to_lowercase();
            let query = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(address.clone());
            query.bind(behind_all(&address)).bind(limit).fetch_all(c).await
        })?,
        OrderSearch::Url { .. } => Vec::new(),
    })
}

async fn articles(conn: &mut Conn, search: &OrderSearch) -> Result<Vec<ArticleHit>, StoreError> {
    let (id, url) = match search {
        OrderSearch::Id(id) => (Some(*id), None),
        OrderSearch::Url { url, .. } => (search.article(conn).await?, Some(url.as_str())),
        OrderSearch::Text(_) => (search.article(conn).await?, None),
    };
    Ok(on!(Conn: conn, |c| {
        sqlx::query_as(
            "SELECT id, slug, title FROM article WHERE id IN (SELECT id FROM article WHERE id = $1 \
             UNION SELECT id FROM article WHERE remote_url = $2) ORDER BY id DESC",
        )
        .bind(id)
        .bind(url)
        .fetch_all(c)
        .await
    })?)
}
