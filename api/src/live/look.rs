//! Looking which watched orders have changed.

use super::{
    event,
    hub::{Hub, Next},
};
use crate::purchase::outline_json;
use galley_domain::id::OrderId;
use galley_store::{Committed, OrderNews, StoreError};
use std::{collections::HashSet, sync::Arc, time::Duration};
use tokio::{
    sync::{
        broadcast::{
            self,
            error::{RecvError, TryRecvError},
        },
        mpsc,
    },
    task::JoinSet,
    time::{Instant, sleep_until},
};

/// How often every watched order is looked at, whether or not there is news: what no news can tell
/// or what was lost is seen after this and a query.
const LOOK_EVERY: Duration = Duration::from_millis(1_500);
/// How long to wait before listening to the database again.
const LISTEN_AGAIN: Duration = Duration::from_secs(1);
/// Pieces of news that may wait; more count as "look yourself".
const NEWS_MAX: usize = 256;

/// The one who looks, with its ear at the store.
pub(super) struct Looker {
    hub: Arc<Hub>,
    commits: broadcast::Receiver<Arc<Committed>>,
}

impl Looker {
    pub(super) fn new(hub: Arc<Hub>) -> Self {
        let commits = hub.store().wake().subscribe();
        Self { hub, commits }
    }
}

/// Orders to look at.
#[derive(Default)]
struct Dirty {
    these: HashSet<OrderId>,
    all: bool,
}

impl Dirty {
    fn add(&mut self, news: OrderNews) {
        match news {
            OrderNews::Named(orders) => self.these.extend(orders),
            OrderNews::Any => self.all = true,
        }
    }

    fn add_commit(&mut self, commit: Result<Arc<Committed>, RecvError>) {
        match commit {
            Ok(commit) => self.these.extend(&commit.orders),
            Err(RecvError::Lagged(_) | RecvError::Closed) => self.all = true,
        }
    }

    /// Those of them that somebody watches.
    fn watched(self, hub: &Hub) -> Vec<OrderId> {
        if self.all {
            return hub.watched();
        }
        let these: Vec<OrderId> = self.these.into_iter().collect();
        hub.watched_of(&these)
    }
}

/// Runs until nobody watches.
pub(super) async fn run(looker: Looker) {
    let Looker { hub, mut commits } = looker;
    let (told, mut elsewhere) = mpsc::channel(NEWS_MAX);
    let mut listening = JoinSet::new();
    if hub.store().is_shared() {
        listening.spawn(listen(Arc::clone(&hub), told));
    }
    let mut look_at_all = Instant::now() + LOOK_EVERY;
    loop {
        let mut dirty = Dirty::default();
        match hub.next() {
            Next::Look(new) => dirty.these = new,
            Next::Stop => return,
        }
        if dirty.these.is_empty() {
            tokio::select! {
                () = hub.bell.notified() => continue,
                commit = commits.recv() => dirty.add_commit(commit),
                Some(news) = elsewhere.recv() => dirty.add(news),
                () = sleep_until(look_at_all) => {}
            }
        }
        loop {
            match commits.try_recv() {
                Ok(commit) => dirty.these.extend(&commit.orders),
                Err(TryRecvError::Lagged(_)) => dirty.all = true,
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        while let Ok(news) = elsewhere.try_recv() {
            dirty.add(news);
        }
        let now = Instant::now();
        if now >= look_at_all {
            look_at_all = now + LOOK_EVERY;
            dirty.all = true;
            hub.in_every_room(|room| room.beat(now, LOOK_EVERY));
        }
        let orders = dirty.watched(&hub);
        if let Err(error) = look(&hub, &orders).await {
            // Whoever watches has what was true last, and is looked at again with all others.
            tracing::debug!(%error, orders = orders.len(), "Watched orders could not be looked at");
        }
    }
}

/// Tells the watchers of those orders that have changed.
async fn look(hub: &Hub, orders: &[OrderId]) -> Result<(), StoreError> {
    if orders.is_empty() {
        return Ok(());
    }
    // The stamps first: if an order changes before it is read, it is found behind once more.
    let stamps = hub.store().order_stamps(orders).await?;
    let behind = hub.behind(orders, &stamps);
    if behind.is_empty() {
        return Ok(());
    }
    for view in hub.store().order_outlines(&behind).await? {
        let Some(stamp) = stamps.get(&view.id) else { continue };
        match outline_json(&view) {
            Ok(json) => {
                let told = event::status((*stamp).into(), &json);
                hub.in_room(view.id, |room| room.tell(*stamp, told, Instant::now()));
            }
            Err(error) => tracing::error!(order.id = %view.id, %error, "A status cannot be written"),
        }
    }
    Ok(())
}

/// Passes on what other processes say, for as long as the task that looks is running.
async fn listen(hub: Arc<Hub>, told: mpsc::Sender<OrderNews>) {
    loop {
        let heard = hub.store().listen_to_orders(|news| {
            // What does not fit is seen when all are looked at.
            let _ = told.try_send(news);
        });
        if let Err(error) = heard.await {
            tracing::debug!(%error, "Not listening for changed orders");
        }
        tokio::time::sleep(LISTEN_AGAIN).await;
    }
}
