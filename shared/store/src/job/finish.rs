//! Finishing jobs: one batch, one transaction, one statement per table.

use super::{ClaimedJob, Finish, Finished, Outcome};
use crate::{
    change::{self, Changes, Circumstance, OrderRow},
    db::{Tx, on},
    error::StoreError,
    mail,
    open::Shared,
    wake::{Committed, DueJob},
};
use chrono::{DateTime, Utc};
use galley_domain::{
    actor::Actor,
    id::OrderId,
    job::{JobKind, JobState},
    order::{Command, Decision, decide},
};
use std::collections::{BTreeSet, HashMap, HashSet};
use uuid::Uuid;

/// Ends a batch of jobs. If it fails for one item's sake, each is done again by itself.
pub(crate) async fn finish(shared: &Shared, items: Vec<Finish>) -> Vec<Result<Finished, StoreError>> {
    match batch(shared, &items).await {
        Ok(outcomes) => outcomes.into_iter().map(Ok).collect(),
        Err(error) if items.len() == 1 => vec![Err(error)],
        Err(_) => {
            let mut outcomes = Vec::with_capacity(items.len());
            for item in &items {
                let outcome = batch(shared, std::slice::from_ref(item)).await;
                outcomes.push(outcome.and_then(|mut all| all.pop().ok_or(StoreError::Closed)));
            }
            outcomes
        }
    }
}

/// How a job's row ends up.
struct Ending {
    state: JobState,
    run_at: Option<DateTime<Utc>>,
    error: Option<String>,
    /// What it says in the list of attempts; a hand-back is none.
    attempt: Option<&'static str>,
}

impl Ending {
    fn of(finish: &Finish, now: DateTime<Utc>) -> Self {
        let done = |state, attempt| Self { state, run_at: None, error: None, attempt };
        match &finish.outcome {
            Outcome::Content(_) | Outcome::MailSent | Outcome::Done => done(JobState::Completed, Some("completed")),
            Outcome::HandedBack => done(JobState::Waiting, None),
            Outcome::Failed(failure) => {
                let left = finish.job.attempt < finish.job.max_attempts;
                let pause = failure.retry_in.filter(|_| left).and_then(|pause| chrono::TimeDelta::from_std(pause).ok());
                let error = Some(failure.error.clone());
                match pause {
                    Some(pause) => Self { state: JobState::Delayed, run_at: Some(now + pause), error, attempt: Some("failed") },
                    None => Self { state: JobState::Failed, run_at: None, error, attempt: Some("failed") },
                }
            }
        }
    }

    /// Whether the order has to be told.
    fn concerns_order(&self, finish: &Finish) -> bool {
        let job = &finish.job;
        let ordered = job.kind.is_content() || job.kind == JobKind::Publication;
        job.order_id.is_some() && ordered && matches!(self.state, JobState::Completed | JobState::Failed)
    }
}

async fn batch(shared: &Shared, items: &[Finish]) -> Result<Vec<Finished>, StoreError> {
    let mut tx = shared.pools.begin().await?;
    let mut changes = Changes::new(shared);
    let endings: Vec<Ending> = items.iter().map(|item| Ending::of(item, changes.now)).collect();
    let concerned: BTreeSet<OrderId> = items
        .iter()
        .zip(&endings)
        .filter(|(item, ending)| ending.concerns_order(item))
        .filter_map(|(item, _)| item.job.order_id)
        .collect();
    let concerned: Vec<OrderId> = concerned.into_iter().collect();
    // Orders before jobs: the order in which everybody takes locks.
    let rows = change::find_for_update(&mut tx, &concerned).await?;
    let mut orders: HashMap<OrderId, OrderRow> = rows.into_iter().map(|row| (row.order.id, row)).collect();
    let current = end_jobs(&mut tx, items, &endings, changes.now).await?;
    let mut outcomes = Vec::with_capacity(items.len());
    let (mut sent, mut undeliverable) = (Vec::new(), Vec::new());
    for (item, ending) in items.iter().zip(&endings) {
        if !current.contains(&(item.job.id.0)) {
            outcomes.push(Finished::Lost);
            continue;
        }
        let email = item.job.payload.get("emailId").and_then(|id| id.as_str()?.parse::<Uuid>().ok());
        match (&item.outcome, email) {
            (Outcome::MailSent, Some(id)) => sent.push(id),
            (Outcome::Failed(failure), Some(id)) if ending.state == JobState::Failed => {
                undeliverable.push((id, failure.error.clone()));
            }
            _ => {}
        }
        let order = item.job.order_id.filter(|_| ending.concerns_order(item)).and_then(|id| orders.get_mut(&id));
        outcomes.push(match order {
            Some(row) => tell(&mut changes, row, item)?,
            None => plain(ending),
        });
    }
    mail::mark_sent(&mut tx, &sent, changes.now).await?;
    mail::mark_undeliverable(&mut tx, &undeliverable).await?;
    insert_attempts(&mut tx, shared, items, &endings, &current, changes.now).await?;
    let mut committed = changes.flush(&mut tx).await?;
    hand_back(&mut committed, items, &current);
    tx.commit().await?;
    shared.wake.send(committed);
    Ok(outcomes)
}

