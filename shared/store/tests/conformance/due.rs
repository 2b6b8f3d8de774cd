//! What the reconciler asks gateways about, and when: it takes what is due and gives it back.

use crate::{
    events::{event, observed, of_ours, paid},
    on_both_engines,
    shop::{Shop, wanted},
};
use chrono::TimeDelta;
use galley_domain::{
    id::CheckoutSessionId,
    payment::{CheckoutState, Gateway},
};
use galley_store::DueCheckout;
use std::{collections::HashSet, sync::Arc};

on_both_engines! {
    an_open_checkout_is_due_at_once_and_taken_once,
    what_was_taken_and_never_given_back_is_due_again_soon,
    a_young_checkout_is_asked_about_in_every_pass_and_an_older_one_seldom,
    money_on_its_way_is_asked_about_ever_more_seldom_for_two_weeks,
    what_nobody_got_to_is_due_at_once,
    what_has_moved_meanwhile_is_not_put_back,
    what_somebody_waits_for_comes_first_and_often,
    waiting_is_noted_seldom_and_only_where_it_helps,
    with_all_of_them_what_is_not_due_is_taken_too,
    a_storefronts_session_is_asked_about_like_ours,
    what_is_over_or_has_no_page_is_never_taken,
    many_takers_at_once_share_what_is_due,
    one_of_many_takes_the_turn,
}

async fn take(shop: &Shop, all: bool) -> Vec<DueCheckout> {
    shop.store.take_due_checkouts(100, all).await.unwrap()
}

fn ids(due: &[DueCheckout]) -> Vec<CheckoutSessionId> {
    due.iter().map(|one| one.id).collect()
}

async fn an_open_checkout_is_due_at_once_and_taken_once(shop: &Shop) {
    let id = shop.checkout("a").await;
    let due = take(shop, false).await;
    assert_eq!((ids(&due), due[0].gateway, due[0].hot), (vec![id], Gateway::Stripe, false));
    assert_eq!((due[0].external_id.as_str(), due[0].state), ("cs_a", CheckoutState::Open));
    assert_eq!(due[0].created_at, shop.time.now());
    assert!(take(shop, false).await.is_empty(), "another pass skips what this one has");
    shop.store.give_back_checkouts(&due, true).await.unwrap();
    assert_eq!(take(shop, false).await.len(), 1);
    shop.store.give_back_checkouts(&[], true).await.unwrap();
}

async fn what_was_taken_and_never_given_back_is_due_again_soon(shop: &Shop) {
    shop.checkout("a").await;
    take(shop, false).await;
    shop.time.advance(TimeDelta::seconds(12) - TimeDelta::microseconds(1));
    assert!(take(shop, false).await.is_empty());
    shop.time.advance(TimeDelta::microseconds(1));
    assert_eq!(take(shop, false).await.len(), 1, "whoever had it died");
}

/// Asks about it and finds it as it was; says how long it is then left alone.
async fn pause(shop: &Shop) -> Option<TimeDelta> {
    let due = take(shop, true).await;
    assert_eq!(due.len(), 1);
    let expected = due[0].next_poll_at(shop.time.now()).map(|at| at - shop.time.now());
    shop.store.give_back_checkouts(&due, true).await.unwrap();
    if let Some(pause) = expected.filter(|pause| *pause > TimeDelta::zero()) {
        shop.time.advance(pause - TimeDelta::microseconds(1));
        assert!(take(shop, false).await.is_empty(), "it is left alone for {pause}");
        shop.time.advance(TimeDelta::microseconds(1));
    }
    if expected.is_some() {
        let due = take(shop, false).await;
        assert_eq!(due.len(), 1);
        shop.store.give_back_checkouts(&due, false).await.unwrap();
    }
    expected
}

