use crate::{
    Store,
    audit::Action,
    change::Changes,
    db::{Tx, on},
    error::StoreError,
};
use galley_domain::{actor::Actor, id::ArticleId};
use serde_json::json;

impl Store {
    /// Takes a public article off the shop's pages; its text, its name and its orders stay. False if
    /// it was not public.
    ///
    /// A copy on another site is not touched. [`StoreError::NotFound`] for an unknown article.
    pub async fn withdraw_article(&self, id: ArticleId, actor: Actor) -> Result<bool, StoreError> {
        self.show_article(id, actor, false).await
    }

    /// Makes an article public again that was taken off. False if it is public.
    ///
    /// [`StoreError::NotFound`] for an unknown article, and for one that has no text yet.
    pub async fn restore_article(&self, id: ArticleId, actor: Actor) -> Result<bool, StoreError> {
        self.show_article(id, actor, true).await
    }

    async fn show_article(&self, id: ArticleId, actor: Actor, public: bool) -> Result<bool, StoreError> {
        let mut tx = self.shared.pools.begin().await?;
        let mut changes = Changes::new(&self.shared);
        let slug = find(&mut tx, id).await?.ok_or(StoreError::NotFound("article"))?;
        let at = public.then_some(changes.now);
        let rows = on!(&mut tx, |c| {
            sqlx::query(
                "UPDATE article SET published_at = $2, revision = revision + 1, updated_at = $3 \
                 WHERE id = $1 AND (published_at IS NULL) = $4",
            )
            .bind(id.0)
            .bind(at)
            .bind(changes.now)
            .bind(public)
            .execute(c)
            .await
            .map(|done| done.rows_affected())
        })?;
        if rows == 0 {
            return Ok(false);
        }
        let action = if public { Action::ArticleRestored } else { Action::ArticleWithdrawn };
        changes.audit(&actor, action, id.0, json!({ "slug": slug }));
        let committed = changes.flush(&mut tx).await?;
        tx.commit().await?;
        self.shared.wake.send(committed);
        Ok(true)
    }
}

/// The name of an article that has a text.
async fn find(tx: &mut Tx, id: ArticleId) -> Result<Option<String>, StoreError> {
    let row: Option<(String,)> = on!(tx, |c| {
        sqlx::query_as("SELECT slug FROM article WHERE id = $1 AND revision > 0")
            .bind(id.0)
            .fetch_optional(c)
            .await
    })?;
    Ok(row.map(|(slug,)| slug))
}
