//! Tokens of the admin API. Only the SHA-256 of a token is kept.
//!
//! They are looked up by that hash: a token is 256 random bits, so neither the index nor the time
//! that a comparison takes says anything about one that is not known already.

use super::{demand_free, lock};
use crate::{Store, audit::Action, change::Changes, db::on, error::StoreError, text::clean};
use chrono::{DateTime, Utc};
use galley_domain::{actor::Actor, id::ApiTokenId, staff::Role};
use serde_json::json;
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
    /// [`StoreError::Declined`] (`name_taken`) when a token or a login has, or had, the name: it stands
    /// in histories, and may not come to mean somebody else.
    pub async fn create_api_token(
        &self,
        name: &str,
        role: Role,
        token_hash: &[u8; 32],
        actor: &Actor,
    ) -> Result<ApiToken, StoreError> {
        let name = clean(name).into_owned();
        let mut tx = self.shared.pools.begin().await?;
        lock(&mut tx).await?;
        demand_free(&mut tx, &name).await?;
        let mut changes = Changes::new(&self.shared);
        let id = ApiTokenId(self.shared.clock.new_id());
        let token = ApiToken { id, name, role, created_at: changes.now, revoked_at: None };
        on!(&mut tx, |c| {
            sqlx::query(
                "INSERT INTO api_token (id, name, role, token_hash, created_at) VALUES ($1, $2, $3, $4, $5)",
            )
            .bind(id.0)
            .bind(&token.name)
            .bind(role.as_str())
            .bind(&token_hash[..])
            .bind(token.created_at)
            .execute(c)
            .await
            .map(drop)
        })?;
        changes.audit(actor, Action::TokenCreated, id.0, json!({ "name": token.name, "role": role }));
        self.end_change(tx, changes).await?;
        Ok(token)
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

    /// Tokens, revoked ones too, newest first, at most `limit`.
    pub async fn api_tokens(
        &self,
        before: Option<ApiTokenId>,
        limit: i64,
    ) -> Result<Vec<ApiToken>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        Ok(on!(Conn: &mut conn, |c| {
            sqlx::query_as(
                "SELECT id, name, role, created_at, revoked_at FROM api_token \
                 WHERE id < $1 ORDER BY id DESC LIMIT $2",
            )
            .bind(before.map_or(Uuid::max(), |id| id.0))
            .bind(limit)
            .fetch_all(c)
            .await
        })?)
    }

    /// The token with this name, revoked ones too.
    pub async fn find_api_token_named(&self, name: &str) -> Result<Option<ApiToken>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        Ok(on!(Conn: &mut conn, |c| {
            sqlx::query_as("SELECT id, name, role, created_at, revoked_at FROM api_token WHERE name = $1")
                .bind(&*clean(name))
                .fetch_optional(c)
                .await
        })?)
    }

    /// Revokes a token: from now on it opens nothing. False if it was revoked before.
    /// [`StoreError::NotFound`] for an unknown one.
    pub async fn revoke_api_token(&self, id: ApiTokenId, actor: &Actor) -> Result<bool, StoreError> {
        let mut tx = self.shared.pools.begin().await?;
        lock(&mut tx).await?;
        let found: Option<(String, Option<DateTime<Utc>>)> = on!(&mut tx, |c| {
            sqlx::query_as("SELECT name, revoked_at FROM api_token WHERE id = $1")
                .bind(id.0)
                .fetch_optional(c)
                .await
        })?;
        let (name, revoked_at) = found.ok_or(StoreError::NotFound("token"))?;
        if revoked_at.is_some() {
            return Ok(false);
        }
        let mut changes = Changes::new(&self.shared);
        on!(&mut tx, |c| {
            sqlx::query("UPDATE api_token SET revoked_at = $2 WHERE id = $1")
                .bind(id.0)
                .bind(changes.now)
                .execute(c)
                .await
                .map(drop)
        })?;
        changes.audit(actor, Action::TokenRevoked, id.0, json!({ "name": name }));
        self.end_change(tx, changes).await?;
        Ok(true)
    }
}
