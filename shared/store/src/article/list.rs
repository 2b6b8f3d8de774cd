use crate::{Store, db::on, error::StoreError};
use chrono::{DateTime, Utc};
use galley_domain::id::ArticleId;
use sqlx::FromRow;
use uuid::Uuid;

/// A public article in a list.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ArticleLine {
    /// Its id.
    #[sqlx(try_from = "Uuid")]
    pub id: ArticleId,
    /// Its name in addresses.
    pub slug: String,
    /// The title, without markup.
    pub title: String,
    /// BCP 47.
    pub language: String,
    /// Since when it can be read.
    pub published_at: DateTime<Utc>,
}

/// A public article in the map of the site.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ArticleAddress {
    /// Its id.
    #[sqlx(try_from = "Uuid")]
    pub id: ArticleId,
    /// Its name in addresses.
    pub slug: String,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl Store {
    /// Public articles, newest first: those before `before`, at most `limit`.
    pub async fn list_articles(
        &self,
        before: Option<ArticleId>,
        limit: i64,
    ) -> Result<Vec<ArticleLine>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        Ok(on!(Conn: &mut conn, |c| {
            sqlx::query_as(
                "SELECT id, slug, title, language, published_at FROM article \
                 WHERE published_at IS NOT NULL AND id < $1 ORDER BY id DESC LIMIT $2",
            )
            .bind(before.map_or(Uuid::max(), |id| id.0))
            .bind(limit)
            .fetch_all(c)
            .await
        })?)
    }

    /// The addresses of public articles that are to be cited here and not on another site, in the
    /// order of their ids: those after `after`, at most `limit`.
    pub async fn article_addresses(
        &self,
        after: Option<ArticleId>,
        limit: i64,
    ) -> Result<Vec<ArticleAddress>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        Ok(on!(Conn: &mut conn, |c| {
            sqlx::query_as(
                "SELECT id, slug, updated_at FROM article \
                 WHERE published_at IS NOT NULL AND remote_url IS NULL AND id > $1 ORDER BY id LIMIT $2",
            )
            .bind(after.map_or(Uuid::nil(), |id| id.0))
            .bind(limit)
            .fetch_all(c)
            .await
        })?)
    }

    /// The last of the next `count` such addresses after `after`; `None` if there are fewer.
    pub async fn article_after(
        &self,
        after: Option<ArticleId>,
        count: i64,
    ) -> Result<Option<ArticleId>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        let row: Option<(Uuid,)> = on!(Conn: &mut conn, |c| {
            sqlx::query_as(
                "SELECT id FROM article WHERE published_at IS NOT NULL AND remote_url IS NULL AND id > $1 \
                 ORDER BY id LIMIT 1 OFFSET $2",
            )
            .bind(after.map_or(Uuid::nil(), |id| id.0))
            .bind(count - 1)
            .fetch_optional(c)
            .await
        })?;
        Ok(row.map(|(id,)| ArticleId(id)))
    }
}
