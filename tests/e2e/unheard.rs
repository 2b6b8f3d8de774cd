//! Webhooks that never come: what was paid is found by asking.

use crate::shop::{LONG, Plan, SOON, Setup, Shop, on_every_setup, until};
use galley_sandbox::{
    fault::Fault,
    stripe::{NewSession, StripeMode, WebhookPlan},
};
use std::time::Duration;

on_every_setup! {
    without_webhooks_every_paid_checkout_becomes_an_order
    many_open_sessions_and_a_slow_gateway_hide_no_payment
    what_became_of_money_is_found_without_an_event
}

const QUIET: WebhookPlan = WebhookPlan { off: true, copies: 1, delay_ms: 0, reorder: false };

fn storefront(topic: &str) -> NewSession {
    NewSession {
        email: Some("ben@example.com".to_owned()),
        metadata: Shop::storefront_metadata(topic),
        ..NewSession::over(12_900, "usd")
    }
}

async fn without_webhooks_every_paid_checkout_becomes_an_order(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let till = shop.till.control();
    till.webhooks(QUIET);
    let ours = shop.checkout("Tea that nobody tells of", "ann@example.com").await;
    let theirs = till.create_session(storefront("Tea of a storefront"));
    let unpaid = shop.checkout("Tea that nobody pays", "cay@example.com").await;
    till.pay(&ours.session()).unwrap();
    till.pay(&theirs.id).unwrap();
    for session in [&ours.session(), &theirs.id] {
        until("it is an order", SOON, async || shop.db.order_of(session).await.is_some()).await;
    }
    assert_eq!(shop.session(&unpaid).await["status"], "open");
    // When the webhooks come after all, they change nothing.
    till.webhooks(WebhookPlan::default());
    till.resend_events(&galley_sandbox::stripe::EventChoice::All);
    till.settled().await;
    shop.drained().await;
    assert_eq!(shop.db.count("SELECT COUNT(*) FROM orders").await, 2);
    assert_eq!(shop.subjects_to("ann@example.com").len(), 2);
}

async fn many_open_sessions_and_a_slow_gateway_hide_no_payment(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let till = shop.till.control();
    till.webhooks(QUIET);
    let mut sessions = Vec::new();
    for number in 0..60 {
        let topic = format!("Tea number {number}");
        sessions.push(shop.checkout(&topic, &format!("c{number}@example.com")).await.session());
    }
    // Every tenth answer fails, the others take a while.
    till.set(Fault::always(StripeMode::Ok).latency(Duration::from_millis(300)));
    till.set(Fault::always(StripeMode::Status503).only("GET ").every(10));
    for session in sessions.iter().step_by(2) {
        till.pay(session).unwrap();
    }
    let orders = "SELECT COUNT(*) FROM orders";
    until("every payment is an order", LONG, async || shop.db.count(orders).await == 30).await;
}

async fn what_became_of_money_is_found_without_an_event(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let till = shop.till.control();
    let sold = [
        till.create_session(storefront("Tea that goes back")),
        till.create_session(storefront("Tea in dispute")),
    ];
    let mut intents = Vec::new();
    for session in &sold {
        intents.push(till.pay(&session.id).unwrap().payment_intent.unwrap());
        until("it is an order", SOON, async || shop.db.order_of(&session.id).await.is_some()).await;
    }
    till.webhooks(QUIET);
    till.refund(&intents[0], None).unwrap();
    till.dispute(&intents[1]).unwrap();
    shop.reconcile().await;
    assert_eq!(shop.db.count("SELECT COUNT(*) FROM orders WHERE status = 'REFUNDED'").await, 1);
    assert_eq!(shop.db.count("SELECT COUNT(*) FROM orders WHERE frozen").await, 1);
}
