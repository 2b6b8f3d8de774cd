//! The runtime: one apalis worker per queue, fed from the job table or from Redis.
//!
//! A fetcher takes as many jobs as there are free slots and claims them in the database; apalis
//! calls the handler for each; the handler's work runs in a task of its own, so that nothing that
//! happens to the worker cancels it half-way. Beside the queues run the process's heartbeat, the
//! sweeper, the reconciler, and what reminds customers.

mod fetch;
mod process;
mod queue;
mod run;

pub(crate) use process::Process;

use crate::{
    ReconcilerConfig, dispatch::Redis, handlers::Neighbours, nudge, reconcile, similarity::Similarity, sweep,
};
use galley_domain::job::Queue;
use galley_store::Store;
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::{sync::Notify, task::JoinSet};
use tokio_util::sync::CancellationToken;

/// The queues that there are handlers for.
pub(crate) const QUEUES: &[Queue] = &[Queue::Content, Queue::Publication, Queue::Mail, Queue::Payment];

/// How the runtime works.
#[derive(Clone, Debug)]
pub struct RuntimeConfig {
    /// Content jobs at a time.
    pub concurrency: usize,
    /// Mails at a time.
    pub mail_concurrency: usize,
    /// How often the database is asked when nobody wakes us.
    pub poll_interval: Duration,
    /// How long a process may go without a heartbeat, by the watcher's own clock.
    pub stale_timeout: Duration,
    /// How long running jobs may take to end at shutdown before they are handed back.
    pub drain_timeout: Duration,
    /// The longest a single run of a content job may take.
    pub content_timeout: Duration,
    /// Stretches the pauses between attempts; 1.0 is the policy.
    pub retry_scale: f64,
    /// How payment gateways are asked how their checkouts stand.
    pub reconcile: ReconcilerConfig,
}

/// What every part of the runtime shares.
pub(crate) struct Shared {
    pub(crate) store: Arc<Store>,
    pub(crate) neighbours: Neighbours,
    pub(crate) config: RuntimeConfig,
    pub(crate) redis: Option<Redis>,
    pub(crate) process: Process,
    pub(crate) similarity: Similarity,
    /// No new jobs.
    pub(crate) stopping: CancellationToken,
    /// Running jobs are handed back.
    pub(crate) hand_back: CancellationToken,
    wakers: HashMap<Queue, Notify>,
}

impl Shared {
    /// Waits until a job of the queue may be due.
    pub(crate) async fn woken(&self, queue: Queue) {
        match self.wakers.get(&queue) {
            Some(waker) => waker.notified().await,
            None => std::future::pending().await,
        }
    }

    pub(crate) fn wake(&self, queue: Queue) {
        if let Some(waker) = self.wakers.get(&queue) {
            waker.notify_one();
        }
    }
}

/// A running worker process.
pub struct Runtime {
    shared: Arc<Shared>,
    queues: JoinSet<()>,
    attendants: JoinSet<()>,
}

impl Runtime {
    /// Starts working. Returns at once; a database that is away is waited for.
    pub fn start(
        store: Arc<Store>,
        neighbours: Neighbours,
        config: RuntimeConfig,
        redis: Option<Redis>,
    ) -> Self {
        let shared = Arc::new(Shared {
            process: Process::new(),
            similarity: Similarity::default(),
            stopping: CancellationToken::new(),
            hand_back: CancellationToken::new(),
            wakers: QUEUES.iter().map(|queue| (*queue, Notify::new())).collect(),
            store,
            neighbours,
            config,
            redis,
        });
        let mut attendants = JoinSet::new();
        attendants.spawn(listen(Arc::clone(&shared)));
        attendants.spawn(listen_elsewhere(Arc::clone(&shared)));
        attendants.spawn(process::beat(Arc::clone(&shared)));
        attendants.spawn(sweep::run(Arc::clone(&shared)));
        attendants.spawn(reconcile::run(Arc::clone(&shared)));
        attendants.spawn(nudge::run(Arc::clone(&shared)));
        let mut queues = JoinSet::new();
        for queue in QUEUES {
            queues.spawn(queue::run(Arc::clone(&shared), *queue));
        }
        Self { shared, queues, attendants }
    }

    /// Stops: no new jobs at once, then what runs may end, then what still runs is handed back.
    pub async fn stop(mut self) {
        self.shared.stopping.cancel();
        let drained = async { while self.queues.join_next().await.is_some() {} };
        if tokio::time::timeout(self.shared.config.drain_timeout, drained).await.is_err() {
            tracing::info!("Handing back what is still running");
            self.shared.hand_back.cancel();
            let drained = async { while self.queues.join_next().await.is_some() {} };
            // A handed-back job ends with one short transaction.
            if tokio::time::timeout(HAND_BACK_TIMEOUT, drained).await.is_err() {
                tracing::warn!("Some jobs could not be handed back; another worker will take them over");
            }
        }
        self.attendants.shutdown().await;
        if let Some(worker) = self.shared.process.id() {
            // If this fails, the others notice that the heartbeat has stopped.
            let _ = self.shared.store.unregister(worker).await;
        }
    }
}

/// How long handing jobs back may take at shutdown.
const HAND_BACK_TIMEOUT: Duration = Duration::from_secs(5);

/// Wakes the fetchers when this process commits something that is due.
async fn listen(shared: Arc<Shared>) {
    let mut commits = shared.store.wake().subscribe();
    loop {
        match commits.recv().await {
            Ok(commit) => commit.jobs.iter().for_each(|job| shared.wake(job.queue)),
            Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {
                for queue in QUEUES {
                    shared.wake(*queue);
                }
            }
            Err(tokio::sync::broadcast::error::RecvError::Closed) => return,
        }
    }
}

/// Wakes the fetchers when another process says that something is due. Without it, polling finds
/// the job a moment later.
async fn listen_elsewhere(shared: Arc<Shared>) {
    while shared.store.is_shared() && shared.redis.is_none() {
        let heard = shared.store.listen(|queue| shared.wake(queue)).await;
        if let Err(error) = heard {
            tracing::debug!(%error, "Not listening for other processes");
        }
        tokio::time::sleep(shared.config.poll_interval.max(Duration::from_secs(1))).await;
    }
}
