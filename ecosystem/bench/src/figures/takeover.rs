//! `kill -9` of a worker in the middle of an AI call.

use crate::{
    Failure,
    bench::Bench,
    http::Connection,
    latency::{Latencies, Shown},
    load::expect,
    purchase::{purchases, requests},
    report::Report,
    server::Server,
    setup::{Engine, SetUp, Shop},
};
use galley_sandbox::{ai::AiMode, fault::Fault};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

const PROMISE: Duration = Duration::from_secs(6);
/// How long the second AI call may take before the order counts as lost.
const PATIENCE: Duration = Duration::from_secs(40);
/// How long the workers look at each other before one is killed.
const ACQUAINTANCE: Duration = Duration::from_secs(2);

const ORDERS: &str = "SELECT COUNT(*) FROM orders";
const READY: &str = "SELECT COUNT(*) FROM orders WHERE status = 'QUALITY_CHECK'";
const VERSIONS: &str = "SELECT COUNT(*) FROM content_version";
const MAILS: &str = "SELECT COUNT(*) FROM email";
const MAILS_SENT: &str = "SELECT COUNT(*) FROM email WHERE state = 'sent'";

pub(super) async fn measure(bench: &Bench, report: &mut Report) -> Result<(), Failure> {
    for engine in bench.engines() {
        let times = (0..bench.pick(3, 1)).map(|_| take_over(bench, engine));
        let mut taken = Vec::new();
        for time in times {
            taken.push(time.await?);
        }
        let count = taken.len();
        let taken: Latencies = taken.into_iter().collect();
        let who = if engine == Engine::Sqlite { "restarted" } else { "by another" };
        let name = format!("takeover: {engine}, {who}, worst of {count}");
        report.promised(&name, Shown(taken.worst()), "6 s", taken.worst() <= PROMISE, "");
    }
    Ok(())
}

/// One order whose first AI call is cut off: the time from the kill to the second AI call.
async fn take_over(bench: &Bench, engine: Engine) -> Result<Duration, Failure> {
    let setup = SetUp::make(bench, engine).await?;
    let ai = setup.neighbours.ai.control();
    ai.set(Fault::times(AiMode::Hang, 1));
    let shop = setup.open().await?;
    pay(shop.address()).await?;
    wait("the first AI call", ai.calls_reach(1)).await?;
    let (killed_at, survivors) = kill(&setup, shop).await?;
    wait("the second AI call", ai.calls_reach(2)).await?;
    let time = killed_at.elapsed();
    let database = &setup.database;
    database.reaches("orders that are ready", READY, 1, PATIENCE).await?;
    database.reaches("mails that were sent", MAILS_SENT, 2, PATIENCE).await?;
    database.is("orders", ORDERS, 1).await?;
    database.is("versions", VERSIONS, 1).await?;
    database.is("mails", MAILS, 2).await?;
    for server in survivors {
        server.kill().await?;
    }
    setup.end().await?;
    Ok(time)
}

/// Kills whoever holds the job; when that was, and who is left.
async fn kill(setup: &SetUp<'_>, shop: Shop) -> Result<(Instant, Vec<Server>), Failure> {
    match shop.into_parts() {
        (front, Some(worker)) => {
            // Starts only now, so that there is no doubt who has the job.
            let other = setup.launch.start("worker")?;
            setup.workers_reach(2).await?;
            tokio::time::sleep(ACQUAINTANCE).await;
            let killed_at = Instant::now();
            worker.kill().await?;
            Ok((killed_at, vec![front, other]))
        }
        (front, None) => {
            let killed_at = Instant::now();
            front.kill().await?;
            let mut again = setup.launch.start("serve")?;
            again.ready().await?;
            Ok((killed_at, vec![again]))
        }
    }
}

async fn pay(address: SocketAddr) -> Result<(), Failure> {
    let requests = requests(&purchases("takeover", 1));
    let mut connection = Connection::open(address).await?;
    for request in requests.iter() {
        expect(&connection.exchange(request).await?, 200)?;
    }
    Ok(())
}

async fn wait(what: &str, event: impl Future<Output = ()>) -> Result<(), Failure> {
    let waited = tokio::time::timeout(PATIENCE, event).await;
    waited.map_err(|_| format!("{what} has not come within {} s", PATIENCE.as_secs()).into())
}
