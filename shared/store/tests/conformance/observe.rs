//! What gateways answer when they are asked is taken in like their events.

use crate::{
    events::{charge, dispute, event, money, observed, of_ours, paid, refund, with, with_payment},
    on_both_engines,
    shop::{Shop, listed},
};
use galley_domain::{
    order::OrderStatus,
    payment::{CheckoutState, DisputeState, Observation, RefundState, ReviewReason},
};
use galley_store::{Received, StoreError};
use std::sync::Arc;

on_both_engines! {
    a_paid_session_that_is_seen_becomes_its_order,
    each_observation_has_its_outcome_in_its_place,
    what_is_known_writes_nothing,
    a_payment_of_another_account_is_not_taken_for_known,
    one_that_fails_does_not_hurt_the_others,
    money_that_is_seen_counts_like_an_event,
    a_hundred_at_once_are_taken_in,
    an_observation_beside_its_event_makes_one_order,
    a_zero_byte_in_an_answer_stops_nothing,
}

async fn see(shop: &Shop, seen: Vec<Observation>) -> Vec<Received> {
    let outcomes = shop.store.observe(seen).await.unwrap();
    outcomes.into_iter().map(|outcome| outcome.unwrap()).collect()
}

async fn a_paid_session_that_is_seen_becomes_its_order(shop: &Shop) {
    let ours = shop.checkout("a").await;
    let seen = vec![observed(of_ours(paid("a"), ours)), observed(paid("storefront"))];
    for received in see(shop, seen).await {
        let Received::Settled { order_id, new: true } = received else { panic!("{received:?}") };
        assert_eq!(shop.jobs(order_id).await, listed(&[("article-generation", "waiting")]));
        assert_eq!(shop.mails(order_id).await, ["order-received"]);
    }
    assert_eq!(shop.count("payment_event").await, 0, "there was no event");
    let late = shop.receive(paid("storefront")).await;
    assert!(matches!(late, Received::Settled { new: false, .. }), "the event that comes late: {late:?}");
}

async fn each_observation_has_its_outcome_in_its_place(shop: &Shop) {
    shop.order("known").await;
    let cheap = with(paid("cheap"), |fact| fact.sale.amount_total_minor = Some(1));
    let second = with_payment(event("x", "known", CheckoutState::Paid), "pi_second");
    let seen = vec![
        observed(event("x", "open", CheckoutState::Open)),
        observed(paid("known")),
        observed(cheap),
        observed(money("x", charge("nobody", 100))),
        observed(paid("new")),
        observed(second),
        observed(money("x", charge("known", 100))),
    ];
    let outcomes = see(shop, seen).await;
    let settled = |received: &Received| matches!(received, Received::Settled { new: true, .. });
    assert_eq!(outcomes[0], Received::Remembered);
    assert_eq!(outcomes[1], Received::Duplicate);
    assert_eq!(outcomes[2], Received::NeedsReview(ReviewReason::AmountTooSmall));
    assert_eq!(outcomes[3], Received::Pending, "nobody keeps it: it will be seen again");
    assert!(settled(&outcomes[4]), "{outcomes:?}");
    assert_eq!(outcomes[5..], [Received::SecondPayment, Received::Applied]);
    assert_eq!(see(shop, Vec::new()).await, []);
}

/// Every row of the tables that settlement writes, by what would change.
async fn everything(shop: &Shop) -> Vec<(String, i64, i64)> {
    let sql = "SELECT 'orders', COUNT(*), CAST(COALESCE(SUM(change_seq), 0) AS BIGINT) FROM orders \
               UNION ALL SELECT 'job', COUNT(*), CAST(COALESCE(SUM(change_seq), 0) AS BIGINT) FROM job \
               UNION ALL SELECT 'payment', COUNT(*), CAST(COALESCE(SUM(reported_minor), 0) AS BIGINT) FROM payment \
               UNION ALL SELECT 'refund', COUNT(*), COUNT(DISTINCT updated_at) FROM refund \
               UNION ALL SELECT 'dispute', COUNT(*), COUNT(DISTINCT updated_at) FROM dispute \
               UNION ALL SELECT 'order_event', COUNT(*), 0 FROM order_event \
               UNION ALL SELECT 'email', COUNT(*), 0 FROM email \
               UNION ALL SELECT 'session', COUNT(*), COUNT(DISTINCT updated_at) FROM checkout_session";
    shop.database.raw.all(sql).await
}

