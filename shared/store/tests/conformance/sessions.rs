//! Checkout sessions move forward only, and are paid once.

use crate::{
    events::{event, paid, with, with_payment},
    on_both_engines,
    shop::{Shop, listed},
};
use galley_domain::payment::CheckoutState;
use galley_store::Received;

on_both_engines! {
    a_session_that_is_not_paid_yet_is_remembered_and_settles_when_it_is,
    nothing_that_comes_after_paid_changes_the_session,
    money_for_an_expired_session_is_honoured,
    states_move_by_rank_whatever_the_order_of_events,
    the_facts_of_the_furthest_state_are_kept,
    a_second_payment_of_one_session_is_recorded_and_told,
    both_payments_of_one_session_may_come_in_one_batch,
    a_payment_that_is_known_from_another_session_pays_nothing_twice,
}

async fn state(shop: &Shop) -> String {
    let rows: Vec<(String,)> = shop.database.raw.all("SELECT state FROM checkout_session").await;
    assert_eq!(rows.len(), 1, "all events are of one session");
    rows[0].0.clone()
}

async fn a_session_that_is_not_paid_yet_is_remembered_and_settles_when_it_is(shop: &Shop) {
    let early = event("evt_1", "a", CheckoutState::Processing);
    assert_eq!(shop.receive(early).await, Received::Remembered);
    assert_eq!((state(shop).await.as_str(), shop.count("payment").await), ("processing", 0));
    assert_eq!(shop.store.find_order_of_session("cs_a").await.unwrap(), None);
    shop.order("a").await;
    assert_eq!(state(shop).await, "paid");
}

async fn nothing_that_comes_after_paid_changes_the_session(shop: &Shop) {
    let order = shop.order("a").await;
    let stamp = shop.store.stamp(order).await.unwrap();
    for late in
        [CheckoutState::Expired, CheckoutState::Failed, CheckoutState::Processing, CheckoutState::Open]
    {
        let late =
            with(event(late.as_str(), "a", late), |fact| fact.sale.email = Some("x@y.example".to_owned()));
        assert_eq!(shop.receive(late).await, Received::Remembered);
    }
    let again = shop.receive(event("evt_again", "a", CheckoutState::Paid)).await;
    assert_eq!(again, Received::Settled { order_id: order, new: false });
    let sessions: Vec<(String, String)> =
        shop.database.raw.all("SELECT state, email FROM checkout_session").await;
    assert_eq!(sessions, listed(&[("paid", "a@customer.example")]));
    assert_eq!(shop.store.stamp(order).await.unwrap(), stamp);
}

async fn money_for_an_expired_session_is_honoured(shop: &Shop) {
    for (n, early) in [CheckoutState::Expired, CheckoutState::Failed].into_iter().enumerate() {
        let name = n.to_string();
        assert_eq!(shop.receive(event(early.as_str(), &name, early)).await, Received::Remembered);
        shop.order(&name).await;
    }
    assert_eq!(
        shop.database.raw.number("SELECT COUNT(*) FROM checkout_session WHERE state = 'paid'").await,
        2
    );
}

async fn states_move_by_rank_whatever_the_order_of_events(shop: &Shop) {
    use CheckoutState::{Expired, Failed, Open, Processing};
    for (n, (next, then)) in [
        (Open, "open"),
        (Processing, "processing"),
        (Open, "processing"),
        (Expired, "expired"),
        (Failed, "expired"),
        (Processing, "expired"),
    ]
    .into_iter()
    .enumerate()
    {
        shop.receive(event(&n.to_string(), "a", next)).await;
        assert_eq!(state(shop).await, then, "after event {n}");
    }
    assert_eq!(shop.count("payment_event").await, 6, "each is on record");
}

async fn the_facts_of_the_furthest_state_are_kept(shop: &Shop) {
    let early = with(event("evt_1", "a", CheckoutState::Open), |fact| {
        fact.sale.email = Some("early@customer.example".to_owned());
        fact.sale.amount_total_minor = Some(1);
    });
    shop.receive(early).await;
    let late = with(paid("a"), |fact| fact.sale.amount_tax_minor = 0);
    shop.receive(late).await;
    let rows: Vec<(String, i64, String)> =
        shop.database.raw.all("SELECT email, amount_minor, currency FROM checkout_session").await;
    assert_eq!(rows, [("a@customer.example".to_owned(), 12_900, "USD".to_owned())]);
}

async fn a_second_payment_of_one_session_is_recorded_and_told(shop: &Shop) {
    let order = shop.order("a").await;
    let second = |key| with_payment(event(key, "a", CheckoutState::Paid), "pi_2");
    assert_eq!(shop.receive(second("evt_2")).await, Received::SecondPayment);
    assert_eq!(shop.receive(second("evt_3")).await, Received::SecondPayment);
    assert_eq!(payments(shop).await, listed(&[("pi_2", "duplicate"), ("pi_a", "paid")]));
    assert_eq!(shop.count("orders").await, 1);
    assert_eq!(shop.alerts().await.len(), 1);
    assert_eq!(shop.store.find_order_of_session("cs_a").await.unwrap(), Some(order));
}

async fn both_payments_of_one_session_may_come_in_one_batch(shop: &Shop) {
    let second = |n: usize| {
        let event = event(&format!("evt_{n}"), "a", CheckoutState::Paid);
        with_payment(event, &format!("pi_{}", n % 2))
    };
    let received = shop.receive_all((0..30).map(second)).await;
    let new = received.iter().filter(|one| matches!(one, Received::Settled { new: true, .. })).count();
    let again = received.iter().filter(|one| matches!(one, Received::Settled { new: false, .. })).count();
    let seconds = received.iter().filter(|one| **one == Received::SecondPayment).count();
    assert_eq!((new, again, seconds), (1, 14, 15), "{received:?}");
    assert_eq!(shop.count("orders").await, 1);
    assert_eq!(shop.count("payment").await, 2);
}

async fn a_payment_that_is_known_from_another_session_pays_nothing_twice(shop: &Shop) {
    shop.order("a").await;
    let other = with_payment(paid("b"), "pi_a");
    assert_eq!(shop.receive(other).await, Received::Ignored);
    assert_eq!((shop.count("orders").await, shop.count("payment").await), (1, 1));
    assert_eq!(shop.alerts().await.len(), 1, "somebody should look");
}

async fn payments(shop: &Shop) -> Vec<(String, String)> {
    shop.database.raw.all("SELECT payment_ref, state FROM payment ORDER BY payment_ref").await
}
