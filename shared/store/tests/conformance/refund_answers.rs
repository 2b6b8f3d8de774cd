//! What a gateway answers when it is asked for a refund.

use crate::{
    events::{charge, refund},
    on_both_engines,
    refunds::{answer, answered, ask, declined, of, payment},
    shop::{Shop, content, failure},
};
use chrono::TimeDelta;
use galley_domain::{
    id::RefundId,
    job::Queue,
    order::{Command, OrderStatus, RefusalCode},
    payment::{RefundAnswer, RefundState},
};
use galley_store::{Finished, RefundTarget};

on_both_engines! {
    the_whole_that_is_taken_on_ends_the_order_once,
    a_part_that_is_taken_on_leaves_the_order_as_it_is,
    parts_that_add_up_to_the_payment_end_the_order,
    a_refused_refund_frees_its_amount,
    nobody_knows_what_became_of_a_refund,
    the_gateways_event_and_its_answer_count_once_whichever_is_first,
    a_key_that_is_spent_makes_one_new_attempt_whoever_says_so,
    a_refund_comes_up_again_until_it_is_over,
    a_gateway_that_must_not_be_asked_twice_is_begun_with_once,
}

async fn state(shop: &Shop, id: RefundId) -> RefundState {
    shop.store.refund(id).await.unwrap().unwrap().state
}

async fn the_whole_that_is_taken_on_ends_the_order_once(shop: &Shop) {
    let order = shop.order("a").await;
    let job = shop.claim_content(order).await;
    let asked = ask(shop, order, None).await;
    assert_eq!(shop.status(order).await, OrderStatus::Processing, "the gateway may still refuse");
    answered(shop, asked.id, RefundState::Pending).await;
    assert_eq!(shop.status(order).await, OrderStatus::Refunded);
    assert_eq!(shop.finish(&job, content("Late")).await, Finished::Lost);
    answered(shop, asked.id, RefundState::Succeeded).await;
    answered(shop, asked.id, RefundState::Pending).await;
    assert_eq!(state(shop, asked.id).await, RefundState::Succeeded, "it moves forward only");
    assert_eq!(shop.events(order).await, ["order_received", "refund_requested", "refunded"]);
    assert_eq!(shop.mails(order).await, ["order-received", "order-refunded"]);
    assert!(shop.store.refund_intent(asked.id).await.unwrap().is_none());
    assert_eq!(declined(shop, of(RefundTarget::Order(order), None)).await, RefusalCode::RefundTooLarge);
}

async fn a_part_that_is_taken_on_leaves_the_order_as_it_is(shop: &Shop) {
    let order = shop.ready_order("a").await;
    let asked = ask(shop, order, Some(100)).await;
    answered(shop, asked.id, RefundState::Succeeded).await;
    assert_eq!(shop.status(order).await, OrderStatus::QualityCheck);
    let events = ["order_received", "content_ready", "refund_requested", "partly_refunded"];
    assert_eq!(shop.events(order).await, events);
    shop.apply(order, Command::Submit).await;
}

async fn parts_that_add_up_to_the_payment_end_the_order(shop: &Shop) {
    let order = shop.order("a").await;
    let mut asked = Vec::new();
    for amount in [100, 200, 12_600] {
        asked.push(ask(shop, order, Some(amount)).await.id);
    }
    answered(shop, asked[2], RefundState::Pending).await;
    answered(shop, asked[0], RefundState::Succeeded).await;
    assert_eq!(shop.status(order).await, OrderStatus::Processing);
    answered(shop, asked[1], RefundState::Pending).await;
    assert_eq!(shop.status(order).await, OrderStatus::Refunded);
    let events = shop.events(order).await;
    assert_eq!(events[4..], ["partly_refunded", "partly_refunded", "refunded"]);
}

async fn a_refused_refund_frees_its_amount(shop: &Shop) {
    let order = shop.order("a").await;
    let asked = ask(shop, order, None).await;
    let refused =
        RefundAnswer { external_id: None, state: RefundState::Failed, detail: Some("too old".to_owned()) };
    for _ in 0..2 {
        shop.store.refund_answered(asked.id, &refused).await.unwrap();
        shop.time.advance(TimeDelta::minutes(6));
    }
    let view = shop.store.refund(asked.id).await.unwrap().unwrap();
    assert_eq!((view.state, view.detail.as_deref()), (RefundState::Failed, Some("too old")));
    assert_eq!(shop.events(order).await, ["order_received", "refund_requested", "refund_refused"]);
    let alerts = shop.alerts().await;
    assert!(alerts.len() == 1 && alerts[0].1.starts_with("alert:refund-failed:"), "{alerts:?}");
    assert_eq!(ask(shop, order, None).await.amount_minor, 12_900);
}

async fn nobody_knows_what_became_of_a_refund(shop: &Shop) {
    let order = shop.order("a").await;
    let asked = ask(shop, order, Some(5_000)).await;
    for _ in 0..2 {
        shop.store.refund_unknown(asked.id, "timed out").await.unwrap();
        shop.time.advance(TimeDelta::minutes(6));
    }
    assert_eq!(shop.alerts().await.len(), 1, "staff are told once");
    assert_eq!(ask(shop, order, None).await.amount_minor, 7_900, "it may have been done: it stays reserved");
    let intent = shop.store.refund_intent(asked.id).await.unwrap().unwrap();
    assert_eq!(intent.state, RefundState::Unknown);
    answered(shop, asked.id, RefundState::Succeeded).await;
    shop.store.refund_unknown(asked.id, "timed out").await.unwrap();
    assert_eq!(state(shop, asked.id).await, RefundState::Succeeded);
    let other = shop.order("b").await;
    let asked = ask(shop, other, Some(1)).await;
    answered(shop, asked.id, RefundState::Unknown).await;
    assert_eq!(state(shop, asked.id).await, RefundState::Unknown, "an answer may say so too");
}