fn plain(ending: &Ending) -> Finished {
    match (ending.state, ending.run_at) {
        (JobState::Delayed, Some(at)) => Finished::Retrying { at },
        (JobState::Failed, _) => Finished::Failed,
        (JobState::Waiting, _) => Finished::HandedBack,
        _ => Finished::Applied,
    }
}

/// Puts the job's end to its order.
fn tell(changes: &mut Changes<'_>, row: &mut OrderRow, item: &Finish) -> Result<Finished, StoreError> {
    let run = item.job.run.unwrap_or_default();
    let mut how = Circumstance::by(Actor::System);
    let command = match &item.outcome {
        Outcome::Content(version) => {
            how.version = Some(version);
            Command::ContentReady { run }
        }
        Outcome::Failed(failure) => {
            how.reason = Some(&failure.public_reason);
            ending_command(&item.job, &failure.public_reason)
        }
        Outcome::MailSent | Outcome::Done | Outcome::HandedBack => return Ok(Finished::Applied),
    };
    let done = if matches!(item.outcome, Outcome::Failed(_)) { Finished::Failed } else { Finished::Applied };
    Ok(match decide(&row.order, &command)? {
        Decision::Transition(transition) => {
            changes.transition(row, *transition, &how);
            done
        }
        Decision::AlreadyApplied => done,
        Decision::Stale => Finished::Stale,
    })
}

/// What it means for an order that its job failed for good.
pub(super) fn ending_command(job: &ClaimedJob, reason: &str) -> Command {
    if job.kind == JobKind::Publication {
        Command::PublicationFailed { reason: reason.to_owned() }
    } else {
        Command::Exhausted { run: job.run.unwrap_or_default(), reason: reason.to_owned() }
    }
}

/// Ends each job that is still held under its token; returns the ids of those that were.
///
/// A job that would wait for its next run is held instead while its order is frozen.
async fn end_jobs(
    tx: &mut Tx,
    items: &[Finish],
    endings: &[Ending],
    now: DateTime<Utc>,
) -> Result<HashSet<Uuid>, StoreError> {
    let mut rows: Vec<(&Finish, &Ending)> = items.iter().zip(endings).collect();
    rows.sort_by_key(|(item, _)| item.job.id);
    rows.dedup_by_key(|(item, _)| item.job.id);
    let ended: Vec<(Uuid,)> = on!(tx, |c| {
        let mut sql = sqlx::QueryBuilder::new(
            "UPDATE job SET state = CASE WHEN v.column3 IN ('delayed', 'waiting') AND EXISTS \
             (SELECT 1 FROM orders WHERE orders.id = job.order_id AND orders.frozen) \
             THEN 'held' ELSE v.column3 END, run_at = v.column4, error = coalesce(v.column5, job.error), \
             finished_at = v.column6, attempt = job.attempt - v.column7, due_at = coalesce(v.column4, job.due_at), \
             lease_token = NULL, worker_id = NULL, change_seq = change_seq + 1 FROM (",
        );
        sql.push_values(&rows, |mut value, (item, ending)| {
            let over = matches!(ending.state, JobState::Completed | JobState::Failed);
            value.push_bind(item.job.id.0).push_bind(item.job.token.0).push_bind(ending.state.as_str());
            value.push_bind(ending.run_at).push_bind(&ending.error).push_bind(over.then_some(now));
            // A hand-back takes the attempt back that the claim had counted.
            value.push_bind(i32::from(ending.attempt.is_none()));
        });
        sql.push(
            ") AS v WHERE job.id = v.column1 AND job.lease_token = v.column2 AND job.state = 'active' \
             RETURNING job.id",
        );
        sql.build_query_as().fetch_all(c).await
    })?;
    Ok(ended.into_iter().map(|(id,)| id).collect())
}

async fn insert_attempts(
    tx: &mut Tx,
    shared: &Shared,
    items: &[Finish],
    endings: &[Ending],
    current: &HashSet<Uuid>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let rows: Vec<_> = items
        .iter()
        .zip(endings)
        .filter(|(item, _)| current.contains(&item.job.id.0))
        .filter_map(|(item, ending)| Some((item, ending, ending.attempt?)))
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    on!(tx, |c| {
        let mut sql = sqlx::QueryBuilder::new(
            "INSERT INTO job_attempt (id, job_id, attempt, worker_id, outcome, error, started_at, ended_at) ",
        );
        sql.push_values(&rows, |mut value, (item, ending, outcome)| {
            let job = &item.job;
            value.push_bind(shared.clock.new_id()).push_bind(job.id.0).push_bind(job.attempt);
            value.push_bind(job.worker.0).push_bind(*outcome).push_bind(&ending.error);
            value.push_bind(job.started_at).push_bind(now);
        });
        sql.build().execute(c).await.map(drop)
    })?;
    Ok(())
}

fn hand_back(committed: &mut Committed, items: &[Finish], current: &HashSet<Uuid>) {
    let back = items
        .iter()
        .filter(|item| matches!(item.outcome, Outcome::HandedBack) && current.contains(&item.job.id.0));
    committed.jobs.extend(back.map(|item| DueJob { id: item.job.id, queue: item.job.kind.queue(), priority: 0 }));
}
