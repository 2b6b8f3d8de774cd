//! Telling other processes that something is due (Postgres only). Losing a message costs a poll.

use crate::{Store, error::StoreError, open::Pools, wake::Wake};
use galley_domain::job::Queue;
use sqlx::{PgPool, postgres::PgListener};
use std::{collections::BTreeSet, time::Duration};
use tokio::sync::broadcast::error::RecvError;

const CHANNEL: &str = "galley_jobs";
/// Commits of this long go into one message.
const GATHER: Duration = Duration::from_millis(10);

/// Sends one message per 10 ms at most, naming the queues in which something is due.
pub(crate) async fn run(pool: PgPool, wake: Wake) {
    let mut commits = wake.subscribe();
    loop {
        let mut queues: BTreeSet<Queue> = BTreeSet::new();
        match commits.recv().await {
            Ok(commit) => queues.extend(commit.jobs.iter().map(|job| job.queue)),
            Err(RecvError::Lagged(_)) => queues.extend(Queue::ALL),
            Err(RecvError::Closed) => return,
        }
        if queues.is_empty() {
            continue;
        }
        tokio::time::sleep(GATHER).await;
        while let Ok(commit) = commits.try_recv() {
            queues.extend(commit.jobs.iter().map(|job| job.queue));
        }
        let names: Vec<&str> = queues.iter().map(|queue| queue.as_str()).collect();
        let told = sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(names.join(",")).execute(&pool);
        if let Err(error) = told.await {
            tracing::debug!(%error, "Other processes could not be told");
        }
    }
}

impl Store {
    /// Listens to the other processes until the connection breaks; does nothing on SQLite, which
    /// has none.
    pub async fn listen(&self, due: impl Fn(Queue)) -> Result<(), StoreError> {
        let Pools::Postgres(pool) = &self.shared.pools else { return Ok(()) };
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(CHANNEL).await?;
        // Whatever became due before we listened.
        Queue::ALL.iter().for_each(|queue| due(*queue));
        while let Some(message) = listener.try_recv().await? {
            message.payload().split(',').filter_map(|name| name.parse().ok()).for_each(&due);
        }
        Ok(())
    }
}
