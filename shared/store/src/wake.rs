//! What the process is told after a commit, never inside it.

use galley_domain::{
    id::{JobId, OrderId},
    job::Queue,
};
use std::sync::Arc;
use tokio::sync::broadcast;

/// How many commits a listener may lag behind; one that lags more polls instead.
const BACKLOG_MAX: usize = 1_024;

/// A job that has become due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueJob {
    /// The job.
    pub id: JobId,
    /// Where it waits.
    pub queue: Queue,
    /// Higher is sooner.
    pub priority: i32,
}

/// What one commit changed.
#[derive(Clone, Debug, Default)]
pub struct Committed {
    /// Jobs that have become due.
    pub jobs: Vec<DueJob>,
    /// Orders whose row or whose content jobs have changed.
    pub orders: Vec<OrderId>,
}

/// Tells the process what was committed. Losing a message costs a poll, never a job.
#[derive(Clone, Debug)]
pub struct Wake(broadcast::Sender<Arc<Committed>>);

impl Default for Wake {
    fn default() -> Self {
        Self(broadcast::Sender::new(BACKLOG_MAX))
    }
}

impl Wake {
    /// Listens from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Committed>> {
        self.0.subscribe()
    }

    /// Passes a commit on; nobody listening is fine.
    pub(crate) fn send(&self, committed: Committed) {
        if !committed.jobs.is_empty() || !committed.orders.is_empty() {
            let _ = self.0.send(Arc::new(committed));
        }
    }
}
