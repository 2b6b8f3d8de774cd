//! The beginning of a publication: what it needs to know, and the article's row, held.

use crate::{
    Store,
    article::RemoteCopy,
    db::{Tx, on},
    error::StoreError,
    job::ClaimedJob,
};
use galley_content::{backlink::Insertion, slug::slug};
use galley_domain::{
    article::SoldLink,
    brief::{Brief, ProductKind},
    id::{ArticleId, OrderId},
};
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

/// What the beginning of a publication came to.
#[derive(Clone, Debug)]
pub enum Begun {
    /// The job holds the article until it ends.
    Ready(Box<Publication>),
    /// Another job is publishing into the article: ask again in a moment.
    Busy,
    /// The order is not being published any more, or the job belongs to somebody else.
    Over,
}

/// An approved version and where it goes.
#[derive(Clone, Debug)]
pub struct Publication {
    /// The order.
    pub order: OrderId,
    /// What was ordered.
    pub brief: Brief,
    /// What was approved.
    pub approved: Approved,
    /// The order's own article, or the one that receives its link.
    pub article: HeldArticle,
}

/// The version that was approved.
#[derive(Clone, Debug)]
pub struct Approved {
    /// The title, without markup.
    pub title: String,
    /// Markdown.
    pub source: String,
    /// For a backlink: the paragraph that changes.
    pub insertion: Option<Insertion>,
}

/// An article that a publication holds.
#[derive(Clone, Debug)]
pub struct HeldArticle {
    /// Its id.
    pub id: ArticleId,
    /// Its name in addresses.
    pub slug: String,
    /// The title, without markup.
    pub title: String,
    /// Markdown; empty before there is a text.
    pub source: String,
    /// The links that were sold into it.
    pub links: Vec<SoldLink>,
    /// Goes up with each text; 0 before the first.
    pub revision: i32,
    /// Whether it can be read.
    pub is_public: bool,
    /// Its copy on another site, as it may be replaced: as we left it, or as this order's editor was
    /// told that it was found; `None` also if they were told that it is gone.
    pub remote: Option<RemoteCopy>,
}

#[derive(FromRow)]
struct Wanted {
    publishing: bool,
    brief: Json<Brief>,
    title: String,
    source: String,
    insertion: Option<Json<Insertion>>,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    slug: String,
    title: String,
    source: String,
    links: Json<Vec<SoldLink>>,
    revision: i32,
    is_public: bool,
    remote_id: Option<String>,
    remote_url: Option<String>,
    remote_hash: Option<String>,
}

impl From<Row> for HeldArticle {
    fn from(row: Row) -> Self {
        let remote = match (row.remote_id, row.remote_url, row.remote_hash) {
            (Some(id), Some(url), Some(hash)) => Some(RemoteCopy { id, url, hash }),
            _ => None,
        };
        Self {
            id: ArticleId(row.id),
            slug: row.slug,
            title: row.title,
            source: row.source,
            links: row.links.0,
            revision: row.revision,
            is_public: row.is_public,
            remote,
        }
    }
}

impl Store {
    /// Begins, or begins again, the publication that `job` is for: one transaction.
    ///
    /// An article that is new gets its row and its name, and stays unpublished. The job holds the
    /// article as long as it is active, so that two jobs never write to another site for the same
    /// article at once; that the text which becomes public follows the one before is judged again
    /// when the job ends.
    pub async fn begin_publication(&self, job: &ClaimedJob) -> Result<Begun, StoreError> {
        let order = job.order_id.ok_or(StoreError::NotFound("order"))?;
        let mut tx = self.shared.pools.begin().await?;
        let Some(wanted) = find(&mut tx, job, order).await?.filter(|wanted| wanted.publishing) else {
            return Ok(Begun::Over);
        };
        let article = match (wanted.brief.product, wanted.brief.article_id) {
            (ProductKind::Article, _) => self.reserve(&mut tx, order, &wanted).await?,
            (ProductKind::Backlink, Some(article)) => article.0,
            (ProductKind::Backlink, None) => return Err(StoreError::NotFound("article")),
        };
        let Some(held) = hold(&mut tx, article, job, order).await? else { return Ok(Begun::Busy) };
        tx.commit().await?;
        Ok(Begun::Ready(Box::new(Publication {
            order,
            brief: wanted.brief.0,
            approved: Approved {
                title: wanted.title,
                source: wanted.source,
                insertion: wanted.insertion.map(|insertion| insertion.0),
            },
            article: held.into(),
        })))
    }

