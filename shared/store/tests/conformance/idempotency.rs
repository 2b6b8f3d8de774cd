//! A client's key makes a request count once, however often it is sent.

use crate::{
    on_both_engines,
    refunds::of,
    shop::{Shop, wanted},
};
use chrono::TimeDelta;
use galley_store::{ClientKey, NewCheckout, RefundRequest, RefundTarget, StoreError};
use std::{collections::HashSet, sync::Arc};

on_both_engines! {
    a_checkout_asked_for_again_under_its_key_is_the_same_one,
    a_key_with_another_body_is_refused,
    keys_of_two_scopes_never_meet,
    a_key_sent_many_times_at_once_opens_one_checkout,
    a_request_that_failed_leaves_its_key_free,
    a_refund_asked_for_again_under_its_key_is_the_same_one,
    a_refund_sent_many_times_at_once_is_made_once,
    keys_are_forgotten_after_two_days,
}

fn key(scope: &str, key: &str, body: u8) -> ClientKey {
    ClientKey { scope: scope.to_owned(), key: key.to_owned(), body_hash: [body; 32] }
}

fn keyed(name: &str, key: ClientKey) -> NewCheckout {
    NewCheckout { key: Some(key), ..wanted(name) }
}

async fn a_checkout_asked_for_again_under_its_key_is_the_same_one(shop: &Shop) {
    let first = shop.store.open_checkout(keyed("a", key("checkout", "k", 1))).await.unwrap();
    let again = shop.store.open_checkout(keyed("a", key("checkout", "k", 1))).await.unwrap();
    assert_eq!((again.id, again.intent.is_none()), (first.id, true), "the first request is at it");
    assert!(first.intent.is_some());
    assert_eq!((shop.count("checkout_session").await, shop.count("job").await), (1, 1));
    let without = shop.store.open_checkout(wanted("a")).await.unwrap();
    assert_ne!(without.id, first.id);
}

async fn a_key_with_another_body_is_refused(shop: &Shop) {
    shop.store.open_checkout(keyed("a", key("checkout", "k", 1))).await.unwrap();
    let error = shop.store.open_checkout(keyed("b", key("checkout", "k", 2))).await.unwrap_err();
    assert!(matches!(error, StoreError::KeyReused), "{error}");
    assert_eq!(shop.count("checkout_session").await, 1);
}

async fn keys_of_two_scopes_never_meet(shop: &Shop) {
    let mut ids = HashSet::new();
    for scope in ["checkout:ann", "checkout:bob"] {
        ids.insert(shop.store.open_checkout(keyed("a", key(scope, "k", 1))).await.unwrap().id);
    }
    assert_eq!(ids.len(), 2);
}

async fn a_key_sent_many_times_at_once_opens_one_checkout(shop: &Shop) {
    let other = Arc::new(shop.reopen(|config| config.max_connections = 2).await);
    let mut calls = Vec::new();
    for n in 0..24 {
        let store = Arc::clone(if n % 2 == 0 { &shop.store } else { &other });
        calls.push(tokio::spawn(
            async move { store.open_checkout(keyed("a", key("checkout", "k", 1))).await },
        ));
    }
    let mut ids = HashSet::new();
    for call in calls {
        ids.insert(call.await.unwrap().unwrap().id);
    }
    assert_eq!((ids.len(), shop.count("checkout_session").await), (1, 1));
    other.close().await;
}

async fn a_request_that_failed_leaves_its_key_free(shop: &Shop) {
    let mut unknown = keyed("a", key("checkout", "k", 1));
    unknown.brief.article_id = Some(shop.store.clock().new_id().into());
    assert!(matches!(shop.store.open_checkout(unknown).await.unwrap_err(), StoreError::NotFound(_)));
    shop.store.open_checkout(keyed("a", key("checkout", "k", 2))).await.unwrap();
    let order = shop.order("a").await;
    let too_much = refund(order, 99_999, 1);
    assert!(shop.store.request_refund(too_much).await.is_err());
    shop.store.request_refund(refund(order, 100, 2)).await.unwrap();
}

fn refund(order: galley_domain::id::OrderId, amount: i64, body: u8) -> RefundRequest {
    RefundRequest { key: Some(key("refund", "k", body)), ..of(RefundTarget::Order(order), Some(amount)) }
}

async fn a_refund_asked_for_again_under_its_key_is_the_same_one(shop: &Shop) {
    let order = shop.order("a").await;
    let first = shop.store.request_refund(refund(order, 12_000, 1)).await.unwrap();
    let again = shop.store.request_refund(refund(order, 12_000, 1)).await.unwrap();
    assert_eq!(again.id, first.id, "it is no second refund, which would be too large");
    let error = shop.store.request_refund(refund(order, 100, 2)).await.unwrap_err();
    assert!(matches!(error, StoreError::KeyReused), "{error}");
    assert_eq!(shop.events(order).await, ["order_received", "refund_requested"]);
}

async fn a_refund_sent_many_times_at_once_is_made_once(shop: &Shop) {
    let order = shop.order("a").await;
    let mut calls = Vec::new();
    for _ in 0..16 {
        let store = Arc::clone(&shop.store);
        calls.push(tokio::spawn(async move { store.request_refund(refund(order, 100, 1)).await }));
    }
    let mut ids = HashSet::new();
    for call in calls {
        ids.insert(call.await.unwrap().unwrap().id);
    }
    assert_eq!((ids.len(), shop.count("refund").await), (1, 1));
}

async fn keys_are_forgotten_after_two_days(shop: &Shop) {
    let first = shop.store.open_checkout(keyed("a", key("checkout", "k", 1))).await.unwrap();
    shop.time.advance(TimeDelta::hours(48));
    shop.store.clean_jobs().await.unwrap();
    assert_eq!(shop.store.open_checkout(keyed("a", key("checkout", "k", 1))).await.unwrap().id, first.id);
    shop.time.advance(TimeDelta::microseconds(1));
    shop.store.clean_jobs().await.unwrap();
    assert_eq!(shop.count("idempotency_key").await, 0);
    assert_ne!(shop.store.open_checkout(keyed("b", key("checkout", "k", 2))).await.unwrap().id, first.id);
}
