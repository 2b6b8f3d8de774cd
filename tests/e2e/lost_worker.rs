//! The only worker dies or is asked to stop in the middle of a call of the AI service, and is started
//! again.

use crate::shop::{ENDLESS, Plan, SOON, Setup, TAKE_OVER_GUARD, on_every_setup, within};
use std::time::{Duration, Instant};

on_every_setup! {
    a_killed_worker_that_is_started_again_finishes_its_order
    a_worker_asked_to_stop_lets_a_short_call_end
    a_worker_asked_to_stop_hands_a_long_call_back
}

async fn a_killed_worker_that_is_started_again_finishes_its_order(setup: Setup) {
    let mut shop = Plan::new(setup).open().await;
    let order = shop.sell_slowly(ENDLESS).await;
    let killed = Instant::now();
    let mut worker = shop.take_worker(0);
    worker.kill();
    shop.start_working().await;
    within("the AI service is asked again", TAKE_OVER_GUARD, shop.ai.control().calls_reach(2)).await;
    eprintln!("{setup:?}: asked again after {:?}", killed.elapsed());
    shop.assert_done_once(&order, 1).await;
}

async fn a_worker_asked_to_stop_lets_a_short_call_end(setup: Setup) {
    let mut shop = Plan::new(setup).open().await;
    let order = shop.sell_slowly(Duration::from_millis(1_500)).await;
    let mut worker = shop.take_worker(0);
    worker.signal("TERM");
    assert!(worker.ended(SOON).await.success(), "{}", worker.log());
    assert_eq!(shop.ai.control().counters().calls, 1);
    let versions = "SELECT COUNT(*) FROM content_version WHERE order_id = $1";
    assert_eq!(shop.db.count_of(versions, order.id).await, 1, "the call under way was not in vain");
    assert_eq!(shop.db.count("SELECT COUNT(*) FROM worker_process").await, 0);
    shop.start_working().await;
    shop.assert_done_once(&order, 0).await;
}

async fn a_worker_asked_to_stop_hands_a_long_call_back(setup: Setup) {
    let mut shop = Plan::new(setup).with("WORKER_DRAIN_TIMEOUT", "1s").open().await;
    let order = shop.sell_slowly(ENDLESS).await;
    let mut worker = shop.take_worker(0);
    worker.signal("TERM");
    assert!(worker.ended(SOON).await.success(), "{}", worker.log());
    let handed_back = "SELECT COUNT(*) FROM job WHERE order_id = $1 AND queue = 'content' AND state = 'waiting' \
                       AND attempt = 0 AND lost_leases = 0 AND lease_token IS NULL";
    assert_eq!(shop.db.count_of(handed_back, order.id).await, 1);
    assert_eq!(shop.db.count("SELECT COUNT(*) FROM job_attempt").await, 0, "no run has failed");
    shop.start_working().await;
    shop.assert_done_once(&order, 0).await;
}
