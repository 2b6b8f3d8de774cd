//! Members of staff who log in.

use crate::{Store, db::on, error::StoreError};
use chrono::{DateTime, Utc};
use galley_domain::{
    id::StaffId,
    staff::{Login, Role},
};
use sqlx::FromRow;
use uuid::Uuid;

/// A member of staff, without their password.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct StaffMember {
    /// Their id.
    #[sqlx(try_from = "Uuid")]
    pub id: StaffId,
    /// What they log in with, and what stands in histories.
    pub login: String,
    /// What they may do.
    #[sqlx(try_from = "String")]
    pub role: Role,
    /// Since when they are known.
    pub created_at: DateTime<Utc>,
    /// Since when they cannot log in.
    pub disabled_at: Option<DateTime<Utc>>,
}

/// What a password is held against. `Debug` shows no hash.
#[derive(Clone, PartialEq, Eq, FromRow)]
pub struct StaffPassword {
    /// Whose.
    #[sqlx(try_from = "Uuid")]
    pub staff_id: StaffId,
    /// As a PHC string.
    pub password_hash: String,
}

impl std::fmt::Debug for StaffPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StaffPassword").field("staff_id", &self.staff_id).finish_non_exhaustive()
    }
}

impl Store {
    /// Members of staff, disabled ones too, newest first, at most `limit`.
    pub async fn staff(&self, before: Option<StaffId>, limit: i64) -> Result<Vec<StaffMember>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        Ok(on!(Conn: &mut conn, |c| {
            sqlx::query_as(
                "SELECT id, login, role, created_at, disabled_at FROM staff \
                 WHERE id < $1 ORDER BY id DESC LIMIT $2",
            )
            .bind(before.map_or(Uuid::max(), |id| id.0))
            .bind(limit)
            .fetch_all(c)
            .await
        })?)
    }

    /// The member of staff with this login.
    pub async fn find_staff(&self, login: &Login) -> Result<Option<StaffMember>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        Ok(on!(Conn: &mut conn, |c| {
            sqlx::query_as("SELECT id, login, role, created_at, disabled_at FROM staff WHERE login = $1")
                .bind(login.as_str())
                .fetch_optional(c)
                .await
        })?)
    }

    /// What the password that is given for a login is held against; `None` for one that nobody can log
    /// in with.
    pub async fn staff_password(&self, login: &Login) -> Result<Option<StaffPassword>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        Ok(on!(Conn: &mut conn, |c| {
            sqlx::query_as(
                "SELECT id AS staff_id, password_hash FROM staff WHERE login = $1 AND disabled_at IS NULL",
            )
            .bind(login.as_str())
            .fetch_optional(c)
            .await
        })?)
    }

    /// Whether there is any member of staff, disabled ones too.
    pub async fn has_staff(&self) -> Result<bool, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        let found: Option<(Uuid,)> = on!(Conn: &mut conn, |c| {
            sqlx::query_as("SELECT id FROM staff ORDER BY id LIMIT 1").fetch_optional(c).await
        })?;
        Ok(found.is_some())
    }
}
