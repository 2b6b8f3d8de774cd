//! Members of staff, as far as the database knows them.
//!
//! Whoever changes one takes [`lock`] first: so the last owner stays, and a name that stands in
//! histories never means two, whether of a person or of a token.

mod change;
mod member;
mod session;
mod token;

pub use change::NewStaff;
pub use member::{StaffMember, StaffPassword};
pub use session::{SESSION_HOURS, StaffSession};
pub use token::ApiToken;

use crate::{
    db::{Tx, on},
    error::StoreError,
};
use galley_domain::order::RefusalCode;

/// Lets no other transaction change staff or tokens. SQLite has one writer anyway.
async fn lock(tx: &mut Tx) -> Result<(), StoreError> {
    if let Tx::Postgres(tx) = tx {
        sqlx::query("LOCK TABLE staff IN SHARE ROW EXCLUSIVE MODE").execute(&mut **tx).await?;
    }
    Ok(())
}

/// Refuses a name that a member of staff or a token has, or had.
async fn demand_free(tx: &mut Tx, name: &str) -> Result<(), StoreError> {
    let taken: Option<(i32,)> = on!(tx, |c| {
        sqlx::query_as(
            "SELECT 1 FROM staff WHERE login = $1 UNION ALL SELECT 1 FROM api_token WHERE name = $1",
        )
        .bind(name)
        .fetch_optional(c)
        .await
    })?;
    if taken.is_none() {
        return Ok(());
    }
    let message = format!(
        "`{name}` is, or was, the name of a login or a token, and stands in histories: choose another name"
    );
    Err(StoreError::declined(RefusalCode::NameTaken, message))
}
