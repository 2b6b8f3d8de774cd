//! Brings events to the webhook endpoint, in the background.

mod plan;

pub use plan::WebhookPlan;

use super::{
    control::Tally,
    sender::{RetryPlan, WebhookSender},
    world::StripeEvent,
};
use crate::Now;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{runtime::Handle, sync::Semaphore};
use tokio_util::sync::CancellationToken;

/// Most deliveries that are tried at the same time.
const DELIVERIES_MAX: usize = 64;

/// Delivers events as planned; clones share the plan.
#[derive(Clone, Debug)]
pub(super) struct Courier {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    gate: Semaphore,
    client: reqwest::Client,
    retries: RetryPlan,
    now: Now,
    tally: Tally,
    runtime: Handle,
    stop: CancellationToken,
}

#[derive(Debug, Default)]
struct State {
    plan: WebhookPlan,
    sender: Option<WebhookSender>,
    /// What waits for the next event, to arrive after it.
    held: Option<Arc<StripeEvent>>,
}

impl Courier {
    /// Nothing is delivered before an endpoint is known. Call it inside a runtime.
    pub(super) fn new(
        retries: RetryPlan,
        now: Now,
        tally: Tally,
        stop: CancellationToken,
    ) -> Result<Self, reqwest::Error> {
        let shared = Shared {
            state: Mutex::default(),
            gate: Semaphore::new(DELIVERIES_MAX),
            client: WebhookSender::connections()?,
            retries,
            now,
            tally,
            runtime: Handle::current(),
            stop,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn deliver_to(&self, url: String, secrets: Vec<String>) {
        let sender = WebhookSender::over(self.shared.client.clone(), url, secrets, self.shared.now);
        self.state().sender = Some(sender);
    }

    pub(super) fn plan(&self) -> WebhookPlan {
        self.state().plan
    }

    /// From now on like this. What was held back goes out, unless the new plan holds back too.
    pub(super) fn follow(&self, plan: WebhookPlan) {
        let mut state = self.state();
        state.plan = plan;
        if !plan.reorder {
            let held = state.held.take();
            self.send(&state, held.into_iter().collect());
        }
    }

    /// Takes an event that just came about.
    pub(super) fn post(&self, event: Arc<StripeEvent>) {
        let mut state = self.state();
        let plan = state.plan;
        if plan.off || state.sender.is_none() {
            return;
        }
        let batch = match state.held.take() {
            Some(held) => vec![event, held],
            None if plan.reorder => {
                state.held = Some(event);
                return;
            }
            None => vec![event],
        };
        self.send(&state, batch);
    }

    /// Delivers old events again, also while deliveries are off.
    pub(super) fn resend(&self, events: Vec<Arc<StripeEvent>>) {
        let state = self.state();
        for event in events {
            self.send(&state, vec![event]);
        }
    }

    /// Delivers a batch, one after the other.
    fn send(&self, state: &State, batch: Vec<Arc<StripeEvent>>) {
        let Some(sender) = state.sender.clone() else { return };
        if batch.is_empty() {
            return;
        }
        let (plan, courier) = (state.plan, self.clone());
        let under_way = self.shared.tally.under_way();
        let delivering = async move {
            tokio::time::sleep(Duration::from_millis(plan.delay_ms)).await;
            for event in batch {
                let copies = (0..plan.copies.max(1)).map(|_| courier.bring(&sender, &event));
                futures_util::future::join_all(copies).await;
            }
        };
        let stop = self.shared.stop.clone();
        self.shared.runtime.spawn(async move {
            let _ = stop.run_until_cancelled(delivering).await;
            drop(under_way);
        });
    }

    async fn bring(&self, sender: &WebhookSender, event: &StripeEvent) {
        let outcome = sender.deliver_through(&event.body, self.shared.retries, &self.shared.gate).await;
        let is_accepted = outcome.as_ref().is_ok_and(super::Delivery::accepted);
        if !is_accepted {
            tracing::warn!(
                event = event.id,
                kind = event.kind,
                "A webhook of the sandbox was never accepted"
            );
        }
        self.shared.tally.brought(is_accepted);
    }
}
