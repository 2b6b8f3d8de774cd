//! Telling other processes that something is due (Postgres only). Losing a message costs a poll.

use crate::{Store, error::StoreError, pools::Pools, wake::Committed};
use galley_domain::job::Queue;
use sqlx::{PgPool, postgres::PgListener};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::sync::broadcast::{Receiver, error::RecvError};

const CHANNEL: &str = "galley_jobs";
/// How long after a message commits are gathered for the next one.
const GATHER: Duration = Duration::from_millis(10);

/// Says at once in which queues something is due, then is silent for 10 ms: a lone commit waits for
/// nothing, and many share a message.
///
/// Takes the receiver rather than the [`crate::Wake`], which would keep it alive for ever: so it
/// ends with the store.
pub(crate) async fn run(pool: PgPool, mut commits: Receiver<Arc<Committed>>) {
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
        while let Ok(commit) = commits.try_recv() {
            queues.extend(commit.jobs.iter().map(|job| job.queue));
        }
        let names: Vec<&str> = queues.iter().map(|queue| queue.as_str()).collect();
        let told = sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(names.join(",")).execute(&pool);
        if let Err(error) = told.await {
            tracing::debug!(%error, "Other processes could not be told");
        }
        tokio::time::sleep(GATHER).await;
    }
}

impl Store {
    /// Listens to the other processes until the connection breaks; does nothing on SQLite, which
    /// has none.
    pub async fn listen(&self, due: impl Fn(Queue)) -> Result<(), StoreError> {
        let Pools::Postgres { durable: pool, .. } = &self.shared.pools else { return Ok(()) };
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(CHANNEL).await?;
        // Whatever became due before we listened.
        for queue in Queue::ALL {
            due(*queue);
        }
        while let Some(message) = listener.try_recv().await? {
            message.payload().split(',').filter_map(|name| name.parse().ok()).for_each(&due);
        }
        Ok(())
    }
}
