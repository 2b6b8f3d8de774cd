//! What tells whether an answer about an order is still true.

use super::many;
use crate::{Store, error::StoreError, shared::Shared};
use galley_domain::id::OrderId;
use sqlx::FromRow;
use std::collections::HashMap;
use uuid::Uuid;

/// Most orders whose stamps are asked for in one query.
const STAMPS_MAX: usize = 256;

/// Two numbers that go up with every change of an order or of its current run's jobs, and the epoch
/// that its links must carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// Goes up with the order's row.
    pub order: i64,
    /// Goes up with the jobs of its current run.
    pub jobs: i64,
    /// Links of another epoch are revoked.
    pub link_epoch: i32,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    change_seq: i64,
    jobs: i64,
    link_epoch: i32,
}

const SELECT: &str = "SELECT o.id, o.change_seq, o.link_epoch, CAST(COALESCE((SELECT SUM(j.change_seq) FROM job j \
     WHERE j.order_id = o.id AND j.run = o.run AND j.queue = 'content'), 0) + o.run AS BIGINT) AS jobs \
     FROM orders o WHERE o.id";

/// The stamps of many orders, in one query.
pub(crate) async fn stamps(shared: &Shared, ids: Vec<OrderId>) -> Vec<Result<Option<Stamp>, StoreError>> {
    match find(shared, &ids).await {
        Ok(found) => ids.iter().map(|id| Ok(found.get(&id.0).copied())).collect(),
        Err(error) => ids.iter().map(|_| Err(error.clone())).collect(),
    }
}

async fn find(shared: &Shared, ids: &[OrderId]) -> Result<HashMap<Uuid, Stamp>, StoreError> {
    let mut conn = shared.pools.reader().await?;
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<Row> = many::fetch(&mut conn, SELECT, &ids).await?;
    let stamp = |row: &Row| Stamp { order: row.change_seq, jobs: row.jobs, link_epoch: row.link_epoch };
    Ok(rows.iter().map(|row| (row.id, stamp(row))).collect())
}

impl Store {
    /// The stamps of many orders, 256 of them in a query; without those that don't exist.
    pub async fn order_stamps(&self, orders: &[OrderId]) -> Result<HashMap<OrderId, Stamp>, StoreError> {
        let mut stamps = HashMap::with_capacity(orders.len());
        for orders in orders.chunks(STAMPS_MAX) {
            stamps.extend(
                find(&self.shared, orders).await?.into_iter().map(|(id, stamp)| (OrderId(id), stamp)),
            );
        }
        Ok(stamps)
    }
}
