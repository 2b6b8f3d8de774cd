//! Taking jobs back from who will not finish them.

use super::{finish::ending_command, sweep::SWEEP_MAX};
use crate::{
    change::{self, Changes, Circumstance, OrderRow},
    db::{Tx, on},
    error::StoreError,
    mail,
    shared::Shared,
    wake::DueJob,
};
use chrono::{DateTime, Utc};
use galley_domain::{
    actor::Actor,
    id::{JobId, LeaseToken, OrderId, WorkerId},
    job::{JobKind, JobState, LOST_LEASES_MAX},
    order::{Decision, decide},
};
use serde_json::Value;
use sqlx::{FromRow, types::Json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What is said of a job that has cost too many workers.
const LOST: &str = "its worker died each time";

/// A job that waits again, or has failed, or is held.
#[derive(FromRow)]
pub(super) struct Freed {
    id: Uuid,
    kind: String,
    order_id: Option<Uuid>,
    run: Option<i32>,
    priority: i32,
    state: String,
    payload: Json<Value>,
}

/// Whose jobs are taken back.
#[derive(Clone, Copy)]
pub(crate) enum Holder {
    /// All that a dead worker held: each counts a loss.
    Worker(WorkerId),
    /// One claim that nobody knows of: counts as nothing.
    Claim(LeaseToken),
}

impl Holder {
    const fn column(self) -> &'static str {
        match self {
            Self::Worker(_) => "worker_id",
            Self::Claim(_) => "lease_token",
        }
    }

    const fn id(self) -> Uuid {
        match self {
            Self::Worker(WorkerId(id)) | Self::Claim(LeaseToken(id)) => id,
        }
    }

    const fn losses(self) -> i32 {
        match self {
            Self::Worker(_) => 1,
            Self::Claim(_) => 0,
        }
    }
}

/// Takes jobs back; from a dead worker its registration with them when `beat` says which beat it was
/// seen to stop at (so that one that came back keeps its jobs).
pub(crate) async fn free(shared: &Shared, holder: Holder, beat: Option<i64>) -> Result<usize, StoreError> {
    let mut tx = shared.pools.begin().await?;
    if let (Some(beat), Holder::Worker(worker)) = (beat, holder)
        && !crate::worker::remove(&mut tx, worker, beat).await?
    {
        return Ok(0);
    }
    let mut changes = Changes::new(shared);
    // Orders before jobs, as everywhere: one may be frozen, and one whose job has cost too many
    // workers fails with it. A job that is claimed after this look is left to the next pass.
    let held = held(&mut tx, holder).await?;
    let ids: BTreeSet<OrderId> = held.iter().filter_map(|(_, order)| order.map(OrderId)).collect();
    let ids: Vec<OrderId> = ids.into_iter().collect();
    let mut orders = change::find_for_update(&mut tx, &ids).await?;
    let frozen = |id: &Uuid| orders.iter().any(|row| row.order.frozen && row.order.id.0 == *id);
    let (frozen, others): (Vec<_>, Vec<_>) =
        held.into_iter().partition(|(_, order)| order.as_ref().is_some_and(frozen));
    let mut rows = take_back(&mut tx, holder, &others, JobState::Waiting, changes.now).await?;
    rows.extend(take_back(&mut tx, holder, &frozen, JobState::Held, changes.now).await?);
    let (mut due, mut undeliverable) = (Vec::new(), Vec::new());
    for row in &rows {
        match row.state.parse().map_err(|error| StoreError::corrupt("job", error))? {
            JobState::Waiting => due.push(row.due()?),
            JobState::Failed => {
                undeliverable.extend(row.email().map(|id| (id, LOST.to_owned())));
                if let Some(order) = orders.iter_mut().find(|order| Some(order.order.id.0) == row.order_id) {
                    row.tell(order, &mut changes)?;
                }
            }
            _ => {}
        }
    }
    mail::mark_undeliverable(&mut tx, &undeliverable).await?;
    let mut committed = changes.flush(&mut tx).await?;
    committed.jobs.extend(due);
    tx.commit().await?;
    shared.wake.send(committed);
    Ok(rows.len())
}

/// The jobs that are held, with their orders.
async fn held(tx: &mut Tx, holder: Holder) -> Result<Vec<(Uuid, Option<Uuid>)>, StoreError> {
    let sql = format!(
        "SELECT id, order_id FROM job WHERE state = 'active' AND {} = $1 ORDER BY id LIMIT {SWEEP_MAX}",
        holder.column()
    );
    Ok(on!(tx, |c| sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(holder.id()).fetch_all(c).await)?)
}

async fn take_back(
    tx: &mut Tx,
    holder: Holder,
    jobs: &[(Uuid, Option<Uuid>)],
    state: JobState,
    now: DateTime<Utc>,
) -> Result<Vec<Freed>, StoreError> {
    if jobs.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<String> = (6..jobs.len() + 6).map(|place| format!("${place}")).collect();
    // Locked by id, as those who finish jobs lock them.
    let sql = format!(
        "WITH picked AS MATERIALIZED (SELECT id FROM job WHERE state = 'active' AND {column} = $1 \
         AND id IN ({places}) ORDER BY id{lock}) \
         UPDATE job SET lost_leases = lost_leases + $2, attempt = attempt - 1, lease_token = NULL, \
         worker_id = NULL, dispatched_at = NULL, change_seq = change_seq + 1, \
         state = CASE WHEN lost_leases + $2 > $3 THEN 'failed' ELSE $5 END, \
         error = CASE WHEN lost_leases + $2 > $3 THEN '{LOST}' ELSE error END, \
         finished_at = CASE WHEN lost_leases + $2 > $3 THEN $4 ELSE finished_at END \
         FROM picked WHERE job.id = picked.id \
         RETURNING job.id, job.kind, job.order_id, job.run, job.priority, job.state, job.payload",
        column = holder.column(),
        places = places.join(", "),
        lock = tx.for_update(),
    );
    Ok(on!(tx, |c| {
        // As many texts as there are numbers of jobs: not worth keeping.
        let mut query = sqlx::query_as(sqlx::AssertSqlSafe(sql)).persistent(false);
        query = query.bind(holder.id()).bind(holder.losses()).bind(LOST_LEASES_MAX).bind(now);
        query = query.bind(state.as_str());
        for (job, _) in jobs {
            query = query.bind(*job);
        }
        query.fetch_all(c).await
    })?)
}

impl Freed {
    fn kind(&self) -> Result<JobKind, StoreError> {
        self.kind.parse().map_err(|error| StoreError::corrupt("job", error))
    }

    pub(super) fn due(&self) -> Result<DueJob, StoreError> {
        Ok(DueJob { id: JobId(self.id), queue: self.kind()?.queue(), priority: self.priority })
    }

    /// The mail that it would have delivered.
    fn email(&self) -> Option<Uuid> {
        self.payload.get("emailId")?.as_str()?.parse().ok()
    }

    /// Tells its order that it has failed.
    fn tell(&self, order: &mut OrderRow, changes: &mut Changes<'_>) -> Result<(), StoreError> {
        let kind = self.kind()?;
        if !kind.is_content() && kind != JobKind::Publication {
            return Ok(());
        }
        let reason = "The work on it kept breaking off.";
        let how = Circumstance { reason: Some(reason), ..Circumstance::by(Actor::System) };
        if let Decision::Transition(transition) =
            decide(&order.order, &ending_command(kind, self.run, reason))?
        {
            changes.transition(order, *transition, &how);
        }
        Ok(())
    }
}
