//! Worker processes: who lives, who is dead, and who decides.

use crate::{
    events::paid,
    on_both_engines,
    shop::{Shop, content, listed},
};
use galley_domain::{id::LeaseToken, job::Queue, order::OrderStatus};
use galley_store::{Alive, Finished, Swept};
use std::{collections::HashSet, sync::Arc};

on_both_engines! {
    a_process_lives_while_it_beats,
    a_process_is_buried_only_at_the_beat_it_stopped_at,
    a_process_that_comes_back_to_life_finds_its_tokens_spent,
    many_sweepers_bury_a_process_once,
    a_burial_beside_a_beat_has_one_winner,
    what_an_unregistered_process_holds_is_freed_by_the_sweeper,
    the_only_server_frees_what_its_predecessor_held,
    a_process_can_ask_which_tokens_it_holds,
    a_claim_whose_answer_was_lost_is_released_without_being_counted,
    finishing_beside_a_burial_ends_or_frees_each_job,
}

async fn a_process_lives_while_it_beats(shop: &Shop) {
    let worker = shop.store.register("host:7", &[Queue::Content, Queue::Mail]).await.unwrap();
    assert_eq!(shop.store.beat(worker).await.unwrap(), Alive::Yes);
    assert_eq!(shop.store.beat(worker).await.unwrap(), Alive::Yes);
    let processes = shop.store.processes().await.unwrap();
    assert_eq!(processes.len(), 1);
    assert_eq!((processes[0].id, processes[0].beat), (worker, 2));
    assert_eq!((processes[0].host.as_str(), processes[0].queues.as_str()), ("host:7", "content,mail"));
    shop.store.unregister(worker).await.unwrap();
    assert!(shop.store.processes().await.unwrap().is_empty());
    assert_eq!(shop.store.beat(worker).await.unwrap(), Alive::No);
    shop.store.unregister(worker).await.unwrap();
}

async fn a_process_is_buried_only_at_the_beat_it_stopped_at(shop: &Shop) {
    let order = shop.order("a").await;
    let worker = shop.worker().await;
    let job = shop.claim_content_for(order, worker).await;
    shop.store.beat(worker).await.unwrap();
    assert_eq!(shop.store.bury(worker, 0).await.unwrap(), 0, "it has gone on since");
    assert_eq!(shop.store.beat(worker).await.unwrap(), Alive::Yes);
    assert_eq!(shop.jobs(order).await, listed(&[("article-generation", "active")]));
    let mut wake = shop.store.wake().subscribe();
    assert_eq!(shop.store.bury(worker, 2).await.unwrap(), 1);
    assert_eq!(wake.recv().await.unwrap().jobs[0].id, job.id);
    assert_eq!(shop.store.bury(worker, 2).await.unwrap(), 0);
    assert_eq!(shop.store.beat(worker).await.unwrap(), Alive::No);
}

async fn a_process_that_comes_back_to_life_finds_its_tokens_spent(shop: &Shop) {
    let order = shop.order("a").await;
    let worker = shop.worker().await;
    let job = shop.claim_content_for(order, worker).await;
    shop.store.bury(worker, 0).await.unwrap();
    assert_eq!(shop.finish(&job, content("Late")).await, Finished::Lost);
    let again = shop.claim_content(order).await;
    assert_eq!((again.id, again.attempt), (job.id, 1), "losing a worker costs no attempt");
    let lost: Vec<(i32,)> =
        shop.database.raw.all_of(job.id.0, "SELECT lost_leases FROM job WHERE id = $1").await;
    assert_eq!(lost, [(1,)]);
    assert_eq!(shop.finish(&job, content("Late")).await, Finished::Lost);
    assert_eq!(shop.finish(&again, content("First")).await, Finished::Applied);
}

async fn many_sweepers_bury_a_process_once(shop: &Shop) {
    shop.receive_all((0..20).map(|n| paid(&n.to_string()))).await;
    let worker = shop.worker().await;
    let claimed = shop.store.claim(Queue::Content, 20, worker).await.unwrap();
    assert_eq!(claimed.len(), 20);
    let mut sweepers = Vec::new();
    for _ in 0..6 {
        let store = Arc::clone(&shop.store);
        sweepers.push(tokio::spawn(async move { store.bury(worker, 0).await.unwrap() }));
        let store = Arc::clone(&shop.store);
        sweepers.push(tokio::spawn(async move { store.sweep().await.unwrap().freed }));
    }
    let mut freed = 0;
    for sweeper in sweepers {
        freed += sweeper.await.unwrap();
    }
    assert_eq!(freed, 20);
    let once = "SELECT COUNT(*) FROM job WHERE queue = 'content' AND state = 'waiting' AND lost_leases = 1 \
                AND attempt = 0";
    assert_eq!(shop.database.raw.number(once).await, 20);
}

