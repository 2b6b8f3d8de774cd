//! What customers ask for that makes a new version: revisions, and earlier versions.

use crate::{
    articles::{TEA, backlink_version, sell_backlink},
    on_both_engines,
    shop::{Shop, content, failure},
};
use chrono::TimeDelta;
use galley_content::backlink::prove;
use galley_domain::{
    actor::Actor,
    id::{JobId, OrderId},
    job::JobKind,
    order::{Command, OrderStatus, RefusalCode},
};
use galley_store::{ClientKey, Outcome, StoreError};
use std::{collections::HashSet, sync::Arc};

on_both_engines! {
    a_revision_begins_a_run_with_the_job_that_is_told,
    a_revision_asked_for_again_under_its_key_is_the_same_one,
    a_revision_sent_many_times_at_once_is_begun_once,
    a_refused_revision_leaves_its_key_free,
    past_twenty_revisions_in_a_day_others_go_first,
    a_version_restored_again_under_its_key_is_made_once,
    past_fifty_restores_in_a_day_another_is_declined,
    of_very_many_versions_the_newest_are_listed,
    what_was_restored_stands_in_the_history,
    a_restored_backlink_keeps_its_proof_and_so_does_its_revision,
    how_long_work_takes_is_measured_from_the_wish_to_its_fulfilment,
}

const NOTES: &str = "Shorter, please.";

fn key(key: &str, body: u8) -> ClientKey {
    ClientKey { scope: "revise".to_owned(), key: key.to_owned(), body_hash: [body; 32] }
}

async fn revise(shop: &Shop, order: OrderId, key: Option<&ClientKey>) -> Result<JobId, StoreError> {
    shop.store.request_revision(order, NOTES, Actor::Customer, key).await
}

/// Asks for a revision and has it made.
async fn revised(shop: &Shop, order: OrderId, outcome: Outcome) -> i32 {
    let told = revise(shop, order, None).await.unwrap();
    let job = shop.claim_content(order).await;
    assert_eq!(job.id, told);
    shop.finish(&job, outcome).await;
    let rows: Vec<(i32,)> = shop.database.raw.all_of(told.0, "SELECT priority FROM job WHERE id = $1").await;
    rows[0].0
}

async fn a_revision_begins_a_run_with_the_job_that_is_told(shop: &Shop) {
    let order = shop.ready_order("a").await;
    let job = revise(shop, order, None).await.unwrap();
    let view = shop.store.order_view(order).await.unwrap().unwrap();
    assert_eq!((view.status, view.run), (OrderStatus::Processing, 2));
    let told: Vec<_> = view.jobs.iter().map(|job| (job.id, job.kind.as_str())).collect();
    assert_eq!(told, [(job, "backlink-revision")]);
    assert_eq!(shop.store.work(order).await.unwrap().notes.as_deref(), Some(NOTES));
    let error = revise(shop, order, None).await.unwrap_err();
    assert!(matches!(error, StoreError::Refused(_)), "one at a time: {error}");
    let unknown = OrderId(shop.store.clock().new_id());
    let error = revise(shop, unknown, None).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound("order")), "{error}");
}

async fn a_revision_asked_for_again_under_its_key_is_the_same_one(shop: &Shop) {
    let order = shop.ready_order("a").await;
    let job = revise(shop, order, Some(&key("k", 1))).await.unwrap();
    assert_eq!(revise(shop, order, Some(&key("k", 1))).await.unwrap(), job);
    let claimed = shop.claim_content(order).await;
    shop.finish(&claimed, content("Second")).await;
    assert_eq!(revise(shop, order, Some(&key("k", 1))).await.unwrap(), job, "also when it is done");
    let error = revise(shop, order, Some(&key("k", 2))).await.unwrap_err();
    assert!(matches!(error, StoreError::KeyReused), "{error}");
    assert_eq!(shop.status(order).await, OrderStatus::QualityCheck);
    assert_ne!(revise(shop, order, Some(&key("l", 1))).await.unwrap(), job);
}

