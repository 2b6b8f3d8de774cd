//! From the paid event to the checked article, and its mails.

use crate::{
    Failure,
    bench::Bench,
    clock::{Anchor, now},
    http::Answer,
    latency::{Latencies, Shown, per_second},
    load::{Load, Pace, Samples, expect},
    proc::Meter,
    purchase::{Purchase, purchases, requests},
    report::Report,
    setup::{SetUp, Shop},
};
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// Connections that bring the events.
const CONNECTIONS: usize = 32;
/// How long the orders of a phase may take before some count as lost.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long a mail too many may take to show.
const EXTRA_MAILS_WAIT: Duration = Duration::from_millis(500);
/// `order-received` and `article-ready`.
const MAILS_PER_ORDER: usize = 2;
const STEADY_PER_SECOND: u32 = 20;

const ORDERS: &str = "SELECT COUNT(*) FROM orders";
const READY: &str = "SELECT COUNT(*) FROM orders WHERE status = 'QUALITY_CHECK'";
const FAILED: &str = "SELECT COUNT(*) FROM orders WHERE status = 'FAILED'";
const VERSIONS: &str = "SELECT COUNT(*) FROM content_version";
const MAILS: &str = "SELECT COUNT(*) FROM email";
const MAILS_SENT: &str = "SELECT COUNT(*) FROM email WHERE state = 'sent'";

pub(super) async fn measure(bench: &Bench, report: &mut Report) -> Result<(), Failure> {
    for engine in bench.engines() {
        let setup = SetUp::make(bench, engine).await?;
        let shop = setup.open().await?;
        let mut paid = Paid { setup: &setup, shop: &shop, all: Vec::new() };
        paid.make("warm", 20).await?;
        burst(&mut paid, report, bench.pick(1_500, 300)).await?;
        steady(&mut paid, report, bench.pick(200, 60)).await?;
        shop.close().await?;
        setup.end().await?;
    }
    Ok(())
}

/// As many orders as fast as they come.
async fn burst(paid: &mut Paid<'_>, report: &mut Report, count: usize) -> Result<(), Failure> {
    let calls_before = paid.setup.neighbours.ai.control().counters().calls;
    let meter = Meter::start(paid.shop.processes())?;
    let started = now();
    let begun = Instant::now();
    let from = paid.all.len();
    paid.pay("burst", count, Pace::Once { limit: PATIENCE }).await?;
    paid.all_ready().await?;
    paid.mails_complete().await?;
    let complete = begun.elapsed();
    let cost = meter.stop()?;
    let times = paid.setup.database.ready_times().await?;
    let mut last = started;
    for purchase in &paid.all[from..] {
        last = last.max(*times.get(&purchase.session).ok_or("an order has no history")?);
    }
    let rate = per_second(count, (last - started).to_std()?);
    let calls = paid.setup.neighbours.ai.control().counters().calls - calls_before;
    let name = format!("orders: {}, burst of {count}", paid.setup.engine);
    let value = format!("{rate:.0} orders/s   mails after {:>7}", Shown(complete).to_string());
    report.figure(&name, value, format!("{cost} {calls} AI calls"));
    paid.nothing_extra().await
}

/// Orders that come evenly: how long one takes.
async fn steady(paid: &mut Paid<'_>, report: &mut Report, count: usize) -> Result<(), Failure> {
    let meter = Meter::start(paid.shop.processes())?;
    let anchor = Anchor::drop_here();
    let from = paid.all.len();
    let samples = paid.pay("steady", count, Pace::Steady { per_second: STEADY_PER_SECOND }).await?;
    paid.all_ready().await?;
    paid.mails_complete().await?;
    let cost = meter.stop()?;
    let times = paid.setup.database.ready_times().await?;
    let mut latencies = Vec::with_capacity(count);
    for sample in &samples.all {
        let session = &paid.all[from + sample.request].session;
        let ready = *times.get(session).ok_or("an order has no history")?;
        latencies.push((ready - anchor.time_of(sample.answered)).to_std().unwrap_or_default());
    }
    let latencies: Latencies = latencies.into_iter().collect();
    let name = format!("orders: {}, 200 to ready, {STEADY_PER_SECOND} orders/s", paid.setup.engine);
    report.figure(&name, latencies, cost);
    paid.nothing_extra().await
}

/// A shop and what was bought in it.
pub(super) struct Paid<'a> {
    pub(super) setup: &'a SetUp<'a>,
    pub(super) shop: &'a Shop,
    pub(super) all: Vec<Purchase>,
}

impl Paid<'_> {
    /// Pays for `count` articles and waits until all is done.
    pub(super) async fn make(&mut self, series: &str, count: usize) -> Result<(), Failure> {
        self.pay(series, count, Pace::Once { limit: PATIENCE }).await?;
        self.all_ready().await?;
        self.mails_complete().await
    }

    async fn pay(&mut self, series: &str, count: usize, pace: Pace) -> Result<Samples, Failure> {
        let purchases = purchases(series, count);
        let requests = requests(&purchases);
        let load = Load { address: self.shop.address(), connections: CONNECTIONS, requests, pace };
        let samples = load.run(judge).await?;
        if samples.all.len() != count {
            return Err(format!("only {} of {count} events were taken in time", samples.all.len()).into());
        }
        self.all.extend(purchases);
        Ok(samples)
    }

    async fn all_ready(&self) -> Result<(), Failure> {
        let database = &self.setup.database;
        let reached = database.reaches("orders that are ready", READY, self.all.len(), PATIENCE).await;
        database.is("orders that failed", FAILED, 0).await?;
        reached
    }

    async fn mails_complete(&self) -> Result<(), Failure> {
        let wanted = MAILS_PER_ORDER * self.all.len();
        self.setup.database.reaches("mails that were sent", MAILS_SENT, wanted, PATIENCE).await
    }

    /// One order, one version and two mails for each purchase, and no more.
    async fn nothing_extra(&self) -> Result<(), Failure> {
        tokio::time::sleep(EXTRA_MAILS_WAIT).await;
        let (count, database) = (self.all.len(), &self.setup.database);
        database.is("orders", ORDERS, count).await?;
        database.is("versions", VERSIONS, count).await?;
        database.is("mails in the log", MAILS, MAILS_PER_ORDER * count).await?;
        let wanted: HashMap<String, usize> =
            self.all.iter().map(|purchase| (purchase.email.clone(), MAILS_PER_ORDER)).collect();
        let found = self.setup.neighbours.mails_by_recipient();
        if found == wanted {
            return Ok(());
        }
        let total: usize = found.values().sum();
        Err(format!("{total} mails came to {} people, instead of 2 to each of {count}", found.len()).into())
    }
}

fn judge(answer: &Answer<'_>) -> Result<bool, Failure> {
    expect(answer, 200)?;
    Ok(true)
}
