//! Payments that no event tells of: the reconciler finds them by asking.

mod pass;
mod till;
mod unheard;

use crate::{
    Failure,
    bench::Bench,
    report::{self, Report},
    setup::Engine,
};
use pass::Trouble;

pub(super) async fn measure(bench: &Bench, report: &mut Report) -> Result<(), Failure> {
    report::note(
        "reconcile: Stripe sends no events. On SQLite `galley serve` asks it; on Postgres the worker in its \
         interval, and the api where a pass is asked for.",
    );
    for engine in bench.engines() {
        // Nothing is asked of Redis here.
        if engine == Engine::PostgresRedis {
            continue;
        }
        unheard::measure(bench, report, engine).await?;
        // The others take their time: a pass waits for what hangs.
        for trouble in
            Trouble::ALL.into_iter().filter(|trouble| trouble.is_promised || bench.pick(true, false))
        {
            pass::measure(bench, report, engine, trouble).await?;
        }
    }
    Ok(())
}
