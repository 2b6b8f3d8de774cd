//! Webhooks in: events that are answered once they are on disk.

use crate::{
    Failure,
    bench::Bench,
    http::Answer,
    latency::per_second,
    load::{Load, Pace, expect},
    proc::Meter,
    purchase::{purchases, requests},
    report::{self, Report},
    setup::{Engine, SetUp, Shop},
};
use std::{collections::HashSet, sync::Arc, time::Duration};

/// Every so many-th request brings an event again: 5 %.
const DUPLICATE_EVERY: usize = 20;
/// How many requests lie between an event and its duplicate: often both are under way at once.
const DUPLICATE_AFTER: usize = 10;
/// Stripe gives up on slow endpoints: the handler's time is bounded, whatever the database does.
const P99_PROMISE: Duration = Duration::from_millis(100);

const ORDERS: &str = "SELECT COUNT(*) FROM orders";
const EVENTS: &str = "SELECT COUNT(*) FROM payment_event";

pub(super) async fn measure(bench: &Bench, report: &mut Report) -> Result<(), Failure> {
    report::note(
        "ingest: every 20th event comes twice. On SQLite it is `galley serve`, whose worker and mails run \
         meanwhile; else `galley api` alone.",
    );
    for engine in bench.engines() {
        let setup = SetUp::make(bench, engine).await?;
        let shop = setup.open_front().await?;
        let mut distinct = 0;
        // The first one only warms up.
        for (connections, count) in [(8, 200), (1, bench.pick(2_000, 400)), (32, 8_000), (64, 8_000)] {
            let count = if connections > 8 { bench.pick(count, count / 4) } else { count };
            distinct += phase(bench, report, &setup, &shop, connections, count).await?;
            setup.database.is("orders after the events", ORDERS, distinct).await?;
            setup.database.is("events on disk", EVENTS, distinct).await?;
        }
        shop.close().await?;
        setup.end().await?;
    }
    Ok(())
}

/// Sends events; how many different ones were answered.
async fn phase(
    bench: &Bench,
    report: &mut Report,
    setup: &SetUp<'_>,
    shop: &Shop,
    connections: usize,
    count: usize,
) -> Result<usize, Failure> {
    let events = requests(&purchases(&format!("in{connections}"), count));
    let order: Vec<usize> = (0..count).map(event_of).collect();
    let sent: Arc<[Vec<u8>]> = order.iter().map(|event| events[*event].clone()).collect();
    let pace = Pace::Once { limit: Duration::from_secs(bench.pick(6, 2)) };
    let load = Load { address: shop.address(), connections, requests: sent, pace };
    let meter = Meter::start(shop.processes())?;
    let samples = load.run(judge).await?;
    let cost = meter.stop()?;
    let distinct: HashSet<usize> = samples.all.iter().map(|sample| order[sample.request]).collect();
    let told = samples.all.iter().filter(|sample| sample.marked).count();
    if told != samples.all.len() - distinct.len() {
        let sent = samples.all.len() - distinct.len();
        return Err(format!("{sent} events were sent twice, {told} were called duplicates").into());
    }
    if connections != 8 {
        let latencies = samples.latencies();
        let program = if setup.engine == Engine::Sqlite { "serve" } else { "api" };
        let name = format!("ingest: {} ({program}), {connections} at a time", setup.engine);
        let rate = per_second(samples.all.len(), samples.took);
        let kept = latencies.percentile(99) <= P99_PROMISE;
        report.promised(&name, format!("{rate:.0} events/s   {latencies}"), "p99 100 ms", kept, cost);
    }
    Ok(distinct.len())
}

/// Which event a request brings.
fn event_of(request: usize) -> usize {
    if request % DUPLICATE_EVERY == DUPLICATE_EVERY - 1 { request - DUPLICATE_AFTER } else { request }
}

/// Marks what Galley calls a duplicate.
fn judge(answer: &Answer<'_>) -> Result<bool, Failure> {
    expect(answer, 200)?;
    Ok(answer.text().contains("\"duplicate\":true"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_twenty_is_sent_twice() {
        let events: HashSet<usize> = (0..2_000).map(event_of).collect();
        assert_eq!(events.len(), 1_900);
    }
}
