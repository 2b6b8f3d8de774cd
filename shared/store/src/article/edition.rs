//! The text that becomes public, as one of the effects of a job's end.

use crate::{
    db::{Tx, on},
    error::StoreError,
};
use chrono::{DateTime, Utc};
use galley_domain::{
    article::{SoldLink, with_link},
    id::ArticleId,
};
use sqlx::types::Json;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// A text that becomes public in the place of the one before.
#[derive(Clone, Debug)]
pub struct Edition {
    /// The article.
    pub article: ArticleId,
    /// The revision that it was made from: it counts only while that is the current one.
    pub revision: i32,
    /// The title, without markup.
    pub title: String,
    /// Markdown.
    pub source: String,
    /// The safe rendering of `source`.
    pub html: String,
    /// The link that was sold with it.
    pub link: Option<SoldLink>,
    /// Where it is public.
    pub url: String,
}

/// An article's row, locked.
pub(crate) struct Current {
    pub(crate) revision: i32,
    links: Vec<SoldLink>,
}

impl Current {
    /// Lets `edition` follow, if it was made from what is there. Several in one batch follow each
    /// other like that.
    pub(crate) fn follow(&mut self, edition: &Edition) -> bool {
        let follows = edition.revision == self.revision;
        if follows {
            self.revision += 1;
            self.links = with_link(&self.links, edition.link.as_ref());
        }
        follows
    }
}

/// Reads and locks articles, in the order of their ids.
pub(crate) async fn lock(
    tx: &mut Tx,
    ids: BTreeSet<ArticleId>,
) -> Result<HashMap<ArticleId, Current>, StoreError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let for_update = tx.for_update();
    let rows: Vec<(Uuid, i32, Json<Vec<SoldLink>>)> = on!(tx, |c| {
        let mut sql = sqlx::QueryBuilder::new("SELECT id, revision, links FROM article WHERE id IN (");
        let mut list = sql.separated(", ");
        for id in &ids {
            list.push_bind(id.0);
        }
        sql.push(") ORDER BY id").push(for_update);
        sql.build_query_as().fetch_all(c).await
    })?;
    let current =
        |(id, revision, links): (_, _, Json<_>)| (ArticleId(id), Current { revision, links: links.0 });
    Ok(rows.into_iter().map(current).collect())
}

/// Writes what becomes public. The rows are locked, and `articles` are what they become.
pub(crate) async fn write(
    tx: &mut Tx,
    editions: &[&Edition],
    articles: &HashMap<ArticleId, Current>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for edition in editions {
        let links = articles.get(&edition.article).map_or(&[][..], |current| &current.links);
        on!(tx, |c| {
            sqlx::query(
                "UPDATE article SET title = $2, source = $3, html = $4, links = $5, revision = revision + 1, \
                 published_at = coalesce(published_at, $6), updated_at = $6, held_by = NULL, \
                 remote_seen_by = NULL, remote_seen_hash = NULL WHERE id = $1",
            )
            .bind(edition.article.0)
            .bind(&edition.title)
            .bind(&edition.source)
            .bind(&edition.html)
            .bind(Json(links))
            .bind(now)
            .execute(c)
            .await
            .map(drop)
        })?;
    }
    Ok(())
}
