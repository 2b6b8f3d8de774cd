//! What staff see of payments, setting them aside, and the record of what staff did.

use crate::{
    events::{charge, dispute, event, paid, refund, with_payment},
    on_both_engines,
    release::{ann, ask_back, bare, declined, in_review, short, view},
    shop::Shop,
};
use chrono::TimeDelta;
use galley_domain::{
    actor::Actor,
    id::PaymentId,
    order::RefusalCode,
    payment::{CheckoutState, DisputeState, Gateway, PaymentState, RefundState, ReviewReason},
};
use galley_store::{ClientKey, RefundRequest, RefundTarget, StoreError};
use serde_json::json;

on_both_engines! {
    payments_are_listed_newest_first_and_page_by_page,
    a_payment_tells_of_its_checkout_and_its_money,
    dismissed_again_changes_nothing,
    only_a_payment_in_review_can_be_dismissed,
    what_staff_did_is_on_record_newest_first,
    a_record_is_written_with_what_it_records_or_not_at_all,
    a_clients_key_is_forgotten_after_two_days,
}

async fn refs(
    shop: &Shop,
    state: Option<PaymentState>,
    before: Option<PaymentId>,
    limit: i64,
) -> Vec<(PaymentId, String)> {
    let page = shop.store.payments(state, before, limit).await.unwrap();
    page.into_iter().map(|payment| (payment.id, payment.payment_ref)).collect()
}

async fn payments_are_listed_newest_first_and_page_by_page(shop: &Shop) {
    assert!(refs(shop, None, None, 10).await.is_empty());
    for n in 0..5 {
        shop.order(&format!("paid{n}")).await;
        short(shop, &format!("short{n}")).await;
    }
    shop.receive(with_payment(event("evt_second", "paid0", CheckoutState::Paid), "pi_second")).await;
    for (state, expected) in [
        (Some(PaymentState::NeedsReview), "short4 short3 short2 short1 short0"),
        (Some(PaymentState::Paid), "paid4 paid3 paid2 paid1 paid0"),
        (Some(PaymentState::Duplicate), "second"),
        (Some(PaymentState::Dismissed), ""),
        (None, "second short4 paid4 short3 paid3 short2 paid2 short1 paid1 short0 paid0"),
    ] {
        let expected: Vec<String> = expected.split_whitespace().map(|name| format!("pi_{name}")).collect();
        let (mut found, mut before) = (Vec::new(), None);
        loop {
            let page = refs(shop, state, before, 2).await;
            assert!(page.len() <= 2);
            let Some(last) = page.last() else { break };
            before = Some(last.0);
            found.extend(page.into_iter().map(|(_, payment_ref)| payment_ref));
        }
        assert_eq!(found, expected, "{state:?}");
    }
}

