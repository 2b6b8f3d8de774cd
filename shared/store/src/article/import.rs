use crate::{Store, db::on, error::StoreError};
use galley_content::{
    markdown::{LinkPolicy, render},
    slug::slug as name_of,
};
use galley_domain::id::ArticleId;

impl Store {
    /// Takes in an article of the shop's, public at once, so that backlinks can be sold into it. Its
    /// name becomes one that can stand in an address.
    pub async fn insert_article(
        &self,
        slug: &str,
        title: &str,
        source: &str,
    ) -> Result<ArticleId, StoreError> {
        let (id, now) = (self.shared.clock.new_id(), self.shared.clock.now());
        let html = render(source, &LinkPolicy::default());
        let mut conn = self.shared.pools.writer().await?;
        on!(Conn: &mut conn, |c| {
            sqlx::query(
                "INSERT INTO article (id, slug, title, source, html, published_at, created_at, updated_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $6, $6)",
            )
            .bind(id)
            .bind(name_of(slug))
            .bind(title)
            .bind(source)
            .bind(html)
            .bind(now)
            .execute(c)
            .await
            .map(drop)
        })?;
        Ok(ArticleId(id))
    }
}
