//! Customers who watch their order live.

use super::orders::Paid;
use crate::{
    Failure,
    bench::Bench,
    http::request,
    latency::{Latencies, Shown},
    load::{Load, Pace, Sample, expect},
    proc::{Meter, resident_bytes},
    report::Report,
    server::Server,
    setup::{Engine, SetUp},
};
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
};

const WATCHERS: usize = 1_000;
/// How soon everybody sees a change.
const SEEN_PROMISE: Duration = Duration::from_secs(2);
/// What a watcher costs, the connection included.
const WATCHER_PROMISE_KB: u64 = 30;
/// How soon a server has sent everybody away.
const STOP_PROMISE: Duration = Duration::from_secs(5);
/// Changes in a second.
const CHANGES_PER_SECOND: u32 = 50;
/// How long a watcher waits before an event counts as lost.
const PATIENCE: Duration = Duration::from_secs(30);
/// What a watcher reads at a time, in bytes.
const READ_BYTES: usize = 4 * 1_024;

const READY: &[u8] = br#""status":"QUALITY_CHECK""#;
const SUBMITTED: &[u8] = br#""status":"ADMIN_REVIEW""#;

pub(super) async fn measure(bench: &Bench, report: &mut Report) -> Result<(), Failure> {
    for engine in bench.engines() {
        let setup = SetUp::make(bench, engine).await?;
        let shop = setup.open().await?;
        let orders = bench.pick(500, 50);
        Paid { setup: &setup, shop: &shop, all: Vec::new() }.make("live", orders).await?;
        let links = setup.launch.run(&["orders", "links", "--status", "QUALITY_CHECK"]).await?;
        let orders: Vec<(String, String)> = links
            .lines()
            .filter_map(|line| line.split_once(' '))
            .map(|(order, token)| (order.to_owned(), token.to_owned()))
            .collect();
        let processes = shop.processes();
        let (front, worker) = shop.into_parts();
        // Where several processes serve, a change comes from another one.
        let mut other = None;
        if engine != Engine::Sqlite {
            let mut server = setup.launch.start("api")?;
            server.ready().await?;
            other = Some(server);
        }
        let act_on = other.as_ref().map_or(front.address, |other| other.address);
        Run { engine, front, processes, orders, act_on }.watch(report).await?;
        for server in worker.into_iter().chain(other) {
            server.kill().await?;
        }
        setup.end().await?;
    }
    Ok(())
}

/// A server with orders that are ready.
struct Run {
    engine: Engine,
    front: Server,
    processes: Vec<u32>,
    /// Ids and tokens.
    orders: Vec<(String, String)>,
    /// Whom the customers tell what they want.
    act_on: SocketAddr,
}

impl Run {
    async fn watch(self, report: &mut Report) -> Result<(), Failure> {
        let engine = self.engine;
        let before = resident_bytes(self.front.id)?;
        let mut watchers = Vec::with_capacity(WATCHERS);
        for place in 0..WATCHERS {
            let (order, token) = self.orders.get(place % self.orders.len()).ok_or("no order is ready")?;
            watchers.push(Watcher::open(self.front.address, order, token).await?);
        }
        let mut watchers = all(watchers, |mut watcher| async move {
            watcher.sees(READY).await?;
            Ok(watcher)
        })
        .await?;
        let each = resident_bytes(self.front.id)?.saturating_sub(before) / WATCHERS as u64 / 1_024;
        let name = format!("live: {engine}, memory for each of {WATCHERS} watchers");
        let promise = format!("{WATCHER_PROMISE_KB} kB");
        report.promised(&name, format!("{each} kB"), &promise, each <= WATCHER_PROMISE_KB, "");

        let meter = Meter::start(self.processes.clone())?;
        let changing = tokio::spawn(self.submit_all());
        watchers = all(watchers, |mut watcher| async move {
            watcher.sees(SUBMITTED).await?;
            Ok(watcher)
        })
        .await?;
        let changes = changing.await??;
        let cost = meter.stop()?;
        let mut sent: Vec<Option<Instant>> = vec![None; self.orders.len()];
        for change in &changes {
            sent[change.request] = change.answered.checked_sub(change.took);
        }
        let mut seen = Vec::with_capacity(WATCHERS);
        for (place, watcher) in watchers.iter().enumerate() {
            let sent = sent[place % sent.len()].ok_or("a change was never asked for")?;
            seen.push(watcher.seen_at.saturating_duration_since(sent));
        }
        let seen: Latencies = seen.into_iter().collect();
        let name = format!("live: {engine}, a change is seen, {CHANGES_PER_SECOND}/s");
        let value = format!("{seen}   worst {:>9}", Shown(seen.worst()));
        report.promised(&name, value, "2 s", seen.worst() <= SEEN_PROMISE, cost);

        let ends = tokio::spawn(all(watchers, |mut watcher| async move { watcher.is_sent_away().await }));
        let stopped = self.front.terminate().await?;
        ends.await??;
        let name = format!("live: {engine}, stop with {WATCHERS} watchers");
        report.promised(&name, Shown(stopped), "5 s", stopped <= STOP_PROMISE, "");
        Ok(())
    }

