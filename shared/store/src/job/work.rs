//! What a content job needs to know, in one query.

use crate::{Store, db::on, error::StoreError, shared::Shared};
use galley_domain::{brief::Brief, id::OrderId, quality::QualitySettings};
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

/// An order as its content job sees it.
#[derive(Clone, Debug)]
pub struct Work {
    /// The order.
    pub order_id: OrderId,
    /// What was ordered.
    pub brief: Brief,
    /// How it is judged.
    pub quality: QualitySettings,
    /// The newest version's source; `None` before the first.
    pub current: Option<String>,
    /// For a backlink: the article as it was before.
    pub base: Option<String>,
    /// What the customer or staff asked to be changed, if this run is a revision.
    pub notes: Option<String>,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    brief: Json<Brief>,
    quality: Json<QualitySettings>,
    current: Option<String>,
    base: Option<String>,
    notes: Option<String>,
}

/// The work of many orders, in one query.
pub(crate) async fn works(shared: &Shared, orders: Vec<OrderId>) -> Vec<Result<Work, StoreError>> {
    match find(shared, &orders).await {
        Ok(rows) => {
            let of = |order: &OrderId| rows.iter().find(|row| row.id == order.0).map(Row::work);
            orders.iter().map(|order| of(order).ok_or(StoreError::NotFound("order"))).collect()
        }
        Err(error) => orders.iter().map(|_| Err(error.clone())).collect(),
    }
}

async fn find(shared: &Shared, orders: &[OrderId]) -> Result<Vec<Row>, StoreError> {
    let mut conn = shared.pools.reader().await?;
    Ok(on!(Conn: &mut conn, |c| {
        let mut sql = sqlx::QueryBuilder::new(
            "SELECT o.id, o.brief, p.quality, v.source AS current, b.source AS base, \
             (SELECT e.detail ->> 'notes' FROM order_event e WHERE e.order_id = o.id AND e.run = o.run \
              AND e.kind IN ('revision_requested', 'changes_requested') ORDER BY e.sequence LIMIT 1) AS notes \
             FROM orders o JOIN product p ON p.kind = o.product \
             LEFT JOIN content_version v ON v.order_id = o.id AND v.number = o.current_version \
             LEFT JOIN content_version b ON b.order_id = o.id AND b.number = 0 WHERE o.id IN (",
        );
        let mut list = sql.separated(", ");
        for order in orders {
            list.push_bind(order.0);
        }
        sql.push(")");
        sql.build_query_as().fetch_all(c).await
    })?)
}

impl Row {
    fn work(&self) -> Work {
        Work {
            order_id: OrderId(self.id),
            brief: self.brief.0.clone(),
            quality: self.quality.0.clone(),
            current: self.current.clone(),
            base: self.base.clone(),
            notes: self.notes.clone(),
        }
    }
}

impl Store {
    /// What the current run of an order is about. Questions that arrive together share one query.
    pub async fn work(&self, order: OrderId) -> Result<Work, StoreError> {
        self.works.call(order).await
    }

    /// Similarity sketches of versions that were made since `after` (an id; all if `None`), oldest
    /// first: id, order, title, sketch. At most `limit`.
    pub async fn sketches_after(
        &self,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<(Uuid, Uuid, String, Vec<u8>)>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        Ok(on!(Conn: &mut conn, |c| {
            sqlx::query_as(
                "SELECT id, order_id, title, sketch FROM content_version \
                 WHERE id > $1 AND sketch IS NOT NULL ORDER BY id LIMIT $2",
            )
            .bind(after.unwrap_or_default())
            .bind(limit)
            .fetch_all(c)
            .await
        })?)
    }
}
