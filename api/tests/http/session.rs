//! `GET /api/v1/purchase/session/{sessionId}`.

use crate::{
    checkout::{PATH as CHECKOUT, TEA},
    events,
    gateway::Answer,
    shop::{FRONTEND, Shop},
};
use axum::http::StatusCode;
use galley_domain::{id::CheckoutSessionId, payment::CheckoutState};
use serde_json::{Value, json};

/// A checkout of ours that can be paid: its id and its token.
pub(crate) async fn opened(shop: &Shop) -> (CheckoutSessionId, String) {
    let data = shop.post(CHECKOUT, &[], TEA).await.data();
    let text = |name: &str| data[name].as_str().unwrap().to_owned();
    (text("sessionId").parse().unwrap(), text("checkoutToken"))
}

async fn session(shop: &Shop, name: &str, token: Option<&str>) -> Value {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let headers: Vec<_> = bearer.iter().map(|bearer| ("authorization", bearer.as_str())).collect();
    let answer = shop.get(&format!("/api/v1/purchase/session/{name}"), &headers).await;
    assert_eq!(
        (answer.status, answer.header("cache-control")),
        (StatusCode::OK, "no-store"),
        "{}",
        answer.text
    );
    answer.data()
}

#[tokio::test]
async fn without_a_token_there_is_the_status_and_nothing_else() {
    let shop = Shop::open().await;
    let (id, _) = opened(&shop).await;
    let status = |status: &str| json!({"sessionId": id.to_string(), "status": status, "inReview": false, "gateway": "stripe"});
    assert_eq!(session(&shop, &id.to_string(), None).await, status("open"));
    let external = format!("cs_{}", id.0.simple());
    assert_eq!(session(&shop, &external, None).await, status("open"));
    shop.store.receive(events::session("1", CheckoutState::Paid, Some(id))).await.unwrap();
    assert_eq!(session(&shop, &id.to_string(), None).await, status("success"));
}

#[tokio::test]
async fn the_token_opens_the_payment_and_then_the_order() {
    let shop = Shop::open().await;
    let (id, token) = opened(&shop).await;
    let open = session(&shop, &id.to_string(), Some(&token)).await;
    assert!(open["url"].as_str().unwrap().starts_with("https://pay.example/"));
    assert_eq!(open["amount"], json!({"minor": 12_900, "currency": "USD", "formatted": "129.00 USD"}));
    assert_eq!((&open["orderId"], &open["orderUrl"]), (&json!(null), &json!(null)));

    shop.store.receive(events::session("1", CheckoutState::Paid, Some(id))).await.unwrap();
    let query = shop.get(&format!("/api/v1/purchase/session/{id}?token={token}"), &[]).await.data();
    let paid = session(&shop, &id.to_string(), Some(&token)).await;
    assert_eq!(paid, query);
    assert_eq!((&paid["status"], paid.get("url")), (&json!("success"), None));
    let (order, token) = (paid["orderId"].as_str().unwrap(), paid["orderToken"].as_str().unwrap());
    assert_eq!(paid["orderUrl"], format!("{FRONTEND}/order-status/{order}?token={token}"));
    let status = shop.get(&format!("/api/v1/purchase/status/{order}?token={token}"), &[]).await;
    assert_eq!(status.status, StatusCode::OK);
}

#[tokio::test]
async fn a_wrong_token_and_an_unknown_session_are_the_same() {
    let shop = Shop::open().await;
    let (id, token) = opened(&shop).await;
    let (other, _) = opened(&shop).await;
    let unknown = CheckoutSessionId(other.0.to_string().replace('0', "1").parse().unwrap());
    let long = "x".repeat(300);
    let mut answers = Vec::new();
    for path in [
        format!("{unknown}"),
        format!("{other}?token={token}"),
        format!("{id}?token={token}x"),
        "cs_unknown".to_owned(),
        "%00".to_owned(),
        "a%20b".to_owned(),
        "%ff".to_owned(),
        long,
    ] {
        let path = format!("/api/v1/purchase/session/{path}");
        let answer = shop.get(&path, &[("x-request-id", "1")]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        answers.push(answer.text);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
}

#[tokio::test]
async fn a_storefronts_session_is_found_by_the_gateways_id_and_opens_to_nobody() {
    let shop = Shop::open().await;
    shop.store.receive(events::session("front", CheckoutState::Paid, None)).await.unwrap();
    let found = session(&shop, "cs_front", None).await;
    assert_eq!((&found["status"], found.get("orderId")), (&json!("success"), None));
}

#[tokio::test]
async fn money_in_review_failed_and_late_is_told_as_what_it_is() {
    let shop = Shop::open().await;
    let (id, token) = opened(&shop).await;
    shop.store.receive(events::session("1", CheckoutState::Expired, Some(id))).await.unwrap();
    assert_eq!(session(&shop, &id.to_string(), Some(&token)).await["status"], "timeout");
    let short = events::with_amount(events::session("1", CheckoutState::Paid, Some(id)), 5);
    shop.store.receive(short).await.unwrap();
    let found = session(&shop, &id.to_string(), Some(&token)).await;
    assert_eq!(
        (&found["status"], &found["inReview"], found.get("orderId")),
        (&json!("success"), &json!(true), None)
    );
    let (failed, _) = opened(&shop).await;
    shop.store.receive(events::session("2", CheckoutState::Failed, Some(failed))).await.unwrap();
    assert_eq!(session(&shop, &failed.to_string(), None).await["status"], "failure");
}

#[tokio::test]
async fn a_page_that_is_not_made_yet_has_no_address() {
    let shop = Shop::open().await;
    shop.stripe.will([Answer::Replayed]);
    let (id, token) = opened(&shop).await;
    let found = session(&shop, &id.to_string(), Some(&token)).await;
    assert_eq!((&found["status"], found.get("url")), (&json!("open"), None));
}

#[tokio::test]
async fn asking_has_the_gateway_asked_soon() {
    let shop = Shop::open().await;
    let (id, _) = opened(&shop).await;
    session(&shop, &id.to_string(), None).await;
    let due = shop.store.take_due_checkouts(10, false).await.unwrap();
    assert!(due.iter().any(|due| due.id == id && due.hot));
}
