//! Claiming jobs: each claim gives a fresh fencing token, and the claim in the database is the only
//! one that counts, whoever brought the job's id.

use crate::{
    Store,
    db::{Conn, on},
    error::StoreError,
    wake::Committed,
};
use chrono::{DateTime, Utc};
use galley_domain::{
    id::{JobId, LeaseToken, OrderId, WorkerId},
    job::{JobKind, Queue},
};
use serde_json::Value;
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

/// A job that this process holds, as long as nobody took `token` away.
#[derive(Clone, Debug)]
pub struct ClaimedJob {
    /// The job.
    pub id: JobId,
    /// Which work.
    pub kind: JobKind,
    /// The order it is for, if any.
    pub order_id: Option<OrderId>,
    /// The order's run that it was made for.
    pub run: Option<i32>,
    /// Ids, never entities.
    pub payload: Value,
    /// Which run of the job this is, from 1.
    pub attempt: i32,
    /// How often it runs at most.
    pub max_attempts: i32,
    /// The fencing token.
    pub token: LeaseToken,
    /// Who holds it.
    pub worker: WorkerId,
    /// Since when.
    pub started_at: DateTime<Utc>,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    kind: String,
    order_id: Option<Uuid>,
    run: Option<i32>,
    payload: Json<Value>,
    priority: i32,
    attempt: i32,
    max_attempts: i32,
}

const TAKE: &str = "UPDATE job SET state = 'active', attempt = attempt + 1, lease_token = $1, worker_id = $2, \
     started_at = $3, change_seq = change_seq + 1 FROM picked WHERE job.id = picked.id \
     RETURNING job.id, job.kind, job.order_id, job.run, job.payload, job.priority, job.attempt, job.max_attempts";

/// Of a kind that is not paused.
pub(super) const NOT_PAUSED: &str = "kind NOT IN (SELECT kind FROM queue WHERE paused)";

impl Store {
    /// Claims up to `limit` due jobs of a queue, highest priority first.
    ///
    /// One statement: two workers never claim the same job. A crash after it leaves a lease behind,
    /// which the sweeper frees.
    pub async fn claim(
        &self,
        queue: Queue,
        limit: usize,
        worker: WorkerId,
    ) -> Result<Vec<ClaimedJob>, StoreError> {
        let mut conn = self.shared.pools.relaxed().await?;
        let skip = conn.skip_locked();
        let (token, now) = (self.shared.clock.new_id(), self.shared.clock.now());
        let rows: Vec<Row> = on!(Conn: &mut conn, |c| {
            let sql = format!(
                "WITH picked AS MATERIALIZED (SELECT id FROM job WHERE state = 'waiting' AND queue = $4 \
                 AND {NOT_PAUSED} ORDER BY priority DESC, id LIMIT $5{skip}) {TAKE}"
            );
            sqlx::query_as(sqlx::AssertSqlSafe(sql))
                .bind(token)
                .bind(worker.0)
                .bind(now)
                .bind(queue.as_str())
                .bind(i64::try_from(limit).unwrap_or(i64::MAX))
                .fetch_all(c)
                .await
        })?;
        self.claimed(rows, token, worker, now)
    }

    /// Claims those of `ids` that still wait. The others were done, cancelled, held or paused.
    pub async fn claim_these(&self, ids: &[JobId], worker: WorkerId) -> Result<Vec<ClaimedJob>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut conn = self.shared.pools.relaxed().await?;
        let skip = conn.skip_locked();
        let (token, now) = (self.shared.clock.new_id(), self.shared.clock.now());
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        // One text on Postgres, however many ids: it is planned once.
        let rows: Vec<Row> = if let Conn::Postgres(pg) = &mut conn {
            let sql = these("= ANY($4)", skip);
            let query =
                sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(token).bind(worker.0).bind(now).bind(&ids);
            query.fetch_all(&mut **pg).await?
        } else {
            on!(Conn: &mut conn, |c| {
                let places: Vec<String> = (4..ids.len() + 4).map(|place| format!("${place}")).collect();
                let sql = these(&format!("IN ({})", places.join(", ")), skip);
                let mut query = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(token).bind(worker.0).bind(now);
                for id in &ids {
                    query = query.bind(*id);
                }
                query.fetch_all(c).await
            })?
        };
        self.claimed(rows, token, worker, now)
    }

    /// A customer who watches sees that somebody has begun.
    fn claimed(
        &self,
        rows: Vec<Row>,
        token: Uuid,
        worker: WorkerId,
        started_at: DateTime<Utc>,
    ) -> Result<Vec<ClaimedJob>, StoreError> {
        let claimed = claimed(rows, token, worker, started_at)?;
        let orders = claimed.iter().filter(|job| job.kind.is_content()).filter_map(|job| job.order_id);
        self.shared.wake.send(Committed { jobs: Vec::new(), orders: orders.collect() });
        Ok(claimed)
    }
}

fn these(ids: &str, skip: &str) -> String {
    format!(
        "WITH picked AS MATERIALIZED (SELECT id FROM job WHERE state = 'waiting' AND id {ids} \
         AND {NOT_PAUSED}{skip}) {TAKE}"
    )
}

fn claimed(
    mut rows: Vec<Row>,
    token: Uuid,
    worker: WorkerId,
    started_at: DateTime<Utc>,
) -> Result<Vec<ClaimedJob>, StoreError> {
    rows.sort_by_key(|row| (std::cmp::Reverse(row.priority), row.id));
    rows.into_iter()
        .map(|row| {
            Ok(ClaimedJob {
                id: JobId(row.id),
                kind: row.kind.parse().map_err(|error| StoreError::corrupt("job", error))?,
                order_id: row.order_id.map(OrderId),
                run: row.run,
                payload: row.payload.0,
                attempt: row.attempt,
                max_attempts: row.max_attempts,
                token: LeaseToken(token),
                worker,
                started_at,
            })
        })
        .collect()
}
