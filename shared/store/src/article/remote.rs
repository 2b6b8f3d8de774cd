use super::lock;
use crate::{
    Store,
    db::{Tx, on},
    error::StoreError,
    job::ClaimedJob,
};
use galley_domain::id::{ArticleId, OrderId};
use std::collections::BTreeSet;

/// An article's copy on another site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteCopy {
    /// The site's id of it.
    pub id: String,
    /// Its public address.
    pub url: String,
    /// The hash of its content as the site kept it.
    pub hash: String,
}

/// What a publication found where it had left its copy: something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenCopy {
    /// The article.
    pub article: ArticleId,
    /// The hash of the content that is there; `None` where there is no copy any more.
    pub hash: Option<String>,
}

impl Store {
    /// Keeps what is known of an article's copy that was just written. Written as soon as it is known,
    /// so that a process that dies after it makes no second copy.
    ///
    /// Nothing is written if `job` does not hold the article, or its lease is over.
    pub async fn record_remote(
        &self,
        job: &ClaimedJob,
        article: ArticleId,
        copy: &RemoteCopy,
    ) -> Result<(), StoreError> {
        let mut tx = self.shared.pools.begin().await?;
        // A later run of the same job begins before this, and is seen by it, or after it.
        lock(&mut tx, BTreeSet::from([article])).await?;
        on!(&mut tx, |c| {
            sqlx::query(
                "UPDATE article SET remote_id = $4, remote_url = $5, remote_hash = $6, \
                 remote_seen_by = NULL, remote_seen_hash = NULL \
                 WHERE id = $1 AND held_by = $2 AND EXISTS (SELECT 1 FROM job j \
                 WHERE j.id = $2 AND j.lease_token = $3 AND j.state = 'active')",
            )
            .bind(article.0)
            .bind(job.id.0)
            .bind(job.token.0)
            .bind(&copy.id)
            .bind(&copy.url)
            .bind(&copy.hash)
            .execute(c)
            .await
            .map(drop)
        })?;
        tx.commit().await?;
        Ok(())
    }
}

/// Keeps what was found together with the order that is told so. The articles are locked.
pub(crate) async fn write_seen(tx: &mut Tx, seen: &[(OrderId, &SeenCopy)]) -> Result<(), StoreError> {
    for (order, copy) in seen {
        on!(tx, |c| {
            sqlx::query("UPDATE article SET remote_seen_by = $2, remote_seen_hash = $3 WHERE id = $1")
                .bind(copy.article.0)
                .bind(order.0)
                .bind(&copy.hash)
                .execute(c)
                .await
                .map(drop)
        })?;
    }
    Ok(())
}