async fn a_revision_sent_many_times_at_once_is_begun_once(shop: &Shop) {
    let order = shop.ready_order("a").await;
    let mut calls = Vec::new();
    for _ in 0..16 {
        let store = Arc::clone(&shop.store);
        calls.push(tokio::spawn(async move {
            store.request_revision(order, NOTES, Actor::Customer, Some(&key("k", 1))).await.unwrap()
        }));
    }
    let mut jobs = HashSet::new();
    for call in calls {
        jobs.insert(call.await.unwrap());
    }
    assert_eq!(jobs.len(), 1);
    assert_eq!(shop.waiting(order, "content").await, jobs.into_iter().collect::<Vec<_>>());
}

async fn a_refused_revision_leaves_its_key_free(shop: &Shop) {
    let order = shop.ready_order("a").await;
    shop.apply(order, Command::Submit).await;
    let error = revise(shop, order, Some(&key("k", 1))).await.unwrap_err();
    assert!(matches!(error, StoreError::Refused(_)), "{error}");
    shop.apply(order, Command::TakeBack).await;
    revise(shop, order, Some(&key("k", 1))).await.unwrap();
}

async fn past_twenty_revisions_in_a_day_others_go_first(shop: &Shop) {
    let order = shop.ready_order("a").await;
    let other = shop.ready_order("b").await;
    for number in 1..=20 {
        assert_eq!(revised(shop, order, content("Next")).await, 10, "revision {number}");
        shop.time.advance(TimeDelta::hours(1));
    }
    assert_eq!(shop.alerts().await.len(), 0);
    assert_eq!(revised(shop, order, content("Next")).await, 0);
    assert_eq!(shop.alerts().await.len(), 1, "staff are told");
    assert_eq!(revised(shop, other, content("Next")).await, 10, "another order has its own count");
    // The second of them is 24 hours old; the 19 after it are not.
    shop.time.advance(TimeDelta::hours(5));
    assert_eq!(revised(shop, order, content("Next")).await, 10);
    assert_eq!(revised(shop, order, content("Next")).await, 0);
}

async fn a_version_restored_again_under_its_key_is_made_once(shop: &Shop) {
    let order = shop.ready_order("a").await;
    revised(shop, order, content("Second")).await;
    let restore = async |number, key: Option<&ClientKey>| {
        shop.store.restore_version(order, number, Actor::Customer, key).await
    };
    assert_eq!(restore(1, Some(&key("k", 1))).await.unwrap(), 3);
    assert_eq!(restore(1, Some(&key("k", 1))).await.unwrap(), 3);
    assert_eq!(restore(3, None).await.unwrap(), 3, "it is the newest");
    assert_eq!(shop.store.list_versions(order).await.unwrap().len(), 3);
    let error = restore(2, Some(&key("k", 2))).await.unwrap_err();
    assert!(matches!(error, StoreError::KeyReused), "{error}");
    for unknown in [-1, 0, 4] {
        let error = restore(unknown, None).await.unwrap_err();
        assert!(matches!(error, StoreError::Refused(_)), "{unknown}: {error}");
    }
    assert_eq!(restore(2, None).await.unwrap(), 4);
}

async fn past_fifty_restores_in_a_day_another_is_declined(shop: &Shop) {
    let (order, other) = (shop.ready_order("a").await, shop.ready_order("b").await);
    for order in [order, other] {
        revised(shop, order, content("Second")).await;
    }
    let restore =
        async |order, number| shop.store.restore_version(order, number, Actor::Customer, None).await;
    for number in 3..=52 {
        assert_eq!(restore(order, 1).await.unwrap(), number);
        shop.time.advance(TimeDelta::minutes(1));
    }
    let error = restore(order, 1).await.unwrap_err();
    assert!(matches!(error, StoreError::Declined { code: RefusalCode::TooManyRestores, .. }), "{error}");
    assert_eq!(restore(order, 52).await.unwrap(), 52, "the newest is that already");
    assert!(matches!(restore(order, 53).await.unwrap_err(), StoreError::Refused(_)));
    assert_eq!(restore(other, 1).await.unwrap(), 3, "another order has its own count");
    // The first of them is 24 hours old.
    shop.time.advance(TimeDelta::hours(24) - TimeDelta::minutes(50));
    assert_eq!(restore(order, 1).await.unwrap(), 53);
    assert!(restore(order, 1).await.is_err());
}

