//! Freeing what dead workers held, and promoting what has become due.

use super::{
    claim::NOT_PAUSED,
    free::{Freed, Holder, free},
};
use crate::{
    Store,
    db::on,
    error::StoreError,
    idempotency,
    shared::Shared,
    wake::{Committed, DueJob},
};
use chrono::TimeDelta;
use galley_domain::id::{JobId, LeaseToken, WorkerId};
use uuid::Uuid;

/// What one pass of the sweeper did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Delayed jobs that have become due.
    pub promoted: usize,
    /// Jobs taken from dead workers.
    pub freed: usize,
}

/// Most jobs that one pass promotes or frees; the next pass takes the rest.
pub(super) const SWEEP_MAX: i64 = 1_000;
/// Most jobs that one statement deletes.
const CLEAN_MAX: u64 = 5_000;

impl Store {
    /// Makes delayed jobs waiting whose time has come, and frees active jobs whose worker is not
    /// registered any more (it was declared dead, or never got as far as registering).
    pub async fn sweep(&self) -> Result<Swept, StoreError> {
        let shared = &self.shared;
        let due = promote(shared).await?;
        let promoted = due.len();
        shared.wake.send(Committed { jobs: due, orders: Vec::new() });
        let mut conn = shared.pools.reader().await?;
        let orphans: Vec<(Uuid,)> = on!(Conn: &mut conn, |c| {
            sqlx::query_as(
                "SELECT DISTINCT worker_id FROM job WHERE state = 'active' AND worker_id IS NOT NULL \
                 AND worker_id NOT IN (SELECT id FROM worker_process)",
            )
            .fetch_all(c)
            .await
        })?;
        drop(conn);
        let mut freed = 0;
        for (worker,) in orphans {
            freed += free(shared, Holder::Worker(WorkerId(worker)), None).await?;
        }
        Ok(Swept { promoted, freed })
    }

    /// The fencing tokens under which the database says this process holds jobs.
    pub async fn tokens_of(&self, worker: WorkerId) -> Result<Vec<LeaseToken>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        let rows: Vec<(Uuid,)> = on!(Conn: &mut conn, |c| {
            sqlx::query_as(
                "SELECT DISTINCT lease_token FROM job WHERE state = 'active' AND worker_id = $1 \
                 AND lease_token IS NOT NULL",
            )
            .bind(worker.0)
            .fetch_all(c)
            .await
        })?;
        Ok(rows.into_iter().map(|(token,)| LeaseToken(token)).collect())
    }

    /// Frees the jobs of a claim whose answer was lost on the way: the process holds them without
    /// knowing. Counts as nothing.
    pub async fn release_claim(&self, token: LeaseToken) -> Result<usize, StoreError> {
        free(&self.shared, Holder::Claim(token), None).await
    }

    /// Waiting jobs to be dispatched: never dispatched and due for `patience`, or dispatched longer
    /// ago than `again`. Marks them as dispatched now. What is paused could not be claimed.
    pub async fn take_undispatched(
        &self,
        patience: TimeDelta,
        again: TimeDelta,
        limit: i64,
    ) -> Result<Vec<DueJob>, StoreError> {
        let now = self.shared.clock.now();
        let mut conn = self.shared.pools.relaxed().await?;
        let skip = conn.skip_locked();
        let rows: Vec<(Uuid, String, i32)> = on!(Conn: &mut conn, |c| {
            sqlx::query_as(sqlx::AssertSqlSafe(format!(
                "WITH picked AS MATERIALIZED (SELECT id FROM job WHERE state = 'waiting' AND {NOT_PAUSED} \
                 AND ((dispatched_at IS NULL AND due_at <= $2) OR dispatched_at <= $3) \
                 ORDER BY priority DESC, id LIMIT $4{skip}) UPDATE job SET dispatched_at = $1 FROM picked \
                 WHERE job.id = picked.id RETURNING job.id, job.queue, job.priority",
            )))
            .bind(now)
            .bind(now - patience)
            .bind(now - again)
            .bind(limit)
            .fetch_all(c)
            .await
        })?;
        let mut jobs = rows
            .into_iter()
            .map(|(id, queue, priority)| {
                let queue = queue.parse().map_err(|error| StoreError::corrupt("job", error))?;
                Ok(DueJob { id: JobId(id), queue, priority })
            })
            .collect::<Result<Vec<_>, StoreError>>()?;
        jobs.sort_by_key(|job| (std::cmp::Reverse(job.priority), job.id));
        Ok(jobs)
    }

    /// Forgets what was dispatched: the transport lost it.
    pub async fn forget_dispatched(&self) -> Result<(), StoreError> {
        let mut conn = self.shared.pools.relaxed().await?;
        on!(Conn: &mut conn, |c| {
            sqlx::query(
                "UPDATE job SET dispatched_at = NULL WHERE state = 'waiting' AND dispatched_at IS NOT NULL",
            )
            .execute(c)
            .await
            .map(drop)
        })?;
        Ok(())
    }

    /// Deletes ended jobs that nobody asks for any more: completed and cancelled ones older than a
    /// day that are not among the last 100 of their kind (payment kinds: seven days), failed ones
    /// after seven days. Jobs of open orders stay. Idempotency keys that nobody repeats any more go
    /// with them, uncounted.
    pub async fn clean_jobs(&self) -> Result<u64, StoreError> {
        idempotency::clean(&self.shared).await?;
        let mut deleted = 0;
        loop {
            // Some at a time, so that nobody waits long for the one writer of SQLite.
            let some = clean_some(&self.shared).await?;
            deleted += some;
            if some < CLEAN_MAX {
                return Ok(deleted);
            }
        }
    }
}

