//! Running jobs again, or sooner, because somebody says so.

use super::list::SETTLED;
use crate::{
    Store,
    audit::Action,
    change::{self, Changes, Circumstance},
    db::{Tx, on},
    error::StoreError,
    mail,
    wake::DueJob,
};
use chrono::{DateTime, Utc};
use galley_domain::{
    actor::Actor,
    id::{JobId, OrderId},
    job::{JobKind, JobState, Queue},
    order::{Command, Decision, RefusalCode, decide},
};
use serde_json::{Value, json};
use sqlx::{FromRow, types::Json};
use std::collections::{BTreeSet, HashSet};
use uuid::Uuid;

/// Most jobs that one call of [`Store::retry_jobs`] runs again.
pub const RETRIED_MAX: i64 = 500;

/// What came of running many jobs again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RetriedJobs {
    /// They will run again.
    pub retried: i64,
    /// Their orders don't allow it.
    pub refused: i64,
    /// Those that matched as well, beyond what one call does.
    pub left: i64,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    kind: String,
    state: String,
    order_id: Option<Uuid>,
    payload: Json<Value>,
}

/// A job that has failed.
struct Failed {
    id: JobId,
    kind: JobKind,
    order: Option<OrderId>,
    payload: Value,
}

impl Failed {
    fn read(row: Row) -> Result<Self, StoreError> {
        let kind = row.kind.parse().map_err(|error| StoreError::corrupt("job", error))?;
        Ok(Self { id: JobId(row.id), kind, order: row.order_id.map(OrderId), payload: row.payload.0 })
    }

    /// What its order has to be told, where the job itself is over: its run was, when it failed.
    fn command(&self) -> Option<Command> {
        match self.kind.queue() {
            Queue::Content => Some(Command::Retry),
            Queue::Publication => {
                let version = self.payload.get("version").and_then(Value::as_i64).unwrap_or_default();
                Some(Command::Approve { version: i32::try_from(version).unwrap_or_default() })
            }
            Queue::Mail | Queue::Payment => None,
        }
    }

    /// The mail that it delivers.
    fn email(&self) -> Option<Uuid> {
        self.payload.get("emailId")?.as_str()?.parse().ok()
    }
}

impl Store {
    /// Runs a failed job again; one that waits or runs already stays as it is.
    ///
    /// A content job starts its order again and a publication is approved again, as one click of staff
    /// would do it, since the run of either is over. Any other job is given its attempts back.
    /// [`StoreError::Declined`] for a job that has not failed and for a publication whose order was
    /// sent back since, [`StoreError::Refused`] when its order does not allow it,
    /// [`StoreError::NotFound`] for an unknown one.
    pub async fn retry_job(&self, id: JobId, actor: Actor) -> Result<(), StoreError> {
        let mut tx = self.shared.pools.begin().await?;
        let row = find(&mut tx, id).await?.ok_or(StoreError::NotFound("job"))?;
        match state(&row.state)? {
            JobState::Failed => {}
            JobState::Waiting | JobState::Active => return Ok(()),
            JobState::Delayed => return Err(wrong("it runs again by itself; have it run now instead")),
            JobState::Held => return Err(wrong("its order is on hold; it runs when that is over")),
            JobState::Completed => return Err(wrong("it is done")),
            JobState::Cancelled => return Err(wrong("it was called off")),
        }
        let mut changes = Changes::new(&self.shared);
        let mut again = again(&mut tx, &mut changes, vec![Failed::read(row)?], &actor).await?;
        if let Some(refused) = again.refused.pop() {
            return Err(refused);
        }
        let mut committed = changes.flush(&mut tx).await?;
        committed.jobs.extend(again.due);
        tx.commit().await?;
        self.shared.wake.send(committed);
        Ok(())
    }

    /// Runs every job again that has failed, of one kind or of all, oldest first, at most
    /// [`RETRIED_MAX`] at a time: all of them in one transaction. Those whose order has gone on since
    /// are no part of it.
    pub async fn retry_jobs(&self, kind: Option<JobKind>, actor: &Actor) -> Result<RetriedJobs, StoreError> {
        let mut tx = self.shared.pools.begin().await?;
        let mut changes = Changes::new(&self.shared);
        let jobs = failed(&mut tx, kind).await?;
        let again = again(&mut tx, &mut changes, jobs, actor).await?;
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let (retried, refused) = (count(again.retried), count(again.refused.len()));
        let mut committed = changes.flush(&mut tx).await?;
        committed.jobs.extend(again.due);
        let left = (count_failed(&mut tx, kind).await? - refused).max(0);
        tx.commit().await?;
        self.shared.wake.send(committed);
        Ok(RetriedJobs { retried, refused, left })
    }

