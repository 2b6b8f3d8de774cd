//! From a payment to its order, with the reconciler as it is by default.

use super::till::Till;
use crate::{
    Failure,
    bench::Bench,
    latency::{Latencies, Shown},
    proc::Meter,
    report::Report,
    setup::Engine,
};
use std::time::{Duration, Instant};

const PROMISE: Duration = Duration::from_secs(7);
/// How long orders may take after the last payment before they count as lost.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often payments are made and the database is looked at.
const TICK: Duration = Duration::from_millis(20);

pub(super) async fn measure(bench: &Bench, report: &mut Report, engine: Engine) -> Result<(), Failure> {
    let (each, time) = (bench.pick(60, 15), Duration::from_secs(bench.pick(30, 10)));
    let mut till = Till::open(bench, engine, &[]).await?;
    till.open_checkouts(each).await?;
    till.make_storefront_sessions(each);
    let mut due: Vec<(Duration, String)> =
        till.sessions().into_iter().enumerate().map(|(number, id)| (moment(number, time), id)).collect();
    due.sort_unstable();
    let mut due = due.into_iter().peekable();
    let meter = Meter::start(till.shop.processes())?;
    let started = Instant::now();
    while started.elapsed() < time + PATIENCE {
        while let Some((_, session)) = due.next_if(|(moment, _)| *moment <= started.elapsed()) {
            till.pay(&session)?;
        }
        till.look().await?;
        if due.peek().is_none() && till.is_complete() {
            break;
        }
        tokio::time::sleep(TICK).await;
    }
    let cost = meter.stop()?;
    let times = till.paid.iter().filter_map(|(session, paid)| Some(*till.arrived.get(session)? - *paid));
    let times: Latencies = times.collect();
    let name = format!("reconcile: {engine}, paid to order, {each} + {each}");
    let value = format!("p50 {:>7}   max {:>7}", Shown(times.percentile(50)), Shown(times.worst()));
    let kept = till.is_complete() && times.worst() <= PROMISE;
    report.promised(&name, value, "7 s", kept, cost);
    till.close().await
}

/// When a session is paid: as good as random, and the same in each run. The golden ratio spreads
/// payments over all phases of the interval.
fn moment(number: usize, time: Duration) -> Duration {
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    time.mul_f64((f64::from(number) * 0.618_033_988_749_895).fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payments_come_at_all_times() {
        let time = Duration::from_secs(30);
        for second in 0..30 {
            let paid =
                (0..120).map(|number| moment(number, time)).filter(|at| at.as_secs() == second).count();
            assert!((2..=7).contains(&paid), "{paid} payments in second {second}");
        }
    }
}