async fn what_is_known_writes_nothing(shop: &Shop) {
    let seen = || {
        vec![
            observed(paid("a")),
            observed(with(paid("b"), |fact| fact.sale.metadata.clear())),
            observed(with_payment(event("x", "a", CheckoutState::Paid), "pi_second")),
            observed(event("x", "c", CheckoutState::Processing)),
            observed(money("x", refund("a", "1", 100, RefundState::Succeeded))),
            observed(money("x", dispute("a", "1", DisputeState::Open))),
            observed(money("x", charge("a", 100))),
        ]
    };
    see(shop, seen()).await;
    let before = everything(shop).await;
    shop.time.advance(chrono::TimeDelta::hours(1));
    let again = see(shop, seen()).await;
    assert_eq!(again[..3], [Received::Duplicate, Received::Duplicate, Received::Duplicate]);
    assert_eq!(everything(shop).await, before);
    let touched = format!("{}", shop.time.now().format("%Y-%m-%d %H"));
    let sessions: Vec<(chrono::DateTime<chrono::Utc>,)> =
        shop.database.raw.all("SELECT updated_at FROM checkout_session").await;
    let now = |at: &chrono::DateTime<chrono::Utc>| format!("{}", at.format("%Y-%m-%d %H")) == touched;
    assert!(!sessions.iter().any(|(at,)| now(at)), "no row was touched");
}

async fn a_payment_of_another_account_is_not_taken_for_known(shop: &Shop) {
    shop.order("a").await;
    let elsewhere = with(paid("a"), |fact| "acct_2".clone_into(&mut fact.account));
    let received = see(shop, vec![observed(elsewhere)]).await.remove(0);
    assert!(matches!(received, Received::Settled { new: true, .. }), "{received:?}");
}

async fn one_that_fails_does_not_hurt_the_others(shop: &Shop) {
    shop.database.raw.refuse("checkout_session", "external_id", "cs_2").await;
    let outcomes =
        shop.store.observe((0..5).map(|n| observed(paid(&n.to_string()))).collect()).await.unwrap();
    for (n, outcome) in outcomes.into_iter().enumerate() {
        match outcome {
            Ok(Received::Settled { new: true, .. }) => assert_ne!(n, 2),
            Err(StoreError::Database(_)) => assert_eq!(n, 2),
            other => panic!("{n}: {other:?}"),
        }
    }
    assert_eq!(shop.count("orders").await, 4);
    shop.database.raw.allow("checkout_session").await;
    see(shop, vec![observed(paid("2"))]).await;
    assert_eq!(shop.count("orders").await, 5, "the next pass finds it");
}

async fn money_that_is_seen_counts_like_an_event(shop: &Shop) {
    let order = shop.order("a").await;
    let told = || observed(money("x", refund("a", "1", 12_900, RefundState::Succeeded)));
    assert_eq!(see(shop, vec![told(), told()]).await, [Received::Applied, Received::Applied]);
    assert_eq!(shop.status(order).await, OrderStatus::Refunded);
    let event = refund("a", "1", 12_900, RefundState::Succeeded);
    shop.tell(event).await;
    assert_eq!(shop.events(order).await, ["order_received", "refunded"]);
    assert_eq!(shop.count("refund").await, 1);
}

async fn a_hundred_at_once_are_taken_in(shop: &Shop) {
    let seen = (0..150).map(|n| observed(paid(&(n % 100).to_string()))).collect();
    let outcomes = see(shop, seen).await;
    let new = outcomes.iter().filter(|one| matches!(one, Received::Settled { new: true, .. })).count();
    assert_eq!((outcomes.len(), new, shop.count("orders").await), (150, 100, 100));
}

async fn an_observation_beside_its_event_makes_one_order(shop: &Shop) {
    for round in 0..24 {
        let name = round.to_string();
        let (one, two) = (Arc::clone(&shop.store), Arc::clone(&shop.store));
        let (event, seen) = (paid(&name), observed(paid(&name)));
        let received = tokio::spawn(async move { one.receive(event).await.unwrap() });
        let observed = tokio::spawn(async move { two.observe(vec![seen]).await.unwrap().remove(0).unwrap() });
        let outcomes = [received.await.unwrap(), observed.await.unwrap()];
        let new = outcomes.iter().filter(|one| matches!(one, Received::Settled { new: true, .. })).count();
        assert_eq!(new, 1, "{outcomes:?}");
    }
    assert_eq!(shop.count("orders").await, 24);
}

async fn a_zero_byte_in_an_answer_stops_nothing(shop: &Shop) {
    let odd = with(paid("a"), |fact| {
        fact.sale.metadata.insert("no\0tes".to_owned(), "\0".to_owned());
        fact.external_id.push('\0');
    });
    let mut reason = refund("a", "1", 100, RefundState::Succeeded);
    let galley_domain::payment::MoneyChange::Refund(fact) = &mut reason.change else { panic!() };
    fact.reason = Some("be\0cause".to_owned());
    fact.external_id.push('\0');
    let outcomes = see(shop, vec![observed(odd), observed(money("x", reason))]).await;
    assert!(matches!(outcomes[0], Received::Settled { new: true, .. }), "{outcomes:?}");
    assert_eq!(outcomes[1], Received::Applied);
    assert!(shop.store.find_order_of_session("cs_a").await.unwrap().is_some());
}
