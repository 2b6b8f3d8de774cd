//! The database goes away and comes back.

use crate::shop::{LONG, Plan, SOON, Setup, on_both_sources, sale, until, within};
use galley_sandbox::{ai::AiMode, fault::Fault, stripe::RetryPlan};
use std::time::{Duration, Instant};

/// How long the database is away.
const AWAY: Duration = Duration::from_secs(10);
/// Orders that are in work when it goes.
const ORDERS: usize = 12;

on_both_sources! {
    work_resumes_by_itself_after_ten_seconds_without_postgres_and_no_attempt_is_lost
}

async fn work_resumes_by_itself_after_ten_seconds_without_postgres_and_no_attempt_is_lost(setup: Setup) {
    let shop = Plan::new(setup).proxied().workers(2).open().await;
    let proxy = shop.proxy.as_ref().unwrap();
    let workers = shop.db.ids("SELECT id FROM worker_process ORDER BY id").await;
    assert_eq!(workers.len(), 2);
    // Answers come in while there is nowhere to put them.
    shop.ai.control().set(Fault::always(AiMode::Slow).latency(Duration::from_secs(5)));
    let mut orders = Vec::new();
    for number in 0..ORDERS {
        orders.push(shop.sell(&sale::short_article(&format!("Tea number {number}"))).await);
    }
    within("the AI service is asked for all", SOON, shop.ai.control().calls_reach(ORDERS as u64)).await;

    proxy.cut().await;
    let away_since = Instant::now();
    let late = sale::short_article("Tea that was paid in the dark");
    let refused = shop.stripe.send(&sale::paid(&late)).await.unwrap();
    assert_eq!(refused.status, 503, "{}", refused.body);
    let paid = tokio::spawn({
        let (stripe, event) = (shop.stripe.clone(), sale::paid(&late));
        let plan = RetryPlan {
            attempts: 60,
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_millis(500),
        };
        async move { stripe.deliver_at_least_once(&event, plan).await.unwrap() }
    });
    // The absence itself is what is tested: there is nothing to wait for.
    tokio::time::sleep(AWAY.saturating_sub(away_since.elapsed())).await;
    let in_work = "SELECT COUNT(*) FROM job WHERE queue = 'content' AND state = 'active'";
    assert_eq!(shop.db.count(in_work).await, i64::try_from(ORDERS).unwrap());
    proxy.restore().await;
    let back = Instant::now();

    let delivery = within("the late event is taken", LONG, paid).await.unwrap();
    assert_eq!(delivery.status, 200, "{}", delivery.body);
    shop.drained_within(LONG).await;
    eprintln!("{setup:?}: everything was done {:?} after the database had come back", back.elapsed());
    let all = i64::try_from(ORDERS).unwrap() + 1;
    let count = async |sql: &str| shop.db.count(sql).await;
    assert_eq!(count("SELECT COUNT(*) FROM orders WHERE status = 'QUALITY_CHECK'").await, all);
    assert_eq!(count("SELECT COUNT(*) FROM content_version").await, all);
    assert_eq!(count("SELECT COUNT(*) FROM job").await, 3 * all);
    assert_eq!(count("SELECT COUNT(*) FROM job WHERE attempt = 1 AND lost_leases = 0").await, 3 * all);
    assert_eq!(count("SELECT COUNT(*) FROM job_attempt").await, 0, "no run has failed");
    assert_eq!(shop.ai.control().counters().calls, orders.len() as u64 + 1, "nothing is written twice");
    assert_eq!(shop.smtp.mailbox().received(), 2 * (orders.len() as u64 + 1));
    let now = shop.db.ids("SELECT id FROM worker_process ORDER BY id").await;
    assert_eq!(now, workers, "nobody was declared dead");
    until("the API answers", SOON, async || shop.status(&orders[0]).await["status"] == "QUALITY_CHECK").await;
}
