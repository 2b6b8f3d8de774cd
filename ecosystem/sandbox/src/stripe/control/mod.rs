//! The switches of the stand-in, and the record of what it was asked.

mod action;
mod mode;
mod people;
mod request;
mod routes;
mod tally;

pub use action::{Action, EventChoice};
pub use mode::StripeMode;
pub use request::{REQUESTS_KEPT_MAX, StripeRequest};
pub use tally::StripeCounters;

pub(super) use routes::routes;
pub(super) use tally::{Ends, Kind, Tally};

use super::{
    StripeOptions,
    bend::bend,
    courier::{Courier, WebhookPlan},
    world::{StripeEvent, World},
};
use crate::{
    Now,
    fault::{Armed, Fault},
};
use request::Record;
use std::sync::{Arc, Mutex, PoisonError};
use tokio_util::sync::CancellationToken;

/// The switch of a stand-in Stripe, its customers and its dashboard; clones work the same one.
#[derive(Clone, Debug)]
pub struct StripeControl {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    now: Now,
    armed: Armed<StripeMode>,
    record: Mutex<Record>,
    tally: Tally,
    world: Mutex<World>,
    courier: Courier,
}

/// A request that is being answered; dropping it ends that.
#[derive(Debug)]
pub(super) struct Visit {
    pub(super) fault: Fault<StripeMode>,
    _ends: Ends,
}

impl StripeControl {
    pub(super) fn new(
        options: &StripeOptions,
        base: String,
        stop: CancellationToken,
    ) -> Result<Self, reqwest::Error> {
        let tally = Tally::default();
        let shared = Shared {
            now: options.now,
            armed: Armed::default(),
            record: Mutex::default(),
            courier: Courier::new(options.retries, options.now, tally.clone(), stop)?,
            tally,
            world: Mutex::new(World::new(options.seed, options.livemode, base)),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Arms a fault; it replaces the one with the same `match`, which is compared with
    /// `METHOD /path?query body idempotency-key` of a request.
    pub fn set(&self, fault: Fault<StripeMode>) {
        self.shared.armed.set(fault);
    }

    /// Disarms everything; counters, record and world stay.
    pub fn clear(&self) {
        self.shared.armed.clear();
    }

    /// The faults that are armed.
    pub fn faults(&self) -> Vec<Fault<StripeMode>> {
        self.shared.armed.list()
    }

    /// What happened so far.
    pub fn counters(&self) -> StripeCounters {
        self.shared.tally.counters()
    }

    /// Waits until the counters are as wanted.
    pub async fn counters_reach(&self, wanted: impl Fn(&StripeCounters) -> bool) {
        self.shared.tally.reach(wanted).await;
    }

    /// The last 1,000 requests, oldest first.
    pub fn requests(&self) -> Vec<StripeRequest> {
        self.record().list()
    }

    /// Where events are delivered from now on, signed with each of `secrets`. Before this is said,
    /// and while deliveries are off, events are only kept.
    pub fn deliver_to(&self, url: impl Into<String>, secrets: Vec<String>) {
        self.shared.courier.deliver_to(url.into(), secrets);
    }

    /// How events are delivered from now on. What was held back goes out, unless the new plan holds
    /// back too.
    pub fn webhooks(&self, plan: WebhookPlan) {
        self.shared.courier.follow(plan);
    }

    /// How events are delivered.
    pub fn webhook_plan(&self) -> WebhookPlan {
        self.shared.courier.plan()
    }

    /// Waits until no delivery goes on; one that is held back for the next event does not count.
    pub async fn settled(&self) {
        self.counters_reach(|counters| counters.delivering == 0).await;
    }

    /// The events that are kept, oldest first.
    pub fn events(&self) -> Vec<Arc<StripeEvent>> {
        self.world(|world| world.events.iter().cloned().collect())
    }

    /// Delivers old events again, also while deliveries are off, and says how many.
    pub fn resend_events(&self, choice: &EventChoice) -> usize {
        let mut events = self.events();
        events.retain(|event| choice.takes(event));
        let count = events.len();
        self.shared.courier.resend(events);
        count
    }

    fn record(&self) -> std::sync::MutexGuard<'_, Record> {
        self.shared.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn tally(&self) -> &Tally {
        &self.shared.tally
    }

    /// Takes note of a request and says what to do with it.
    pub(super) fn take(&self, kind: Kind, request: StripeRequest, text: &str) -> Visit {
        let fault = self.strike(text).unwrap_or_else(|| Fault::always(StripeMode::Ok));
        let mut record = self.record();
        // Counted under the lock: whoever waits for the count finds the record.
        let (number, ends) = self.shared.tally.request(kind);
        record.add(StripeRequest { number, mode: fault.mode, ..request });
        Visit { fault, _ends: ends }
    }

    fn strike(&self, text: &str) -> Option<Fault<StripeMode>> {
        self.shared.armed.strike(text, |_| true)
    }

    /// Whether the pay page is as unreachable as the API.
    pub(super) fn is_down(&self) -> bool {
        self.faults().iter().any(|fault| fault.mode == StripeMode::Down && fault.only.is_none())
    }

    /// Reads or changes the world; events about the change are on their way when this returns.
    pub(super) fn world<R>(&self, work: impl FnOnce(&mut World) -> R) -> R {
        let mut world = self.shared.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.tick((self.shared.now)().timestamp());
        let result = work(&mut world);
        for draft in std::mem::take(&mut world.outbox) {
            let mut value = draft.value;
            let mut text = value.to_string();
            if let Some(fault) = self.shared.armed.strike(&text, |mode| mode.bends()) {
                bend(&mut value, fault.mode);
                text = value.to_string();
            }
            let body = text.into();
            let kind = draft.kind.to_owned();
            let (id, session, created) = (draft.id, draft.session, draft.created);
            let event = Arc::new(StripeEvent { id, kind, session, created, body });
            world.keep(event.clone());
            self.shared.tally.event();
            // Still under the lock, so that events are posted in their order.
            self.shared.courier.post(event);
        }
        result
    }
}
