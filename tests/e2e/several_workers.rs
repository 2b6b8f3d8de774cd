//! A worker dies or stands still in the middle of a call of the AI service, and another takes over.

use crate::shop::{ENDLESS, Plan, SOON, Setup, TAKE_OVER_GUARD, on_both_sources, sale, until, within};
use galley_sandbox::stripe::WebhookPlan;
use std::time::{Duration, Instant};

on_both_sources! {
    another_worker_finishes_the_order_of_a_killed_one
    a_worker_that_stood_still_has_its_late_result_refused_and_goes_on_working
    several_workers_ask_about_checkouts_and_make_each_order_once
}

async fn another_worker_finishes_the_order_of_a_killed_one(setup: Setup) {
    let mut shop = Plan::new(setup).workers(2).open().await;
    let order = shop.sell_slowly(ENDLESS).await;
    let busy = shop.busy_worker().await;
    let killed = Instant::now();
    let mut worker = shop.take_worker(busy);
    worker.kill();
    within("another worker asks the AI service", TAKE_OVER_GUARD, shop.ai.control().calls_reach(2)).await;
    eprintln!("{setup:?}: asked again after {:?}", killed.elapsed());
    shop.assert_done_once(&order, 1).await;
}

async fn a_worker_that_stood_still_has_its_late_result_refused_and_goes_on_working(setup: Setup) {
    let mut shop = Plan::new(setup).workers(2).open().await;
    // The answer comes while the worker stands still and lies in its socket when it goes on.
    let order = shop.sell_slowly(Duration::from_secs(2)).await;
    let still = shop.busy_worker().await;
    shop.workers()[still].signal("STOP");
    let stopped = Instant::now();
    within("another worker asks the AI service", TAKE_OVER_GUARD, shop.ai.control().calls_reach(2)).await;
    shop.assert_done_once(&order, 1).await;
    // The standstill itself is what is tested: there is nothing to wait for.
    tokio::time::sleep(Duration::from_secs(10).saturating_sub(stopped.elapsed())).await;
    shop.workers()[still].signal("CONT");
    until("the worker notices that it was given up, and begins anew", SOON, async || {
        let log = shop.workers()[still].log();
        log.contains("Declared dead by another worker") && log.matches("Working").count() == 2
    })
    .await;
    shop.assert_done_once(&order, 1).await;

    // Alone from here on.
    let mut other = shop.take_worker(1 - still);
    other.signal("TERM");
    assert!(other.ended(SOON).await.success());
    let next = shop.sell(&sale::short_article("Coffee at home")).await;
    shop.assert_done_once(&next, 0).await;
    shop.assert_done_once(&order, 1).await;
}

async fn several_workers_ask_about_checkouts_and_make_each_order_once(setup: Setup) {
    let shop = Plan::new(setup).workers(3).open().await;
    let till = shop.till.control();
    till.webhooks(WebhookPlan { off: true, ..WebhookPlan::default() });
    let mut sessions = Vec::new();
    for number in 0..12 {
        let checkout = shop.checkout(&format!("Tea {number}"), &format!("c{number}@example.com")).await;
        sessions.push(checkout.session());
    }
    for session in &sessions {
        till.pay(session).unwrap();
    }
    let orders = "SELECT COUNT(*) FROM orders";
    until("every payment is an order", SOON, async || shop.db.count(orders).await == 12).await;
    shop.drained().await;
    assert_eq!(shop.db.count("SELECT COUNT(*) FROM payment").await, 12);
}
