//! One pass over many open checkouts of which half are paid, with a slow Stripe.

use super::till::{Till, reconcile};
use crate::{
    Failure, bench::Bench, http::Connection, latency::Shown, proc::Meter, report::Report, setup::Engine,
};
use galley_sandbox::{
    fault::Fault,
    stripe::{StripeCounters, StripeMode},
};
use std::{
    collections::HashSet,
    net::SocketAddr,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

const PROMISE: Duration = Duration::from_secs(5);
/// How long each answer takes.
const LATENCY: Duration = Duration::from_secs(1);
/// Of how many answers one goes wrong.
const TROUBLE_EVERY: u32 = 10;
/// So many questions are asked before a pass, so that one of its first goes wrong: a pass that asks
/// less than ten would mostly meet no trouble at all.
const ASKED_BEFORE: usize = 8;
/// What a pass asks about.
const SLOW: [&str; 3] = ["GET /v1/checkout/sessions", "GET /v1/refunds", "GET /v1/disputes"];
/// How often the database is looked at.
const TICK: Duration = Duration::from_millis(20);
/// After so many passes, what has not become an order is lost.
const PASSES_MAX: usize = 5;

/// What is wrong with the answers, besides that they are slow.
#[derive(Clone, Copy)]
pub(super) struct Trouble {
    name: &'static str,
    /// What becomes of every tenth.
    tenth: Option<StripeMode>,
    /// What becomes of every list, so that each checkout has to be asked about alone.
    lists: Option<StripeMode>,
    /// Whether an end was promised for it, too.
    pub(super) is_promised: bool,
}

impl Trouble {
    pub(super) const ALL: [Self; 5] = [
        Self { name: "1 s each", tenth: None, lists: None, is_promised: true },
        Self { name: "10th fails", tenth: Some(StripeMode::Status503), lists: None, is_promised: true },
        Self { name: "10th hangs", tenth: Some(StripeMode::Hang), lists: None, is_promised: true },
        Self::of_lists("lists + 10th fail", StripeMode::Status503),
        Self::of_lists("lists + 10th hang", StripeMode::Hang),
    ];

    const fn of_lists(name: &'static str, mode: StripeMode) -> Self {
        Self { name, tenth: Some(mode), lists: Some(mode), is_promised: false }
    }

    async fn begin(self, till: &Till<'_>) -> Result<(), Failure> {
        for about in SLOW {
            till.stripe().set(Fault::always(StripeMode::Ok).only(about).latency(LATENCY));
        }
        if let Some(mode) = self.tenth {
            till.stripe().set(Fault::always(mode).only("GET ").every(TROUBLE_EVERY).latency(LATENCY));
            till.ask_stripe(ASKED_BEFORE).await?;
        }
        if let Some(mode) = self.lists {
            till.stripe().set(Fault::always(mode).only("GET /v1/checkout/sessions?").latency(LATENCY));
        }
        Ok(())
    }
}

pub(super) async fn measure(
    bench: &Bench,
    report: &mut Report,
    engine: Engine,
    trouble: Trouble,
) -> Result<(), Failure> {
    let count = bench.pick(500, 120);
    // Only the passes that are asked for.
    let mut till = Till::open(bench, engine, &[("RECONCILE_INTERVAL_SECONDS", "3600")]).await?;
    till.open_checkouts(count).await?;
    trouble.begin(&till).await?;
    for session in till.sessions().iter().step_by(2) {
        till.pay(session)?;
    }
    let meter = Meter::start(till.shop.processes())?;
    let before = till.stripe().counters();
    let started = Instant::now();
    let first = pass(&mut till).await?;
    let after = till.stripe().counters();
    let bad = bad(&till, &before);
    let failed: HashSet<&str> =
        bad.iter().filter_map(|path| path.strip_prefix("/v1/checkout/sessions/")).collect();
    let mut passes = 1;
    while !till.is_complete() && passes < PASSES_MAX {
        pass(&mut till).await?;
        passes += 1;
    }
    let cost = meter.stop()?;
    // What is missing now makes `close` an error.
    let since = |session: &String| till.arrived.get(session).map_or(Duration::MAX, |at| *at - started);
    let answered = till.paid.keys().filter(|session| !failed.contains(session.as_str())).map(since).max();
    let answered = answered.unwrap_or_default();
    let all = till.paid.keys().map(since).max().unwrap_or_default();
    let name = format!("reconcile: {engine}, {} of {count}, {}", till.paid.len(), trouble.name);
    let requests = after.requests - before.requests;
    let (answered_at, bad) = (Shown(answered), bad.len());
    let value = format!("{answered_at:>7}   {requests} requests, {bad} bad, {} at once", after.in_flight_max);
    let own = till.paid.keys().filter(|session| failed.contains(session.as_str())).count();
    let beside = match own {
        0 => format!("pass {first} {cost}"),
        own => format!(
            "pass {first}; with the {own} whose own answer failed {}, passes {passes} {cost}",
            Shown(all)
        ),
    };
    if trouble.is_promised {
        report.promised(&name, value, "5 s", answered <= PROMISE, beside);
    } else {
        report.figure(&name, value, beside);
    }
    till.stripe().clear();
    till.close().await
}

/// Has the gateways asked, and watches for orders until that is over. How it went.
async fn pass(till: &mut Till<'_>) -> Result<String, Failure> {
    let started = Instant::now();
    // Dropping the set stops the task.
    let mut asking = JoinSet::new();
    asking.spawn(ask(till.shop.address()));
    loop {
        till.look().await?;
        if let Some(ended) = asking.try_join_next() {
            till.look().await?;
            let status = ended??;
            let took = Shown(started.elapsed());
            // A request has a limit of its own, and with it ends the pass that it asked for.
            return Ok(if status == 200 { took.to_string() } else { format!("{took}, status {status}") });
        }
        tokio::time::sleep(TICK).await;
    }
}

async fn ask(address: SocketAddr) -> Result<u16, Failure> {
    let mut connection = Connection::open(address).await?;
    Ok(connection.exchange(&reconcile()).await?.status)
}

/// The paths of the questions that went wrong since then.
fn bad(till: &Till<'_>, before: &StripeCounters) -> Vec<String> {
    let since = till.stripe().requests().into_iter().filter(|request| request.number > before.requests);
    since.filter(|request| request.mode != StripeMode::Ok).map(|request| request.path).collect()
}
