use crate::{Store, db::on, error::StoreError, job::ClaimedJob};
use galley_domain::id::ArticleId;

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

impl Store {
    /// Keeps what is known of an article's copy; `None` where there is none any more. Written as soon
    /// as it is known, so that a process that dies after it makes no second copy.
    ///
    /// Nothing is written if `job` does not hold the article.
    pub async fn record_remote(
        &self,
        job: &ClaimedJob,
        article: ArticleId,
        copy: Option<&RemoteCopy>,
    ) -> Result<(), StoreError> {
        let mut conn = self.shared.pools.writer().await?;
        on!(Conn: &mut conn, |c| {
            sqlx::query(
                "UPDATE article SET remote_id = $3, remote_url = $4, remote_hash = $5 \
                 WHERE id = $1 AND held_by = $2",
            )
            .bind(article.0)
            .bind(job.id.0)
            .bind(copy.map(|copy| &copy.id))
            .bind(copy.map(|copy| &copy.url))
            .bind(copy.map(|copy| &copy.hash))
            .execute(c)
            .await
            .map(drop)
        })?;
        Ok(())
    }
}