/// The event names our id, which travelled in the gateway's metadata.
async fn the_gateways_event_and_its_answer_count_once_whichever_is_first(shop: &Shop) {
    for (name, event_first) in [("a", true), ("b", false)] {
        let order = shop.order(name).await;
        let asked = ask(shop, order, Some(5_000)).await;
        let mut fact = refund(name, name, 5_000, RefundState::Succeeded);
        let galley_domain::payment::MoneyChange::Refund(told) = &mut fact.change else { panic!() };
        told.refund = Some(asked.id);
        if event_first {
            shop.tell(fact).await;
            shop.store.refund_answered(asked.id, &answer(name, RefundState::Pending)).await.unwrap();
        } else {
            shop.store.refund_answered(asked.id, &answer(name, RefundState::Pending)).await.unwrap();
            shop.tell(fact).await;
        }
        shop.tell(charge(name, 5_000)).await;
        let refunds = shop.store.refunds_of(payment(shop, name).await).await.unwrap();
        assert_eq!(refunds.len(), 1, "it is the one that we asked for");
        assert_eq!(refunds[0].state, RefundState::Succeeded);
        assert_eq!(refunds[0].external_id.as_deref(), Some(&*format!("re_{name}")));
        assert_eq!(shop.events(order).await, ["order_received", "refund_requested", "partly_refunded"]);
    }
}

async fn a_key_that_is_spent_makes_one_new_attempt_whoever_says_so(shop: &Shop) {
    let order = shop.order("a").await;
    let id = ask(shop, order, None).await.id;
    let (one, two) =
        tokio::join!(shop.store.next_refund_attempt(id, 1), shop.store.next_refund_attempt(id, 1));
    for intent in [one, two] {
        assert_eq!(intent.unwrap().unwrap().idempotency_key(), format!("refund:{id}:2"));
    }
    answered(shop, id, RefundState::Pending).await;
    let intent = shop.store.next_refund_attempt(id, 2).await.unwrap().unwrap();
    assert_eq!(
        (intent.attempt, intent.state),
        (2, RefundState::Pending),
        "what was taken on is not asked for again"
    );
}

async fn a_refund_comes_up_again_until_it_is_over(shop: &Shop) {
    let order = shop.order("a").await;
    let asked = ask(shop, order, Some(100)).await;
    let job = shop.claim(Queue::Payment).await.remove(0);
    shop.time.advance(TimeDelta::seconds(75));
    assert_eq!(shop.store.resume_payment_jobs().await.unwrap(), 0, "its job is at it");
    assert_eq!(shop.finish(&job, failure(None)).await, Finished::Failed);
    shop.time.advance(TimeDelta::minutes(5));
    assert_eq!(shop.store.resume_payment_jobs().await.unwrap(), 1);
    let job = shop.claim(Queue::Payment).await.remove(0);
    answered(shop, asked.id, RefundState::Pending).await;
    shop.finish(&job, galley_store::Outcome::Done).await;
    assert_eq!(shop.store.resume_payment_jobs().await.unwrap(), 0, "the gateway is left alone for a while");
    shop.time.advance(TimeDelta::minutes(5));
    assert_eq!(shop.store.resume_payment_jobs().await.unwrap(), 1, "how does it stand?");
    answered(shop, asked.id, RefundState::Succeeded).await;
    let job = shop.claim(Queue::Payment).await.remove(0);
    shop.finish(&job, galley_store::Outcome::Done).await;
    shop.time.advance(TimeDelta::days(1));
    assert_eq!(shop.store.resume_payment_jobs().await.unwrap(), 0, "it is over");
    shop.tell(refund("a", "dashboard", 50, RefundState::Pending)).await;
    shop.time.advance(TimeDelta::minutes(5));
    assert_eq!(shop.store.resume_payment_jobs().await.unwrap(), 1, "one that others made is asked about too");
}

async fn a_gateway_that_must_not_be_asked_twice_is_begun_with_once(shop: &Shop) {
    let order = shop.order("a").await;
    let id = ask(shop, order, Some(100)).await.id;
    let (one, two) = tokio::join!(shop.store.refund_begun(id), shop.store.refund_begun(id));
    assert!(one.unwrap() != two.unwrap(), "one of them asks");
    assert_eq!(state(shop, id).await, RefundState::Unknown, "should it die now, nobody asks again");
    assert!(shop.store.refund_not_done(id).await.unwrap(), "it surely did nothing");
    assert!(!shop.store.refund_not_done(id).await.unwrap());
    assert!(shop.store.refund_begun(id).await.unwrap());
    shop.store.refund_unknown(id, "timed out").await.unwrap();
    assert_eq!((state(shop, id).await, shop.alerts().await.len()), (RefundState::Unknown, 1));
    answered(shop, id, RefundState::Succeeded).await;
    assert!(!shop.store.refund_begun(id).await.unwrap() && !shop.store.refund_not_done(id).await.unwrap());
    assert_eq!(state(shop, id).await, RefundState::Succeeded);
}