async fn clean_some(shared: &Shared) -> Result<u64, StoreError> {
    let now = shared.clock.now();
    let mut conn = shared.pools.relaxed().await?;
    let sql = format!(
        "DELETE FROM job WHERE id IN (SELECT j.id FROM (SELECT id, queue, state, order_id, finished_at, \
         row_number() OVER (PARTITION BY kind, state = 'failed' ORDER BY finished_at DESC) AS place \
         FROM job WHERE state IN ('completed', 'failed', 'cancelled')) j \
         LEFT JOIN orders o ON o.id = j.order_id WHERE (j.place > 100 OR j.state = 'failed') \
         AND (o.id IS NULL OR o.status IN ('COMPLETED', 'FAILED', 'REFUNDED')) \
         AND j.finished_at < CASE WHEN j.state = 'failed' OR j.queue = 'payment' THEN $1 ELSE $2 END \
         LIMIT {CLEAN_MAX})"
    );
    let done = on!(Conn: &mut conn, |c| {
        let query = sqlx::query(sqlx::AssertSqlSafe(sql));
        let query = query.bind(now - TimeDelta::days(7)).bind(now - TimeDelta::days(1));
        query.execute(c).await.map(|done| done.rows_affected())
    })?;
    Ok(done)
}

async fn promote(shared: &Shared) -> Result<Vec<DueJob>, StoreError> {
    let mut conn = shared.pools.relaxed().await?;
    let skip = conn.skip_locked();
    let rows: Vec<Freed> = on!(Conn: &mut conn, |c| {
        let sql = format!(
            "WITH picked AS MATERIALIZED (SELECT id FROM job WHERE state = 'delayed' AND run_at <= $1 \
             ORDER BY run_at LIMIT $2{skip}) \
             UPDATE job SET state = 'waiting', run_at = NULL, dispatched_at = NULL, change_seq = change_seq + 1 \
             FROM picked WHERE job.id = picked.id \
             RETURNING job.id, job.kind, job.order_id, job.run, job.priority, job.state, job.payload"
        );
        let query = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(shared.clock.now()).bind(SWEEP_MAX);
        query.fetch_all(c).await
    })?;
    rows.iter().map(Freed::due).collect()
}
