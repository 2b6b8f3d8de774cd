//! What gateways say went back: of every refund, and in all. Facts come in any order.

use crate::{
    events::{charge, refund},
    invariants, on_both_engines,
    refunds::{answer, ask, of, payment},
    shop::Shop,
};
use galley_domain::{
    order::{Command, OrderStatus, RefusalCode},
    payment::{MoneyFact, RefundOrigin, RefundState},
};
use galley_store::{Received, RefundTarget, StoreError};

on_both_engines! {
    a_refund_made_in_the_dashboard_is_recorded_once,
    whatever_the_order_of_facts_each_growth_is_one_line_and_the_whole_ends_the_order,
    the_sum_of_a_charge_alone_is_enough,
    a_refund_that_comes_back_leaves_the_order_refunded_and_is_told,
    a_part_that_comes_back_can_be_asked_for_again,
    a_sum_that_does_not_know_of_a_refund_yet_loses_nothing_when_that_fails,
    a_refund_that_others_made_and_that_failed_gives_nothing_back,
    a_sum_that_may_be_our_own_refund_waits_for_its_answer,
    a_refusal_after_the_end_of_the_order_stops_nothing,
}

use RefundState::{Failed, Pending, Succeeded};

async fn a_refund_made_in_the_dashboard_is_recorded_once(shop: &Shop) {
    let order = shop.order("a").await;
    for state in [Pending, Succeeded, Pending, Succeeded] {
        assert_eq!(shop.tell(refund("a", "1", 5_000, state)).await, Received::Applied);
    }
    let refunds = shop.store.refunds_of(payment(shop, "a").await).await.unwrap();
    assert_eq!((refunds.len(), refunds[0].amount_minor), (1, 5_000));
    assert_eq!((refunds[0].origin, refunds[0].state), (RefundOrigin::Gateway, Succeeded));
    assert_eq!(refunds[0].actor, "gateway:stripe");
    assert_eq!(shop.events(order).await, ["order_received", "partly_refunded"]);
    assert_eq!(shop.count("job").await, 2, "nothing has to be asked of the gateway");
    assert_eq!(ask(shop, order, None).await.amount_minor, 7_900);
}

/// Every order of some things.
fn orders(of: usize) -> Vec<Vec<usize>> {
    if of == 0 {
        return vec![Vec::new()];
    }
    let shorter = orders(of - 1);
    let insert = |order: &Vec<usize>, place: usize| {
        let mut longer = order.clone();
        longer.insert(place, of - 1);
        longer
    };
    shorter.iter().flat_map(|order| (0..of).map(|place| insert(order, place))).collect()
}

/// What is gone, told one fact after the other: one line whenever it grows.
fn lines(facts: &[(Option<usize>, i64)]) -> Vec<&'static str> {
    let (mut refunds, mut reported, mut gone) = ([0_i64; 2], 0, 0);
    let mut lines = Vec::new();
    for (refund, amount) in facts {
        match refund {
            Some(number) => refunds[*number] = *amount,
            None => reported = reported.max(*amount),
        }
        let now = refunds.iter().sum::<i64>().max(reported);
        if now > gone && gone < 12_900 {
            lines.push(if now >= 12_900 { "refunded" } else { "partly_refunded" });
        }
        gone = gone.max(now);
    }
    lines
}

async fn whatever_the_order_of_facts_each_growth_is_one_line_and_the_whole_ends_the_order(shop: &Shop) {
    let facts = [(Some(0), 5_000), (None, 5_000), (Some(1), 7_900), (None, 12_900), (Some(0), 5_000)];
    for (n, order_of_facts) in orders(facts.len()).into_iter().enumerate() {
        let name = n.to_string();
        let order = shop.order(&name).await;
        let told: Vec<_> = order_of_facts.iter().map(|place| facts[*place]).collect();
        for (refunded, amount) in &told {
            let fact: MoneyFact = match refunded {
                Some(number) => refund(&name, &number.to_string(), *amount, Succeeded),
                None => charge(&name, *amount),
            };
            assert_eq!(shop.tell(fact).await, Received::Applied);
        }
        assert_eq!(shop.events(order).await[1..], lines(&told), "{told:?}");
        assert_eq!(shop.status(order).await, OrderStatus::Refunded, "{told:?}");
    }
}

async fn the_sum_of_a_charge_alone_is_enough(shop: &Shop) {
    let order = shop.order("a").await;
    shop.tell(charge("a", 100)).await;
    shop.tell(charge("a", 12_899)).await;
    shop.tell(charge("a", 200)).await;
    assert_eq!(shop.status(order).await, OrderStatus::Processing);
    let view = shop.store.payment(payment(shop, "a").await).await.unwrap().unwrap();
    assert_eq!(view.refunded_minor, 12_899);
    shop.tell(charge("a", 12_900)).await;
    assert_eq!(shop.events(order).await[1..], ["partly_refunded", "partly_refunded", "refunded"]);
}

