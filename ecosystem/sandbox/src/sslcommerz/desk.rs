use super::{
    control::{SslcommerzCounters, SslcommerzIpnPlan, SslcommerzMode},
    server::SslcommerzOptions,
    sign::value,
    world::World,
};
use crate::fault::Armed;
use chrono::{DateTime, Utc};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// What every request and every action needs.
pub(super) struct Desk {
    pub(super) options: SslcommerzOptions,
    pub(super) base_url: String,
    pub(super) armed: Armed<SslcommerzMode>,
    pub(super) counters: watch::Sender<SslcommerzCounters>,
    pub(super) client: reqwest::Client,
    pub(super) stop: CancellationToken,
    plan: Mutex<SslcommerzIpnPlan>,
    world: Mutex<World>,
}

impl Desk {
    pub(super) fn new(
        options: SslcommerzOptions,
        base_url: String,
        client: reqwest::Client,
        stop: CancellationToken,
    ) -> Self {
        let world = Mutex::new(World::new(options.seed));
        Self {
            options,
            base_url,
            armed: Armed::default(),
            counters: watch::Sender::default(),
            client,
            stop,
            plan: Mutex::default(),
            world,
        }
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        (self.options.now)()
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn plan(&self) -> SslcommerzIpnPlan {
        *self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_plan(&self, plan: SslcommerzIpnPlan) {
        *self.plan.lock().unwrap_or_else(PoisonError::into_inner) = plan;
    }

    /// Whether a form bears the shop's credentials.
    pub(super) fn admits(&self, form: &[(String, String)]) -> bool {
        value(form, "store_id") == self.options.store_id
            && value(form, "store_passwd") == self.options.store_password
    }
}
