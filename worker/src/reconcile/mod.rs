//! The reconciler: asks the gateways how their checkouts stand, whatever their events said.
//!
//! Events can get lost. What a gateway answers goes the same way as its events
//! ([`Store::observe`](galley_store::Store::observe)), so whoever is first counts and the other
//! changes nothing. A due checkout is taken for as long as a question may last: passes that overlap
//! and other processes skip it.

mod book;
mod calls;
mod intake;
mod list;
mod round;
mod tally;
mod window;

#[cfg(test)]
mod tests;

use crate::runtime::Shared;
use calls::Calls;
use chrono::{DateTime, TimeDelta, Utc};
use galley_domain::payment::Gateway;
use galley_integrations::gateway::{Gateways, PaymentGateway, Window};
use galley_store::{DueCheckout, Store, StoreError};
use intake::{Intake, Note};
use round::{Context, Round, Sweep};
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};
use tally::Tally;
use tokio::{sync::mpsc, task::JoinSet};

/// Most passes at a time.
const PASSES_MAX: usize = 6;
/// The shortest pause between two passes, whatever is configured.
const INTERVAL_MIN: Duration = Duration::from_millis(50);
/// How far back the sessions are listed that nobody may have told us of.
const RECENT: TimeDelta = TimeDelta::minutes(30);
/// How far back now and then.
const DAY: TimeDelta = TimeDelta::hours(24);
/// How often that is.
const DAY_INTERVAL: TimeDelta = TimeDelta::minutes(10);

/// How the gateways are asked.
#[derive(Clone, Debug)]
pub struct ReconcilerConfig {
    /// From the start of one pass to the start of the next.
    pub interval: Duration,
    /// The longest one call may take.
    pub timeout: Duration,
    /// Calls of one gateway at a time.
    pub concurrency: usize,
    /// How long a list may take before the checkouts that it would show are asked about one by one
    /// as well; what fails sooner is tried again.
    pub hedge: Duration,
    /// Most checkouts in one pass.
    pub limit: i64,
}

impl Default for ReconcilerConfig {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(5),
            timeout: Duration::from_secs(10),
            // 500 single reads of a second each in two rounds: in four, what fails and is tried again
            // would come after the five seconds in which a payment shall be seen.
            concurrency: 256,
            hedge: Duration::from_millis(1_500),
            limit: 2_000,
        }
    }
}

/// What one pass did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pass {
    /// Checkouts that gateways were asked about.
    pub checked: u64,
    /// Payments that came in that way.
    pub settled: u64,
    /// Questions that failed, and answers that could not be written.
    pub errors: u64,
    /// How long it took.
    pub took: Duration,
}

/// Asks the gateways how their checkouts stand. Cheap to clone.
#[derive(Clone)]
pub struct Reconciler(Arc<Inner>);

struct Inner {
    store: Arc<Store>,
    gateways: Gateways,
    config: ReconcilerConfig,
    calls: HashMap<Gateway, Calls>,
}

impl std::fmt::Debug for Reconciler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reconciler").field("config", &self.0.config).finish_non_exhaustive()
    }
}

impl Reconciler {
    /// Nothing is asked yet.
    pub fn new(store: Arc<Store>, gateways: Gateways, config: ReconcilerConfig) -> Self {
        let calls = |gateway: &Arc<dyn PaymentGateway>| {
            (gateway.gateway(), Calls::new(config.concurrency, config.timeout))
        };
        let calls = gateways.iter().map(calls).collect();
        Self(Arc::new(Inner { store, gateways, config, calls }))
    }

    /// One pass: asks about what is due; with `all`, about everything that is still open, and for
    /// what happened in the last day. It ends when every call has, which may be after the next one
    /// began; each answer is on disk a moment after it came.
    pub async fn pass(&self, all: bool) -> Pass {
        let began = Instant::now();
        let tally = Tally::default();
        let (tended, checked) = tokio::join!(self.tend(), self.ask(all, &tally));
        if let Err(error) = tended {
            tally.failed("What waits could not be taken up again", &error);
        }
        let checked = checked.unwrap_or_else(|error| {
            tally.failed("What is due could not be read", &error);
            0
        });
        let (settled, errors, error) = tally.sum();
        let pass = Pass { checked, settled, errors, took: began.elapsed() };
        pass.log(error.as_deref());
        pass
    }