async fn a_payment_tells_of_its_checkout_and_its_money(shop: &Shop) {
    let id = short(shop, "a").await;
    let payment = view(shop, id).await;
    assert_eq!((payment.gateway, payment.payment_ref.as_str()), (Gateway::Stripe, "pi_a"));
    assert_eq!((payment.session_ref.as_deref(), payment.order_id), (Some("cs_a"), None));
    assert_eq!((payment.amount_minor, payment.currency.as_deref()), (Some(12_800), Some("USD")));
    assert_eq!(payment.review_reason, Some(ReviewReason::AmountTooSmall));
    assert_eq!(payment.review_detail.as_deref(), Some("128.00 USD for a price of 129.00 USD"));
    assert_eq!(payment.email.as_deref(), Some("a@customer.example"));
    assert_eq!(payment.metadata.get("topic").map(String::as_str), Some("Tea"));
    assert_eq!((payment.brief, payment.paid_at), (None, shop.time.now()));
    assert_eq!((payment.refunded_minor, payment.disputed), (0, false));
    shop.tell(refund("a", "1", 1_000, RefundState::Succeeded)).await;
    shop.tell(refund("a", "2", 500, RefundState::Pending)).await;
    shop.tell(refund("a", "3", 400, RefundState::Failed)).await;
    ask_back(shop, id, Some(300)).await;
    assert_eq!(view(shop, id).await.refunded_minor, 1_500, "what the gateway has taken on");
    shop.tell(charge("a", 2_500)).await;
    assert_eq!(view(shop, id).await.refunded_minor, 2_500, "it may know of more than we do");
    shop.tell(dispute("a", "1", DisputeState::Open)).await;
    shop.tell(dispute("a", "2", DisputeState::WarningClosed)).await;
    assert!(view(shop, id).await.disputed);
    shop.tell(dispute("a", "1", DisputeState::Won)).await;
    assert!(!view(shop, id).await.disputed);
    let unknown = in_review(shop, "b", |fact| {
        fact.sale.amount_total_minor = None;
        fact.sale.currency = None;
        fact.sale.email = None;
        fact.sale.metadata.retain(|key, _| key == "product");
    })
    .await;
    let payment = view(shop, unknown).await;
    assert_eq!((payment.amount_minor, payment.currency, payment.email), (None, None, None));
    assert!(shop.store.payment(PaymentId(shop.store.clock().new_id())).await.unwrap().is_none());
}

async fn dismissed_again_changes_nothing(shop: &Shop) {
    let payment = short(shop, "a").await;
    for _ in 0..2 {
        shop.store.dismiss(payment, "Spam.", &ann()).await.unwrap();
        let payment = view(shop, payment).await;
        assert_eq!((payment.state, payment.order_id), (PaymentState::Dismissed, None));
        assert_eq!(payment.review_reason, Some(ReviewReason::AmountTooSmall));
    }
    assert_eq!((shop.count("orders").await, shop.count("audit_event").await), (0, 1));
    assert_eq!(
        shop.receive(event("evt_late", "a", CheckoutState::Paid)).await,
        galley_store::Received::NeedsReview(ReviewReason::AmountTooSmall),
        "the event again makes no order"
    );
    assert_eq!(view(shop, payment).await.state, PaymentState::Dismissed);
    ask_back(shop, payment, None).await;
    assert_eq!(shop.store.refunds_of(payment).await.unwrap().len(), 1, "its money can still go back");
}

async fn only_a_payment_in_review_can_be_dismissed(shop: &Shop) {
    let released = short(shop, "released").await;
    shop.store.release(released, bare(), &ann()).await.unwrap();
    shop.order("twice").await;
    shop.receive(with_payment(event("evt_second", "twice", CheckoutState::Paid), "pi_second")).await;
    let duplicate = shop.store.payments(Some(PaymentState::Duplicate), None, 1).await.unwrap()[0].id;
    for payment in [released, duplicate] {
        let before = view(shop, payment).await.state;
        let (code, _) = declined(shop.store.dismiss(payment, "Spam.", &ann()).await);
        assert_eq!((code, view(shop, payment).await.state), (RefusalCode::PaymentDecided, before));
    }
    let asked = short(shop, "asked").await;
    ask_back(shop, asked, Some(100)).await;
    let (code, _) = declined(shop.store.dismiss(asked, "Spam.", &ann()).await);
    assert_eq!((code, view(shop, asked).await.state), (RefusalCode::RefundOpen, PaymentState::NeedsReview));
    let disputed = short(shop, "disputed").await;
    shop.tell(dispute("disputed", "1", DisputeState::Open)).await;
    shop.store.dismiss(disputed, "The bank decides.", &ann()).await.unwrap();
    let unknown = PaymentId(shop.store.clock().new_id());
    let error = shop.store.dismiss(unknown, "Spam.", &ann()).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound("payment")), "{error}");
}

