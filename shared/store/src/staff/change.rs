//! Adding members of staff, and changing what they may do and log in with.
//!
//! With a new password, another role or the end of an account all of its sessions end, in the same
//! transaction. Every change leaves its line in the audit trail; one that changes nothing leaves none.

use super::{StaffMember, demand_free, lock};
use crate::{
    Store,
    audit::Action,
    change::Changes,
    db::{Tx, on},
    error::StoreError,
};
use galley_domain::{
    actor::Actor,
    id::StaffId,
    order::RefusalCode,
    staff::{Login, Role},
};
use serde_json::{Value, json};
use uuid::Uuid;

/// Somebody who shall be able to log in.
#[derive(Clone, Copy, Debug)]
pub struct NewStaff<'a> {
    /// What they log in with.
    pub login: &'a Login,
    /// What they may do.
    pub role: Role,
    /// Their password as a PHC string.
    pub password_hash: &'a str,
}

impl Store {
    /// Adds a member of staff. [`StoreError::Declined`] (`name_taken`) for a login that a person or a
    /// token has, or had.
    pub async fn add_staff(&self, new: NewStaff<'_>, actor: &Actor) -> Result<StaffMember, StoreError> {
        let mut tx = self.shared.pools.begin().await?;
        lock(&mut tx).await?;
        demand_free(&mut tx, new.login.as_str()).await?;
        self.insert_staff(tx, new, actor).await
    }

    /// Adds the first member of staff, an owner; `None` when there is somebody already. It is their own
    /// doing in the audit trail. Declined as in [`Store::add_staff`].
    pub async fn add_first_owner(
        &self,
        login: &Login,
        password_hash: &str,
    ) -> Result<Option<StaffMember>, StoreError> {
        let mut tx = self.shared.pools.begin().await?;
        lock(&mut tx).await?;
        let anybody: Option<(Uuid,)> =
            on!(&mut tx, |c| sqlx::query_as("SELECT id FROM staff ORDER BY id LIMIT 1")
                .fetch_optional(c)
                .await)?;
        if anybody.is_some() {
            return Ok(None);
        }
        demand_free(&mut tx, login.as_str()).await?;
        let new = NewStaff { login, role: Role::Owner, password_hash };
        let actor = Actor::Staff(login.as_str().to_owned());
        Ok(Some(self.insert_staff(tx, new, &actor).await?))
    }

    async fn insert_staff(
        &self,
        mut tx: Tx,
        new: NewStaff<'_>,
        actor: &Actor,
    ) -> Result<StaffMember, StoreError> {
        let mut changes = Changes::new(&self.shared);
        let member = StaffMember {
            id: StaffId(self.shared.clock.new_id()),
            login: new.login.as_str().to_owned(),
            role: new.role,
            created_at: changes.now,
            disabled_at: None,
        };
        on!(&mut tx, |c| {
            sqlx::query(
                "INSERT INTO staff (id, login, role, password_hash, created_at) VALUES ($1, $2, $3, $4, $5)",
            )
            .bind(member.id.0)
            .bind(&member.login)
            .bind(member.role.as_str())
            .bind(new.password_hash)
            .bind(member.created_at)
            .execute(c)
            .await
            .map(drop)
        })?;
        changes.audit(actor, Action::StaffAdded, member.id.0, told(&member));
        self.end_change(tx, changes).await?;
        Ok(member)
    }

    /// Gives somebody another role. [`StoreError::Declined`] (`last_owner`) when nobody would be left
    /// who may do everything; [`StoreError::NotFound`] for an unknown one.
    pub async fn change_staff_role(
        &self,
        id: StaffId,
        role: Role,
        actor: &Actor,
    ) -> Result<StaffMember, StoreError> {
        let mut tx = self.shared.pools.begin().await?;
        let mut member = locked(&mut tx, id).await?;
        if member.role == role {
            return Ok(member);
        }
        demand_other_owner(&mut tx, &member).await?;
        member.role = role;
        on!(&mut tx, |c| {
            sqlx::query("UPDATE staff SET role = $2 WHERE id = $1")
                .bind(id.0)
                .bind(role.as_str())
                .execute(c)
                .await
                .map(drop)
        })?;
        end_sessions(&mut tx, id).await?;
        let mut changes = Changes::new(&self.shared);
        changes.audit(actor, Action::StaffRoleChanged, id.0, told(&member));
        self.end_change(tx, changes).await?;
        Ok(member)
    }

