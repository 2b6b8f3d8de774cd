use crate::{Store, audit::Action, change::Changes, db::on, error::StoreError};
use chrono::{DateTime, Utc};
use galley_content::{
    markdown::{LinkPolicy, render},
    slug::slug as name_of,
};
use galley_domain::{
    actor::Actor,
    article::SoldLink,
    id::{ArticleId, OrderId},
    order::RefusalCode,
};
use serde_json::json;
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

/// An article as staff see it, public or not.
#[derive(Clone, Debug)]
pub struct DeskArticle {
    /// Its id.
    pub id: ArticleId,
    /// The order that it was written for; none for one that was taken in.
    pub order_id: Option<OrderId>,
    /// Its name in addresses.
    pub slug: String,
    /// The title, without markup.
    pub title: String,
    /// BCP 47.
    pub language: String,
    /// The links that were sold into it.
    pub links: Vec<SoldLink>,
    /// Goes up with every change; 0 before there is a text.
    pub revision: i32,
    /// Since when it is public; `None` if it is not.
    pub published_at: Option<DateTime<Utc>>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// The address of its copy on another site.
    pub remote_url: Option<String>,
}

/// An article of the shop's that is taken in.
#[derive(Clone, Debug)]
pub struct NewArticle {
    /// What it shall be called in addresses; made fit for one.
    pub slug: String,
    /// The title, without markup.
    pub title: String,
    /// Markdown.
    pub source: String,
    /// BCP 47.
    pub language: String,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    order_id: Option<Uuid>,
    slug: String,
    title: String,
    language: String,
    links: Json<Vec<SoldLink>>,
    revision: i32,
    published_at: Option<DateTime<Utc>>,
    updated_at: DateTime<Utc>,
    remote_url: Option<String>,
}

impl From<Row> for DeskArticle {
    fn from(row: Row) -> Self {
        Self {
            id: ArticleId(row.id),
            order_id: row.order_id.map(OrderId),
            slug: row.slug,
            title: row.title,
            language: row.language,
            links: row.links.0,
            revision: row.revision,
            published_at: row.published_at,
            updated_at: row.updated_at,
            remote_url: row.remote_url,
        }
    }
}

const COLUMNS: &str = "SELECT id, order_id, slug, title, language, links, revision, published_at, updated_at, \
     remote_url FROM article WHERE ";

impl Store {
    /// Articles, public or not, newest first: those before `before`, at most `limit`.
    pub async fn desk_articles(
        &self,
        before: Option<ArticleId>,
        limit: i64,
    ) -> Result<Vec<DeskArticle>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        let rows: Vec<Row> = on!(Conn: &mut conn, |c| {
            let mut sql = sqlx::QueryBuilder::new(COLUMNS);
            sql.push("id < ").push_bind(before.map_or(Uuid::max(), |id| id.0));
            sql.push(" ORDER BY id DESC LIMIT ").push_bind(limit);
            sql.build_query_as().fetch_all(c).await
        })?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// One of them.
    pub async fn desk_article(&self, id: ArticleId) -> Result<Option<DeskArticle>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        let row: Option<Row> = on!(Conn: &mut conn, |c| {
            let mut sql = sqlx::QueryBuilder::new(COLUMNS);
            sql.push("id = ").push_bind(id.0);
            sql.build_query_as().fetch_optional(c).await
        })?;
        Ok(row.map(Into::into))
    }

    /// Takes in an article of the shop's, public at once, so that links can be sold into it.
    ///
    /// [`StoreError::Declined`] (`name_taken`) when another article is called so.
    pub async fn import_article(&self, new: &NewArticle, actor: &Actor) -> Result<ArticleId, StoreError> {
        let mut changes = Changes::new(&self.shared);
        let (id, slug, now) = (ArticleId(self.shared.clock.new_id()), name_of(&new.slug), changes.now);
        let html = render(&new.source, &LinkPolicy::default());
        let mut tx = self.shared.pools.begin().await?;
        let inserted = on!(&mut tx, |c| {
            sqlx::query(
                "INSERT INTO article (id, slug, title, source, html, language, published_at, created_at, updated_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $7) ON CONFLICT (slug) DO NOTHING",
            )
            .bind(id.0)
            .bind(&slug)
            .bind(&new.title)
            .bind(&new.source)
            .bind(html)
            .bind(&new.language)
            .bind(now)
            .execute(c)
            .await
            .map(|done| done.rows_affected())
        })?;
        if inserted == 0 {
            let message = format!("there is an article called {slug} already: choose another name");
            return Err(StoreError::declined(RefusalCode::NameTaken, message));
        }
        changes.audit(actor, Action::ArticleImported, id.0, json!({ "slug": slug }));
        changes.flush(&mut tx).await?;
        tx.commit().await?;
        Ok(id)
    }
}
