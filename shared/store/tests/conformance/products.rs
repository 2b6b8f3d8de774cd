//! Prices change; what was offered to somebody stays.

use crate::{
    events::{paid, with},
    on_both_engines,
    shop::Shop,
};
use chrono::{DateTime, TimeDelta, Utc};
use galley_domain::{
    actor::Actor,
    brief::ProductKind,
    payment::{Inbound, ReviewReason},
    product::Product,
};
use galley_store::Received;
use uuid::Uuid;

on_both_engines! {
    a_new_price_counts_from_the_moment_it_is_set,
    a_session_keeps_the_price_it_was_made_at,
    a_product_that_does_not_change_leaves_no_trace,
}

async fn article(shop: &Shop) -> Product {
    let products = shop.store.products().await.unwrap();
    products.into_iter().find(|product| product.kind == ProductKind::Article).unwrap()
}

async fn set_price(shop: &Shop, minor: i64) {
    let mut product = article(shop).await;
    product.price.minor = minor;
    shop.store.change_product(&product, &Actor::Staff("ann".to_owned())).await.unwrap();
}

/// A storefront's session of a moment.
fn made(name: &str, at: DateTime<Utc>, minor: i64) -> Inbound {
    with(paid(name), |fact| {
        fact.sale.created_at = Some(at);
        fact.sale.amount_total_minor = Some(minor);
    })
}

async fn a_new_price_counts_from_the_moment_it_is_set(shop: &Shop) {
    set_price(shop, 14_900).await;
    assert_eq!(article(shop).await.price.minor, 14_900);
    let after = shop.time.now();
    let too_little = shop.receive(made("a", after, 12_900)).await;
    assert_eq!(too_little, Received::NeedsReview(ReviewReason::AmountTooSmall));
    assert!(matches!(shop.receive(made("b", after, 14_900)).await, Received::Settled { new: true, .. }));
    // Without its moment a session is held against today's price.
    assert_eq!(shop.receive(paid("c")).await, Received::NeedsReview(ReviewReason::AmountTooSmall));
}

async fn a_session_keeps_the_price_it_was_made_at(shop: &Shop) {
    let before = shop.time.now();
    shop.time.advance(TimeDelta::hours(1));
    set_price(shop, 14_900).await;
    let between = shop.time.now();
    shop.time.advance(TimeDelta::hours(1));
    set_price(shop, 9_900).await;
    let cases = [("a", before, 12_900, true), ("b", before, 9_900, true), ("c", before, 9_899, false)];
    let later = [("d", between, 14_900, true), ("e", between, 9_900, true), ("f", between, 9_899, false)];
    for (name, at, minor, fits) in cases.into_iter().chain(later) {
        let received = shop.receive(made(name, at, minor)).await;
        assert_eq!(matches!(received, Received::Settled { new: true, .. }), fits, "{name}: {received:?}");
    }
    let lines = shop.store.audit_of(Uuid::nil(), 10).await.unwrap();
    let actions: Vec<_> = lines.iter().map(|line| line.action.as_str()).collect();
    assert_eq!(actions, ["product_changed", "product_changed"]);
    assert_eq!(lines[0].detail["before"]["price"]["minor"], 14_900);
    assert_eq!(lines[0].actor, "staff:ann");
}

async fn a_product_that_does_not_change_leaves_no_trace(shop: &Shop) {
    let same = article(shop).await;
    shop.store.change_product(&same, &Actor::Staff("ann".to_owned())).await.unwrap();
    assert_eq!((shop.count("former_price").await, shop.count("audit_event").await), (0, 0));
}