    /// Submits each order, evenly.
    fn submit_all(&self) -> impl Future<Output = Result<Vec<Sample>, Failure>> + use<> {
        let wish = |(order, token): &(String, String)| {
            let bearer = format!("Bearer {token}");
            let body = format!(r#"{{"orderId":"{order}"}}"#);
            request("POST", "/api/v1/purchase/submit-for-review", &[("Authorization", &bearer)], &body)
        };
        let requests: Arc<[Vec<u8>]> = self.orders.iter().map(wish).collect();
        let pace = Pace::Steady { per_second: CHANGES_PER_SECOND };
        let load = Load { address: self.act_on, connections: 8, requests, pace };
        async move { Ok(load.run(|answer| expect(answer, 200).map(|()| true)).await?.all) }
    }
}

/// Does the same with every watcher at once; they come back in their order.
async fn all<T, F>(watchers: Vec<Watcher>, act: impl Fn(Watcher) -> F) -> Result<Vec<T>, Failure>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Failure>> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    for (place, watcher) in watchers.into_iter().enumerate() {
        let acting = act(watcher);
        tasks.spawn(async move { (place, tokio::time::timeout(PATIENCE, acting).await) });
    }
    let mut done = Vec::with_capacity(tasks.len());
    while let Some(ended) = tasks.join_next().await {
        let (place, outcome) = ended?;
        done.push((place, outcome.map_err(|_| "a watcher was not told in time")??));
    }
    done.sort_by_key(|(place, _)| *place);
    Ok(done.into_iter().map(|(_, outcome)| outcome).collect())
}

/// One open stream.
struct Watcher {
    stream: TcpStream,
    /// What came since the last thing that was waited for.
    text: Vec<u8>,
    seen_at: Instant,
}

impl Watcher {
    async fn open(address: SocketAddr, order: &str, token: &str) -> Result<Self, Failure> {
        let mut stream = TcpStream::connect(address).await?;
        let bearer = format!("Bearer {token}");
        let path = format!("/api/v1/purchase/status/{order}/events");
        stream.write_all(&request("GET", &path, &[("Authorization", &bearer)], "")).await?;
        Ok(Self { stream, text: Vec::new(), seen_at: Instant::now() })
    }

    /// Waits until the server says this.
    async fn sees(&mut self, what: &[u8]) -> Result<(), Failure> {
        while !self.text.windows(what.len()).any(|window| window == what) {
            self.text.reserve(READ_BYTES);
            if self.stream.read_buf(&mut self.text).await? == 0 {
                return Err(format!("a stream has ended: {}", String::from_utf8_lossy(&self.text)).into());
            }
        }
        self.seen_at = Instant::now();
        self.text = Vec::new();
        Ok(())
    }

    /// Waits until the server ends the stream as it should.
    async fn is_sent_away(&mut self) -> Result<(), Failure> {
        while self.stream.read_buf(&mut self.text).await? > 0 {}
        if self.text.ends_with(b"0\r\n\r\n") {
            return Ok(());
        }
        Err("a stream was cut off".into())
    }
}