async fn a_refund_that_comes_back_leaves_the_order_refunded_and_is_told(shop: &Shop) {
    let order = shop.order("a").await;
    shop.tell(refund("a", "1", 12_900, Succeeded)).await;
    shop.tell(refund("a", "1", 12_900, Failed)).await;
    assert_eq!(shop.status(order).await, OrderStatus::Refunded);
    assert_eq!(shop.events(order).await[1..], ["refunded"]);
    let alerts = shop.alerts().await;
    assert!(alerts.len() == 1 && alerts[0].1.starts_with("alert:refund-failed:"), "{alerts:?}");
    shop.tell(refund("a", "1", 12_900, Succeeded)).await;
    let refunds = shop.store.refunds_of(payment(shop, "a").await).await.unwrap();
    assert_eq!(refunds[0].state, Failed, "nothing leaves failed");
}

/// The gateway says so in its answer to a question, which names no amount.
async fn a_part_that_comes_back_can_be_asked_for_again(shop: &Shop) {
    let order = shop.order("a").await;
    let asked = ask(shop, order, Some(12_000)).await;
    shop.store.refund_answered(asked.id, &answer("1", Pending)).await.unwrap();
    shop.tell(charge("a", 12_000)).await;
    shop.store.refund_answered(asked.id, &answer("1", Failed)).await.unwrap();
    assert_eq!(shop.alerts().await.len(), 1);
    assert_eq!(ask(shop, order, None).await.amount_minor, 12_900, "all of it is here again");
}

async fn a_sum_that_does_not_know_of_a_refund_yet_loses_nothing_when_that_fails(shop: &Shop) {
    let order = shop.order("a").await;
    shop.tell(charge("a", 3_000)).await;
    let asked = ask(shop, order, Some(5_000)).await;
    shop.store.refund_answered(asked.id, &answer("1", Pending)).await.unwrap();
    shop.store.refund_answered(asked.id, &answer("1", Failed)).await.unwrap();
    let view = shop.store.payment(payment(shop, "a").await).await.unwrap().unwrap();
    assert_eq!(view.refunded_minor, 3_000, "what somebody gave back in the dashboard is gone");
}

async fn a_refund_that_others_made_and_that_failed_gives_nothing_back(shop: &Shop) {
    let order = shop.order("a").await;
    shop.tell(refund("a", "1", 12_900, Failed)).await;
    assert_eq!((shop.events(order).await.len(), shop.alerts().await.len()), (1, 0));
    assert_eq!(ask(shop, order, None).await.amount_minor, 12_900);
}

async fn a_sum_that_may_be_our_own_refund_waits_for_its_answer(shop: &Shop) {
    let order = shop.order("a").await;
    let asked = ask(shop, order, Some(5_000)).await;
    shop.tell(charge("a", 5_000)).await;
    assert_eq!(shop.events(order).await[1..], ["refund_requested"]);
    shop.store.refund_answered(asked.id, &answer("1", Succeeded)).await.unwrap();
    assert_eq!(shop.events(order).await[1..], ["refund_requested", "partly_refunded"]);
    let rest = ask(shop, order, None).await;
    shop.tell(charge("a", 12_900)).await;
    assert_eq!(shop.status(order).await, OrderStatus::Refunded, "all is gone, whoever did it");
    shop.store.refund_answered(rest.id, &answer("2", Succeeded)).await.unwrap();
    let events = ["refund_requested", "partly_refunded", "refund_requested", "refunded"];
    assert_eq!(shop.events(order).await[1..], events);
}

async fn a_refusal_after_the_end_of_the_order_stops_nothing(shop: &Shop) {
    let order = shop.order("a").await;
    let (one, two) = (ask(shop, order, Some(100)).await, ask(shop, order, Some(100)).await);
    shop.tell(charge("a", 12_900)).await;
    shop.store.refund_answered(one.id, &answer("1", Failed)).await.unwrap();
    invariants::check(&shop.database.raw).await;
    let again = of(RefundTarget::Order(order), Some(1));
    let error = shop.store.request_refund(again).await.unwrap_err();
    assert!(matches!(error, StoreError::Declined { code: RefusalCode::RefundTooLarge, .. }), "{error}");
    shop.store.refund_answered(two.id, &answer("2", Failed)).await.unwrap();
    assert_eq!(shop.status(order).await, OrderStatus::Refunded);
    let error =
        shop.store.apply(order, &Command::Submit, galley_domain::actor::Actor::Customer).await.unwrap_err();
    assert!(matches!(error, StoreError::Refused(_)), "{error}");
}
