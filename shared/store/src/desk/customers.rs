use crate::{Store, db::on, error::StoreError, text::clean};
use chrono::{DateTime, Utc};
use galley_domain::id::CustomerId;
use sqlx::FromRow;
use uuid::Uuid;

/// A customer with what they ordered.
#[derive(Clone, Debug, FromRow)]
pub struct CustomerLine {
    /// Their id.
    #[sqlx(try_from = "Uuid")]
    pub id: CustomerId,
    /// Their address.
    pub email: String,
    /// When they first came.
    pub created_at: DateTime<Utc>,
    /// How many orders they have.
    pub orders: i64,
    /// When the newest of them was paid.
    pub last_order_at: Option<DateTime<Utc>>,
}

impl Store {
    /// Customers, newest first: those before `before`, at most `limit`; or the one of an address, as we
    /// keep it (lower case).
    pub async fn customers(
        &self,
        email: Option<&str>,
        before: Option<CustomerId>,
        limit: i64,
    ) -> Result<Vec<CustomerLine>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        Ok(on!(Conn: &mut conn, |c| {
            let mut sql = sqlx::QueryBuilder::new(
                "SELECT c.id, c.email, c.created_at, \
                 (SELECT COUNT(*) FROM orders o WHERE o.customer_id = c.id) AS orders, \
                 (SELECT o.created_at FROM orders o WHERE o.customer_id = c.id ORDER BY o.id DESC LIMIT 1) \
                 AS last_order_at FROM customer c WHERE c.id < ",
            );
            sql.push_bind(before.map_or(Uuid::max(), |id| id.0));
            if let Some(email) = email {
                sql.push(" AND c.email = ").push_bind(clean(email));
            }
            sql.push(" ORDER BY c.id DESC LIMIT ").push_bind(limit);
            sql.build_query_as().fetch_all(c).await
        })?)
    }
}
