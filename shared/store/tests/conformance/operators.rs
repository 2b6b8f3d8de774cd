//! What operators see of jobs.

use crate::{
    events::paid,
    on_both_engines,
    shop::{Shop, content, failure},
};
use chrono::TimeDelta;
use galley_domain::{job::Queue, order::Command, payment::DisputeState};
use galley_store::Outcome;

on_both_engines! {
    jobs_are_counted_by_kind_and_state,
    failed_jobs_are_listed_newest_first,
    recent_durations_are_those_of_completed_jobs_newest_first,
}

async fn jobs_are_counted_by_kind_and_state(shop: &Shop) {
    assert!(shop.store.job_counts().await.unwrap().is_empty());
    shop.ready_order("completed").await;
    shop.failed_order("failed").await;
    let delayed = shop.order("delayed").await;
    let job = shop.claim_content(delayed).await;
    shop.finish(&job, failure(Some(5))).await;
    let held = shop.order("held").await;
    shop.dispute(held, DisputeState::Open).await;
    let cancelled = shop.order("cancelled").await;
    shop.apply(cancelled, Command::Cancel { reason: "no".to_owned() }).await;
    let active = shop.order("active").await;
    shop.claim_content(active).await;
    shop.order("waiting").await;
    let counts = shop.store.job_counts().await.unwrap();
    let kinds: Vec<&str> = counts.iter().map(|row| row.kind.as_str()).collect();
    assert_eq!(kinds, ["article-generation", "email-delivery"]);
    let found = (counts[0].pending, counts[0].active, counts[0].completed, counts[0].failed, counts[0].total);
    assert_eq!(found, (3, 1, 1, 1, 7));
}

async fn failed_jobs_are_listed_newest_first(shop: &Shop) {
    let mut orders = Vec::new();
    for n in 0..3 {
        orders.insert(0, shop.failed_order(&n.to_string()).await);
        shop.time.advance(TimeDelta::milliseconds(1));
    }
    let failed = shop.store.failed_jobs(2).await.unwrap();
    assert_eq!(failed.len(), 2);
    for (job, order) in failed.iter().zip(orders) {
        let view = shop.store.order_view(order).await.unwrap().unwrap();
        assert_eq!((job.id, job.state.as_str(), job.attempt), (view.jobs[0].id, "failed", 1));
    }
}

async fn recent_durations_are_those_of_completed_jobs_newest_first(shop: &Shop) {
    assert!(shop.store.recent_durations_ms().await.unwrap().is_empty());
    for n in 1..=3 {
        let order = shop.order(&n.to_string()).await;
        let job = shop.claim_content(order).await;
        shop.time.advance(TimeDelta::milliseconds(n * 100));
        let outcome = if n == 2 { failure(None) } else { content("First") };
        shop.finish(&job, outcome).await;
    }
    assert_eq!(shop.store.recent_durations_ms().await.unwrap(), [300, 100]);
    shop.receive_all((10..120).map(|n| paid(&n.to_string()))).await;
    let mails = shop.claim(Queue::Mail).await;
    shop.time.advance(TimeDelta::milliseconds(7));
    shop.finish_all(mails.into_iter().map(|job| (job, Outcome::MailSent)).collect()).await;
    let durations = shop.store.recent_durations_ms().await.unwrap();
    assert_eq!((durations.len(), durations[0], durations[99]), (100, 7, 7));
}