async fn of_very_many_versions_the_newest_are_listed(shop: &Shop) {
    let order = shop.ready_order("a").await;
    revised(shop, order, content("Second")).await;
    for _ in 3..=502 {
        shop.apply(order, Command::Restore { number: 1 }).await;
    }
    let listed = shop.store.list_versions(order).await.unwrap();
    assert_eq!((listed.len(), listed[0].number, listed[499].number), (500, 502, 3));
}

async fn what_was_restored_stands_in_the_history(shop: &Shop) {
    let order = shop.ready_order("a").await;
    revised(shop, order, content("Second")).await;
    shop.store.restore_version(order, 1, Actor::Customer, None).await.unwrap();
    let sql = "SELECT detail ->> 'restored', detail ->> 'version' FROM order_event \
               WHERE order_id = $1 AND kind = 'version_restored'";
    // SQLite has numbers where Postgres has texts.
    let sql = sql.replace("detail ->> 'restored'", "CAST(detail ->> 'restored' AS TEXT)");
    let sql = sql.replace(" detail ->> 'version'", " CAST(detail ->> 'version' AS TEXT)");
    let rows: Vec<(String, String)> = shop.database.raw.all_of(order.0, &sql).await;
    assert_eq!(rows, [("1".to_owned(), "3".to_owned())]);
}

async fn a_restored_backlink_keeps_its_proof_and_so_does_its_revision(shop: &Shop) {
    let article = shop.store.insert_article("tea", "Tea", TEA).await.unwrap();
    let order = sell_backlink(shop, "a", article, TEA, 1).await;
    revised(shop, order, Outcome::Content(Box::new(backlink_version("a", TEA, 2)))).await;
    shop.store.restore_version(order, 1, Actor::Customer, None).await.unwrap();
    let newest = shop.store.order_view(order).await.unwrap().unwrap().version.unwrap();
    let proof = newest.insertion.expect("it is a backlink").0;
    assert_eq!((newest.number, proof.paragraph, &proof.text), (3, 1, &newest.source));
    assert!(prove(TEA, &newest.source, &proof));
    revise(shop, order, None).await.unwrap();
    let work = shop.store.work(order).await.unwrap();
    assert_eq!(work.current, Some(newest.source), "the revision starts from what was restored");
    assert_eq!(work.base.as_deref(), Some(TEA), "and is proved against the article");
    let job = shop.claim_content(order).await;
    shop.finish(&job, failure(None)).await;
    let kept = shop.store.order_view(order).await.unwrap().unwrap();
    assert_eq!((kept.status, kept.version.unwrap().number), (OrderStatus::QualityCheck, 3));
}

async fn how_long_work_takes_is_measured_from_the_wish_to_its_fulfilment(shop: &Shop) {
    let order = shop.ready_order("a").await;
    let told = async || shop.store.estimate(JobKind::BacklinkRevision).await.unwrap().to_string();
    for minutes in [2, 3, 4, 8, 9] {
        assert_eq!(told().await, "10-30 minutes", "too few were measured");
        revise(shop, order, None).await.unwrap();
        shop.time.advance(TimeDelta::minutes(minutes) - TimeDelta::seconds(30));
        let job = shop.claim_content(order).await;
        shop.time.advance(TimeDelta::seconds(30));
        shop.finish(&job, content("Next")).await;
    }
    assert_eq!(told().await, "4-9 minutes");
    let hidden = "UPDATE job SET finished_at = NULL WHERE kind = 'backlink-revision'";
    shop.database.raw.execute(hidden).await;
    assert_eq!(told().await, "4-9 minutes", "it is measured once a minute");
    shop.time.advance(TimeDelta::minutes(1));
    assert_eq!(told().await, "10-30 minutes");
    let first = shop.store.estimate(JobKind::ArticleGeneration).await.unwrap();
    assert_eq!(first.words(), "10 to 30 minutes", "each kind has its own");
}
