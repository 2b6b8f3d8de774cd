//! Customers who look at their order again and again.

use super::orders::Paid;
use crate::{
    Failure,
    bench::Bench,
    http::{Connection, request},
    latency::per_second,
    load::{Judge, Load, Pace, expect},
    proc::Meter,
    report::Report,
    setup::{Engine, SetUp, Shop},
};
use std::{sync::Arc, time::Duration};

const ORDERS: usize = 500;
const CONNECTIONS: usize = 100;

pub(super) async fn measure(bench: &Bench, report: &mut Report) -> Result<(), Failure> {
    for engine in bench.engines() {
        // Nothing is asked of Redis here.
        if engine == Engine::PostgresRedis {
            continue;
        }
        let setup = SetUp::make(bench, engine).await?;
        let shop = setup.open().await?;
        Paid { setup: &setup, shop: &shop, all: Vec::new() }.make("poll", ORDERS).await?;
        let links = setup.launch.run(&["orders", "links", "--status", "QUALITY_CHECK"]).await?;
        let mut whole = Vec::with_capacity(ORDERS);
        let mut tagged = Vec::with_capacity(ORDERS);
        let mut connection = Connection::open(shop.address()).await?;
        for link in links.lines() {
            let (order, token) = link.split_once(' ').ok_or("a link is not `orderId token`")?;
            let plain = ask(order, token, None);
            let answer = connection.exchange(&plain).await?;
            expect(&answer, 200)?;
            let tag = answer.header("etag").ok_or("a status has no ETag")?;
            tagged.push(ask(order, token, Some(tag)));
            whole.push(plain);
        }
        if whole.len() != ORDERS {
            return Err(format!("{} links instead of {ORDERS}", whole.len()).into());
        }
        let run = Run { bench, setup: &setup, shop: &shop };
        run.poll(report, "whole answers", whole, |answer| expect(answer, 200).map(|()| true)).await?;
        run.poll(report, "If-None-Match", tagged, |answer| expect(answer, 304).map(|()| true)).await?;
        shop.close().await?;
        setup.end().await?;
    }
    Ok(())
}

struct Run<'a> {
    bench: &'a Bench,
    setup: &'a SetUp<'a>,
    shop: &'a Shop,
}

impl Run<'_> {
    async fn poll(
        &self,
        report: &mut Report,
        how: &str,
        requests: Vec<Vec<u8>>,
        judge: Judge,
    ) -> Result<(), Failure> {
        let pace = Pace::Round { time: Duration::from_secs(self.bench.pick(5, 2)) };
        let load = Load {
            address: self.shop.address(),
            connections: CONNECTIONS,
            requests: Arc::from(requests),
            pace,
        };
        let meter = Meter::start(self.shop.processes())?;
        let samples = load.run(judge).await?;
        let cost = meter.stop()?;
        let rate = per_second(samples.all.len(), samples.took);
        let name = format!("polling: {}, {CONNECTIONS} at a time, {how}", self.setup.engine);
        report.figure(&name, format!("{rate:.0} requests/s   {}", samples.latencies()), cost);
        Ok(())
    }
}

fn ask(order: &str, token: &str, tag: Option<&str>) -> Vec<u8> {
    let bearer = format!("Bearer {token}");
    let mut headers = vec![("Authorization", bearer.as_str())];
    headers.extend(tag.map(|tag| ("If-None-Match", tag)));
    request("GET", &format!("/api/v1/purchase/status/{order}"), &headers, "")
}