async fn a_young_checkout_is_asked_about_in_every_pass_and_an_older_one_seldom(shop: &Shop) {
    shop.checkout("a").await;
    assert_eq!(pause(shop).await, Some(TimeDelta::zero()));
    shop.time.advance(TimeDelta::minutes(59));
    assert_eq!(pause(shop).await, Some(TimeDelta::zero()));
    shop.time.advance(TimeDelta::minutes(1));
    assert_eq!(pause(shop).await, Some(TimeDelta::seconds(20)));
    shop.time.advance(TimeDelta::hours(24));
    assert_eq!(pause(shop).await, Some(TimeDelta::seconds(20)));
    shop.time.advance(TimeDelta::hours(1));
    assert_eq!(pause(shop).await, None, "nobody can pay any more");
    assert!(take(shop, true).await.is_empty(), "it is let go");
}

async fn money_on_its_way_is_asked_about_ever_more_seldom_for_two_weeks(shop: &Shop) {
    let id = shop.checkout("a").await;
    shop.receive(of_ours(event("evt_1", "a", CheckoutState::Processing), id)).await;
    assert!(take(shop, false).await.is_empty(), "it was seen just now");
    assert_eq!(pause(shop).await, Some(TimeDelta::minutes(15)));
    shop.time.advance(TimeDelta::hours(8) - TimeDelta::minutes(15));
    assert_eq!(pause(shop).await, Some(TimeDelta::hours(2)));
    shop.time.advance(TimeDelta::days(13));
    assert_eq!(pause(shop).await, Some(TimeDelta::hours(6)));
    shop.time.advance(TimeDelta::days(1));
    assert_eq!(pause(shop).await, None);
}

async fn what_nobody_got_to_is_due_at_once(shop: &Shop) {
    shop.checkout("a").await;
    shop.time.advance(TimeDelta::hours(2));
    let due = take(shop, false).await;
    shop.store.give_back_checkouts(&due, false).await.unwrap();
    assert_eq!(take(shop, false).await.len(), 1);
}

/// The reconciler was away for a day, asks at last, and hears that the money is on its way.
async fn what_has_moved_meanwhile_is_not_put_back(shop: &Shop) {
    let id = shop.checkout("a").await;
    shop.checkout("b").await;
    shop.time.advance(TimeDelta::hours(27));
    let due = take(shop, false).await;
    let on_its_way = of_ours(event("x", "a", CheckoutState::Processing), id);
    shop.store.observe(vec![observed(on_its_way)]).await.unwrap().remove(0).unwrap();
    shop.store.give_back_checkouts(&due, true).await.unwrap();
    assert!(take(shop, false).await.is_empty());
    shop.time.advance(TimeDelta::minutes(15));
    assert_eq!(ids(&take(shop, false).await), [id], "it goes on being asked about");
}

async fn what_somebody_waits_for_comes_first_and_often(shop: &Shop) {
    let mut all = Vec::new();
    for name in ["a", "b", "c"] {
        all.push(shop.checkout(name).await);
        shop.time.advance(TimeDelta::seconds(1));
    }
    shop.time.advance(TimeDelta::hours(2));
    shop.store.await_checkout(all[1]).await.unwrap();
    let first = shop.store.take_due_checkouts(1, false).await.unwrap();
    assert_eq!((ids(&first), first[0].hot), (vec![all[1]], true));
    shop.store.give_back_checkouts(&first, true).await.unwrap();
    let mut due = take(shop, false).await;
    due.sort_by_key(|one| one.id);
    assert_eq!(ids(&due), all, "it is due in the next pass, old as it is");
    shop.store.give_back_checkouts(&due, true).await.unwrap();
    shop.time.advance(TimeDelta::minutes(2));
    let due = take(shop, false).await;
    assert!(due.len() == 3 && due.iter().all(|one| !one.hot), "nobody was seen to wait for two minutes");
}

