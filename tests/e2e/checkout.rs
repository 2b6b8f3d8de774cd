//! Customers open checkouts of ours.

use crate::shop::{Plan, Setup, bearer, checkout_in, on_every_setup, until, wish};
use galley_domain::id::OrderId;
use galley_sandbox::{
    fault::Fault,
    stripe::{StripeMode, WebhookPlan},
};
use reqwest::{Method, header::HeaderMap};
use serde_json::{Value, json};
use uuid::Uuid;

on_every_setup! {
    a_customer_opens_a_checkout_pays_and_finds_the_order
    a_request_that_is_repeated_opens_one_checkout
    an_answer_that_is_lost_leaves_one_session
    money_that_is_not_what_was_agreed_on_waits_for_a_person_who_lets_it_pass
}

async fn a_customer_opens_a_checkout_pays_and_finds_the_order(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let checkout = shop.checkout("Tea at the till", "ann@example.com").await;
    let before = shop.session(&checkout).await;
    assert_eq!((before["status"].as_str(), before["orderId"].as_str()), (Some("open"), None), "{before}");

    shop.till.control().pay(&checkout.session()).unwrap();
    let paid = "SELECT COUNT(*) FROM orders";
    until("the payment is an order", crate::shop::SOON, async || shop.db.count(paid).await == 1).await;
    let after = shop.session(&checkout).await;
    assert_eq!(after["status"], "success", "{after}");
    let order: Uuid = after["orderId"].as_str().unwrap().parse().unwrap();
    let link = after["orderUrl"].as_str().unwrap();
    assert!(link.contains(&shop.signer.sign(OrderId(order), 0)), "the link opens the order: {link}");

    let path = format!("/api/v1/purchase/session/{}", checkout.id);
    let stranger = shop.ask(Method::GET, &path, HeaderMap::new()).await.json();
    assert_eq!(stranger["data"]["status"], "success");
    assert!(stranger["data"].get("orderId").is_none_or(Value::is_null), "{stranger}");
    assert_eq!(shop.ask(Method::GET, &path, bearer("v1.0.x")).await.status, 404);
    shop.drained().await;
    assert_eq!(shop.subjects_to("ann@example.com").len(), 2);
}

async fn a_request_that_is_repeated_opens_one_checkout(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let wish = wish("Tea, twice", "ann@example.com");
    let (one, two) =
        tokio::join!(shop.open_checkout(&wish, Some("k1")), shop.open_checkout(&wish, Some("k1")));
    let again = shop.open_checkout(&wish, Some("k1")).await;
    let ids = [&one, &two, &again].map(|answer| checkout_in(answer).id);
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(shop.till.control().sessions().len(), 1);
    let other = json!({ "product": "article", "topic": "Coffee", "email": "ann@example.com" });
    let reused = shop.open_checkout(&other, Some("k1")).await;
    assert_eq!(
        (reused.status, reused.json()["error"]["code"].as_str()),
        (422, Some("idempotency_key_reused"))
    );
    shop.till.control().pay(&checkout_in(&again).session()).unwrap();
    until("it is an order", crate::shop::SOON, async || {
        shop.db.count("SELECT COUNT(*) FROM orders").await == 1
    })
    .await;
}

async fn an_answer_that_is_lost_leaves_one_session(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    shop.till.control().set(Fault::times(StripeMode::LostAnswer, 1).only("POST /v1/checkout/sessions"));
    let checkout = shop.checkout("Tea after a broken line", "ann@example.com").await;
    let sessions = shop.till.control().sessions();
    assert_eq!((sessions.len(), &sessions[0].id), (1, &checkout.session()));
}

async fn money_that_is_not_what_was_agreed_on_waits_for_a_person_who_lets_it_pass(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let checkout = shop.checkout("Tea at another price", "ann@example.com").await;
    // Somebody changed the amount on the way: the event says so, and it is signed.
    shop.till.control().webhooks(WebhookPlan { off: true, ..WebhookPlan::default() });
    shop.till.control().pay(&checkout.session()).unwrap();
    let events = shop.till.control().events();
    let completed = events.iter().find(|event| event.body.contains("checkout.session.completed")).unwrap();
    let mut event: Value = serde_json::from_str(&completed.body).unwrap();
    event["data"]["object"]["amount_total"] = json!(1);
    assert_eq!(shop.stripe.send(&event).await.unwrap().status, 200);
    let seen = shop.session(&checkout).await;
    assert_eq!(
        (seen["status"].as_str(), seen["inReview"].as_bool()),
        (Some("success"), Some(true)),
        "{seen}"
    );
    let listed = shop.galley(&["payments", "list", "--review"]).await;
    assert!(listed.stdout.contains("amount_mismatch"), "{listed:?}");

    let token = shop.staff("ann", "reviewer").await;
    let payment = shop.db.ids("SELECT id FROM payment").await[0];
    let body = json!({ "reason": "It was a voucher." });
    let released = shop.admin(&token, &format!("payments/{payment}/release"), &body).await;
    assert_eq!(released.status, 200, "{released:?}");
    let again = shop.admin(&token, &format!("payments/{payment}/release"), &body).await;
    assert_eq!(again.status, 200, "doing it again is no error: {again:?}");
    assert_eq!(shop.db.count("SELECT COUNT(*) FROM orders").await, 1);
    shop.drained().await;
    assert_eq!(shop.subjects_to("ann@example.com").len(), 2);
    let reader = shop.staff("eve", "read-only").await;
    assert_eq!(shop.admin(&reader, &format!("payments/{payment}/dismiss"), &body).await.status, 403);
}
