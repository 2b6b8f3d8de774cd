//! What operators see and do.

use crate::{
    Store, change,
    db::on,
    error::StoreError,
    wake::{Committed, DueJob},
};
use chrono::{DateTime, Utc};
use galley_domain::{
    id::{JobId, OrderId},
    job::JobState,
};
use sqlx::FromRow;
use uuid::Uuid;

/// A job as the status API shows it.
#[derive(Clone, Debug, FromRow)]
pub struct JobView {
    /// Its id.
    #[sqlx(try_from = "Uuid")]
    pub id: JobId,
    /// Which work.
    pub kind: String,
    /// Where it stands.
    pub state: String,
    /// Runs so far.
    pub attempt: i32,
    /// How often it runs at most.
    pub max_attempts: i32,
    /// When it runs again, if delayed.
    pub run_at: Option<DateTime<Utc>>,
    /// Why its last run failed, for operators.
    pub error: Option<String>,
    /// When it was called for.
    pub created_at: DateTime<Utc>,
    /// When its last run began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

/// Counts of one kind, and how long its last 100 completed jobs took.
#[derive(Clone, Debug, FromRow)]
pub struct JobCounts {
    /// The kind.
    pub kind: String,
    /// Waiting, delayed or held.
    pub pending: i64,
    /// In a worker's hands.
    pub active: i64,
    /// Done.
    pub completed: i64,
    /// Failed for good.
    pub failed: i64,
    /// All, cancelled ones too.
    pub total: i64,
}

/// What became of a wish to run a failed job again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Revived {
    /// It waits.
    Job,
    /// It was a content job: its order must be started again.
    Order(OrderId),
}

impl Store {
    /// Counts by kind.
    pub async fn job_counts(&self) -> Result<Vec<JobCounts>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        Ok(on!(Conn: &mut conn, |c| {
            sqlx::query_as(
                "SELECT kind, COUNT(*) FILTER (WHERE state IN ('waiting', 'delayed', 'held')) AS pending, \
                 COUNT(*) FILTER (WHERE state = 'active') AS active, \
                 COUNT(*) FILTER (WHERE state = 'completed') AS completed, \
                 COUNT(*) FILTER (WHERE state = 'failed') AS failed, COUNT(*) AS total \
                 FROM job GROUP BY kind ORDER BY kind",
            )
            .fetch_all(c)
            .await
        })?)
    }

    /// How long the last 100 completed jobs ran, in milliseconds, newest first.
    pub async fn recent_durations_ms(&self) -> Result<Vec<i64>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        let rows: Vec<(DateTime<Utc>, DateTime<Utc>)> = on!(Conn: &mut conn, |c| {
            sqlx::query_as(
                "SELECT started_at, finished_at FROM job WHERE state = 'completed' AND started_at IS NOT NULL \
                 AND finished_at IS NOT NULL ORDER BY finished_at DESC LIMIT 100",
            )
            .fetch_all(c)
            .await
        })?;
        Ok(rows.into_iter().map(|(start, end)| (end - start).num_milliseconds()).collect())
    }

    /// Failed jobs, newest first, at most `limit`.
    pub async fn failed_jobs(&self, limit: i64) -> Result<Vec<JobView>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        Ok(on!(Conn: &mut conn, |c| {
            sqlx::query_as(
                "SELECT id, kind, state, attempt, max_attempts, run_at, error, created_at, started_at, finished_at \
                 FROM job WHERE state = 'failed' ORDER BY finished_at DESC LIMIT $1",
            )
            .bind(limit)
            .fetch_all(c)
            .await
        })?)
    }

    /// Runs a failed job again. A content job starts its order again, as one click of staff would,
    /// since its run is over; any other is given its attempts back. `NotFound` if it has not failed.
    pub async fn retry_job(&self, id: JobId, actor: galley_domain::actor::Actor) -> Result<(), StoreError> {
        match self.revive(id).await? {
            Revived::Job => Ok(()),
            Revived::Order(order) => {
                self.apply(order, &galley_domain::order::Command::Retry, actor).await.map(drop)
            }
        }
    }

    async fn revive(&self, id: JobId) -> Result<Revived, StoreError> {
        let shared = &self.shared;
        let mut tx = shared.pools.begin().await?;
        let row: Option<(String, Option<Uuid>)> = on!(&mut tx, |c| {
            sqlx::query_as("SELECT queue, order_id FROM job WHERE id = $1 AND state = 'failed'")
                .bind(id.0)
                .fetch_optional(c)
                .await
        })?;
        let (queue, order) = row.ok_or(StoreError::NotFound("failed job"))?;
        if let ("content", Some(order)) = (queue.as_str(), order) {
            return Ok(Revived::Order(OrderId(order)));
        }
        let order: Vec<OrderId> = order.map(OrderId).into_iter().collect();
        let orders = change::find_for_update(&mut tx, &order).await?;
        let frozen = orders.iter().any(|row| row.order.frozen);
        let state = if frozen { JobState::Held } else { JobState::Waiting };
        let revived: Option<(i32,)> = on!(&mut tx, |c| {
            sqlx::query_as(
                "UPDATE job SET state = $2, attempt = 0, lost_leases = 0, run_at = NULL, finished_at = NULL, \
                 dispatched_at = NULL, change_seq = change_seq + 1 WHERE id = $1 AND state = 'failed' \
                 RETURNING priority",
            )
            .bind(id.0)
            .bind(state.as_str())
            .fetch_optional(c)
            .await
        })?;
        let (priority,) = revived.ok_or(StoreError::NotFound("failed job"))?;
        tx.commit().await?;
        let queue = queue.parse().map_err(|error| StoreError::corrupt("job", error))?;
        let jobs = (!frozen).then_some(DueJob { id, queue, priority }).into_iter().collect();
        shared.wake.send(Committed { jobs, orders: Vec::new() });
        Ok(Revived::Job)
    }
}