async fn what_staff_did_is_on_record_newest_first(shop: &Shop) {
    let payment = short(shop, "a").await;
    shop.tell(refund("a", "1", 1_000, RefundState::Succeeded)).await;
    let order = shop.store.release(payment, bare(), &ann()).await.unwrap().order_id;
    let released_at = shop.time.now();
    shop.time.advance(TimeDelta::seconds(1));
    ask_back(shop, payment, Some(500)).await;
    let refunds = shop.store.refunds_of(payment).await.unwrap();
    let other = short(shop, "b").await;
    shop.store.dismiss(other, "Sp\0am.", &Actor::Staff("bob".to_owned())).await.unwrap();

    let lines = shop.store.audit_of(payment.0, 10).await.unwrap();
    let actions: Vec<_> = lines.iter().map(|line| (line.actor.as_str(), line.action.as_str())).collect();
    assert_eq!(actions, [("staff:ann", "refund_requested"), ("staff:ann", "payment_released")]);
    let asked = json!({
        "refundId": refunds.last().unwrap().id,
        "amountMinor": 500,
        "reason": "They changed their mind.",
    });
    let released = json!({
        "orderId": order,
        "reason": "They called.",
        "briefSupplied": false,
        "emailSupplied": false,
        "refundedMinor": 1_000,
    });
    assert_eq!((&lines[0].detail, &lines[1].detail), (&asked, &released));
    assert_eq!((lines[1].subject_id, lines[1].created_at), (payment.0, released_at));
    assert_eq!(lines[0].created_at, shop.time.now());
    assert_eq!(shop.store.audit_of(payment.0, 1).await.unwrap(), lines[..1]);

    let lines = shop.store.audit_of(other.0, 10).await.unwrap();
    assert_eq!((lines.len(), lines[0].actor.as_str()), (1, "staff:bob"));
    assert_eq!(
        (lines[0].action.as_str(), &lines[0].detail),
        ("payment_dismissed", &json!({"reason": "Spam."}))
    );
    assert!(shop.store.audit_of(order.0, 10).await.unwrap().is_empty());
}

async fn a_record_is_written_with_what_it_records_or_not_at_all(shop: &Shop) {
    let payment = short(shop, "a").await;
    shop.database.raw.refuse("audit_event", "actor", "staff:ann").await;
    shop.store.release(payment, bare(), &ann()).await.unwrap_err();
    shop.store.dismiss(payment, "Spam.", &ann()).await.unwrap_err();
    assert_eq!(view(shop, payment).await.state, PaymentState::NeedsReview);
    assert_eq!((shop.count("orders").await, shop.count("job WHERE order_id IS NOT NULL").await), (0, 0));
    shop.database.raw.allow("audit_event").await;
    shop.database.raw.refuse("orders", "status", "PROCESSING").await;
    shop.store.release(payment, bare(), &ann()).await.unwrap_err();
    shop.database.raw.allow("orders").await;
    assert_eq!(shop.count("audit_event").await, 0);
    assert!(shop.store.release(payment, bare(), &ann()).await.unwrap().new);
    shop.receive(paid("b")).await;
    assert_eq!(shop.count("audit_event").await, 1, "what gateways bring is in the orders' histories");
}

async fn a_clients_key_is_forgotten_after_two_days(shop: &Shop) {
    let payment = short(shop, "a").await;
    let key = ClientKey { scope: "refund:staff:ann".to_owned(), key: "k".to_owned(), body_hash: [7; 32] };
    let ask = async || {
        let target = RefundTarget::Payment(payment);
        let (reason, key) = ("They changed their mind.".to_owned(), Some(key.clone()));
        let request = RefundRequest { target, amount_minor: Some(100), reason, actor: ann(), key };
        shop.store.request_refund(request).await.unwrap().id
    };
    let first = ask().await;
    shop.time.advance(TimeDelta::hours(48));
    shop.store.clean_jobs().await.unwrap();
    assert_eq!((ask().await, shop.count("audit_event").await), (first, 1));
    shop.time.advance(TimeDelta::seconds(1));
    shop.store.clean_jobs().await.unwrap();
    assert_eq!(shop.count("idempotency_key").await, 0);
    assert_ne!(ask().await, first);
}
