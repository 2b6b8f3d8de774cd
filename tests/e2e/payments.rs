//! What gateways say about money, and what becomes of it.

use crate::shop::{Plan, STAFF, Setup, Shop, on_every_setup, sale};
use galley_sandbox::stripe::{
    PaymentStatus, SessionSpec, checkout_session_async_payment_failed,
    checkout_session_async_payment_succeeded, checkout_session_expired, unknown,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

on_every_setup! {
    money_that_comes_later_makes_the_order_when_it_comes
    a_session_that_expired_and_was_paid_after_all_becomes_an_order
    events_that_are_none_of_our_money_are_kept_and_ignored
    a_payment_that_does_not_fit_waits_for_a_person_with_its_reason
    a_signed_body_that_nobody_can_read_is_kept_and_staff_are_told
}

/// Delivers an event, which is accepted.
async fn deliver(shop: &Shop, event: &Value) {
    let delivery = shop.stripe.send(event).await.unwrap();
    assert_eq!(
        (delivery.status, delivery.body.contains(r#""received":true"#)),
        (200, true),
        "{}",
        delivery.body
    );
}

/// The same session in another event.
fn again(sale: &SessionSpec, name: &str) -> SessionSpec {
    SessionSpec { event_id: format!("{}_{name}", sale.event_id), ..sale.clone() }
}

async fn sessions(shop: &Shop) -> Vec<String> {
    shop.db.texts("SELECT state FROM checkout_session ORDER BY id").await
}

async fn money_that_comes_later_makes_the_order_when_it_comes(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let mut sale = sale::short_article("Tea by bank transfer");
    sale.payment_status = PaymentStatus::Unpaid;
    deliver(&shop, &sale::paid(&sale)).await;
    assert_eq!(sessions(&shop).await, ["processing"], "the session is remembered");
    let census = shop.db.census().await;
    for table in ["orders", "payment", "job", "email"] {
        assert_eq!(census[table], 0, "{table}: there is no money yet");
    }
    let failed = sale::short_article("Tea that was never paid");
    deliver(&shop, &checkout_session_async_payment_failed(&failed)).await;

    deliver(&shop, &checkout_session_async_payment_succeeded(&again(&sale, "money"))).await;
    let order = shop.order_of(&sale).await;
    shop.settled(&order, "QUALITY_CHECK").await;
    assert_eq!(sessions(&shop).await, ["paid", "failed"]);
    // Stripe keeps no order: what was true before comes in once more.
    deliver(&shop, &sale::paid(&again(&sale, "late"))).await;
    shop.drained().await;
    assert_eq!(sessions(&shop).await, ["paid", "failed"]);
    assert_eq!(shop.db.count("SELECT COUNT(*) FROM orders").await, 1);
    assert_eq!(shop.subjects_to(&order.email).len(), 2);
}

async fn a_session_that_expired_and_was_paid_after_all_becomes_an_order(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let sale = sale::short_article("Tea at the last minute");
    deliver(&shop, &checkout_session_expired(&again(&sale, "expired"))).await;
    assert_eq!(sessions(&shop).await, ["expired"]);
    let order = shop.sell(&sale).await;
    deliver(&shop, &checkout_session_expired(&again(&sale, "expired_late"))).await;
    shop.settled(&order, "QUALITY_CHECK").await;
    assert_eq!(sessions(&shop).await, ["paid"], "paid overrides everything");
    assert_eq!(shop.db.count("SELECT COUNT(*) FROM orders").await, 1);
}

async fn events_that_are_none_of_our_money_are_kept_and_ignored(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let changed = |change: fn(&mut Value)| {
        let mut event = sale::paid(&sale::article("Tea of somebody else"));
        change(&mut event);
        event
    };
    let events = [
        unknown(&sale::article("Tea that was teleported")),
        changed(|event| event["type"] = json!("customer.created")),
        changed(|event| event["livemode"] = json!(true)),
        changed(|event| event["data"]["object"]["mode"] = json!("subscription")),
        changed(|event| event["account"] = json!("acct_somebody_else")),
        changed(|event| event["data"]["object"] = json!({ "object": "checkout.session" })),
    ];
    // An event type that is new to us may still be about a session; it is not paid.
    deliver(&shop, &events[0]).await;
    assert_eq!(shop.db.count("SELECT COUNT(*) FROM orders").await, 0);
    for event in &events[1..] {
        deliver(&shop, event).await;
        let kept = "SELECT state FROM payment_event ORDER BY received_at DESC, id DESC LIMIT 1";
        assert_eq!(shop.db.texts(kept).await, ["ignored"], "{}", event["type"]);
    }
    assert_eq!(shop.db.count("SELECT COUNT(*) FROM payment_event").await, 6);
    let census = shop.db.census().await;
    assert_eq!((census["orders"], census["payment"]), (0, 0));
    assert_eq!(shop.ai.control().counters().calls, 0);
    for event in &events {
        deliver(&shop, event).await;
    }
    assert_eq!(shop.db.count("SELECT COUNT(*) FROM payment_event").await, 6, "each is kept once");
}

async fn a_payment_that_does_not_fit_waits_for_a_person_with_its_reason(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let fine = || sale::article("Tea at work");
    let unfit = [
        ("amount_too_small", SessionSpec { amount_total: 12_899, ..fine() }),
        ("amount_too_small", SessionSpec { amount_total: 13_000, amount_tax: 500, ..fine() }),
        ("wrong_currency", SessionSpec { currency: "eur".to_owned(), ..fine() }),
        ("unknown_product", sale::with(fine(), "product", "poem")),
        ("missing_product", SessionSpec { metadata: BTreeMap::new(), ..fine() }),
        ("unusable_brief", sale::with(fine(), "word_count", "many")),
        ("unusable_brief", sale::with(fine(), "target_url", "javascript:alert(1)")),
        ("no_email", SessionSpec { email: None, ..fine() }),
        ("unknown_article", sale::backlink(Uuid::from_u128(7))),
    ];
    for (reason, sale) in &unfit {
        deliver(&shop, &sale::paid(sale)).await;
        let kept = "SELECT p.review_reason FROM payment p JOIN checkout_session s ON s.id = p.checkout_session_id \
                    WHERE p.state = 'needs_review' AND p.order_id IS NULL ORDER BY p.id DESC LIMIT 1";
        assert_eq!(shop.db.texts(kept).await, [*reason]);
        // Said again, it is still one payment.
        deliver(&shop, &checkout_session_async_payment_succeeded(&again(sale, "again"))).await;
    }
    shop.drained().await;
    let census = shop.db.census().await;
    assert_eq!((census["payment"], census["orders"], census["content_version"]), (9, 0, 0));
    assert_eq!(shop.ai.control().counters().calls, 0);
    assert!(!shop.subjects_to(STAFF).is_empty(), "staff are told");
    assert_eq!(shop.smtp.mailbox().received(), shop.subjects_to(STAFF).len() as u64, "and nobody else");

    let listed = shop.galley(&["payments", "list", "--review"]).await;
    assert!(listed.success, "{listed:?}");
    for (reason, sale) in &unfit {
        let payment = sale.payment_intent.as_deref().unwrap();
        let place = listed.stdout.find(payment).unwrap_or_else(|| panic!("{payment} in {}", listed.stdout));
        let entry: Vec<&str> = listed.stdout[place..].lines().take(2).collect();
        assert!(entry[1].contains(reason) && entry[1].contains(&sale.session_id), "{reason}: {entry:?}");
    }
}

async fn a_signed_body_that_nobody_can_read_is_kept_and_staff_are_told(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let bodies: [&[u8]; 4] = [b"{\"id\": \"evt_broken\"", b"[]", b"\xff\xfe\x00", b""];
    for body in bodies {
        for duplicate in [false, true] {
            let delivery = shop.stripe.send_raw(body, &shop.stripe.signature(body)).await.unwrap();
            let expected = format!(r#""duplicate":{duplicate}"#);
            assert_eq!(
                (delivery.status, delivery.body.contains(&expected)),
                (200, true),
                "{}",
                delivery.body
            );
        }
    }
    shop.drained().await;
    let kept = "SELECT COUNT(*) FROM payment_event WHERE state = 'ignored' AND kind = 'unreadable'";
    assert_eq!(shop.db.count(kept).await, 4);
    assert_eq!(shop.db.count("SELECT COUNT(*) FROM orders").await, 0);
    assert!(!shop.subjects_to(STAFF).is_empty(), "staff are told");
}
