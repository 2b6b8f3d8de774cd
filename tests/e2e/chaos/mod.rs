//! Money under random faults: whatever happens in whatever order, and wherever Galley dies, every
//! paid session is one order or visibly in review, refunds never exceed their payment, and there is
//! no work without a payment.

mod driver;
mod judge;
mod step;
mod tally;

use crate::shop::{Plan, Setup};
use driver::Driver;
use proptest::{
    strategy::{Strategy as _, ValueTree as _},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use step::Step;
use tally::Tally;

/// Interleavings per engine.
const CASES: u32 = 32;
/// Steps of one interleaving.
const STEPS: std::ops::Range<usize> = 20..50;
/// Steps of the one long run in which processes are killed again and again.
const LONG_STEPS: usize = 200;

mod on_sqlite {
    #[tokio::test]
    async fn no_interleaving_loses_or_doubles_money() {
        super::interleavings(crate::shop::Setup::Sqlite).await;
    }

    #[tokio::test]
    async fn no_kill_loses_or_doubles_money() {
        super::kills(crate::shop::Setup::Sqlite).await;
    }
}

mod on_postgres {
    #[tokio::test]
    async fn no_interleaving_loses_or_doubles_money() {
        super::interleavings(crate::shop::Setup::Postgres).await;
    }

    #[tokio::test]
    async fn no_kill_loses_or_doubles_money() {
        super::kills(crate::shop::Setup::PostgresAndRedis).await;
    }
}

/// A fixed seed unless the environment names one, so that a failure can be had again.
#[expect(clippy::disallowed_methods, reason = "a switch of this test alone")]
fn runner() -> (TestRunner, u64) {
    let seed = std::env::var("CHAOS_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1_u64);
    let mut bytes = [0_u8; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    (TestRunner::new_with_rng(Config::default(), rng), seed)
}

async fn interleavings(setup: Setup) {
    let (mut runner, seed) = runner();
    let mut all = Tally::default();
    for case in 0..CASES {
        let steps = proptest::collection::vec(step::any(), STEPS).new_tree(&mut runner).unwrap().current();
        eprintln!("seed {seed}, case {case}: {steps:?}");
        all.add(play(setup, &steps).await);
    }
    eprintln!("{all:?}");
    all.has_seen_everything();
}

/// Every fourth step somebody pulls the plug.
async fn kills(setup: Setup) {
    let (mut runner, seed) = runner();
    let mut steps = Vec::new();
    while steps.len() < LONG_STEPS {
        steps.push(step::quiet().new_tree(&mut runner).unwrap().current());
        if steps.len() % 4 == 3 {
            steps.push(Step::Kill);
        }
    }
    eprintln!("seed {seed}: {steps:?}");
    eprintln!("{:?}", play(setup, &steps).await);
}

async fn play(setup: Setup, steps: &[Step]) -> Tally {
    let shop = Plan::new(setup).with("WORKER_RETRY_SCALE", "0.1").with("RECONCILE_INTERVAL_SECONDS", "1");
    let mut driver = Driver::new(shop.open().await).await;
    for step in steps {
        driver.take(*step).await;
    }
    driver.calm_down().await;
    judge::agrees(&driver).await;
    Tally::of(&driver).await
}
