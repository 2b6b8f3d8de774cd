//! Jobs as staff look at them: lists of where they stand, and one with its runs.

use crate::{
    Store,
    db::{Conn, on},
    error::StoreError,
};
use chrono::{DateTime, Utc};
use galley_domain::{
    id::{JobId, OrderId},
    job::{JobKind, JobState},
};
use serde_json::Value;
use sqlx::{FromRow, types::Json};
use std::str::FromStr;
use uuid::Uuid;

/// True of a failed job that nobody needs to look at any more: what its order does now was decided by
/// somebody since. A publication is settled, too, when another version is the newest, and when its
/// order was sent back or handed in again after it. `j` is the job and `o` its order, if it has one.
pub(crate) const SETTLED: &str = "coalesce((j.queue = 'content' AND (o.run <> j.run OR o.status <> 'FAILED' \
     OR o.failure = 'cancelled')) \
     OR (j.queue = 'publication' AND (o.run <> j.run OR o.status <> 'ADMIN_REVIEW' OR o.publishing \
     OR CAST(j.payload ->> 'version' AS INTEGER) <> o.current_version \
     OR EXISTS (SELECT 1 FROM order_event e WHERE e.order_id = j.order_id AND e.created_at > j.finished_at \
     AND e.kind IN ('changes_requested', 'submitted', 'auto_submitted', 'taken_back')))), FALSE)";

/// A list that jobs are looked at in. Every job stands in exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum JobList {
    /// Due, and in nobody's hands.
    Waiting,
    /// Due later, for the first time.
    Delayed,
    /// Due again after a run that failed.
    Retrying,
    /// Their order is on hold.
    Held,
    /// In a worker's hands.
    Active,
    /// No attempts left, and nobody has decided what follows.
    Failed,
    /// They failed, and their order has gone on since.
    Settled,
    /// Done.
    Completed,
    /// Not wanted any more.
    Cancelled,
}

impl JobList {
    /// Every list, in the order in which a job goes through them.
    pub const ALL: &'static [Self] = &[
        Self::Waiting,
        Self::Delayed,
        Self::Retrying,
        Self::Held,
        Self::Active,
        Self::Failed,
        Self::Settled,
        Self::Completed,
        Self::Cancelled,
    ];

    /// Its name in addresses and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delayed => "delayed",
            Self::Retrying => "retrying",
            Self::Held => "held",
            Self::Active => "active",
            Self::Failed => "failed",
            Self::Settled => "settled",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
        }
    }

    /// What its jobs have in common. Each begins with the state, which the indexes go by.
    fn condition(self) -> String {
        match self {
            Self::Delayed => "j.state = 'delayed' AND j.attempt = 0".to_owned(),
            Self::Retrying => "j.state = 'delayed' AND j.attempt > 0".to_owned(),
            Self::Failed => format!("j.state = 'failed' AND NOT {SETTLED}"),
            Self::Settled => format!("j.state = 'failed' AND {SETTLED}"),
            // Few among many that are over: found by the index of those, which begins with the kind.
            Self::Cancelled => {
                let kinds: Vec<String> = JobKind::ALL.iter().map(|kind| format!("'{kind}'")).collect();
                let ended = "j.state = 'cancelled' AND j.state IN ('completed', 'failed', 'cancelled')";
                format!("{ended} AND j.kind IN ({})", kinds.join(", "))
            }
            Self::Waiting | Self::Held | Self::Active | Self::Completed => {
                format!("j.state = '{}'", self.as_str())
            }
        }
    }

    fn of(state: JobState, attempt: i32, settled: bool) -> Self {
        match state {
            JobState::Waiting => Self::Waiting,
            JobState::Delayed if attempt > 0 => Self::Retrying,
            JobState::Delayed => Self::Delayed,
            JobState::Held => Self::Held,
            JobState::Active => Self::Active,
            JobState::Failed if settled => Self::Settled,
            JobState::Failed => Self::Failed,
            JobState::Completed => Self::Completed,
            JobState::Cancelled => Self::Cancelled,
        }
    }
}

impl FromStr for JobList {
    type Err = galley_domain::id::UnknownName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().copied().find(|list| list.as_str() == name);
        found.ok_or_else(|| Self::Err { what: "JobList", name: name.to_owned() })
    }
}

/// Which jobs are looked at.
#[derive(Clone, Copy, Debug, Default)]
pub struct JobFilter {
    /// Where they stand; everywhere if `None`.
    pub list: Option<JobList>,
    /// Which work; all if `None`.
    pub kind: Option<JobKind>,
}

