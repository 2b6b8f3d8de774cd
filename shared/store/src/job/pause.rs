//! Stopping a kind of job, and letting it go on.

use crate::{
    Store,
    audit::Action,
    change::Changes,
    db::{Tx, on},
    error::StoreError,
    wake::DueJob,
};
use galley_domain::{actor::Actor, id::JobId, job::JobKind};
use serde_json::json;
use uuid::Uuid;

/// Most waiting jobs that are passed on at once when their kind goes on. Whoever claims from the table
/// finds the others there; the sweeper pushes them to Redis within seconds.
const RESUMED_MAX: i64 = 1_000;

impl Store {
    /// Has nothing more of a kind begun, in any process; false if that was so already.
    ///
    /// What runs goes on to its end. What is called for meanwhile waits, and so does what becomes due.
    pub async fn pause_kind(&self, kind: JobKind, actor: &Actor) -> Result<bool, StoreError> {
        let mut tx = self.shared.pools.begin().await?;
        let moved = on!(&mut tx, |c| {
            sqlx::query(
                "INSERT INTO queue (kind, paused) VALUES ($1, $2) \
                 ON CONFLICT (kind) DO UPDATE SET paused = excluded.paused WHERE queue.paused <> excluded.paused",
            )
            .bind(kind.as_str())
            .bind(true)
            .execute(c)
            .await
            .map(|done| done.rows_affected() > 0)
        })?;
        if moved {
            let mut changes = Changes::new(&self.shared);
            changes.audit(actor, Action::KindPaused, Uuid::nil(), json!({ "kind": kind }));
            changes.flush(&mut tx).await?;
            tx.commit().await?;
        }
        Ok(moved)
    }

    /// Lets a kind go on, and tells every process what waits; false if it was not paused.
    pub async fn resume_kind(&self, kind: JobKind, actor: &Actor) -> Result<bool, StoreError> {
        let mut tx = self.shared.pools.begin().await?;
        let moved = on!(&mut tx, |c| {
            sqlx::query("UPDATE queue SET paused = $2 WHERE kind = $1 AND paused <> $2")
                .bind(kind.as_str())
                .bind(false)
                .execute(c)
                .await
                .map(|done| done.rows_affected() > 0)
        })?;
        if moved {
            forget_dispatched(&mut tx, kind).await?;
            let mut changes = Changes::new(&self.shared);
            changes.audit(actor, Action::KindResumed, Uuid::nil(), json!({ "kind": kind }));
            let mut committed = changes.flush(&mut tx).await?;
            committed.jobs = waiting(&mut tx, kind).await?;
            tx.commit().await?;
            self.shared.wake.send(committed);
        }
        Ok(moved)
    }
}

/// What was pushed to Redis while the kind was paused was popped and left alone: it is pushed again.
async fn forget_dispatched(tx: &mut Tx, kind: JobKind) -> Result<(), StoreError> {
    on!(tx, |c| {
        sqlx::query(
            "UPDATE job SET dispatched_at = NULL WHERE state = 'waiting' AND queue = $1 AND kind = $2 \
             AND dispatched_at IS NOT NULL",
        )
        .bind(kind.queue().as_str())
        .bind(kind.as_str())
        .execute(c)
        .await
        .map(drop)
    })?;
    Ok(())
}

async fn waiting(tx: &mut Tx, kind: JobKind) -> Result<Vec<DueJob>, StoreError> {
    let rows: Vec<(Uuid, i32)> = on!(tx, |c| {
        sqlx::query_as(
            "SELECT id, priority FROM job WHERE state = 'waiting' AND queue = $1 AND kind = $2 \
             ORDER BY priority DESC, id LIMIT $3",
        )
        .bind(kind.queue().as_str())
        .bind(kind.as_str())
        .bind(RESUMED_MAX)
        .fetch_all(c)
        .await
    })?;
    let due = |(id, priority)| DueJob { id: JobId(id), queue: kind.queue(), priority };
    Ok(rows.into_iter().map(due).collect())
}