async fn a_burial_beside_a_beat_has_one_winner(shop: &Shop) {
    for round in 0..20 {
        let order = shop.order(&round.to_string()).await;
        let worker = shop.worker().await;
        let job = shop.claim_content_for(order, worker).await;
        let (store, other) = (Arc::clone(&shop.store), Arc::clone(&shop.store));
        let beaten = tokio::spawn(async move { store.beat(worker).await.unwrap() });
        let buried = tokio::spawn(async move { other.bury(worker, 0).await.unwrap() });
        match (beaten.await.unwrap(), buried.await.unwrap()) {
            (Alive::Yes, 0) => assert_eq!(shop.finish(&job, content("First")).await, Finished::Applied),
            (Alive::No, 1) => assert_eq!(shop.finish(&job, content("First")).await, Finished::Lost),
            both => panic!("round {round}: {both:?}"),
        }
    }
}

async fn what_an_unregistered_process_holds_is_freed_by_the_sweeper(shop: &Shop) {
    let order = shop.order("a").await;
    let (gone, alive) = (shop.worker().await, shop.worker().await);
    shop.claim_content_for(order, gone).await;
    let mail = shop.store.claim(Queue::Mail, 1, alive).await.unwrap().remove(0);
    assert_eq!(shop.store.sweep().await.unwrap(), Swept::default());
    shop.store.unregister(gone).await.unwrap();
    assert_eq!(shop.store.sweep().await.unwrap(), Swept { promoted: 0, freed: 1 });
    assert_eq!(shop.jobs(order).await, listed(&[("article-generation", "waiting")]));
    assert_eq!(shop.store.tokens_of(alive).await.unwrap(), [mail.token], "the living keep theirs");
}

async fn the_only_server_frees_what_its_predecessor_held(shop: &Shop) {
    let order = shop.order("a").await;
    shop.claim(Queue::Content).await;
    shop.claim(Queue::Mail).await;
    assert_eq!(shop.store.free_all_leases().await.unwrap(), Swept { promoted: 0, freed: 2 });
    assert!(shop.store.processes().await.unwrap().is_empty());
    assert_eq!(shop.claim_content(order).await.attempt, 1);
}

async fn a_process_can_ask_which_tokens_it_holds(shop: &Shop) {
    let order = shop.order("a").await;
    shop.order("b").await;
    let worker = shop.worker().await;
    assert!(shop.store.tokens_of(worker).await.unwrap().is_empty());
    let content = shop.claim_content_for(order, worker).await;
    let mails = shop.store.claim(Queue::Mail, 2, worker).await.unwrap();
    assert_eq!(mails[0].token, mails[1].token, "one claim, one token");
    let tokens: HashSet<LeaseToken> = shop.store.tokens_of(worker).await.unwrap().into_iter().collect();
    assert_eq!(tokens, HashSet::from([content.token, mails[0].token]));
    assert!(shop.store.tokens_of(shop.worker().await).await.unwrap().is_empty());
}

async fn a_claim_whose_answer_was_lost_is_released_without_being_counted(shop: &Shop) {
    shop.order("a").await;
    shop.order("b").await;
    let worker = shop.worker().await;
    let claimed = shop.store.claim(Queue::Content, 2, worker).await.unwrap();
    let mut wake = shop.store.wake().subscribe();
    assert_eq!(shop.store.release_claim(claimed[0].token).await.unwrap(), 2);
    assert_eq!(wake.recv().await.unwrap().jobs.len(), 2);
    assert_eq!(shop.store.release_claim(claimed[0].token).await.unwrap(), 0);
    assert!(shop.store.tokens_of(worker).await.unwrap().is_empty());
    let sql = "SELECT COUNT(*) FROM job WHERE queue = 'content' AND attempt = 0 AND lost_leases = 0";
    assert_eq!(shop.database.raw.number(sql).await, 2);
    assert_eq!(shop.finish(&claimed[0], content("Late")).await, Finished::Lost);
}

/// Locks: finishing takes orders and then jobs by id, a burial frees all jobs of a worker at once.
async fn finishing_beside_a_burial_ends_or_frees_each_job(shop: &Shop) {
    for round in 0..5 {
        shop.receive_all((0..16).map(|n| paid(&format!("{round}_{n}")))).await;
        let worker = shop.worker().await;
        let mut claimed = shop.store.claim(Queue::Content, 100, worker).await.unwrap();
        claimed.extend(shop.store.claim(Queue::Mail, 100, worker).await.unwrap());
        let store = Arc::clone(&shop.store);
        let buried = tokio::spawn(async move { store.bury(worker, 0).await.unwrap() });
        let ends = claimed.into_iter().rev().map(|job| {
            let outcome = if job.order_id.is_some() && job.kind.is_content() {
                content("First")
            } else {
                galley_store::Outcome::MailSent
            };
            (job, outcome)
        });
        let finished = shop.finish_all(ends.collect()).await;
        let applied = finished.iter().filter(|one| **one == Finished::Applied).count();
        assert_eq!(applied + buried.await.unwrap(), finished.len(), "{finished:?}");
        let worker = shop.worker().await;
        for job in shop.store.claim(Queue::Content, 100, worker).await.unwrap() {
            assert_eq!(shop.finish(&job, content("First")).await, Finished::Applied);
        }
        shop.store.claim(Queue::Mail, 1_000, worker).await.unwrap();
    }
    let ready = OrderStatus::QualityCheck.as_str();
    assert_eq!(shop.count(&format!("orders WHERE status = '{ready}'")).await, 80);
}
