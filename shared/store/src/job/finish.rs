//! Finishing jobs: one batch, one transaction, one statement per table.

use super::{Finish, Finished, Outcome};
use crate::{
    article::{self, Edition, SeenCopy},
    change::{self, Changes, Circumstance, OrderRow},
    db::{Tx, on},
    error::StoreError,
    mail,
    shared::Shared,
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

/// Ends a batch of jobs.
///
/// The same job may come twice, under a spent token and the current one. Then they go one after the
/// other: which of them counts is for the database to say.
pub(crate) async fn finish(shared: &Shared, items: Vec<Finish>) -> Vec<Result<Finished, StoreError>> {
    let mut outcomes: Vec<_> = items.iter().map(|_| Err(StoreError::Closed)).collect();
    let mut left: Vec<(usize, Finish)> = items.into_iter().enumerate().collect();
    while !left.is_empty() {
        let mut jobs = HashSet::new();
        let (now, later): (Vec<_>, Vec<_>) = left.into_iter().partition(|(_, item)| jobs.insert(item.job.id));
        let (places, items): (Vec<_>, Vec<_>) = now.into_iter().unzip();
        for (place, outcome) in places.into_iter().zip(together_or_alone(shared, &items).await) {
            outcomes[place] = outcome;
        }
        left = later;
    }
    outcomes
}

/// If the batch fails for one item's sake, each is done again by itself; if the database is away,
/// all fail.
async fn together_or_alone(shared: &Shared, items: &[Finish]) -> Vec<Result<Finished, StoreError>> {
    let mut away = match batch(shared, items).await {
        Ok(outcomes) => return outcomes.into_iter().map(Ok).collect(),
        Err(error) => Some(error).filter(StoreError::is_away),
    };
    let mut outcomes = Vec::with_capacity(items.len());
    for item in items {
        let outcome = match away.clone() {
            Some(error) => Err(error),
            None => batch(shared, std::slice::from_ref(item))
                .await
                .and_then(|mut all| all.pop().ok_or(StoreError::Closed)),
        };
        away = away.or_else(|| outcome.as_ref().err().filter(|error| error.is_away()).cloned());
        outcomes.push(outcome);
    }
    outcomes
}

/// How a job's row ends up.
struct Ending {
    state: JobState,
    run_at: Option<DateTime<Utc>>,
    error: Option<String>,
    /// The run takes its attempt back, which the claim had counted.
    uncounted: bool,
}

impl Ending {
    fn of(finish: &Finish, now: DateTime<Utc>) -> Self {
        let end = |state| Self { state, run_at: None, error: None, uncounted: false };
        match &finish.outcome {
            Outcome::Content(_) | Outcome::Published(_) | Outcome::MailSent | Outcome::Done => {
                end(JobState::Completed)
            }
            Outcome::HandedBack => Self::again(),
            Outcome::Failed(failure) => {
                let left = finish.job.attempt < finish.job.max_attempts;
                let pause = failure
                    .retry_in
                    .filter(|_| left)
                    .and_then(|pause| chrono::TimeDelta::from_std(pause).ok());
                let error = Some(failure.error.clone());
                let state = if pause.is_some() { JobState::Delayed } else { JobState::Failed };
                Self { state, run_at: pause.map(|pause| now + pause), error, uncounted: false }
            }
        }
    }

    /// As if it had never been claimed.
    const fn again() -> Self {
        Self { state: JobState::Waiting, run_at: None, error: None, uncounted: true }
    }

    /// A job that would wait for its next run is held instead while its order is frozen. The order's
    /// row is locked: a dispute that is opened meanwhile either sees the job wait, or was seen.
    fn hold(&mut self, order: Option<&OrderRow>) {
        let waits = matches!(self.state, JobState::Waiting | JobState::Delayed);
        if waits && order.is_some_and(|row| row.order.frozen) {
            self.state = JobState::Held;
        }
    }

    /// Whether the order's row has to be locked: it is told, or asked whether it is frozen.
    fn needs_order(&self, finish: &Finish) -> bool {
        matches!(self.state, JobState::Waiting | JobState::Delayed) || self.concerns_order(finish)
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
    let mut endings: Vec<Ending> = items.iter().map(|item| Ending::of(item, changes.now)).collect();
    let concerned: BTreeSet<OrderId> = items
        .iter()
        .zip(&endings)
        .filter(|(item, ending)| ending.needs_order(item))
        .filter_map(|(item, _)| item.job.order_id)
        .collect();
    let concerned: Vec<OrderId> = concerned.into_iter().collect();
    // Orders before articles before jobs: the order in which everybody takes locks.
    let rows = change::find_for_update(&mut tx, &concerned).await?;
    let mut orders: HashMap<OrderId, OrderRow> = rows.into_iter().map(|row| (row.order.id, row)).collect();
    let found = items.iter().filter_map(seen).map(|copy| copy.article);
    let written = items.iter().filter_map(edition).map(|new| new.article);
    let mut articles = article::lock(&mut tx, written.chain(found).collect()).await?;
    for (item, ending) in items.iter().zip(&mut endings) {
        // Somebody else's text came between: the next run makes one that follows it.
        if edition(item).is_some_and(|new| !articles.get_mut(&new.article).is_some_and(|old| old.follow(new)))
        {
            *ending = Ending::again();
        }
        ending.hold(item.job.order_id.and_then(|id| orders.get(&id)));
    }
    let current = end_jobs(&mut tx, items, &endings, changes.now).await?;
    let mut outcomes = Vec::with_capacity(items.len());
    let (mut sent, mut undeliverable) = (Vec::new(), Vec::new());
    let mut told = Told::default();
    for (item, ending) in items.iter().zip(&endings) {
        if !current.contains_key(&item.job.id.0) {
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
        let order =
            item.job.order_id.filter(|_| ending.concerns_order(item)).and_then(|id| orders.get_mut(&id));
        outcomes.push(match order {
            Some(row) => tell(&mut changes, row, item, &mut told)?,
            None => plain(ending),
        });
    }
    mail::mark_sent(&mut tx, &sent, changes.now).await?;
    mail::mark_undeliverable(&mut tx, &undeliverable).await?;
    insert_failed_attempts(&mut tx, shared, items, &endings, &current, changes.now).await?;
    article::write_seen(&mut tx, &told.seen).await?;
    let editions = told.editions;
    article::write(&mut tx, &editions, &articles, changes.now).await?;
    let mut committed = changes.flush(&mut tx).await?;
    committed.jobs.extend(handed_back(items, &endings, &current));
    tell_watchers(&mut committed, items, &current);
    if !editions.is_empty() {
        fail::fail_point!("publish.before-commit");
    }
    tx.commit().await?;
    if !editions.is_empty() {
        fail::fail_point!("publish.after-commit");
    }
    shared.wake.send(committed);
    Ok(outcomes)
}

fn plain(ending: &Ending) -> Finished {
    match (ending.state, ending.run_at) {
        (JobState::Delayed | JobState::Held, Some(at)) => Finished::Retrying { at },
        (JobState::Failed, _) => Finished::Failed,
        (JobState::Waiting | JobState::Held, _) => Finished::HandedBack,
        _ => Finished::Applied,
    }
}

/// The text that the job makes public, if that is its outcome.
fn edition(item: &Finish) -> Option<&Edition> {
    match &item.outcome {
        Outcome::Published(edition) => Some(edition),
        _ => None,
    }
}

/// What the job found on another site instead of its copy, if it failed by that.
fn seen(item: &Finish) -> Option<&SeenCopy> {
    match &item.outcome {
        Outcome::Failed(failure) => failure.seen.as_ref(),
        _ => None,
    }
}

/// What articles become by what orders were told.
#[derive(Default)]
struct Told<'i> {
    editions: Vec<&'i Edition>,
    seen: Vec<(OrderId, &'i SeenCopy)>,
}

/// Puts the job's end to its order. What that means for an article joins `told`.
fn tell<'i>(
    changes: &mut Changes<'_>,
    row: &mut OrderRow,
    item: &'i Finish,
    told: &mut Told<'i>,
) -> Result<Finished, StoreError> {
    let run = item.job.run.unwrap_or_default();
    let mut how = Circumstance::by(Actor::System);
    let command = match &item.outcome {
        Outcome::Content(version) => {
            how.version = Some(version);
            Command::ContentReady { run }
        }
        Outcome::Published(edition) => {
            how.public_url = Some(&edition.url);
            Command::Published { url: edition.url.clone() }
        }
        Outcome::Failed(failure) => {
            how.reason = Some(&failure.public_reason);
            how.fault = failure.fault;
            ending_command(item.job.kind, item.job.run, &failure.public_reason)
        }
        Outcome::MailSent | Outcome::Done | Outcome::HandedBack => return Ok(Finished::Applied),
    };
    let done = if matches!(item.outcome, Outcome::Failed(_)) { Finished::Failed } else { Finished::Applied };
    Ok(match decide(&row.order, &command)? {
        Decision::Transition(transition) => {
            changes.transition(row, *transition, &how);
            told.editions.extend(edition(item));
            told.seen.extend(seen(item).map(|copy| (row.order.id, copy)));
            done
        }
        Decision::AlreadyApplied => done,
        Decision::Stale => Finished::Stale,
    })
}

/// What it means for an order that its job failed for good.
pub(super) fn ending_command(kind: JobKind, run: Option<i32>, reason: &str) -> Command {
    if kind == JobKind::Publication {
        Command::PublicationFailed { reason: reason.to_owned() }
    } else {
        Command::Exhausted { run: run.unwrap_or_default(), reason: reason.to_owned() }
    }
}

/// Ends each job that is still held under its token; returns the priority of each that was, by id.
async fn end_jobs(
    tx: &mut Tx,
    items: &[Finish],
    endings: &[Ending],
    now: DateTime<Utc>,
) -> Result<HashMap<Uuid, i32>, StoreError> {
    let mut rows: Vec<(&Finish, &Ending)> = items.iter().zip(endings).collect();
    rows.sort_by_key(|(item, _)| item.job.id);
    let ended: Vec<(Uuid, i32)> = on!(tx, |c| {
        let mut sql = sqlx::QueryBuilder::new(
            "UPDATE job SET state = v.column3, run_at = v.column4, error = coalesce(v.column5, job.error), \
             finished_at = v.column6, attempt = job.attempt - v.column7, due_at = coalesce(v.column4, job.due_at), \
             lease_token = NULL, dispatched_at = NULL, change_seq = change_seq + 1 FROM (",
        );
        sql.push_values(&rows, |mut value, (item, ending)| {
            let over = matches!(ending.state, JobState::Completed | JobState::Failed);
            value.push_bind(item.job.id.0).push_bind(item.job.token.0).push_bind(ending.state.as_str());
            value.push_bind(ending.run_at).push_bind(&ending.error).push_bind(over.then_some(now));
            value.push_bind(i32::from(ending.uncounted));
        });
        sql.push(
            ") AS v WHERE job.id = v.column1 AND job.lease_token = v.column2 AND job.state = 'active' \
             RETURNING job.id, job.priority",
        );
        sql.build_query_as().fetch_all(c).await
    })?;
    Ok(ended.into_iter().collect())
}

/// Keeps the runs that failed. The one that completed is in the job's own row, and a hand-back is
/// no run.
async fn insert_failed_attempts(
    tx: &mut Tx,
    shared: &Shared,
    items: &[Finish],
    endings: &[Ending],
    current: &HashMap<Uuid, i32>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let failed =
        |(item, ending): &(&Finish, &Ending)| ending.error.is_some() && current.contains_key(&item.job.id.0);
    let rows: Vec<_> = items.iter().zip(endings).filter(failed).collect();
    if rows.is_empty() {
        return Ok(());
    }
    on!(tx, |c| {
        let mut sql = sqlx::QueryBuilder::new(
            "INSERT INTO job_attempt (id, job_id, attempt, worker_id, error, started_at, ended_at) ",
        );
        sql.push_values(&rows, |mut value, (item, ending)| {
            let job = &item.job;
            value.push_bind(shared.clock.new_id()).push_bind(job.id.0).push_bind(job.attempt);
            value.push_bind(job.worker.0).push_bind(&ending.error);
            value.push_bind(job.started_at).push_bind(now);
        });
        sql.build().execute(c).await.map(drop)
    })?;
    Ok(())
}

/// Where its content job stands is a part of an order's status, whether or not the order has changed.
fn tell_watchers(committed: &mut Committed, items: &[Finish], current: &HashMap<Uuid, i32>) {
    let content = items.iter().filter(|item| item.job.kind.is_content());
    for order in
        content.filter(|item| current.contains_key(&item.job.id.0)).filter_map(|item| item.job.order_id)
    {
        if !committed.orders.contains(&order) {
            committed.orders.push(order);
        }
    }
}

/// The jobs that wait again.
fn handed_back(items: &[Finish], endings: &[Ending], current: &HashMap<Uuid, i32>) -> Vec<DueJob> {
    let back = items.iter().zip(endings).filter(|(_, ending)| ending.state == JobState::Waiting);
    back.filter_map(|(item, _)| {
        let priority = *current.get(&item.job.id.0)?;
        Some(DueJob { id: item.job.id, queue: item.job.kind.queue(), priority })
    })
    .collect()
}