    /// Makes a job due now that would be due later; one that waits or runs already stays as it is.
    ///
    /// [`StoreError::Declined`] for one that is held or over, [`StoreError::NotFound`] for an unknown one.
    pub async fn run_job_now(&self, id: JobId, actor: &Actor) -> Result<(), StoreError> {
        let mut tx = self.shared.pools.begin().await?;
        let mut changes = Changes::new(&self.shared);
        let Some((kind, priority)) = hasten(&mut tx, id, changes.now).await? else {
            let row = find(&mut tx, id).await?.ok_or(StoreError::NotFound("job"))?;
            return match state(&row.state)? {
                JobState::Waiting | JobState::Active => Ok(()),
                JobState::Held => Err(wrong("its order is on hold; it runs when that is over")),
                _ => Err(wrong("it has ended")),
            };
        };
        let kind: JobKind = kind.parse().map_err(|error| StoreError::corrupt("job", error))?;
        changes.audit(actor, Action::JobHastened, id.0, json!({ "kind": kind }));
        let mut committed = changes.flush(&mut tx).await?;
        committed.jobs.push(DueJob { id, queue: kind.queue(), priority });
        tx.commit().await?;
        self.shared.wake.send(committed);
        Ok(())
    }
}

pub(super) fn wrong(why: &str) -> StoreError {
    StoreError::declined(RefusalCode::WrongJobState, format!("This cannot be done to the job: {why}."))
}

fn state(name: &str) -> Result<JobState, StoreError> {
    name.parse().map_err(|error| StoreError::corrupt("job", error))
}

/// What came of some failed jobs.
#[derive(Default)]
struct Again {
    due: Vec<DueJob>,
    retried: usize,
    refused: Vec<StoreError>,
}

async fn again(
    tx: &mut Tx,
    changes: &mut Changes<'_>,
    jobs: Vec<Failed>,
    actor: &Actor,
) -> Result<Again, StoreError> {
    let mut again = Again::default();
    // Orders before jobs, as everywhere.
    let ids: BTreeSet<OrderId> = jobs.iter().filter_map(|job| job.order).collect();
    let ids: Vec<OrderId> = ids.into_iter().collect();
    let mut orders = change::find_for_update(tx, &ids).await?;
    let settled = settled_publications(tx, &jobs).await?;
    let (mut waiting, mut held) = (Vec::new(), Vec::new());
    for job in &jobs {
        let order = orders.iter_mut().find(|row| Some(row.order.id) == job.order);
        match (job.command(), order) {
            (Some(command), Some(row)) => match decide(&row.order, &command) {
                Ok(Decision::Transition(_)) if settled.contains(&job.id.0) => {
                    again.refused.push(wrong("its order has gone on since"));
                }
                Ok(decision) => {
                    if let Decision::Transition(transition) = decision {
                        changes.transition(row, *transition, &Circumstance::by(actor.clone()));
                    }
                    again.retried += 1;
                    changes.audit(actor, Action::JobRetried, job.id.0, json!({ "kind": job.kind }));
                }
                Err(refusal) => again.refused.push(refusal.into()),
            },
            (_, Some(row)) if row.order.frozen => held.push(job),
            _ => waiting.push(job),
        }
    }
    for (jobs, state) in [(waiting, JobState::Waiting), (held, JobState::Held)] {
        let revived = revive(tx, &jobs, state).await?;
        let emails: Vec<Uuid> = jobs
            .iter()
            .filter(|job| revived.iter().any(|(id, _)| *id == job.id.0))
            .filter_map(|job| job.email())
            .collect();
        mail::mark_queued(tx, &emails).await?;
        again.retried += revived.len();
        for (id, priority) in revived {
            let Some(job) = jobs.iter().find(|job| job.id.0 == id) else { continue };
            changes.audit(actor, Action::JobRetried, id, json!({ "kind": job.kind }));
            if state == JobState::Waiting {
                again.due.push(DueJob { id: job.id, queue: job.kind.queue(), priority });
            }
        }
    }
    Ok(again)
}

