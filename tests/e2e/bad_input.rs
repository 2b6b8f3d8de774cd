//! Whatever is wrong with a request: the envelope says so, and nothing is stored.

use crate::shop::{
    Answer, Order, Plan, SOON, Setup, Shop, WEBHOOK_SECRET, now, on_both_sources, on_sqlite, redacted, sale,
    status_path, within,
};
use galley_sandbox::stripe::{RetryPlan, sign};
use reqwest::{
    Method,
    header::{HeaderMap, HeaderValue},
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};

/// One byte more than is read.
const TOO_LONG_BYTES: usize = 1024 * 1024 + 1;

on_sqlite! {
    an_event_that_is_not_signed_as_it_should_is_refused_and_not_stored
    a_request_that_is_wrong_in_any_way_gets_the_envelope_with_its_status
    an_order_is_not_found_by_those_who_do_not_hold_its_link
}
on_both_sources! {
    an_event_that_is_not_signed_as_it_should_is_refused_and_not_stored
    a_request_that_is_wrong_in_any_way_gets_the_envelope_with_its_status
    an_order_is_not_found_by_those_who_do_not_hold_its_link
    a_store_that_is_down_is_said_to_be_and_nothing_is_lost
}

/// What of an answer its caller can count on.
fn shown(answer: &Answer) -> Value {
    let body = answer.json();
    assert_eq!(answer.header("content-type"), "application/json", "{answer:?}");
    assert_eq!(body["error"]["request_id"], answer.header("x-request-id"), "{answer:?}");
    let mut shown = json!({ "status": answer.status, "body": redacted(body) });
    for header in ["allow", "retry-after"] {
        if !answer.header(header).is_empty() {
            shown[header] = answer.header(header).into();
        }
    }
    shown
}

/// Asks, and looks whether anything was stored.
async fn refused(shop: &Shop, method: Method, path: &str, headers: HeaderMap) -> Value {
    let before = shop.db.census().await;
    let answer = shop.ask(method, path, headers).await;
    assert_eq!(shop.db.census().await, before, "{path} was refused, and yet something is stored");
    shown(&answer)
}

fn signature(text: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("stripe-signature", text.parse().unwrap());
    headers
}

async fn an_event_that_is_not_signed_as_it_should_is_refused_and_not_stored(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let event = sale::paid(&sale::article("Tea that nobody paid")).to_string();
    let at = now().timestamp();
    let signed = |secret: &str, at: i64| sign(event.as_bytes(), &[secret], at);
    let good = signed(WEBHOOK_SECRET, at);
    let altered = event.replace("12900", "1");
    let too_long = format!("{event}{}", " ".repeat(TOO_LONG_BYTES - event.len()));
    let signed_too_long = sign(too_long.as_bytes(), &[WEBHOOK_SECRET], at);
    let cases = [
        ("no signature", &event, None),
        ("an empty signature", &event, Some(String::new())),
        ("no signature at all in the header", &event, Some("nonsense".to_owned())),
        ("a signature with another secret", &event, Some(signed("whsec_other", at))),
        ("a signature of another body", &altered, Some(good)),
        ("a signature that is an hour old", &event, Some(signed(WEBHOOK_SECRET, at - 3_600))),
        ("a signature of the next hour", &event, Some(signed(WEBHOOK_SECRET, at + 3_600))),
        ("broken JSON without a signature", &"{\"id\":".to_owned(), None),
        ("a body that is too long", &too_long, Some(signed_too_long)),
        ("a body that is too long, not signed", &too_long, None),
    ];
    let mut answers = BTreeMap::new();
    for (case, body, header) in cases {
        let before = shop.db.census().await;
        let headers = header.map_or_else(HeaderMap::new, |header| signature(&header));
        let answer = shop.post("/api/v1/webhooks/stripe", headers, body.clone()).await;
        assert_eq!(shop.db.census().await, before, "{case}: refused, and yet something is stored");
        answers.insert(case, shown(&answer));
    }
    insta::assert_json_snapshot!("unsigned", answers);
    assert_eq!(shop.ai.control().counters().calls, 0);
}

async fn a_request_that_is_wrong_in_any_way_gets_the_envelope_with_its_status(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let order = shop.sell(&sale::short_article("Tea at work")).await;
    shop.drained().await;
    let versions = format!("/api/v1/purchase/orders/{}/versions", order.id);
    let cases = [
        ("an unknown path", Method::GET, "/api/v1/nothing".to_owned()),
        ("an unknown path, posted to", Method::POST, "/nothing".to_owned()),
        ("a status that is posted to", Method::POST, status_path(&order)),
        ("a status that is deleted", Method::DELETE, status_path(&order)),
        ("a webhook that is read", Method::GET, "/api/v1/webhooks/stripe".to_owned()),
        ("a list of versions that is put", Method::PUT, versions.clone()),
        ("a version that is a word", Method::GET, format!("{versions}/latest")),
        ("a version below zero", Method::GET, format!("{versions}/-1")),
        ("a version too large for a number", Method::GET, format!("{versions}/99999999999")),
        ("a version that is not there", Method::GET, format!("{versions}/7")),
        ("a difference to a word", Method::GET, format!("{versions}/1/diff/first")),
        ("a difference to what is not there", Method::GET, format!("{versions}/1/diff/7")),
    ];
    let mut answers = BTreeMap::new();
    for (case, method, path) in cases {
        answers.insert(case, refused(&shop, method, &path, order.bearer()).await);
    }
    insta::assert_json_snapshot!("wrong_requests", answers);
}

