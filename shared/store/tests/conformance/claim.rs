//! Claims: in the right order, and never the same job twice.

use crate::{
    events::paid,
    on_both_engines,
    shop::{Shop, content, listed},
};
use galley_domain::{
    id::{JobId, LeaseToken},
    job::{JobKind, Queue},
    order::Command,
    payment::DisputeState,
};
use std::{collections::HashSet, sync::Arc};

on_both_engines! {
    a_claim_tells_everything_that_the_work_needs,
    higher_priority_comes_first_and_then_age,
    no_more_is_claimed_than_was_asked_for,
    a_claim_takes_from_its_own_queue_only,
    eight_workers_never_claim_the_same_job,
    jobs_of_a_paused_kind_are_not_claimed,
    named_jobs_that_do_not_wait_are_dropped,
    workers_that_are_told_of_the_same_jobs_share_them,
}

async fn a_claim_tells_everything_that_the_work_needs(shop: &Shop) {
    let order = shop.order("a").await;
    let worker = shop.worker().await;
    let claimed = shop.store.claim(Queue::Content, 5, worker).await.unwrap();
    assert_eq!(claimed.len(), 1);
    let job = &claimed[0];
    assert_eq!((job.kind, job.order_id, job.run), (JobKind::ArticleGeneration, Some(order), Some(1)));
    assert_eq!((job.attempt, job.max_attempts, job.worker), (1, 3, worker));
    assert_eq!((job.started_at, job.payload.get("version").is_some()), (shop.time.now(), true));
    assert_eq!(shop.jobs(order).await, listed(&[("article-generation", "active")]));
    let mails = shop.store.claim(Queue::Mail, 5, worker).await.unwrap();
    assert!(mails[0].payload["emailId"].is_string(), "{}", mails[0].payload);
    assert_ne!(mails[0].token, job.token);
    assert!(shop.store.claim(Queue::Content, 5, worker).await.unwrap().is_empty());
}

async fn higher_priority_comes_first_and_then_age(shop: &Shop) {
    let revised = shop.ready_order("revised").await;
    let first = shop.order("first").await;
    let second = shop.order("second").await;
    shop.apply(revised, Command::RequestRevision { notes: "shorter".to_owned(), busy: false }).await;
    let worker = shop.worker().await;
    let mut claimed = Vec::new();
    for _ in 0..3 {
        claimed.extend(shop.store.claim(Queue::Content, 1, worker).await.unwrap());
    }
    let orders: Vec<_> = claimed.iter().filter_map(|job| job.order_id).collect();
    assert_eq!(orders, [revised, first, second]);
    assert_eq!(claimed[0].kind, JobKind::BacklinkRevision);
    for job in claimed {
        shop.store.release_claim(job.token).await.unwrap();
    }
    let at_once = shop.claim(Queue::Content).await;
    let orders: Vec<_> = at_once.iter().filter_map(|job| job.order_id).collect();
    assert_eq!(orders, [revised, first, second], "one claim lists them in the same order");
}

async fn no_more_is_claimed_than_was_asked_for(shop: &Shop) {
    shop.receive_all((0..5).map(|n| paid(&n.to_string()))).await;
    let worker = shop.worker().await;
    for (limit, got) in [(0, 0), (3, 3), (3, 2), (3, 0)] {
        let claimed = shop.store.claim(Queue::Content, limit, worker).await.unwrap();
        assert_eq!(claimed.len(), got);
    }
    assert!(shop.store.claim_these(&[], worker).await.unwrap().is_empty());
}

async fn a_claim_takes_from_its_own_queue_only(shop: &Shop) {
    shop.order("a").await;
    assert!(shop.claim(Queue::Publication).await.is_empty());
    assert!(shop.claim(Queue::Payment).await.is_empty());
    assert_eq!(shop.claim(Queue::Mail).await.len(), 1);
    assert_eq!(shop.claim(Queue::Content).await.len(), 1);
}

