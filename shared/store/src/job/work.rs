//! What a content job needs to know, in one query; in two where a backlink's article is looked at.

use crate::{
    Store,
    article::{self, Base},
    db::on,
    error::StoreError,
    shared::Shared,
};
use galley_domain::{
    brief::{Brief, OrderedLink},
    id::OrderId,
    quality::QualitySettings,
};
use sqlx::{FromRow, types::Json};
use std::collections::HashMap;
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
    /// For a backlink: the article that it is placed into, as it was when it was ordered; as it is
    /// now, if it turned out to have changed when the order was to be published.
    pub base: Option<String>,
    /// For a backlink: the links that were sold into the article before.
    pub sold: Vec<OrderedLink>,
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
    outdated: bool,
}

/// The work of many orders, in one query.
pub(crate) async fn works(shared: &Shared, orders: Vec<OrderId>) -> Vec<Result<Work, StoreError>> {
    match find(shared, &orders).await {
        Ok((rows, articles)) => {
            let of =
                |order: &OrderId| rows.iter().find(|row| row.id == order.0).map(|row| row.work(&articles));
            orders.iter().map(|order| of(order).ok_or(StoreError::NotFound("order"))).collect()
        }
        Err(error) => orders.iter().map(|_| Err(error.clone())).collect(),
    }
}

/// The public articles that backlinks go into, by their ids.
type Articles = HashMap<Uuid, Base>;

async fn find(shared: &Shared, orders: &[OrderId]) -> Result<(Vec<Row>, Articles), StoreError> {
    let mut conn = shared.pools.reader().await?;
    let rows: Vec<Row> = on!(Conn: &mut conn, |c| {
        let mut sql = sqlx::QueryBuilder::new(
            "SELECT o.id, o.brief, p.quality, v.source AS current, b.source AS base, \
             (SELECT e.detail ->> 'notes' FROM order_event e WHERE e.order_id = o.id AND e.run = o.run \
              AND e.kind IN ('revision_requested', 'changes_requested') ORDER BY e.sequence LIMIT 1) AS notes, \
             EXISTS (SELECT 1 FROM order_event e WHERE e.order_id = o.id AND e.kind = 'publication_failed' \
              AND e.detail ->> 'code' = 'base_changed') AS outdated \
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
    })?;
    let articles: Vec<Uuid> = rows.iter().filter_map(|row| row.brief.article_id).map(|id| id.0).collect();
    let articles = article::read_many(&mut conn, &articles).await?;
    Ok((rows, articles))
}

impl Row {
    fn work(&self, articles: &Articles) -> Work {
        let article = self.brief.article_id.and_then(|id| articles.get(&id.0));
        let now = article.filter(|_| self.outdated).map(|article| article.source.clone());
        Work {
            order_id: OrderId(self.id),
            brief: self.brief.0.clone(),
            quality: self.quality.0.clone(),
            current: self.current.clone(),
            base: now.or_else(|| self.base.clone()),
            sold: article.map(|article| article.links.clone()).unwrap_or_default(),
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
