//! Links to orders, for operators and load tests.

use crate::{Store, db::on, error::StoreError};
use galley_domain::{id::OrderId, order::OrderStatus};
use sqlx::FromRow;
use uuid::Uuid;

/// An order and the epoch of its link.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct OrderLink {
    /// The order.
    #[sqlx(try_from = "Uuid")]
    pub id: OrderId,
    /// The epoch.
    pub link_epoch: i32,
}

impl Store {
    /// A page of orders after `after`, of one status or of all, by id.
    pub async fn order_links(
        &self,
        status: Option<OrderStatus>,
        after: Option<OrderId>,
        limit: i64,
    ) -> Result<Vec<OrderLink>, StoreError> {
        let after = after.map_or_else(Uuid::nil, |id| id.0);
        let mut conn = self.shared.pools.reader().await?;
        Ok(on!(Conn: &mut conn, |c| {
            match status {
                Some(status) => {
                    sqlx::query_as(
                        "SELECT id, link_epoch FROM orders WHERE status = $1 AND id > $2 ORDER BY id LIMIT $3",
                    )
                    .bind(status.as_str())
                    .bind(after)
                    .bind(limit)
                    .fetch_all(c)
                    .await
                }
                None => {
                    sqlx::query_as("SELECT id, link_epoch FROM orders WHERE id > $1 ORDER BY id LIMIT $2")
                        .bind(after)
                        .bind(limit)
                        .fetch_all(c)
                        .await
                }
            }
        })?)
    }
}
