//! Where tasks come from: the job table, or job ids out of Redis that are then claimed in it.

use super::{Shared, process::Life};
use crate::dispatch::Popper;
use galley_domain::{id::JobId, job::Queue};
use galley_store::{ClaimedJob, StoreError};
use std::{sync::Arc, time::Duration};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// Most jobs that one claim takes.
const CLAIM_MAX: usize = 32;
/// The pause after a claim that failed, so that a database that is away is not hammered.
const RECOVERY_PAUSE: Duration = Duration::from_millis(250);
/// How long the database is claimed from before a Redis that failed is asked again.
const REDIS_PAUSE: Duration = Duration::from_secs(1);

/// A claimed job and the slot it occupies.
pub(crate) struct Held {
    pub(crate) job: ClaimedJob,
    pub(crate) life: Life,
    pub(crate) slot: OwnedSemaphorePermit,
}

/// Claims jobs for free slots and sends them on, until the process stops.
pub(super) async fn fetch(shared: Arc<Shared>, queue: Queue, slots: Arc<Semaphore>, out: mpsc::Sender<Held>) {
    let mut source = Source::new(&shared);
    loop {
        let round = async {
            let life = shared.process.alive().await;
            let mut permits = vec![Arc::clone(&slots).acquire_owned().await.ok()?];
            while permits.len() < CLAIM_MAX
                && let Ok(permit) = Arc::clone(&slots).try_acquire_owned()
            {
                permits.push(permit);
            }
            Some((life, permits))
        };
        let Some(Some((life, mut permits))) = shared.stopping.run_until_cancelled(round).await else { return };
        match source.next(&shared, queue, &life, permits.len()).await {
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

    /// At least one job, unless the process stops or a while passes.
    async fn next(
        &mut self,
        shared: &Shared,
        queue: Queue,
        life: &Life,
        limit: usize,
    ) -> Result<Vec<ClaimedJob>, StoreError> {
        let (Self::Redis(popper), Some(redis)) = (self, &shared.redis) else {
            return from_database(shared, queue, life, limit, shared.config.poll_interval).await;
        };
        if popper.is_none() {
            *popper = redis.popper(queue).await.inspect_err(|error| tracing::debug!(%error, "No Redis")).ok();
        }
        let popped = match popper.as_mut() {
            Some(open) => shared.stopping.run_until_cancelled(open.pop(limit)).await,
            None => return from_database(shared, queue, life, limit, REDIS_PAUSE).await,
        };
        match popped {
            // Cut off while waiting: the connection may hold an answer that nobody read.
            None => {
                *popper = None;
                Ok(Vec::new())
            }
            Some(Ok(ids)) => {
                let ids: Vec<JobId> = ids;
                shared.store.claim_these(&ids, life.worker).await
            }
            Some(Err(error)) => {
                tracing::warn!(%error, "Redis is away; claiming from the database");
                *popper = None;
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
