//! Articles that backlinks are placed into.

use crate::{
    Store,
    db::{Tx, on},
    error::StoreError,
};
use galley_domain::id::ArticleId;
use std::collections::HashMap;
use uuid::Uuid;

/// Title and source of each article that exists.
pub(crate) async fn find_many(
    tx: &mut Tx,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, (String, String)>, StoreError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(Uuid, String, String)> = on!(tx, |c| {
        let mut sql = sqlx::QueryBuilder::new("SELECT id, title, source FROM article WHERE id IN (");
        let mut list = sql.separated(", ");
        for id in ids {
            list.push_bind(*id);
        }
        sql.push(")");
        sql.build_query_as().fetch_all(c).await
    })?;
    Ok(rows.into_iter().map(|(id, title, source)| (id, (title, source))).collect())
}

impl Store {
    /// Takes in an article of the shop's, so that backlinks can be sold into it.
    pub async fn insert_article(
        &self,
        slug: &str,
        title: &str,
        source: &str,
    ) -> Result<ArticleId, StoreError> {
        let (id, now) = (self.shared.clock.new_id(), self.shared.clock.now());
        let mut conn = self.shared.pools.writer().await?;
        on!(Conn: &mut conn, |c| {
            sqlx::query(
                "INSERT INTO article (id, slug, title, source, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5)",
            )
            .bind(id)
            .bind(slug)
            .bind(title)
            .bind(source)
            .bind(now)
            .execute(c)
            .await
            .map(drop)
        })?;
        Ok(ArticleId(id))
    }
}
