//! What operators see.

use crate::{Store, db::on, error::StoreError};
use chrono::{DateTime, Utc};
use galley_domain::id::JobId;
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
}
