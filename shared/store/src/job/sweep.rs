//! Freeing what dead workers held, and promoting what has become due.

use crate::{
    Store,
    change::{self, Changes, Circumstance},
    db::{Tx, on},
    error::StoreError,
    open::Shared,
    wake::{Committed, DueJob},
};
use chrono::{DateTime, TimeDelta, Utc};
use galley_domain::{
    actor::Actor,
    id::{JobId, LeaseToken, OrderId, WorkerId},
    job::{JobKind, LOST_LEASES_MAX},
    order::{Command, Decision, decide},
};
use sqlx::FromRow;
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
const SWEEP_MAX: i64 = 1_000;

#[derive(FromRow)]
struct Freed {
    id: Uuid,
    kind: String,
    order_id: Option<Uuid>,
    run: Option<i32>,
    priority: i32,
    lost_leases: i32,
}

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
            freed += free_jobs_of(shared, WorkerId(worker), None).await?;
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
        let mut conn = self.shared.pools.writer().await?;
        let rows: Vec<Freed> = on!(Conn: &mut conn, |c| {
            sqlx::query_as(
                "UPDATE job SET state = 'waiting', attempt = attempt - 1, lease_token = NULL, worker_id = NULL, \
                 change_seq = change_seq + 1 WHERE state = 'active' AND lease_token = $1 \
                 RETURNING id, kind, order_id, run, priority, lost_leases",
            )
            .bind(token.0)
            .fetch_all(c)
            .await
        })?;
        let count = rows.len();
        let jobs = rows.iter().map(Freed::due).collect::<Result<_, _>>()?;
        self.shared.wake.send(Committed { jobs, orders: Vec::new() });
        Ok(count)
    }

    /// Waiting jobs to be dispatched: never dispatched and due for `patience`, or dispatched longer
    /// ago than `again`. Marks them as dispatched now.
    pub async fn take_undispatched(
        &self,
        patience: TimeDelta,
        again: TimeDelta,
        limit: i64,
    ) -> Result<Vec<DueJob>, StoreError> {
        let now = self.shared.clock.now();
        let mut conn = self.shared.pools.writer().await?;
        let rows: Vec<(Uuid, String, i32)> = on!(Conn: &mut conn, |c| {
            sqlx::query_as(
                "UPDATE job SET dispatched_at = $1 WHERE id IN (SELECT id FROM job WHERE state = 'waiting' \
                 AND ((dispatched_at IS NULL AND due_at <= $2) OR dispatched_at <= $3) \
                 ORDER BY priority DESC, id LIMIT $4) AND state = 'waiting' RETURNING id, queue, priority",
            )
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
        let mut conn = self.shared.pools.writer().await?;
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
    /// after seven days. Jobs of open orders stay.
    pub async fn clean_jobs(&self) -> Result<u64, StoreError> {
        let now = self.shared.clock.now();
        let mut conn = self.shared.pools.writer().await?;
        Ok(on!(Conn: &mut conn, |c| {
            sqlx::query(
                "DELETE FROM job WHERE id IN (SELECT j.id FROM (SELECT id, queue, state, order_id, finished_at, \
                 row_number() OVER (PARTITION BY kind ORDER BY finished_at DESC) AS place FROM job \
                 WHERE state IN ('completed', 'failed', 'cancelled')) j \
                 LEFT JOIN orders o ON o.id = j.order_id WHERE j.place > 100 \
                 AND (o.id IS NULL OR o.status IN ('COMPLETED', 'FAILED', 'REFUNDED')) \
                 AND j.finished_at < CASE WHEN j.state = 'failed' OR j.queue = 'payment' THEN $1 ELSE $2 END \
                 LIMIT 5000)",
            )
            .bind(now - TimeDelta::days(7))
            .bind(now - TimeDelta::days(1))
            .execute(c)
            .await
            .map(|done| done.rows_affected())
        })?)
    }
}

async fn promote(shared: &Shared) -> Result<Vec<DueJob>, StoreError> {
    let mut conn = shared.pools.writer().await?;
    let skip = conn.skip_locked();
    let rows: Vec<Freed> = on!(Conn: &mut conn, |c| {
        let mut sql = sqlx::QueryBuilder::new(
            "UPDATE job SET state = 'waiting', run_at = NULL, dispatched_at = NULL, change_seq = change_seq + 1 \
             WHERE id IN (SELECT id FROM job WHERE state = 'delayed' AND run_at <= ",
        );
        sql.push_bind(shared.clock.now()).push(" ORDER BY run_at LIMIT ").push_bind(SWEEP_MAX).push(skip);
        sql.push(") RETURNING id, kind, order_id, run, priority, lost_leases");
        sql.build_query_as().fetch_all(c).await
    })?;
    rows.iter().map(Freed::due).collect()
}

/// Takes everything from a worker that is dead, and its registration with it when `beat` says which
/// beat it was seen to stop at (so that one that came back keeps its jobs).
pub(crate) async fn free_jobs_of(
    shared: &Shared,
    worker: WorkerId,
    beat: Option<i64>,
) -> Result<usize, StoreError> {
    let mut tx = shared.pools.begin().await?;
    if let Some(beat) = beat
        && !crate::worker::remove(&mut tx, worker, beat).await?
    {
        return Ok(0);
    }
    let mut changes = Changes::new(shared);
    // Orders before jobs, as everywhere: those whose job has cost too many workers fail with it.
    let doomed: Vec<(Uuid,)> = on!(&mut tx, |c| {
        sqlx::query_as(
            "SELECT DISTINCT order_id FROM job WHERE state = 'active' AND worker_id = $1 AND order_id IS NOT NULL \
             AND lost_leases >= $2 AND queue IN ('content', 'publication')",
        )
        .bind(worker.0)
        .bind(LOST_LEASES_MAX)
        .fetch_all(c)
        .await
    })?;
    let mut ids: Vec<OrderId> = doomed.into_iter().map(|(id,)| OrderId(id)).collect();
    ids.sort_unstable();
    let mut orders = change::find_for_update(&mut tx, &ids).await?;
    let rows = take_back(&mut tx, worker, changes.now).await?;
    let mut due = Vec::new();
    for row in &rows {
        if row.lost_leases <= LOST_LEASES_MAX {
            due.push(row.due()?);
        } else if let Some(order) = orders.iter_mut().find(|order| Some(order.order.id.0) == row.order_id) {
            let reason = "The work on it kept breaking off.";
            let how = Circumstance { reason: Some(reason), ..Circumstance::by(Actor::System) };
            let command = match row.kind()? {
                JobKind::Publication => Command::PublicationFailed { reason: reason.to_owned() },
                _ => Command::Exhausted { run: row.run.unwrap_or_default(), reason: reason.to_owned() },
            };
            if let Decision::Transition(transition) = decide(&order.order, &command)? {
                changes.transition(order, *transition, &how);
            }
        }
    }
    let mut committed = changes.flush(&mut tx).await?;
    committed.jobs.extend(due);
    tx.commit().await?;
    shared.wake.send(committed);
    Ok(rows.len())
}

async fn take_back(tx: &mut Tx, worker: WorkerId, now: DateTime<Utc>) -> Result<Vec<Freed>, StoreError> {
    Ok(on!(tx, |c| {
        sqlx::query_as(
            "UPDATE job SET lost_leases = lost_leases + 1, attempt = attempt - 1, lease_token = NULL, \
             worker_id = NULL, dispatched_at = NULL, change_seq = change_seq + 1, \
             state = CASE WHEN lost_leases >= $2 THEN 'failed' ELSE 'waiting' END, \
             error = CASE WHEN lost_leases >= $2 THEN 'its worker died each time' ELSE error END, \
             finished_at = CASE WHEN lost_leases >= $2 THEN $3 ELSE NULL END \
             WHERE state = 'active' AND worker_id = $1 \
             RETURNING id, kind, order_id, run, priority, lost_leases",
        )
        .bind(worker.0)
        .bind(LOST_LEASES_MAX)
        .bind(now)
        .fetch_all(c)
        .await
    })?)
}

impl Freed {
    fn kind(&self) -> Result<JobKind, StoreError> {
        self.kind.parse().map_err(|error| StoreError::corrupt("job", error))
    }

    fn due(&self) -> Result<DueJob, StoreError> {
        Ok(DueJob { id: JobId(self.id), queue: self.kind()?.queue(), priority: self.priority })
    }
}
