//! Customers: one per e-mail address.

use crate::{
    db::{Tx, on},
    error::StoreError,
    shared::Shared,
};
use chrono::{DateTime, Utc};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Makes sure that each address has its customer; ids by address.
pub(crate) async fn upsert(
    tx: &mut Tx,
    shared: &Shared,
    emails: impl Iterator<Item = &str>,
    now: DateTime<Utc>,
) -> Result<HashMap<String, Uuid>, StoreError> {
    let emails: BTreeSet<&str> = emails.collect();
    if emails.is_empty() {
        return Ok(HashMap::new());
    }
    // The idle update makes RETURNING answer for customers that were there before.
    let rows: Vec<(String, Uuid)> = on!(tx, |c| {
        let mut sql = sqlx::QueryBuilder::new("INSERT INTO customer (id, email, created_at) ");
        sql.push_values(&emails, |mut value, email| {
            value.push_bind(shared.clock.new_id()).push_bind(*email).push_bind(now);
        });
        sql.push(" ON CONFLICT (email) DO UPDATE SET email = excluded.email RETURNING email, id");
        sql.build_query_as().fetch_all(c).await
    })?;
    Ok(rows.into_iter().collect())
}
