//! Who is logged in. Only the SHA-256 of a session's token is kept, and looked up by.
//!
//! A session ends at a fixed time after the login, used or not: keeping one alive would take a write
//! per request. It ends before that with a new password, another role, or the end of the account.

use super::StaffPassword;
use crate::{Store, audit::Action, change::Changes, db::on, error::StoreError};
use chrono::TimeDelta;
use galley_domain::{actor::Actor, id::StaffId, staff::Role};
use serde_json::json;
use sqlx::FromRow;
use uuid::Uuid;

/// How long somebody stays logged in.
pub const SESSION_HOURS: u8 = 12;

/// Somebody who is logged in.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct StaffSession {
    /// Who.
    #[sqlx(try_from = "Uuid")]
    pub staff_id: StaffId,
    /// The name that stands in histories.
    pub login: String,
    /// What they may do.
    #[sqlx(try_from = "String")]
    pub role: Role,
}

impl Store {
    /// Logs somebody in under the SHA-256 of a new token, and forgets sessions of theirs that have ended.
    /// False, and nobody is logged in, if `password_hash` is not theirs any more or they are disabled.
    ///
    /// Their row stays locked until the session is written: a password that changes at the same moment
    /// ends this session too, or keeps it from beginning.
    pub async fn open_staff_session(
        &self,
        password: &StaffPassword,
        token_hash: &[u8; 32],
    ) -> Result<bool, StoreError> {
        let mut changes = Changes::new(&self.shared);
        let (id, now) = (password.staff_id.0, changes.now);
        let mut tx = self.shared.pools.begin().await?;
        let sql = format!(
            "SELECT login FROM staff WHERE id = $1 AND password_hash = $2 AND disabled_at IS NULL{}",
            tx.for_update()
        );
        let found: Option<(String,)> = on!(&mut tx, |c| {
            let query = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).bind(&password.password_hash);
            query.fetch_optional(c).await
        })?;
        let Some((login,)) = found else { return Ok(false) };
        on!(&mut tx, |c| {
            sqlx::query("DELETE FROM staff_session WHERE staff_id = $1 AND expires_at <= $2")
                .bind(id)
                .bind(now)
                .execute(c)
                .await
                .map(drop)
        })?;
        on!(&mut tx, |c| {
            sqlx::query(
                "INSERT INTO staff_session (token_hash, staff_id, created_at, expires_at) \
                 VALUES ($1, $2, $3, $4)",
            )
            .bind(&token_hash[..])
            .bind(id)
            .bind(now)
            .bind(now + TimeDelta::hours(SESSION_HOURS.into()))
            .execute(c)
            .await
            .map(drop)
        })?;
        let actor = Actor::Staff(login.clone());
        changes.audit(&actor, Action::StaffLoggedIn, id, json!({ "login": login }));
        self.end_change(tx, changes).await?;
        Ok(true)
    }

    /// Whoever is logged in under the token with this SHA-256, with the role that they have now.
    pub async fn find_staff_session(
        &self,
        token_hash: &[u8; 32],
    ) -> Result<Option<StaffSession>, StoreError> {
        let now = self.shared.clock.now();
        let mut conn = self.shared.pools.reader().await?;
        Ok(on!(Conn: &mut conn, |c| {
            sqlx::query_as(
                "SELECT s.id AS staff_id, s.login, s.role FROM staff_session AS t \
                 JOIN staff AS s ON s.id = t.staff_id \
                 WHERE t.token_hash = $1 AND t.expires_at > $2 AND s.disabled_at IS NULL",
            )
            .bind(&token_hash[..])
            .bind(now)
            .fetch_optional(c)
            .await
        })?)
    }

    /// Logs out whoever is logged in under the token with this SHA-256.
    pub async fn close_staff_session(&self, token_hash: &[u8; 32]) -> Result<(), StoreError> {
        let mut conn = self.shared.pools.writer().await?;
        on!(Conn: &mut conn, |c| {
            sqlx::query("DELETE FROM staff_session WHERE token_hash = $1").bind(&token_hash[..]).execute(c).await.map(drop)
        })?;
        Ok(())
    }
}