    /// The order's own article: its row is made unless it is there.
    async fn reserve(&self, tx: &mut Tx, order: OrderId, wanted: &Wanted) -> Result<Uuid, StoreError> {
        let (id, now) = (self.shared.clock.new_id(), self.shared.clock.now());
        let name = slug(&wanted.title);
        let tail = id.simple().to_string().split_off(16);
        // The last one is as good as unique.
        for name in [name.clone(), format!("{name}-{}", &tail[12..]), format!("{name}-{tail}")] {
            if let Some((made,)) = find_own(tx, order).await? {
                return Ok(made);
            }
            on!(tx, |c| {
                sqlx::query(
                    "INSERT INTO article (id, order_id, slug, title, source, language, revision, created_at, \
                     updated_at) VALUES ($1, $2, $3, $4, '', $5, 0, $6, $6) ON CONFLICT DO NOTHING",
                )
                .bind(id)
                .bind(order.0)
                .bind(name)
                .bind(&wanted.title)
                .bind(&wanted.brief.language)
                .bind(now)
                .execute(c)
                .await
                .map(drop)
            })?;
        }
        let (made,) = find_own(tx, order).await?.ok_or(StoreError::NotFound("name for the article"))?;
        Ok(made)
    }
}

async fn find(tx: &mut Tx, job: &ClaimedJob, order: OrderId) -> Result<Option<Wanted>, StoreError> {
    let version = job.payload.get("version").and_then(serde_json::Value::as_i64).unwrap_or_default();
    Ok(on!(tx, |c| {
        sqlx::query_as(
            "SELECT o.publishing, o.brief, v.title, v.source, v.insertion \
             FROM job j JOIN orders o ON o.id = $3 \
             JOIN content_version v ON v.order_id = o.id AND v.number = $4 \
             WHERE j.id = $1 AND j.lease_token = $2 AND j.state = 'active'",
        )
        .bind(job.id.0)
        .bind(job.token.0)
        .bind(order.0)
        .bind(version)
        .fetch_optional(c)
        .await
    })?)
}

async fn find_own(tx: &mut Tx, order: OrderId) -> Result<Option<(Uuid,)>, StoreError> {
    Ok(on!(tx, |c| {
        sqlx::query_as("SELECT id FROM article WHERE order_id = $1").bind(order.0).fetch_optional(c).await
    })?)
}

/// Holds the article for the job; `None` while another active job holds it. A job that has ended,
/// however it did, holds nothing.
async fn hold(
    tx: &mut Tx,
    article: Uuid,
    job: &ClaimedJob,
    order: OrderId,
) -> Result<Option<Row>, StoreError> {
    let held: Option<Row> = on!(tx, |c| {
        sqlx::query_as(
            "UPDATE article SET held_by = $2 WHERE id = $1 AND (held_by IS NULL OR held_by = $2 \
             OR NOT EXISTS (SELECT 1 FROM job j WHERE j.id = article.held_by AND j.state = 'active')) \
             RETURNING id, slug, title, source, links, revision, published_at IS NOT NULL AS is_public, \
             remote_id, remote_url, \
             CASE WHEN remote_seen_by = $3 THEN remote_seen_hash ELSE remote_hash END AS remote_hash",
        )
        .bind(article)
        .bind(job.id.0)
        .bind(order.0)
        .fetch_optional(c)
        .await
    })?;
    if held.is_none() {
        let known: Option<(Uuid,)> = on!(tx, |c| {
            sqlx::query_as("SELECT id FROM article WHERE id = $1").bind(article).fetch_optional(c).await
        })?;
        known.ok_or(StoreError::NotFound("article"))?;
    }
    Ok(held)
}