/// A job as it stands in a list.
#[derive(Clone, Debug)]
pub struct JobLine {
    /// Its id.
    pub id: JobId,
    /// Which work.
    pub kind: JobKind,
    /// Where it stands.
    pub list: JobList,
    /// The order it is for, if any.
    pub order_id: Option<OrderId>,
    /// The order's run that it was made for.
    pub run: Option<i32>,
    /// Higher is sooner.
    pub priority: i32,
    /// Runs so far.
    pub attempt: i32,
    /// How often it runs at most.
    pub max_attempts: i32,
    /// How often a worker died over it.
    pub lost_leases: i32,
    /// Why its last failed run failed, for operators.
    pub error: Option<String>,
    /// The machine and process that has it, or had it last, while that is registered.
    pub host: Option<String>,
    /// When it was called for.
    pub created_at: DateTime<Utc>,
    /// When it is due, or became due last.
    pub due_at: DateTime<Utc>,
    /// When its last run began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

/// A run of a job that failed.
#[derive(Clone, Debug, FromRow)]
pub struct JobRun {
    /// Which, from 1; it begins anew when a person has a failed job run again.
    pub attempt: i32,
    /// Why it failed, for operators: the chain of causes, outermost first, with `: ` between.
    pub error: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: DateTime<Utc>,
}

/// A job with all that is known of it.
#[derive(Clone, Debug)]
pub struct JobDetail {
    /// As in lists.
    pub line: JobLine,
    /// Ids, never entities.
    pub payload: Value,
    /// What keeps it from being called for twice.
    pub dedupe_key: String,
    /// Runs that failed, oldest first; the one that completed is the job's own.
    pub runs: Vec<JobRun>,
}

fn columns() -> String {
    format!(
        "SELECT j.id, j.kind, j.state, j.order_id, j.run, j.priority, j.attempt, j.max_attempts, j.lost_leases, \
         j.error, j.created_at, j.due_at, j.started_at, j.finished_at, w.host, j.payload, j.dedupe_key, \
         {SETTLED} AS settled FROM job j LEFT JOIN orders o ON o.id = j.order_id \
         LEFT JOIN worker_process w ON w.id = j.worker_id"
    )
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    kind: String,
    state: String,
    order_id: Option<Uuid>,
    run: Option<i32>,
    priority: i32,
    attempt: i32,
    max_attempts: i32,
    lost_leases: i32,
    error: Option<String>,
    created_at: DateTime<Utc>,
    due_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
    host: Option<String>,
    payload: Json<Value>,
    dedupe_key: String,
    settled: bool,
}

impl Row {
    fn line(self) -> Result<JobLine, StoreError> {
        let unreadable = |error| StoreError::corrupt("job", error);
        let state = self.state.parse().map_err(unreadable)?;
        Ok(JobLine {
            id: JobId(self.id),
            kind: self.kind.parse().map_err(unreadable)?,
            list: JobList::of(state, self.attempt, self.settled),
            order_id: self.order_id.map(OrderId),
            run: self.run,
            priority: self.priority,
            attempt: self.attempt,
            max_attempts: self.max_attempts,
            lost_leases: self.lost_leases,
            error: self.error,
            host: self.host,
            created_at: self.created_at,
            due_at: self.due_at,
            started_at: self.started_at,
            finished_at: self.finished_at,
        })
    }
}

impl Store {
    /// A page of jobs, newest first: those before `before`, at most `limit`. The next page begins before
    /// the last id of this one.
    pub async fn jobs(
        &self,
        filter: JobFilter,
        before: Option<JobId>,
        limit: i64,
    ) -> Result<Vec<JobLine>, StoreError> {
        let mut terms = vec!["j.id < $1".to_owned()];
        terms.extend(filter.list.map(JobList::condition));
        // A kind of ours is a word of ours: nothing that anybody typed.
        terms.extend(filter.kind.map(|kind| format!("j.kind = '{kind}'")));
        let sql = format!("{} WHERE {} ORDER BY j.id DESC LIMIT $2", columns(), terms.join(" AND "));
        let before = before.map_or_else(Uuid::max, |id| id.0);
        let mut conn = self.shared.pools.reader().await?;
        let rows: Vec<Row> = on!(Conn: &mut conn, |c| {
            sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(before).bind(limit).fetch_all(c).await
        })?;
        rows.into_iter().map(Row::line).collect()
    }

    /// One job with its runs.
    pub async fn find_job(&self, id: JobId) -> Result<Option<JobDetail>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        let row: Option<Row> = on!(Conn: &mut conn, |c| {
            let sql = format!("{} WHERE j.id = $1", columns());
            sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id.0).fetch_optional(c).await
        })?;
        let Some(mut row) = row else { return Ok(None) };
        let runs = runs(&mut conn, id).await?;
        let (payload, dedupe_key) = (row.payload.0.take(), std::mem::take(&mut row.dedupe_key));
        Ok(Some(JobDetail { line: row.line()?, payload, dedupe_key, runs }))
    }
}

async fn runs(conn: &mut Conn, id: JobId) -> Result<Vec<JobRun>, StoreError> {
    Ok(on!(Conn: conn, |c| {
        sqlx::query_as(
            "SELECT attempt, error, started_at, ended_at FROM job_attempt WHERE job_id = $1 ORDER BY id",
        )
        .bind(id.0)
        .fetch_all(c)
        .await
    })?)
}