    /// Has jobs run again that gave up, and lets facts meet the payments that they waited for.
    async fn tend(&self) -> Result<(), StoreError> {
        let resumed = self.0.store.resume_payment_jobs().await?;
        let met = self.0.store.meet_waiting().await?;
        if resumed + met > 0 {
            tracing::info!(resumed, met, "Took up payment jobs and facts that had been waiting");
        }
        Ok(())
    }

    async fn ask(&self, all: bool, tally: &Tally) -> Result<u64, StoreError> {
        let Inner { store, gateways, config, calls } = &*self.0;
        let due = store.take_due_checkouts(config.limit, all).await?;
        let checked = due.len();
        let now = store.clock().now();
        let sweep = self.turns(all, now).await?;
        let mut by_gateway: HashMap<Gateway, Vec<DueCheckout>> = HashMap::new();
        for one in due {
            by_gateway.entry(one.gateway).or_default().push(one);
        }
        let (out, notes) = mpsc::unbounded_channel();
        let context = Context { config, tally, out, now };
        let mut rounds = Vec::new();
        for gateway in gateways.iter() {
            let Some(calls) = calls.get(&gateway.gateway()) else { continue };
            let due = by_gateway.remove(&gateway.gateway()).unwrap_or_default();
            let (gateway, calls) = (Arc::clone(gateway), calls.clone());
            rounds.push(Round::new(context.clone(), gateway, calls, due, &sweep));
        }
        for (gateway, due) in by_gateway {
            tally.failed("Checkouts of a gateway that is not configured are open", &gateway);
            // Its question was as good as asked: not in every pass.
            let _ = context.out.send(Note::Asked(due));
        }
        drop(context);
        let asking = async {
            futures_util::future::join_all(rounds.iter().map(Round::run)).await;
            // The last sender goes with the rounds, and with it the intake ends.
            drop(rounds);
        };
        tokio::join!(asking, Intake::new(store, tally).run(notes));
        Ok(u64::try_from(checked).unwrap_or(u64::MAX))
    }

    /// What is listed besides what is due, for those sessions that nobody told us of: the last half
    /// hour by one process in each interval, the last day now and then.
    async fn turns(&self, all: bool, now: DateTime<Utc>) -> Result<Sweep, StoreError> {
        let Inner { store, gateways, config, .. } = &*self.0;
        let mut sweep = Sweep::default();
        if !gateways.iter().any(|gateway| gateway.has_lists()) {
            return Ok(sweep);
        }
        // A little less than the interval, which is never kept to the microsecond.
        let interval = TimeDelta::from_std(config.interval * 9 / 10).unwrap_or(TimeDelta::zero());
        let since = |ago: TimeDelta| Window {
            from: now - ago,
            until: now + TimeDelta::seconds(window::AFTER_SECONDS),
        };
        if all || store.take_turn("reconcile-recent", interval).await? {
            sweep.windows.push(since(RECENT));
        }
        if all || store.take_turn("reconcile-day", DAY_INTERVAL).await? {
            sweep.windows.push(since(DAY));
            sweep.money_since = Some(now - DAY);
        }
        Ok(sweep)
    }
}

impl Pass {
    fn log(&self, error: Option<&str>) {
        let Self { checked, settled, errors, took } = *self;
        let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        if checked + settled + errors == 0 {
            tracing::debug!(checked, settled, errors, duration_ms, "Asked the gateways; nothing was due");
        } else {
            tracing::info!(checked, settled, errors, duration_ms, error, "Asked the gateways");
        }
    }
}

/// Makes a pass in every interval. One that takes longer does not delay the next: both go on.
pub(crate) async fn run(shared: Arc<Shared>) {
    let config = shared.config.reconcile.clone();
    let interval = config.interval.max(INTERVAL_MIN);
    let reconciler = Reconciler::new(Arc::clone(&shared.store), shared.neighbours.gateways.clone(), config);
    let mut tick = tokio::time::interval(interval);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    let mut passes = JoinSet::new();
    loop {
        tick.tick().await;
        while let Some(ended) = passes.try_join_next() {
            if let Err(error) = ended {
                tracing::error!(%error, "A pass of the reconciler broke");
            }
        }
        if passes.len() >= PASSES_MAX {
            tracing::warn!("The gateways are slow: no new pass before one of the last has ended");
            continue;
        }
        let reconciler = reconciler.clone();
        passes.spawn(async move { reconciler.pass(false).await });
    }
}
