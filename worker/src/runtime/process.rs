//! This process among the others: its registration, its heartbeat, and what it holds.

use super::Shared;
use galley_domain::id::{JobId, LeaseToken, WorkerId};
use galley_store::Alive;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{sync::watch, time::Instant};
use tokio_util::sync::CancellationToken;

/// How often a process gives a sign of life.
pub(crate) const BEAT_INTERVAL: Duration = Duration::from_secs(1);

/// One life of this process: it ends when the others declare it dead, and a new one begins.
#[derive(Clone)]
pub(crate) struct Life {
    pub(crate) worker: WorkerId,
    /// Cancelled when its jobs belong to somebody else.
    pub(crate) over: CancellationToken,
}

pub(crate) struct Process {
    life: watch::Sender<Option<Life>>,
    /// When the last heartbeat was written, by our own clock.
    beaten_at: watch::Sender<Option<Instant>>,
    held: Mutex<HashMap<JobId, LeaseToken>>,
}

impl Process {
    pub(super) fn new() -> Self {
        Self {
            life: watch::Sender::new(None),
            beaten_at: watch::Sender::new(None),
            held: Mutex::new(HashMap::new()),
        }
    }

    /// The id it is registered under; `None` before the first registration.
    pub(crate) fn id(&self) -> Option<WorkerId> {
        self.life.borrow().as_ref().map(|life| life.worker)
    }

    /// The current life, once registered.
    pub(crate) async fn alive(&self) -> Life {
        let mut lives = self.life.subscribe();
        loop {
            if let Some(life) = lives.borrow_and_update().clone() {
                return life;
            }
            if lives.changed().await.is_err() {
                // Cannot be: the sender lives in `self`.
                std::future::pending::<()>().await;
            }
        }
    }

    pub(crate) fn beaten_at(&self) -> Option<Instant> {
        *self.beaten_at.borrow()
    }

    pub(crate) fn hold(&self, job: JobId, token: LeaseToken) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).insert(job, token);
    }

    pub(crate) fn let_go(&self, job: JobId) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).remove(&job);
    }

    /// Whether any job is held under the token.
    pub(crate) fn knows(&self, token: LeaseToken) -> bool {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).values().any(|held| *held == token)
    }
}

/// Registers, then beats every second. When the others have declared us dead, everything we hold
/// is stopped (its tokens are stale anyway) and a new life begins.
pub(super) async fn beat(shared: Arc<Shared>) {
    let host = host();
    let mut life: Option<Life> = None;
    let mut tick = tokio::time::interval(BEAT_INTERVAL);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let written = match &life {
            Some(life) => shared.store.beat(life.worker).await,
            None => match shared.store.register(&host, super::QUEUES).await {
                Ok(worker) => {
                    let new = Life { worker, over: CancellationToken::new() };
                    tracing::info!(worker.id = %worker, "Working");
                    shared.process.life.send_replace(Some(new.clone()));
                    life = Some(new);
                    Ok(Alive::Yes)
                }
                Err(error) => Err(error),
            },
        };
        match written {
            Ok(Alive::Yes) => {
                shared.process.beaten_at.send_replace(Some(Instant::now()));
            }
            Ok(Alive::No) => {
                tracing::warn!("Declared dead by another worker; stopping its jobs and starting anew");
                // In this order: nothing shall be claimed in the name of a life that is over.
                shared.process.life.send_replace(None);
                if let Some(ended) = life.take() {
                    ended.over.cancel();
                }
                tick.reset_immediately();
            }
            Err(error) => {
                shared.process.beaten_at.send_replace(None);
                tracing::debug!(%error, "No heartbeat could be written");
            }
        }
    }
}

fn host() -> String {
    let name = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    format!("{}:{}", name.trim(), std::process::id())
}
