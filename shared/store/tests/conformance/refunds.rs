//! Refunds that we ask for: reserved first, then taken on by the gateway or not.

use crate::{
    events::{event, of_ours, paid, with},
    on_both_engines,
    shop::{Shop, content, listed},
};
use galley_domain::{
    actor::Actor,
    id::{OrderId, PaymentId, RefundId},
    job::{JobKind, Queue},
    order::{OrderStatus, RefusalCode},
    payment::{CheckoutState, DisputeState, PaymentState, RefundAnswer, RefundOrigin, RefundState},
};
use galley_store::{Finished, Received, RefundRequest, RefundTarget, RefundView, StoreError};
use std::sync::Arc;

on_both_engines! {
    a_refund_reserves_its_amount_and_has_the_gateway_asked,
    only_what_is_left_can_be_asked_for,
    refunds_asked_for_at_once_never_exceed_the_payment,
    a_disputed_payment_is_not_given_back_as_well,
    a_payment_of_unknown_size_is_not_given_back_here,
    the_whole_holds_what_waits_and_a_refusal_lets_it_go,
    a_part_holds_nothing,
    what_a_dispute_holds_a_refused_refund_does_not_let_go,
    a_payment_in_review_that_goes_back_is_set_aside_when_the_gateway_takes_it_on,
    a_second_payment_goes_back_without_its_order,
    why_money_goes_back_is_not_the_customers_notice,
    a_zero_byte_in_a_refund_stops_nothing,
}

/// The payment `pi_{name}`.
pub(crate) async fn payment(shop: &Shop, name: &str) -> PaymentId {
    let sql = format!("SELECT id FROM payment WHERE payment_ref = 'pi_{name}'");
    let rows: Vec<(uuid::Uuid,)> = shop.database.raw.all(&sql).await;
    PaymentId(rows[0].0)
}

pub(crate) fn of(target: RefundTarget, amount_minor: Option<i64>) -> RefundRequest {
    let actor = Actor::Staff("ann".to_owned());
    RefundRequest { target, amount_minor, reason: "The customer asked.".to_owned(), actor, key: None }
}

/// Asks for a refund of an order; all that is left if `None`.
pub(crate) async fn ask(shop: &Shop, order: OrderId, amount_minor: Option<i64>) -> RefundView {
    shop.store.request_refund(of(RefundTarget::Order(order), amount_minor)).await.unwrap()
}

pub(crate) fn answer(name: &str, state: RefundState) -> RefundAnswer {
    RefundAnswer { external_id: Some(format!("re_{name}")), state, detail: None }
}

pub(crate) async fn answered(shop: &Shop, id: RefundId, state: RefundState) {
    shop.store.refund_answered(id, &answer(&id.to_string(), state)).await.unwrap();
}

pub(crate) async fn declined(shop: &Shop, request: RefundRequest) -> RefusalCode {
    match shop.store.request_refund(request).await.unwrap_err() {
        StoreError::Declined { code, .. } => code,
        StoreError::Refused(refusal) => refusal.code,
        other => panic!("{other}"),
    }
}

async fn a_refund_reserves_its_amount_and_has_the_gateway_asked(shop: &Shop) {
    let order = shop.order("a").await;
    let asked = ask(shop, order, Some(5_000)).await;
    assert_eq!((asked.amount_minor, asked.currency.as_deref()), (5_000, Some("USD")));
    assert_eq!((asked.origin, asked.state), (RefundOrigin::Staff, RefundState::Requested));
    assert_eq!((asked.actor.as_str(), asked.reason.as_str()), ("staff:ann", "The customer asked."));
    assert_eq!(shop.store.refunds_of(payment(shop, "a").await).await.unwrap().len(), 1);
    let job = shop.claim(Queue::Payment).await.remove(0);
    assert_eq!((job.kind, job.payload["refundId"].as_str()), (JobKind::Refund, Some(&*asked.id.to_string())));
    let intent = shop.store.refund_intent(asked.id).await.unwrap().expect("the gateway has to be asked");
    assert_eq!((intent.refund, intent.attempt, intent.payment_ref.as_str()), (asked.id, 1, "pi_a"));
    assert_eq!((intent.amount.to_string().as_str(), intent.external_id), ("50.00 USD", None));
    assert_eq!(shop.events(order).await, ["order_received", "refund_requested"]);
    assert_eq!(shop.store.history(order).await.unwrap()[1].2, "staff:ann");
    let rest = ask(shop, order, None).await;
    assert_eq!(rest.amount_minor, 7_900, "what is asked for is not left any more");
}

