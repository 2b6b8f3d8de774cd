//! How much stands where, and how much gets done.

use super::list::{JobList, SETTLED};
use crate::{
    Store,
    db::{Conn, on},
    error::StoreError,
};
use chrono::{DateTime, TimeDelta, Utc};
use galley_domain::job::JobKind;
use sqlx::FromRow;
use std::collections::{BTreeMap, HashMap, HashSet};

/// How many minutes back throughput is told.
pub const THROUGHPUT_MINUTES: usize = 60;

/// A kind of job, and how its jobs are getting on.
#[derive(Clone, Debug)]
pub struct KindState {
    /// The kind.
    pub kind: JobKind,
    /// Nothing of it is begun.
    pub paused: bool,
    /// Since when the job has been due that waits the longest.
    pub waiting_since: Option<DateTime<Utc>>,
    /// Jobs completed in each of the last [`THROUGHPUT_MINUTES`], oldest first.
    pub per_minute: Vec<i64>,
    counts: BTreeMap<JobList, i64>,
}

impl KindState {
    /// How many jobs stand in a list. What is over is not counted: only `per_minute` tells of that.
    pub fn count(&self, list: JobList) -> i64 {
        self.counts.get(&list).copied().unwrap_or_default()
    }

    /// How many were completed in the last [`THROUGHPUT_MINUTES`].
    pub fn completed(&self) -> i64 {
        self.per_minute.iter().sum()
    }
}

#[derive(FromRow)]
struct Count {
    kind: String,
    list: String,
    jobs: i64,
    since: DateTime<Utc>,
}

impl Store {
    /// Every kind of job, with how many jobs stand where and how many were completed in the last hour.
    ///
    /// Each state is counted by the index that only its rows are in: what is over costs nothing.
    pub async fn kind_states(&self) -> Result<Vec<KindState>, StoreError> {
        let now = self.shared.clock.now();
        let mut conn = self.shared.pools.reader().await?;
        let paused = paused(&mut conn).await?;
        let mut counts: HashMap<String, Vec<Count>> = HashMap::new();
        for count in counted(&mut conn).await? {
            counts.entry(count.kind.clone()).or_default().push(count);
        }
        let mut minutes = throughput(&mut conn, now).await?;
        let state = |kind: &JobKind| {
            let name = kind.as_str();
            let counted = counts.remove(name).unwrap_or_default();
            let waiting = counted.iter().find(|count| count.list == JobList::Waiting.as_str());
            Ok(KindState {
                kind: *kind,
                paused: paused.contains(name),
                waiting_since: waiting.map(|count| count.since),
                per_minute: minutes.remove(name).unwrap_or_else(|| vec![0; THROUGHPUT_MINUTES]),
                counts: counted.iter().map(read).collect::<Result<_, _>>()?,
            })
        };
        JobKind::ALL.iter().map(state).collect()
    }
}

fn read(count: &Count) -> Result<(JobList, i64), StoreError> {
    let list = count.list.parse().map_err(|error| StoreError::corrupt("job", error))?;
    Ok((list, count.jobs))
}

async fn paused(conn: &mut Conn) -> Result<HashSet<String>, StoreError> {
    let rows: Vec<(String,)> =
        on!(Conn: conn, |c| sqlx::query_as("SELECT kind FROM queue WHERE paused").fetch_all(c).await)?;
    Ok(rows.into_iter().map(|(kind,)| kind).collect())
}

async fn counted(conn: &mut Conn) -> Result<Vec<Count>, StoreError> {
    let sql = format!(
        "SELECT kind, 'waiting' AS list, COUNT(*) AS jobs, MIN(due_at) AS since FROM job \
         WHERE state = 'waiting' GROUP BY kind \
         UNION ALL SELECT kind, CASE WHEN attempt > 0 THEN 'retrying' ELSE 'delayed' END, COUNT(*), MIN(due_at) \
         FROM job WHERE state = 'delayed' GROUP BY 1, 2 \
         UNION ALL SELECT kind, 'held', COUNT(*), MIN(due_at) FROM job WHERE state = 'held' GROUP BY kind \
         UNION ALL SELECT kind, 'active', COUNT(*), MIN(due_at) FROM job WHERE state = 'active' GROUP BY kind \
         UNION ALL SELECT j.kind, CASE WHEN {SETTLED} THEN 'settled' ELSE 'failed' END, COUNT(*), MIN(j.due_at) \
         FROM job j LEFT JOIN orders o ON o.id = j.order_id WHERE j.state = 'failed' GROUP BY 1, 2"
    );
    Ok(on!(Conn: conn, |c| sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(c).await)?)
}

/// Jobs completed in each minute, oldest first, by kind.
async fn throughput(conn: &mut Conn, now: DateTime<Utc>) -> Result<HashMap<String, Vec<i64>>, StoreError> {
    let span = i64::try_from(THROUGHPUT_MINUTES).unwrap_or(i64::MAX);
    // The minute that is under way is the last one.
    let first = now.timestamp() / 60 - span + 1;
    let from = DateTime::from_timestamp(first * 60, 0).unwrap_or(now - TimeDelta::hours(1));
    let kinds: Vec<String> = JobKind::ALL.iter().map(|kind| format!("'{kind}'")).collect();
    // Every kind by its name, and the states once more as the index has them: SQLite uses it only then.
    let sql = format!(
        "SELECT kind, {minute} AS minute, COUNT(*) FROM job WHERE kind IN ({kinds}) AND state = 'completed' \
         AND state IN ('completed', 'failed', 'cancelled') AND finished_at >= $1 GROUP BY 1, 2",
        minute = format_args!("{} / 60", conn.seconds("finished_at")),
        kinds = kinds.join(", "),
    );
    let rows: Vec<(String, i64, i64)> = on!(Conn: conn, |c| {
        sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(from).fetch_all(c).await
    })?;
    let mut minutes: HashMap<String, Vec<i64>> = HashMap::new();
    for (kind, minute, jobs) in rows {
        let of_kind = minutes.entry(kind).or_insert_with(|| vec![0; THROUGHPUT_MINUTES]);
        if let Some(place) = usize::try_from(minute - first).ok().and_then(|place| of_kind.get_mut(place)) {
            *place = jobs;
        }
    }
    Ok(minutes)
}
