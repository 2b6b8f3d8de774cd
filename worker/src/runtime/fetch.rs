//! Where tasks come from: the job table, or job ids out of Redis that are then claimed in it.

use super::{RuntimeConfig, Shared, process::Life};
use crate::dispatch::Popper;
use galley_domain::job::Queue;
use galley_store::{ClaimedJob, StoreError};
use std::{sync::Arc, time::Duration};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// Most jobs that one claim takes.
const CLAIM_MAX: usize = 32;
/// The pause after a claim that failed, so that a database that is away is not hammered.
const RECOVERY_PAUSE: Duration = Duration::from_millis(250);
/// How long the database is claimed from before a Redis that failed is asked again.
const REDIS_PAUSE: Duration = Duration::from_secs(1);

/// Jobs that ask payment gateways at a time.
const PAYMENT_SLOTS: usize = 32;

/// A claimed job and the slot it occupies.
pub(crate) struct Held {
    pub(crate) job: ClaimedJob,
    pub(crate) life: Life,
    pub(crate) slot: OwnedSemaphorePermit,
}

/// How many jobs of a queue this process holds at a time.
#[derive(Clone)]
pub(super) struct Slots {
    free: Arc<Semaphore>,
    /// So many must be free before more is claimed: a claim costs the same for one job as for many.
    at_least: u32,
}

impl Slots {
    pub(super) fn of(queue: Queue, config: &RuntimeConfig) -> Self {
        let (slots, at_least) = match queue {
            // A slot that waits for company is an article that is not being written.
            Queue::Content => (config.concurrency, 1),
            // Mails are short. More are held than are sent at a time, so that the connections to
            // the mail server never wait for a claim.
            Queue::Mail => (config.mail_concurrency * 4, config.mail_concurrency),
            // Each waits for a gateway, which may take all the time that a call may take.
            Queue::Payment => (PAYMENT_SLOTS, 1),
            Queue::Publication => (4, 1),
        };
        let at_least = u32::try_from(at_least).unwrap_or(1);
        Self { free: Arc::new(Semaphore::new(slots.max(1))), at_least }
    }

    /// Waits for enough free slots, and takes as many as one claim can fill.
    async fn take(&self) -> Option<Vec<OwnedSemaphorePermit>> {
        let mut first = Arc::clone(&self.free).acquire_many_owned(self.at_least).await.ok()?;
        let mut slots = Vec::with_capacity(CLAIM_MAX);
        while let Some(slot) = first.split(1) {
            slots.push(slot);
        }
        while slots.len() < CLAIM_MAX
            && let Ok(slot) = Arc::clone(&self.free).try_acquire_owned()
        {
            slots.push(slot);
        }
        Some(slots)
    }
}

/// Claims jobs for free slots and sends them on, until the process stops.
pub(super) async fn fetch(shared: Arc<Shared>, queue: Queue, slots: Slots, out: mpsc::Sender<Held>) {
    let mut source = Source::new(&shared);
    loop {
        let round = async {
            let permits = slots.take().await?;
            // Last: waiting for a slot may have outlasted the life it began in.
            Some((shared.process.alive().await, permits))
        };
        let Some(Some((mut life, mut permits))) = shared.stopping.run_until_cancelled(round).await else {
            return;
        };
        match source.next(&shared, queue, &mut life, permits.len()).await {
            Ok(jobs) => {
                for job in jobs {
                    let Some(slot) = permits.pop() else { break };
                    shared.process.hold(job.id, job.token);
                    // The receiver outlives this loop: it drains what was sent.
                    if out.send(Held { job, life: life.clone(), slot }).await.is_err() {
                        return;
                    }
                }
            }
            Err(error) => {
                tracing::debug!(%error, %queue, "No jobs could be claimed");
                shared.stopping.run_until_cancelled(tokio::time::sleep(RECOVERY_PAUSE)).await;
            }
        }
    }
}

enum Source {
    Database,
    /// The next connection is made when the last one broke.
    Redis(Option<Popper>),
}

impl Source {
    fn new(shared: &Shared) -> Self {
        if shared.redis.is_some() { Self::Redis(None) } else { Self::Database }
    }

    /// At least one job, unless the process stops or a while passes. `life` becomes the one in whose
    /// name they were claimed.
    async fn next(
        &mut self,
        shared: &Shared,
        queue: Queue,
        life: &mut Life,
        limit: usize,
    ) -> Result<Vec<ClaimedJob>, StoreError> {
        let (Self::Redis(connection), Some(redis)) = (self, &shared.redis) else {
            return from_database(shared, queue, life, limit, shared.config.poll_interval).await;
        };
        if connection.is_none() {
            *connection =
                redis.popper(queue).await.inspect_err(|error| tracing::debug!(%error, "No Redis")).ok();
        }
        let popped = match connection.as_mut() {
            Some(open) => shared.stopping.run_until_cancelled(open.pop(limit)).await,
            None => return from_database(shared, queue, life, limit, REDIS_PAUSE).await,
        };
        match popped {
            // Cut off while waiting: the connection may hold an answer that nobody read.
            None => {
                *connection = None;
                Ok(Vec::new())
            }
            Some(Ok(ids)) => {
                // Declared dead while waiting: a claim in the name of the life that is over would
                // cost each job a lease.
                if life.over.is_cancelled() {
                    let alive = shared.stopping.run_until_cancelled(shared.process.alive()).await;
                    let Some(alive) = alive else { return Ok(Vec::new()) };
                    *life = alive;
                }
                shared.store.claim_these(&ids, life.worker).await
            }
            Some(Err(error)) => {
                tracing::warn!(%error, "Redis is away; claiming from the database");
                *connection = None;
                Ok(Vec::new())
            }
        }
    }
}

async fn from_database(
    shared: &Shared,
    queue: Queue,
    life: &Life,
    limit: usize,
    pause: Duration,
) -> Result<Vec<ClaimedJob>, StoreError> {
    let jobs = shared.store.claim(queue, limit, life.worker).await?;
    if jobs.is_empty() {
        let idle = async {
            tokio::select! {
                () = shared.woken(queue) => {}
                () = tokio::time::sleep(pause) => {}
            }
        };
        shared.stopping.run_until_cancelled(idle).await;
    }
    Ok(jobs)
}
