//! Stamps: an answer is true as long as its stamp is.

use crate::{
    events::paid,
    on_both_engines,
    shop::{Shop, content, failure},
};
use chrono::TimeDelta;
use galley_domain::{id::OrderId, order::Command, payment::DisputeState};
use galley_store::Stamp;
use std::sync::Arc;

on_both_engines! {
    a_stamp_goes_up_with_every_change_of_an_order_and_its_jobs,
    the_stamp_of_one_order_is_not_moved_by_another,
    many_stamps_are_asked_for_at_once,
    an_unknown_order_has_no_stamp,
}

async fn stamp(shop: &Shop, order: OrderId) -> Stamp {
    shop.store.stamp(order).await.unwrap().expect("the order exists")
}

/// The pair goes up: by the order, and between two changes of the order by its jobs.
async fn goes_up(shop: &Shop, order: OrderId, last: &mut Stamp, what: &str) {
    let next = stamp(shop, order).await;
    assert!((next.order, next.jobs) > (last.order, last.jobs), "{what}: {last:?}, then {next:?}");
    *last = next;
}

async fn a_stamp_goes_up_with_every_change_of_an_order_and_its_jobs(shop: &Shop) {
    let order = shop.order("a").await;
    let mut last = stamp(shop, order).await;
    assert_eq!(stamp(shop, order).await, last, "asking changes nothing");
    assert_eq!(last.link_epoch, 0);
    let job = shop.claim_content(order).await;
    goes_up(shop, order, &mut last, "claim").await;
    shop.finish(&job, failure(Some(30))).await;
    goes_up(shop, order, &mut last, "retry").await;
    shop.time.advance(TimeDelta::seconds(30));
    shop.store.sweep().await.unwrap();
    goes_up(shop, order, &mut last, "promotion").await;
    let job = shop.claim_content(order).await;
    goes_up(shop, order, &mut last, "second claim").await;
    shop.store.release_claim(job.token).await.unwrap();
    goes_up(shop, order, &mut last, "release").await;
    let worker = shop.worker().await;
    shop.claim_content_for(order, worker).await;
    goes_up(shop, order, &mut last, "third claim").await;
    shop.store.bury(worker, 0).await.unwrap();
    goes_up(shop, order, &mut last, "burial").await;
    shop.dispute(order, DisputeState::Open).await;
    goes_up(shop, order, &mut last, "dispute").await;
    shop.dispute(order, DisputeState::Won).await;
    goes_up(shop, order, &mut last, "end of the dispute").await;
    let job = shop.claim_content(order).await;
    goes_up(shop, order, &mut last, "fourth claim").await;
    shop.finish(&job, content("First")).await;
    goes_up(shop, order, &mut last, "finish").await;
    shop.apply(order, Command::RequestRevision { notes: "shorter".to_owned(), busy: false }).await;
    goes_up(shop, order, &mut last, "revision").await;
    shop.apply(order, Command::Cancel { reason: "no".to_owned() }).await;
    goes_up(shop, order, &mut last, "cancel").await;
    shop.apply(order, Command::Retry).await;
    goes_up(shop, order, &mut last, "retry by staff").await;
    shop.database.raw.execute("UPDATE orders SET link_epoch = 4").await;
    assert_eq!(stamp(shop, order).await.link_epoch, 4);
}

async fn the_stamp_of_one_order_is_not_moved_by_another(shop: &Shop) {
    let still = shop.order("still").await;
    let before = stamp(shop, still).await;
    let moved = shop.ready_order("moved").await;
    shop.apply(moved, Command::Submit).await;
    assert_eq!(stamp(shop, still).await, before);
}

async fn many_stamps_are_asked_for_at_once(shop: &Shop) {
    shop.receive_all((0..30).map(|n| paid(&n.to_string()))).await;
    let orders: Vec<(uuid::Uuid,)> = shop.database.raw.all("SELECT id FROM orders ORDER BY id").await;
    let mut asking = Vec::new();
    for n in 0..300 {
        let store = Arc::clone(&shop.store);
        let id = if n % 10 == 0 { store.clock().new_id() } else { orders[n % 30].0 };
        asking.push(tokio::spawn(async move { store.stamp(OrderId(id)).await.unwrap() }));
    }
    for (n, asked) in asking.into_iter().enumerate() {
        assert_eq!(asked.await.unwrap().is_some(), n % 10 != 0, "{n}");
    }
}

async fn an_unknown_order_has_no_stamp(shop: &Shop) {
    let unknown = OrderId(shop.store.clock().new_id());
    assert_eq!(shop.store.stamp(unknown).await.unwrap(), None);
    assert!(shop.store.order_view(unknown).await.unwrap().is_none());
    assert!(shop.store.history(unknown).await.unwrap().is_empty());
    assert!(shop.store.list_versions(unknown).await.unwrap().is_empty());
    assert!(shop.store.find_version(unknown, 1).await.unwrap().is_none());
    assert!(shop.store.mails_of(unknown).await.unwrap().is_empty());
    assert!(shop.store.work(unknown).await.is_err());
}
