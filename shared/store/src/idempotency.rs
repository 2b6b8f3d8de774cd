//! Keys that clients send so that a request counts once, however often it is sent.

use crate::{
    db::{Tx, on},
    error::StoreError,
    shared::Shared,
};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// How long a key is remembered.
const KEPT: TimeDelta = TimeDelta::hours(48);

/// A client's key with what it was sent for.
#[derive(Clone, Debug)]
pub struct ClientKey {
    /// Route and actor: keys of two of them never meet.
    pub scope: String,
    /// What the client sent.
    pub key: String,
    /// The SHA-256 of the request's body.
    pub body_hash: [u8; 32],
}

/// Takes a key for what is about to be made as `resource`; what it made before, if it was used.
/// The key's row stays locked until the transaction ends, so that a second request waits for it.
///
/// [`StoreError::KeyReused`] when it was sent with another body.
pub(crate) async fn take(
    tx: &mut Tx,
    key: Option<&ClientKey>,
    resource: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<Uuid>, StoreError> {
    let Some(key) = key else { return Ok(None) };
    let taken = on!(&mut *tx, |c| {
        sqlx::query(
            "INSERT INTO idempotency_key (scope, key, body_hash, resource_id, created_at) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (scope, key) DO NOTHING",
        )
        .bind(&key.scope)
        .bind(&key.key)
        .bind(&key.body_hash[..])
        .bind(resource)
        .bind(now)
        .execute(c)
        .await
        .map(|done| done.rows_affected() > 0)
    })?;
    if taken {
        return Ok(None);
    }
    let (body_hash, made): (Vec<u8>, Uuid) = on!(tx, |c| {
        sqlx::query_as("SELECT body_hash, resource_id FROM idempotency_key WHERE scope = $1 AND key = $2")
            .bind(&key.scope)
            .bind(&key.key)
            .fetch_one(c)
            .await
    })?;
    if body_hash == key.body_hash { Ok(Some(made)) } else { Err(StoreError::KeyReused) }
}

/// Forgets keys that nobody repeats any more.
pub(crate) async fn clean(shared: &Shared) -> Result<(), StoreError> {
    let before = shared.clock.now() - KEPT;
    let mut conn = shared.pools.relaxed().await?;
    on!(Conn: &mut conn, |c| {
        sqlx::query("DELETE FROM idempotency_key WHERE created_at < $1").bind(before).execute(c).await.map(drop)
    })?;
    Ok(())
}