/// Gives failed jobs their attempts back; returns those that had still failed, with their priority.
async fn revive(tx: &mut Tx, jobs: &[&Failed], state: JobState) -> Result<Vec<(Uuid, i32)>, StoreError> {
    if jobs.is_empty() {
        return Ok(Vec::new());
    }
    Ok(on!(tx, |c| {
        let mut sql = sqlx::QueryBuilder::new("UPDATE job SET state = ");
        sql.push_bind(state.as_str()).push(
            ", attempt = 0, lost_leases = 0, run_at = NULL, finished_at = NULL, dispatched_at = NULL, \
             change_seq = change_seq + 1 WHERE state = 'failed' AND id IN (",
        );
        let mut list = sql.separated(", ");
        for job in jobs {
            list.push_bind(job.id.0);
        }
        sql.push(") RETURNING id, priority");
        sql.build_query_as().fetch_all(c).await
    })?)
}

async fn find(tx: &mut Tx, id: JobId) -> Result<Option<Row>, StoreError> {
    Ok(on!(tx, |c| {
        sqlx::query_as("SELECT id, kind, state, order_id, payload FROM job WHERE id = $1")
            .bind(id.0)
            .fetch_optional(c)
            .await
    })?)
}

/// Those that have failed and that somebody may still decide about.
fn unsettled(columns: &str, kind: Option<JobKind>) -> String {
    let kind = kind.map(|kind| format!(" AND j.kind = '{kind}'")).unwrap_or_default();
    format!(
        "SELECT {columns} FROM job j LEFT JOIN orders o ON o.id = j.order_id \
         WHERE j.state = 'failed' AND NOT {SETTLED}{kind}"
    )
}

/// Those of `jobs` that publish and that were settled before their orders were locked.
async fn settled_publications(tx: &mut Tx, jobs: &[Failed]) -> Result<HashSet<Uuid>, StoreError> {
    let publish = |job: &&Failed| job.kind.queue() == Queue::Publication;
    let ids: Vec<Uuid> = jobs.iter().filter(publish).map(|job| job.id.0).collect();
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let rows: Vec<(Uuid,)> = on!(tx, |c| {
        let mut sql =
            sqlx::QueryBuilder::new("SELECT j.id FROM job j JOIN orders o ON o.id = j.order_id WHERE ");
        sql.push(SETTLED).push(" AND j.id IN (");
        let mut list = sql.separated(", ");
        for id in &ids {
            list.push_bind(*id);
        }
        sql.push(")");
        sql.build_query_as().fetch_all(c).await
    })?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// How many of them could run again, an order's taken as one: see [`failed`].
async fn count_failed(tx: &mut Tx, kind: Option<JobKind>) -> Result<i64, StoreError> {
    let once = "COUNT(DISTINCT CASE WHEN j.queue IN ('content', 'publication') \
                THEN coalesce(j.order_id, j.id) ELSE j.id END)";
    let sql = unsettled(once, kind);
    let (count,): (i64,) = on!(tx, |c| sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_one(c).await)?;
    Ok(count)
}

async fn failed(tx: &mut Tx, kind: Option<JobKind>) -> Result<Vec<Failed>, StoreError> {
    let sql = unsettled("j.id, j.kind, j.state, j.order_id, j.payload", kind);
    let rows: Vec<Row> = on!(tx, |c| {
        let sql = format!("{sql} ORDER BY j.id LIMIT $1");
        sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(RETRIED_MAX).fetch_all(c).await
    })?;
    // An order starts again once, however many of its jobs have failed: as its newest says.
    let mut orders = HashSet::new();
    let newest = |job: &Failed| job.command().is_none() || job.order.is_none_or(|order| orders.insert(order));
    let jobs: Vec<Failed> = rows.into_iter().map(Failed::read).collect::<Result<_, _>>()?;
    let mut jobs: Vec<Failed> = jobs.into_iter().rev().filter(newest).collect();
    jobs.reverse();
    Ok(jobs)
}

async fn hasten(tx: &mut Tx, id: JobId, now: DateTime<Utc>) -> Result<Option<(String, i32)>, StoreError> {
    Ok(on!(tx, |c| {
        sqlx::query_as(
            "UPDATE job SET state = 'waiting', run_at = NULL, due_at = $2, dispatched_at = NULL, \
             change_seq = change_seq + 1 WHERE id = $1 AND state = 'delayed' RETURNING kind, priority",
        )
        .bind(id.0)
        .bind(now)
        .fetch_optional(c)
        .await
    })?)
}
