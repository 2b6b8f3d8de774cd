//! `galley serve` with an empty environment, in a fresh directory.

use crate::{
    Failure,
    bench::Bench,
    latency::{Latencies, Shown},
    proc::{cpu_time, resident_bytes},
    report::Report,
    server::{Launch, Server},
};
use std::time::{Duration, Instant};

const READY_PROMISE: Duration = Duration::from_secs(1);
const RESIDENT_PROMISE_BYTES: u64 = 60_000_000;
/// What "near zero" is taken for, in percent of one core.
const IDLE_PROMISE_PERCENT: f64 = 1.0;

pub(super) async fn measure(bench: &Bench, report: &mut Report) -> Result<(), Failure> {
    let mut times = Vec::new();
    let mut server = start(bench, &mut times).await?;
    for _ in 1..bench.pick(5, 3) {
        server.kill().await?;
        server = start(bench, &mut times).await?;
    }
    let count = times.len();
    let times: Latencies = times.into_iter().collect();
    let median = times.percentile(50);
    let name = format!("embedded: ready after start (median of {count})");
    report.promised(&name, Shown(median), "1 s", median <= READY_PROMISE, "");

    let settle = Duration::from_secs(bench.pick(5, 2));
    tokio::time::sleep(settle).await;
    let bytes = resident_bytes(server.id)?;
    let name = format!("embedded: resident memory, idle after {} s", settle.as_secs());
    let megabytes = f64::from(u32::try_from(bytes / 1_000)?) / 1_000.0;
    report.promised(&name, format!("{megabytes:.1} MB"), "60 MB", bytes <= RESIDENT_PROMISE_BYTES, "");

    let watch = Duration::from_secs(bench.pick(10, 5));
    let (before, started) = (cpu_time(server.id)?, Instant::now());
    tokio::time::sleep(watch).await;
    let used = cpu_time(server.id)?.saturating_sub(before);
    let percent = 100.0 * used.as_secs_f64() / started.elapsed().as_secs_f64();
    let name = format!("embedded: CPU, idle over {} s", watch.as_secs());
    let value = format!("{percent:.2} % of a core");
    report.promised(&name, value, "near zero", percent <= IDLE_PROMISE_PERCENT, "");
    server.kill().await
}

/// Starts a server where none was before.
async fn start(bench: &Bench, times: &mut Vec<Duration>) -> Result<Server, Failure> {
    let launch =
        Launch { galley: bench.galley.clone(), directory: bench.fresh_directory()?, variables: Vec::new() };
    let mut server = launch.start("serve")?;
    times.push(server.ready().await?);
    Ok(server)
}