async fn eight_workers_never_claim_the_same_job(shop: &Shop) {
    shop.receive_all((0..200).map(|n| paid(&n.to_string()))).await;
    let other = Arc::new(shop.reopen(|_| ()).await);
    let mut workers = Vec::new();
    for n in 0..8 {
        let store = Arc::clone(if n % 2 == 0 { &shop.store } else { &other });
        let id = shop.worker().await;
        workers.push(tokio::spawn(async move {
            let mut claimed = Vec::new();
            loop {
                let some = store.claim(Queue::Content, 7, id).await.unwrap();
                if some.is_empty() {
                    return claimed;
                }
                claimed.extend(some.into_iter().map(|job| job.id));
            }
        }));
    }
    let mut all = Vec::new();
    for worker in workers {
        all.extend(worker.await.unwrap());
    }
    // On Postgres a claim passes over rows that another one holds, and so may find none.
    all.extend(shop.claim(Queue::Content).await.into_iter().map(|job| job.id));
    assert_eq!(all.len(), 200);
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), 200);
    other.close().await;
}

async fn jobs_of_a_paused_kind_are_not_claimed(shop: &Shop) {
    let order = shop.order("a").await;
    let raw = &shop.database.raw;
    raw.execute(
        "INSERT INTO queue (kind, paused) VALUES ('article-generation', 1 = 1), ('publication', 1 = 0)",
    )
    .await;
    assert!(shop.claim(Queue::Content).await.is_empty());
    let waiting = shop.waiting(order, "content").await;
    assert!(shop.store.claim_these(&waiting, shop.worker().await).await.unwrap().is_empty());
    assert_eq!(shop.claim(Queue::Mail).await.len(), 1, "other kinds go on");
    raw.execute("UPDATE queue SET paused = (1 = 0)").await;
    assert_eq!(shop.claim(Queue::Content).await.len(), 1);
}

async fn named_jobs_that_do_not_wait_are_dropped(shop: &Shop) {
    let mut named = Vec::new();
    for name in ["waiting", "active", "completed", "cancelled", "held"] {
        let order = shop.order(name).await;
        named.push((name, order, shop.waiting(order, "content").await[0]));
    }
    let order = |name: &str| named.iter().find(|(known, ..)| *known == name).unwrap().1;
    shop.claim_content(order("active")).await;
    let done = shop.claim_content(order("completed")).await;
    shop.finish(&done, content("First")).await;
    shop.apply(order("cancelled"), Command::Cancel { reason: "a mistake".to_owned() }).await;
    shop.dispute(order("held"), DisputeState::Open).await;
    let mut ids: Vec<JobId> = named.iter().map(|(_, _, id)| *id).collect();
    ids.push(JobId(shop.store.clock().new_id()));
    let claimed = shop.store.claim_these(&ids, shop.worker().await).await.unwrap();
    assert_eq!(claimed.iter().map(|job| job.order_id).collect::<Vec<_>>(), [Some(order("waiting"))]);
    assert_eq!(claimed[0].attempt, 1);
}

async fn workers_that_are_told_of_the_same_jobs_share_them(shop: &Shop) {
    shop.receive_all((0..40).map(|n| paid(&n.to_string()))).await;
    let rows: Vec<(uuid::Uuid,)> = shop.database.raw.all("SELECT id FROM job WHERE queue = 'content'").await;
    let ids: Vec<JobId> = rows.into_iter().map(|(id,)| JobId(id)).collect();
    let mut workers = Vec::new();
    for _ in 0..6 {
        let (store, ids, id) = (Arc::clone(&shop.store), ids.clone(), shop.worker().await);
        workers.push(tokio::spawn(async move { store.claim_these(&ids, id).await.unwrap() }));
    }
    let mut claimed: Vec<(JobId, LeaseToken)> = Vec::new();
    for worker in workers {
        claimed.extend(worker.await.unwrap().into_iter().map(|job| (job.id, job.token)));
    }
    claimed.extend(
        shop.store.claim_these(&ids, shop.worker().await).await.unwrap().iter().map(|j| (j.id, j.token)),
    );
    assert_eq!(claimed.len(), 40);
    assert_eq!(claimed.iter().map(|(id, _)| id).collect::<HashSet<_>>().len(), 40);
}
