//! What waits for a person.

use crate::{Store, db::on, error::StoreError, job::SETTLED};
use sqlx::FromRow;

/// How much waits where; each number stops at the limit that was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromRow)]
pub struct DeskCounts {
    /// Orders that a reviewer decides on; those being published wait for nobody.
    pub in_review: i64,
    /// Orders that could not be finished, and whose money was not asked back.
    pub failed_orders: i64,
    /// Payments that became no order by themselves.
    pub payments_in_review: i64,
    /// Jobs that have no attempts left, and about which nobody has decided.
    pub failed_jobs: i64,
}

impl Store {
    /// What waits for a person, each counted up to `limit`: a backlog costs no more than that.
    pub async fn desk_counts(&self, limit: i64) -> Result<DeskCounts, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        Ok(on!(Conn: &mut conn, |c| {
            sqlx::query_as(sqlx::AssertSqlSafe(format!(
                "SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM orders WHERE status = 'ADMIN_REVIEW' \
                 AND publishing = $2 LIMIT $1) AS r) AS in_review, \
                 (SELECT COUNT(*) FROM (SELECT 1 FROM orders WHERE status = 'FAILED' AND refund_open = $2 \
                 AND failure = 'exhausted' LIMIT $1) AS f) AS failed_orders, \
                 (SELECT COUNT(*) FROM (SELECT 1 FROM payment WHERE state = 'needs_review' LIMIT $1) AS p) \
                 AS payments_in_review, \
                 (SELECT COUNT(*) FROM (SELECT 1 FROM job j LEFT JOIN orders o ON o.id = j.order_id \
                 WHERE j.state = 'failed' AND NOT {SETTLED} LIMIT $1) AS j) AS failed_jobs",
            )))
            .bind(limit)
            .bind(false)
            .fetch_one(c)
            .await
        })?)
    }
}