    /// Lets somebody log in no more. Declined and not found as in [`Store::change_staff_role`].
    pub async fn disable_staff(&self, id: StaffId, actor: &Actor) -> Result<StaffMember, StoreError> {
        let mut tx = self.shared.pools.begin().await?;
        let member = locked(&mut tx, id).await?;
        if member.disabled_at.is_some() {
            return Ok(member);
        }
        demand_other_owner(&mut tx, &member).await?;
        end_sessions(&mut tx, id).await?;
        let at = Some(self.shared.clock.now());
        self.set_disabled(tx, StaffMember { disabled_at: at, ..member }, Action::StaffDisabled, actor).await
    }

    /// Lets somebody log in again. [`StoreError::NotFound`] for an unknown one.
    pub async fn enable_staff(&self, id: StaffId, actor: &Actor) -> Result<StaffMember, StoreError> {
        let mut tx = self.shared.pools.begin().await?;
        let member = locked(&mut tx, id).await?;
        if member.disabled_at.is_none() {
            return Ok(member);
        }
        self.set_disabled(tx, StaffMember { disabled_at: None, ..member }, Action::StaffEnabled, actor).await
    }

    async fn set_disabled(
        &self,
        mut tx: Tx,
        member: StaffMember,
        action: Action,
        actor: &Actor,
    ) -> Result<StaffMember, StoreError> {
        on!(&mut tx, |c| {
            sqlx::query("UPDATE staff SET disabled_at = $2 WHERE id = $1")
                .bind(member.id.0)
                .bind(member.disabled_at)
                .execute(c)
                .await
                .map(drop)
        })?;
        let mut changes = Changes::new(&self.shared);
        changes.audit(actor, action, member.id.0, told(&member));
        self.end_change(tx, changes).await?;
        Ok(member)
    }

    /// Gives somebody a new password. With `known` only if that is the hash of the one that they have:
    /// false, and nothing changes, if it is not. [`StoreError::NotFound`] for an unknown one.
    pub async fn change_staff_password(
        &self,
        id: StaffId,
        known: Option<&str>,
        password_hash: &str,
        actor: &Actor,
    ) -> Result<bool, StoreError> {
        let mut tx = self.shared.pools.begin().await?;
        let member = locked(&mut tx, id).await?;
        let done = on!(&mut tx, |c| {
            sqlx::query("UPDATE staff SET password_hash = $2 WHERE id = $1 AND password_hash = COALESCE($3, password_hash)")
                .bind(id.0)
                .bind(password_hash)
                .bind(known)
                .execute(c)
                .await
                .map(|done| done.rows_affected() > 0)
        })?;
        if !done {
            return Ok(false);
        }
        end_sessions(&mut tx, id).await?;
        let mut changes = Changes::new(&self.shared);
        changes.audit(actor, Action::StaffPasswordChanged, id.0, json!({ "login": member.login }));
        self.end_change(tx, changes).await?;
        Ok(true)
    }

    pub(super) async fn end_change(&self, mut tx: Tx, changes: Changes<'_>) -> Result<(), StoreError> {
        let committed = changes.flush(&mut tx).await?;
        tx.commit().await?;
        self.shared.wake.send(committed);
        Ok(())
    }
}

/// What the audit trail keeps of a member of staff.
fn told(member: &StaffMember) -> Value {
    json!({ "login": member.login, "role": member.role })
}

/// The member of staff, and no other change of staff until the transaction ends.
async fn locked(tx: &mut Tx, id: StaffId) -> Result<StaffMember, StoreError> {
    lock(tx).await?;
    let sql = format!(
        "SELECT id, login, role, created_at, disabled_at FROM staff WHERE id = $1{}",
        tx.for_update()
    );
    let found: Option<StaffMember> =
        on!(tx, |c| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id.0).fetch_optional(c).await)?;
    found.ok_or(StoreError::NotFound("member of staff"))
}

/// Somebody must be able to look after everything, and after staff.
async fn demand_other_owner(tx: &mut Tx, member: &StaffMember) -> Result<(), StoreError> {
    if member.role != Role::Owner || member.disabled_at.is_some() {
        return Ok(());
    }
    let other: Option<(Uuid,)> = on!(tx, |c| {
        sqlx::query_as("SELECT id FROM staff WHERE role = $1 AND disabled_at IS NULL AND id <> $2 LIMIT 1")
            .bind(Role::Owner.as_str())
            .bind(member.id.0)
            .fetch_optional(c)
            .await
    })?;
    if other.is_some() {
        return Ok(());
    }
    let message =
        format!("`{}` is the only owner who can log in: make somebody else an owner first", member.login);
    Err(StoreError::declined(RefusalCode::LastOwner, message))
}

async fn end_sessions(tx: &mut Tx, id: StaffId) -> Result<(), StoreError> {
    on!(tx, |c| {
        sqlx::query("DELETE FROM staff_session WHERE staff_id = $1").bind(id.0).execute(c).await.map(drop)
    })?;
    Ok(())
}