async fn only_what_is_left_can_be_asked_for(shop: &Shop) {
    let order = shop.order("a").await;
    let target = RefundTarget::Order(order);
    for amount in [0, -1, i64::MIN, 12_901, i64::MAX] {
        assert_eq!(declined(shop, of(target, Some(amount))).await, RefusalCode::RefundTooLarge, "{amount}");
    }
    ask(shop, order, Some(12_900)).await;
    for amount in [None, Some(1)] {
        assert_eq!(declined(shop, of(target, amount)).await, RefusalCode::RefundTooLarge);
    }
    assert_eq!(
        (shop.count("refund").await, shop.events(order).await.len()),
        (1, 2),
        "nothing else was written"
    );
    for unknown in [
        RefundTarget::Order(OrderId(shop.store.clock().new_id())),
        RefundTarget::Payment(PaymentId(shop.store.clock().new_id())),
    ] {
        let error = shop.store.request_refund(of(unknown, None)).await.unwrap_err();
        assert!(matches!(error, StoreError::NotFound(_)), "{error}");
    }
}

async fn refunds_asked_for_at_once_never_exceed_the_payment(shop: &Shop) {
    for round in 0..5 {
        let order = shop.order(&round.to_string()).await;
        let mut calls = Vec::new();
        for _ in 0..12 {
            let store = Arc::clone(&shop.store);
            let request = of(RefundTarget::Order(order), Some(3_000));
            calls.push(tokio::spawn(async move { store.request_refund(request).await }));
        }
        let mut granted = 0;
        for call in calls {
            match call.await.unwrap() {
                Ok(_) => granted += 1,
                Err(StoreError::Declined { code: RefusalCode::RefundTooLarge, .. }) => {}
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(granted, 4, "4 x 30.00 of 129.00");
    }
}

async fn a_disputed_payment_is_not_given_back_as_well(shop: &Shop) {
    let order = shop.order("a").await;
    shop.dispute(order, DisputeState::Open).await;
    assert_eq!(declined(shop, of(RefundTarget::Order(order), None)).await, RefusalCode::Frozen);
    shop.dispute(order, DisputeState::Lost).await;
    assert_eq!(declined(shop, of(RefundTarget::Order(order), None)).await, RefusalCode::Frozen);
    let other = shop.order("b").await;
    shop.dispute(other, DisputeState::Open).await;
    shop.dispute(other, DisputeState::WarningClosed).await;
    ask(shop, other, None).await;
}

async fn a_payment_of_unknown_size_is_not_given_back_here(shop: &Shop) {
    shop.receive(with(paid("a"), |fact| fact.sale.amount_total_minor = None)).await;
    shop.receive(with(paid("b"), |fact| fact.sale.currency = None)).await;
    for name in ["a", "b"] {
        let target = RefundTarget::Payment(payment(shop, name).await);
        assert_eq!(declined(shop, of(target, Some(1))).await, RefusalCode::PaymentUnfit);
    }
}

async fn the_whole_holds_what_waits_and_a_refusal_lets_it_go(shop: &Shop) {
    let order = shop.order("a").await;
    let part = ask(shop, order, Some(900)).await;
    let rest = ask(shop, order, None).await;
    assert_eq!(
        shop.jobs(order).await,
        listed(&[("article-generation", "held")]),
        "the rest is the whole too"
    );
    answered(shop, rest.id, RefundState::Failed).await;
    assert_eq!(
        shop.jobs(order).await,
        listed(&[("article-generation", "held")]),
        "the other may still be refused"
    );
    let mut wake = shop.store.wake().subscribe();
    answered(shop, part.id, RefundState::Succeeded).await;
    assert_eq!(wake.recv().await.unwrap().jobs.len(), 2, "the article and its mail are due again");
    shop.claim_content(order).await;
    let again = ask(shop, order, None).await;
    answered(shop, again.id, RefundState::Failed).await;
}

async fn a_part_holds_nothing(shop: &Shop) {
    let order = shop.order("a").await;
    let asked = ask(shop, order, Some(12_899)).await;
    assert_eq!(shop.jobs(order).await, listed(&[("article-generation", "waiting")]));
    let job = shop.claim_content(order).await;
    assert_eq!(shop.finish(&job, content("First")).await, Finished::Applied);
    answered(shop, asked.id, RefundState::Failed).await;
    assert_eq!(shop.status(order).await, OrderStatus::QualityCheck);
}

async fn what_a_dispute_holds_a_refused_refund_does_not_let_go(shop: &Shop) {
    let order = shop.order("a").await;
    let held = listed(&[("article-generation", "held")]);
    let asked = ask(shop, order, None).await;
    shop.dispute(order, DisputeState::Open).await;
    answered(shop, asked.id, RefundState::Failed).await;
    assert_eq!(shop.jobs(order).await, held);
    shop.dispute(order, DisputeState::Won).await;
    assert_eq!(shop.jobs(order).await, listed(&[("article-generation", "waiting")]));
    let other = shop.order("b").await;
    let asked = ask(shop, other, None).await;
    shop.dispute(other, DisputeState::Open).await;
    shop.dispute(other, DisputeState::Won).await;
    assert_eq!(shop.jobs(other).await, held, "the money is still on its way back");
    answered(shop, asked.id, RefundState::Failed).await;
    assert_eq!(shop.jobs(other).await, listed(&[("article-generation", "waiting")]));
}

async fn a_payment_in_review_that_goes_back_is_set_aside_when_the_gateway_takes_it_on(shop: &Shop) {
    shop.receive(with(paid("a"), |fact| fact.sale.metadata.clear())).await;
    let id = payment(shop, "a").await;
    let state = async || shop.store.payment(id).await.unwrap().unwrap().state;
    let part = shop.store.request_refund(of(RefundTarget::Payment(id), Some(900))).await.unwrap();
    answered(shop, part.id, RefundState::Succeeded).await;
    let asked = shop.store.request_refund(of(RefundTarget::Payment(id), None)).await.unwrap();
    assert_eq!((asked.amount_minor, state().await), (12_000, PaymentState::NeedsReview));
    answered(shop, asked.id, RefundState::Failed).await;
    assert_eq!(state().await, PaymentState::NeedsReview);
    assert_eq!(shop.alerts().await.len(), 2, "of the review, and of the refund that was refused");
    let asked = shop.store.request_refund(of(RefundTarget::Payment(id), None)).await.unwrap();
    answered(shop, asked.id, RefundState::Pending).await;
    assert_eq!(state().await, PaymentState::Dismissed);
    let again =
        shop.receive(with(event("evt_2", "a", CheckoutState::Paid), |fact| fact.sale.metadata.clear())).await;
    assert!(matches!(again, Received::NeedsReview(_)), "what it met then: {again:?}");
    assert_eq!((state().await, shop.count("orders").await), (PaymentState::Dismissed, 0));
}

async fn a_second_payment_goes_back_without_its_order(shop: &Shop) {
    let checkout = shop.checkout("a").await;
    shop.receive(of_ours(paid("a"), checkout)).await;
    shop.receive(of_ours(paid("b"), checkout)).await;
    let second = payment(shop, "b").await;
    let refunds = shop.store.refunds_of(second).await.unwrap();
    assert_eq!((refunds[0].origin, refunds[0].actor.as_str()), (RefundOrigin::Auto, "system"));
    answered(shop, refunds[0].id, RefundState::Succeeded).await;
    let view = shop.store.payment(second).await.unwrap().unwrap();
    assert_eq!((view.state, view.refunded_minor, view.order_id), (PaymentState::Duplicate, 12_900, None));
    let order = shop.store.find_order_of_session("cs_a").await.unwrap().unwrap();
    assert_eq!(shop.status(order).await, OrderStatus::Processing);
    assert_eq!(shop.events(order).await, ["order_received"]);
}

async fn why_money_goes_back_is_not_the_customers_notice(shop: &Shop) {
    let failed = shop.failed_order("failed").await;
    let ready = shop.ready_order("ready").await;
    for order in [failed, ready] {
        let before = shop.store.order_view(order).await.unwrap().unwrap();
        let asked = ask(shop, order, Some(100)).await;
        answered(shop, asked.id, RefundState::Failed).await;
        let after = shop.store.order_view(order).await.unwrap().unwrap();
        assert_eq!((after.reason, after.notice), (before.reason, before.notice));
    }
}

async fn a_zero_byte_in_a_refund_stops_nothing(shop: &Shop) {
    let order = shop.order("a").await;
    let mut request = of(RefundTarget::Order(order), Some(100));
    "be\0cause".clone_into(&mut request.reason);
    let asked = shop.store.request_refund(request).await.unwrap();
    assert_eq!(asked.reason, "because");
    shop.store.refund_unknown(asked.id, "504\0").await.unwrap();
    let odd = RefundAnswer {
        external_id: Some("re\0_1".to_owned()),
        state: RefundState::Failed,
        detail: Some("\0no".to_owned()),
    };
    shop.store.refund_answered(asked.id, &odd).await.unwrap();
    let view = shop.store.refund(asked.id).await.unwrap().unwrap();
    assert_eq!((view.external_id.as_deref(), view.detail.as_deref()), (Some("re_1"), Some("no")));
}