async fn an_order_is_not_found_by_those_who_do_not_hold_its_link(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let order = shop.sell(&sale::short_article("Tea at work")).await;
    let other = shop.sell(&sale::short_article("Coffee at home")).await;
    shop.drained().await;
    assert_eq!(shop.get(&order, &status_path(&order)).await.status, 200);
    let unknown = Order { id: uuid::Uuid::from_u128(7), ..order.clone() };
    let short = Order { token: order.token[..order.token.len() - 1].to_owned(), ..order.clone() };
    let empty = Order { token: String::new(), ..order.clone() };
    let mut answers = Vec::new();
    let versions = format!("/api/v1/purchase/orders/{}/versions", order.id);
    for path in [
        format!("/order-status/{}", order.id),
        status_path(&order),
        versions.clone(),
        format!("{versions}/1"),
        format!("{versions}/latest"),
        format!("{versions}/1/diff/latest"),
    ] {
        for stranger in [&other, &short, &empty] {
            answers.push(refused(&shop, Method::GET, &path, stranger.bearer()).await);
        }
        answers.push(refused(&shop, Method::GET, &path, HeaderMap::new()).await);
        answers.push(
            refused(&shop, Method::GET, &format!("{path}?token={}", other.token), HeaderMap::new()).await,
        );
        answers.push(refused(&shop, Method::GET, &format!("{path}?token="), HeaderMap::new()).await);
        let mut basic = HeaderMap::new();
        basic.insert("authorization", HeaderValue::from_str(&format!("Basic {}", order.token)).unwrap());
        answers.push(refused(&shop, Method::GET, &path, basic).await);
    }
    for id in
        [unknown.id.to_string().as_str(), "7", "..", "%ff", "%00", "' OR 1=1 --", "x".repeat(4_000).as_str()]
    {
        let path = format!("/api/v1/purchase/status/{}", id.replace(' ', "%20"));
        answers.push(refused(&shop, Method::GET, &path, order.bearer()).await);
    }
    for answer in &answers {
        assert_eq!(answer, &answers[0], "nobody learns whether an order exists");
    }
    insta::assert_json_snapshot!("not_found", answers[0]);
}

async fn a_store_that_is_down_is_said_to_be_and_nothing_is_lost(setup: Setup) {
    let shop = Plan::new(setup).proxied().open().await;
    let order = shop.sell(&sale::short_article("Tea at work")).await;
    shop.drained().await;
    let late = sale::short_article("Coffee at home");
    let event = sale::paid(&late);
    let proxy = shop.proxy.as_ref().unwrap();
    proxy.cut().await;

    let mut answers = BTreeMap::new();
    let body = event.to_string();
    let header = signature(&shop.stripe.signature(body.as_bytes()));
    let before = shop.db.census().await;
    answers.insert("an event", shown(&shop.post("/api/v1/webhooks/stripe", header, body).await));
    assert_eq!(shop.db.census().await, before);
    answers.insert("a status", refused(&shop, Method::GET, &status_path(&order), order.bearer()).await);
    let versions = format!("/api/v1/purchase/orders/{}/versions", order.id);
    answers.insert("versions", refused(&shop, Method::GET, &versions, order.bearer()).await);
    answers.insert("readiness", refused(&shop, Method::GET, "/readyz", HeaderMap::new()).await);
    insta::assert_json_snapshot!("store_down", answers);
    assert_eq!(shop.ask(Method::GET, "/livez", HeaderMap::new()).await.status, 200);
    // What needs no store is answered as ever.
    let unsigned = shop.post("/api/v1/webhooks/stripe", HeaderMap::new(), event.to_string()).await;
    assert_eq!(unsigned.status, 400);

    proxy.restore().await;
    let pause = Duration::from_millis(100);
    let plan = RetryPlan { attempts: 100, first_pause: pause, longest_pause: pause };
    let delivery = within("the event is taken", SOON, shop.stripe.deliver_at_least_once(&event, plan)).await;
    assert_eq!(delivery.unwrap().status, 200);
    let settled = shop.order_of(&late).await;
    shop.drained().await;
    shop.settled(&settled, "QUALITY_CHECK").await;
    assert_eq!(shop.db.count("SELECT COUNT(*) FROM orders").await, 2);
}
