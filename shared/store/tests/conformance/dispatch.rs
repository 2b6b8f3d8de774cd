//! What Redis is told of, and when again.

use crate::{
    events::paid,
    on_both_engines,
    shop::{Shop, failure},
};
use chrono::TimeDelta;
use galley_domain::{id::JobId, job::Queue, order::Command, payment::DisputeState};
use galley_store::{DueJob, Outcome};
use std::{collections::HashSet, sync::Arc};

on_both_engines! {
    a_job_is_taken_once_it_has_waited_long_enough,
    a_job_is_taken_again_when_it_was_dispatched_long_ago,
    higher_priority_is_taken_first_and_no_more_than_the_limit,
    only_what_waits_is_taken,
    what_was_forgotten_is_taken_again,
    a_job_that_waits_once_more_is_taken_at_once,
    several_dispatchers_take_each_job_once,
}

const PATIENCE: TimeDelta = TimeDelta::seconds(2);
const AGAIN: TimeDelta = TimeDelta::seconds(10);

async fn take(shop: &Shop, limit: i64) -> Vec<DueJob> {
    shop.store.take_undispatched(PATIENCE, AGAIN, limit).await.unwrap()
}

async fn a_job_is_taken_once_it_has_waited_long_enough(shop: &Shop) {
    let order = shop.order("a").await;
    assert!(take(shop, 10).await.is_empty(), "whoever made it will push it");
    shop.time.advance(PATIENCE);
    let jobs = take(shop, 10).await;
    let queues: HashSet<Queue> = jobs.iter().map(|job| job.queue).collect();
    assert_eq!((jobs.len(), queues), (2, HashSet::from([Queue::Content, Queue::Mail])));
    assert!(take(shop, 10).await.is_empty());
    assert_eq!(shop.claim_content(order).await.attempt, 1, "taking is not claiming");
}

async fn a_job_is_taken_again_when_it_was_dispatched_long_ago(shop: &Shop) {
    shop.order("a").await;
    shop.time.advance(PATIENCE);
    assert_eq!(take(shop, 10).await.len(), 2);
    shop.time.advance(AGAIN - TimeDelta::microseconds(1));
    assert!(take(shop, 10).await.is_empty());
    shop.time.advance(TimeDelta::microseconds(1));
    assert_eq!(take(shop, 10).await.len(), 2);
    assert!(take(shop, 10).await.is_empty());
}

async fn higher_priority_is_taken_first_and_no_more_than_the_limit(shop: &Shop) {
    let order = shop.ready_order("a").await;
    shop.receive_all((0..5).map(|n| paid(&n.to_string()))).await;
    shop.apply(order, Command::RequestRevision { notes: "shorter".to_owned(), busy: false }).await;
    shop.time.advance(PATIENCE);
    let first = take(shop, 3).await;
    assert_eq!(first.iter().map(|job| job.priority).collect::<Vec<_>>(), [10, 0, 0]);
    assert_eq!(take(shop, 100).await.len(), 13 - 3);
}

async fn only_what_waits_is_taken(shop: &Shop) {
    let held = shop.order("held").await;
    let delayed = shop.order("delayed").await;
    let active = shop.order("active").await;
    let job = shop.claim_content(delayed).await;
    shop.finish(&job, failure(Some(60))).await;
    shop.claim_content(active).await;
    shop.dispute(held, DisputeState::Open).await;
    shop.claim(Queue::Mail).await;
    shop.time.advance(PATIENCE);
    assert!(take(shop, 10).await.is_empty());
}

async fn what_was_forgotten_is_taken_again(shop: &Shop) {
    shop.order("a").await;
    shop.store.forget_dispatched().await.unwrap();
    shop.time.advance(PATIENCE);
    assert_eq!(take(shop, 1).await.len(), 1);
    shop.store.forget_dispatched().await.unwrap();
    assert_eq!(take(shop, 10).await.len(), 2);
}

async fn a_job_that_waits_once_more_is_taken_at_once(shop: &Shop) {
    let names = ["handed-back", "released", "buried", "promoted", "let-go", "retried"];
    let mut orders = Vec::new();
    for name in names {
        orders.push((name, shop.order(name).await));
    }
    shop.time.advance(PATIENCE);
    assert_eq!(take(shop, 100).await.len(), 12);
    let mut expected = HashSet::new();
    for (name, order) in orders {
        expected.extend(wait_once_more(shop, name, order).await);
    }
    let taken: HashSet<JobId> = take(shop, 100).await.iter().map(|job| job.id).collect();
    assert!(taken.is_superset(&expected), "{taken:?} {expected:?}");
    assert_eq!(taken.len(), expected.len() + 1, "and the mail that tells staff of the dispute");
}

/// Makes a job of the order, one that was dispatched before, wait again for `PATIENCE`.
async fn wait_once_more(shop: &Shop, name: &str, order: galley_domain::id::OrderId) -> Vec<JobId> {
    let worker = shop.worker().await;
    if name == "let-go" {
        let jobs = [shop.waiting(order, "content").await, shop.waiting(order, "mail").await].concat();
        shop.dispute(order, DisputeState::Open).await;
        shop.dispute(order, DisputeState::Won).await;
        shop.time.advance(PATIENCE);
        return jobs;
    }
    let queue = if name == "retried" { "mail" } else { "content" };
    let waiting = shop.waiting(order, queue).await;
    let job = shop.store.claim_these(&waiting, worker).await.unwrap().remove(0);
    match name {
        "handed-back" => {
            shop.finish(&job, Outcome::HandedBack).await;
        }
        "released" => drop(shop.store.release_claim(job.token).await.unwrap()),
        "buried" => drop(shop.store.bury(worker, 0).await.unwrap()),
        "promoted" => {
            shop.finish(&job, failure(Some(1))).await;
            shop.time.advance(TimeDelta::seconds(1));
            shop.store.sweep().await.unwrap();
        }
        _ => {
            shop.finish(&job, failure(None)).await;
            shop.store.retry_job(job.id, galley_domain::actor::Actor::System).await.unwrap();
        }
    }
    vec![job.id]
}

async fn several_dispatchers_take_each_job_once(shop: &Shop) {
    shop.receive_all((0..60).map(|n| paid(&n.to_string()))).await;
    shop.time.advance(PATIENCE);
    let mut dispatchers = Vec::new();
    for _ in 0..6 {
        let store = Arc::clone(&shop.store);
        let taking = async move { store.take_undispatched(PATIENCE, AGAIN, 1_000).await.unwrap() };
        dispatchers.push(tokio::spawn(taking));
    }
    let mut taken = Vec::new();
    for dispatcher in dispatchers {
        taken.extend(dispatcher.await.unwrap());
    }
    taken.extend(take(shop, 1_000).await);
    assert_eq!(taken.len(), 120);
    assert_eq!(taken.iter().map(|job| job.id).collect::<HashSet<_>>().len(), 120);
}