async fn waiting_is_noted_seldom_and_only_where_it_helps(shop: &Shop) {
    let id = shop.checkout("a").await;
    let noted = async || -> Vec<(Option<chrono::DateTime<chrono::Utc>>,)> {
        shop.database.raw.all_of(id.0, "SELECT hot_until FROM checkout_session WHERE id = $1").await
    };
    shop.store.await_checkout(id).await.unwrap();
    let first = noted().await[0].0.unwrap();
    shop.time.advance(TimeDelta::minutes(1));
    shop.store.await_checkout(id).await.unwrap();
    assert_eq!(noted().await[0].0, Some(first), "it is hot for another minute");
    shop.time.advance(TimeDelta::microseconds(1));
    shop.store.await_checkout(id).await.unwrap();
    assert!(noted().await[0].0 > Some(first));
    shop.receive(of_ours(paid("a"), id)).await;
    let before = noted().await;
    shop.time.advance(TimeDelta::hours(1));
    shop.store.await_checkout(id).await.unwrap();
    assert_eq!(noted().await, before, "what is over is not asked about");
    let creating = shop.store.open_checkout(wanted("b")).await.unwrap().id;
    shop.store.await_checkout(creating).await.unwrap();
    assert!(take(shop, true).await.is_empty());
}

async fn with_all_of_them_what_is_not_due_is_taken_too(shop: &Shop) {
    let id = shop.checkout("a").await;
    shop.receive(of_ours(event("evt_1", "a", CheckoutState::Processing), id)).await;
    assert!(take(shop, false).await.is_empty());
    assert_eq!(ids(&take(shop, true).await), [id]);
}

async fn a_storefronts_session_is_asked_about_like_ours(shop: &Shop) {
    shop.receive(event("evt_1", "open", CheckoutState::Open)).await;
    shop.receive(event("evt_2", "processing", CheckoutState::Processing)).await;
    assert_eq!(take(shop, false).await[0].external_id, "cs_open");
    assert_eq!(take(shop, true).await.len(), 2);
}

async fn what_is_over_or_has_no_page_is_never_taken(shop: &Shop) {
    shop.store.open_checkout(wanted("creating")).await.unwrap();
    shop.order("paid").await;
    for state in [CheckoutState::Failed, CheckoutState::Expired] {
        let id = shop.checkout(state.as_str()).await;
        shop.receive(of_ours(event(state.as_str(), state.as_str(), state), id)).await;
    }
    shop.time.advance(TimeDelta::hours(1));
    assert!(take(shop, true).await.is_empty());
}

async fn many_takers_at_once_share_what_is_due(shop: &Shop) {
    for n in 0..60 {
        shop.checkout(&n.to_string()).await;
    }
    let other = Arc::new(shop.reopen(|_| ()).await);
    let mut takers = Vec::new();
    for n in 0..12 {
        let store = Arc::clone(if n % 2 == 0 { &shop.store } else { &other });
        takers.push(tokio::spawn(async move { store.take_due_checkouts(10, false).await.unwrap() }));
    }
    let (mut taken, mut all) = (HashSet::new(), 0);
    for taker in takers {
        let due = taker.await.unwrap();
        assert!(due.len() <= 10);
        all += due.len();
        taken.extend(ids(&due));
    }
    assert_eq!(all, taken.len(), "nobody has what somebody else has");
    let rest = shop.store.take_due_checkouts(100, false).await.unwrap();
    taken.extend(ids(&rest));
    assert_eq!((all + rest.len(), taken.len()), (60, 60));
    other.close().await;
}

async fn one_of_many_takes_the_turn(shop: &Shop) {
    let day = TimeDelta::days(1);
    let mut asked = Vec::new();
    for _ in 0..12 {
        let store = Arc::clone(&shop.store);
        asked.push(tokio::spawn(async move { store.take_turn("clean", day).await.unwrap() }));
    }
    let mut taken = 0;
    for asked in asked {
        taken += usize::from(asked.await.unwrap());
    }
    assert_eq!(taken, 1);
    assert!(shop.store.take_turn("sweep", day).await.unwrap(), "another thing has turns of its own");
    shop.time.advance(day - TimeDelta::microseconds(1));
    assert!(!shop.store.take_turn("clean", day).await.unwrap());
    shop.time.advance(TimeDelta::microseconds(1));
    assert!(shop.store.take_turn("clean", day).await.unwrap());
    assert!(!shop.store.take_turn("clean", day).await.unwrap());
}
