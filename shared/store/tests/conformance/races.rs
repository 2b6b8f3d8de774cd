//! Events that arrive at the same moment. On Postgres two batches are worked on side by side.

use crate::{
    events::{event, paid, with, with_payment},
    on_both_engines,
    shop::Shop,
};
use galley_domain::payment::{CheckoutState, Inbound};
use galley_store::Received;
use sqlx::PgPool;
use std::{collections::HashSet, sync::Arc, time::Duration};

on_both_engines! {
    the_same_event_fifty_times_at_once_makes_one_order,
    different_events_of_one_session_at_once_make_one_order,
    many_sessions_in_any_order_from_two_processes_make_one_order_each,
}

mod two_batches {
    use super::{
        a_batch_that_lost_the_race_for_a_known_session_sees_the_winners_order,
        a_batch_that_lost_the_race_for_a_new_session_sees_the_winners_order,
        a_payment_of_two_sessions_at_once_is_settled_once,
    };
    crate::on_postgres! {
        a_batch_that_lost_the_race_for_a_new_session_sees_the_winners_order,
        a_batch_that_lost_the_race_for_a_known_session_sees_the_winners_order,
        a_payment_of_two_sessions_at_once_is_settled_once,
    }
}

async fn the_same_event_fifty_times_at_once_makes_one_order(shop: &Shop) {
    let received = shop.receive_all((0..50).map(|_| paid("a"))).await;
    let duplicates = received.iter().filter(|one| **one == Received::Duplicate).count();
    assert_eq!(duplicates, 49, "{received:?}");
    assert_eq!((shop.count("orders").await, shop.count("payment").await), (1, 1));
    assert_eq!(shop.count("payment_event").await, 1);
}

async fn different_events_of_one_session_at_once_make_one_order(shop: &Shop) {
    let events = (0..40).map(|n| event(&format!("evt_{n}"), "a", CheckoutState::Paid));
    let received = shop.receive_all(events).await;
    let orders: HashSet<_> = received.iter().map(|one| settled(one).0).collect();
    assert_eq!(orders.len(), 1);
    assert_eq!(received.iter().filter(|one| settled(one).1).count(), 1);
    assert_eq!(shop.count("orders").await, 1);
    assert_eq!(shop.count("payment_event").await, 40);
}

fn settled(received: &Received) -> (galley_domain::id::OrderId, bool) {
    match received {
        Received::Settled { order_id, new } => (*order_id, *new),
        other => panic!("{other:?}"),
    }
}

/// Every session is told of six times, each time in another order; half of the addresses are
/// shared, and every fifth sale needs a person, so batches meet in every table they write.
async fn many_sessions_in_any_order_from_two_processes_make_one_order_each(shop: &Shop) {
    let sessions = 30;
    let other = Arc::new(shop.reopen(|_| ()).await);
    let mut calls = Vec::new();
    for round in 0..6 {
        for step in 0..sessions {
            let n = if round % 2 == 0 { (step * 7 + round) % sessions } else { sessions - 1 - step };
            let sale = sale(round, n);
            let store = if (round + step) % 2 == 0 { &shop.store } else { &other };
            let store = Arc::clone(store);
            calls.push(tokio::spawn(async move { store.receive(sale).await }));
        }
    }
    for call in calls {
        call.await.unwrap().unwrap();
    }
    other.close().await;
    assert_eq!(shop.count("checkout_session").await, sessions);
    assert_eq!(shop.count("payment").await, sessions);
    assert_eq!(shop.count("orders").await, sessions * 4 / 5);
}

fn sale(round: i64, n: i64) -> Inbound {
    let state = if round == 0 { CheckoutState::Processing } else { CheckoutState::Paid };
    with(event(&format!("evt_{round}_{n}"), &n.to_string(), state), |fact| {
        fact.sale.email = Some(format!("{}@customer.example", n / 2));
        if n % 5 == 0 {
            fact.sale.metadata.remove("product");
        }
    })
}

/// Holds a row that both batches need, lets them run into it, and lets go.
async fn meet(shop: &Shop, hold: &'static str, keep: bool, events: [Inbound; 2]) -> [Received; 2] {
    let pool = shop.database.raw.postgres();
    let mut holder = pool.begin().await.unwrap();
    sqlx::query(hold).execute(&mut *holder).await.unwrap();
    let mut calls = Vec::new();
    // One after the other: together they might come in one batch.
    for (event, waiting) in events.into_iter().zip(1..) {
        let store = Arc::clone(&shop.store);
        calls.push(tokio::spawn(async move { store.receive(event).await }));
        let waiting = waiting_for_locks(pool, waiting);
        tokio::time::timeout(Duration::from_secs(30), waiting).await.expect("each runs into the row");
    }
    if keep { holder.commit().await } else { holder.rollback().await }.unwrap();
    let mut received = Vec::new();
    for call in calls {
        received.push(call.await.unwrap().unwrap());
    }
    received.try_into().unwrap()
}

async fn waiting_for_locks(pool: &PgPool, batches: i64) {
    let sql = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() \
               AND application_name = 'galley' AND wait_event_type = 'Lock'";
    loop {
        let (waiting,): (i64,) = sqlx::query_as(sql).fetch_one(pool).await.unwrap();
        if waiting == batches {
            return;
        }
        tokio::task::yield_now().await;
    }
}

const SESSION: &str = "INSERT INTO checkout_session (id, gateway, external_id, state, metadata, created_at, \
     updated_at) VALUES (gen_random_uuid(), 'stripe', 'cs_a', 'open', '{}', now(), now())";

fn two_events() -> [Inbound; 2] {
    ["evt_1", "evt_2"].map(|key| event(key, "a", CheckoutState::Paid))
}

async fn a_batch_that_lost_the_race_for_a_new_session_sees_the_winners_order(shop: &Shop) {
    one_order(shop, meet(shop, SESSION, false, two_events()).await).await;
}

async fn a_batch_that_lost_the_race_for_a_known_session_sees_the_winners_order(shop: &Shop) {
    one_order(shop, meet(shop, SESSION, true, two_events()).await).await;
}

async fn one_order(shop: &Shop, received: [Received; 2]) {
    let [first, second] = received.map(|one| settled(&one));
    assert_eq!(first.0, second.0, "both name the one order");
    assert!(first.1 != second.1, "one of them made it");
    assert_eq!((shop.count("orders").await, shop.count("payment").await), (1, 1));
}

async fn a_payment_of_two_sessions_at_once_is_settled_once(shop: &Shop) {
    let events = ["a", "b"].map(|name| with_payment(paid(name), "pi_shared"));
    // Both have their session by then, and want to write the payment.
    let hold = "LOCK TABLE payment IN SHARE MODE";
    let received = meet(shop, hold, false, events).await;
    let new = received.iter().filter(|one| matches!(one, Received::Settled { new: true, .. })).count();
    let refused = received.iter().filter(|one| **one == Received::Ignored).count();
    assert_eq!((new, refused), (1, 1), "{received:?}");
}
