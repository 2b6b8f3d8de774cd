use super::{
    control::{WordpressCounters, WordpressMode},
    server::WordpressOptions,
    world::World,
};
use crate::fault::Armed;
use chrono::{DateTime, Utc};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// What every request and every action needs.
pub(super) struct Desk {
    pub(super) options: WordpressOptions,
    pub(super) base_url: String,
    pub(super) armed: Armed<WordpressMode>,
    pub(super) counters: watch::Sender<WordpressCounters>,
    pub(super) stop: CancellationToken,
    world: Mutex<World>,
}

impl Desk {
    pub(super) fn new(options: WordpressOptions, base_url: String, stop: CancellationToken) -> Self {
        Self {
            options,
            base_url,
            armed: Armed::default(),
            counters: watch::Sender::default(),
            stop,
            world: Mutex::default(),
        }
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        (self.options.now)()
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
