//! Tokens of the admin API. Only the SHA-256 of a token is kept.
//!
//! They are looked up by that hash: a token is 256 random bits, so neither the index nor the time
//! that a comparison takes says anything about one that is not known already.

use crate::{Store, db::on, error::StoreError, text::clean};
use chrono::{DateTime, Utc};
use galley_domain::{id::ApiTokenId, order::RefusalCode, staff::Role};
use sqlx::FromRow;
use uuid::Uuid;

/// A token, without what it opens.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ApiToken {
    /// Its id.
    #[sqlx(try_from = "Uuid")]
    pub id: ApiTokenId,
    /// Who uses it: the name that stands in histories.
    pub name: String,
    /// What it may do.
    #[sqlx(try_from = "String")]
    pub role: Role,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Since when it opens nothing any more.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl Store {
    /// Makes a token known by its SHA-256.
    ///
    /// [`StoreError::Declined`] when the name was ever used, also by a token that is revoked: it
    /// stands in histories, and may not come to mean somebody else.
    pub async fn create_api_token(
        &self,
        name: &str,
        role: Role,
        token_hash: &[u8; 32],
    ) -> Result<ApiTokenId, StoreError> {
        let (id, now) = (ApiTokenId(self.shared.clock.new_id()), self.shared.clock.now());
        let name = clean(name);
        let mut conn = self.shared.pools.writer().await?;
        let new = on!(Conn: &mut conn, |c| {
            sqlx::query(
                "INSERT INTO api_token (id, name, role, token_hash, created_at) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (name) DO NOTHING",
            )
            .bind(id.0)
            .bind(&*name)
            .bind(role.as_str())
            .bind(&token_hash[..])
            .bind(now)
            .execute(c)
            .await
            .map(|done| done.rows_affected() > 0)
        })?;
        if new {
            return Ok(id);
        }
        let message = format!("there is, or was, a token named `{name}`: choose another name");
        Err(StoreError::declined(RefusalCode::NameTaken, message))
    }

    /// The token with this SHA-256, if it is not revoked.
    pub async fn find_api_token(&self, token_hash: &[u8; 32]) -> Result<Option<ApiToken>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        Ok(on!(Conn: &mut conn, |c| {
            sqlx::query_as(
                "SELECT id, name, role, created_at, revoked_at FROM api_token \
                 WHERE token_hash = $1 AND revoked_at IS NULL",
            )
            .bind(&token_hash[..])
            .fetch_optional(c)
            .await
        })?)
    }

    /// All tokens, revoked ones too, oldest first.
    pub async fn api_tokens(&self) -> Result<Vec<ApiToken>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        Ok(on!(Conn: &mut conn, |c| {
            sqlx::query_as("SELECT id, name, role, created_at, revoked_at FROM api_token ORDER BY id")
                .fetch_all(c)
                .await
        })?)
    }

    /// Revokes a token: from now on it opens nothing. False if no token of this name was in force.
    pub async fn revoke_api_token(&self, name: &str) -> Result<bool, StoreError> {
        let now = self.shared.clock.now();
        let mut conn = self.shared.pools.writer().await?;
        Ok(on!(Conn: &mut conn, |c| {
            sqlx::query("UPDATE api_token SET revoked_at = $2 WHERE name = $1 AND revoked_at IS NULL")
                .bind(&*clean(name))
                .bind(now)
                .execute(c)
                .await
                .map(|done| done.rows_affected() > 0)
        })?)
    }
}
