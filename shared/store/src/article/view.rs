use crate::{Store, db::on, error::StoreError};
use chrono::{DateTime, Utc};
use galley_content::markdown::{LinkPolicy, render};
use galley_domain::{
    article::SoldLink,
    id::{ArticleId, OrderId},
};
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

/// A public article as its page shows it.
#[derive(Clone, Debug)]
pub struct ArticleView {
    /// Its id.
    pub id: ArticleId,
    /// The order that it was written for; `None` for one of the shop's.
    pub order_id: Option<OrderId>,
    /// Its name in addresses.
    pub slug: String,
    /// The title, without markup.
    pub title: String,
    /// Markdown.
    pub source: String,
    /// Safe HTML.
    pub html: String,
    /// BCP 47.
    pub language: String,
    /// The links that were sold into it.
    pub links: Vec<SoldLink>,
    /// Goes up with every change.
    pub revision: i32,
    /// Since when it can be read.
    pub published_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// The address of its copy on another site, which is then the one to cite.
    pub remote_url: Option<String>,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    order_id: Option<Uuid>,
    slug: String,
    title: String,
    source: String,
    html: String,
    language: String,
    links: Json<Vec<SoldLink>>,
    revision: i32,
    published_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    remote_url: Option<String>,
}

impl From<Row> for ArticleView {
    fn from(row: Row) -> Self {
        // Articles that were here before texts were kept as HTML.
        let html = if row.html.is_empty() {
            let links: Vec<_> = row.links.iter().map(|sold| sold.link.clone()).collect();
            render(&row.source, &LinkPolicy { ordered: &links })
        } else {
            row.html
        };
        Self {
            id: ArticleId(row.id),
            order_id: row.order_id.map(OrderId),
            slug: row.slug,
            title: row.title,
            source: row.source,
            html,
            language: row.language,
            links: row.links.0,
            revision: row.revision,
            published_at: row.published_at,
            updated_at: row.updated_at,
            remote_url: row.remote_url,
        }
    }
}

/// The columns of a public article.
macro_rules! select {
    ($where:literal) => {
        concat!(
            "SELECT id, order_id, slug, title, source, html, language, links, revision, published_at, updated_at, \
             remote_url FROM article WHERE published_at IS NOT NULL AND ",
            $where
        )
    };
}

impl Store {
    /// The public article of this name; `None` for one that is not public, too.
    pub async fn find_article(&self, slug: &str) -> Result<Option<ArticleView>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        let row: Option<Row> = on!(Conn: &mut conn, |c| {
            sqlx::query_as(select!("slug = $1")).bind(slug).fetch_optional(c).await
        })?;
        Ok(row.map(Into::into))
    }

    /// The same, by its id.
    pub async fn article(&self, id: ArticleId) -> Result<Option<ArticleView>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        let row: Option<Row> =
            on!(Conn: &mut conn, |c| sqlx::query_as(select!("id = $1")).bind(id.0).fetch_optional(c).await)?;
        Ok(row.map(Into::into))
    }
}
