//! Telling other processes that something is due or has changed (Postgres only). Losing a message
//! costs a poll.

use crate::{Store, error::StoreError, pools::Pools, wake::Committed};
use galley_domain::{id::OrderId, job::Queue};
use sqlx::{
    PgPool,
    postgres::{PgListener, PgPoolOptions},
};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::sync::broadcast::{Receiver, error::RecvError};

const CHANNEL: &str = "galley_jobs";
const ORDERS_CHANNEL: &str = "galley_orders";
/// How long after a message commits are gathered for the next one.
const GATHER: Duration = Duration::from_millis(10);
/// Most orders that a message names: Postgres takes 8,000 bytes, and a name is 33 of them.
const NAMED_MAX: usize = 200;
/// Stands for more orders than can be named.
const MANY: &str = "*";

/// Which orders another process has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderNews {
    /// These.
    Named(Vec<OrderId>),
    /// Too many to be named, or nobody knows: look yourself.
    Any,
}

/// What there is to tell.
#[derive(Default)]
struct News {
    queues: BTreeSet<Queue>,
    orders: BTreeSet<OrderId>,
    /// Commits went by unseen.
    missed: bool,
}

impl News {
    fn add(&mut self, commit: &Committed) {
        self.queues.extend(commit.jobs.iter().map(|job| job.queue));
        self.orders.extend(&commit.orders);
    }

    fn miss(&mut self) {
        self.queues.extend(Queue::ALL);
        self.missed = true;
    }

    fn queues(&self) -> Option<String> {
        let names: Vec<&str> = self.queues.iter().map(|queue| queue.as_str()).collect();
        (!names.is_empty()).then(|| names.join(","))
    }

    fn orders(&self) -> Option<String> {
        if self.missed || self.orders.len() > NAMED_MAX {
            return Some(MANY.to_owned());
        }
        let names: Vec<String> = self.orders.iter().map(|order| order.0.simple().to_string()).collect();
        (!names.is_empty()).then(|| names.join(","))
    }
}

/// Says at once in which queues something is due (unless Redis carries that) and which orders have
/// changed, then is silent for 10 ms: a lone commit waits for nothing, and many share a message.
///
/// Takes the receiver rather than the [`crate::Wake`], which would keep it alive for ever: so it
/// ends with the store.
pub(crate) async fn run(pool: PgPool, mut commits: Receiver<Arc<Committed>>, tell_queues: bool) {
    loop {
        let mut news = News::default();
        match commits.recv().await {
            Ok(commit) => news.add(&commit),
            Err(RecvError::Lagged(_)) => news.miss(),
            Err(RecvError::Closed) => return,
        }
        while let Ok(commit) = commits.try_recv() {
            news.add(&commit);
        }
        let (queues, orders) = (news.queues().filter(|_| tell_queues), news.orders());
        if queues.is_none() && orders.is_none() {
            continue;
        }
        let told = sqlx::query(
            "SELECT pg_notify(told.channel, told.payload) FROM (VALUES ($1::text, $2::text), ($3, $4)) \
             AS told (channel, payload) WHERE told.payload IS NOT NULL",
        )
        .bind(CHANNEL)
        .bind(queues)
        .bind(ORDERS_CHANNEL)
        .bind(orders)
        .execute(&pool);
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

    /// Listens which orders change, in this process too, until the connection breaks; does nothing on
    /// SQLite. The connection is one of its own, beside those that [`crate::StoreConfig`] allows:
    /// it is open only while somebody wants to know.
    pub async fn listen_to_orders(&self, changed: impl Fn(OrderNews)) -> Result<(), StoreError> {
        let Pools::Postgres { durable, .. } = &self.shared.pools else { return Ok(()) };
        let alone = PgPoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
        let pool = alone.connect_lazy_with(durable.connect_options().as_ref().clone());
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.listen(ORDERS_CHANNEL).await?;
        // Whatever changed before we listened.
        changed(OrderNews::Any);
        while let Some(message) = listener.try_recv().await? {
            changed(OrderNews::of(message.payload()));
        }
        Ok(())
    }
}

impl OrderNews {
    fn of(payload: &str) -> Self {
        let named: Result<Vec<OrderId>, _> = payload.split(',').map(str::parse).collect();
        named.map_or(Self::Any, Self::Named)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn orders(count: u128) -> Vec<OrderId> {
        (1..=count).map(|number| OrderId(uuid::Uuid::from_u128(number))).collect()
    }

    fn told(orders: Vec<OrderId>) -> Option<OrderNews> {
        let mut news = News::default();
        news.add(&Committed { jobs: Vec::new(), orders });
        let payload = news.orders()?;
        assert!(payload.len() < 8_000);
        Some(OrderNews::of(&payload))
    }

    #[test]
    fn changed_orders_are_named_as_long_as_a_message_can_hold_them() {
        assert_eq!(told(Vec::new()), None);
        assert_eq!(told(orders(NAMED_MAX as u128)), Some(OrderNews::Named(orders(NAMED_MAX as u128))));
        assert_eq!(told(orders(NAMED_MAX as u128 + 1)), Some(OrderNews::Any));
        assert_eq!(told([orders(3), orders(3)].concat()), Some(OrderNews::Named(orders(3))));
    }

    #[test]
    fn after_commits_that_nobody_saw_everything_may_have_changed() {
        let mut news = News::default();
        news.miss();
        assert_eq!(news.orders().as_deref(), Some(MANY));
        assert_eq!(news.queues.len(), Queue::ALL.len());
    }
}
