//! What customers do with an order, over the API.

use crate::{
    orders::{Order, TEXT},
    shop::{Answer, Shop},
};
use axum::http::StatusCode;
use galley_domain::{
    actor::Actor,
    id::OrderId,
    order::{Command, OrderStatus},
};
use serde_json::{Value, json};

const ACTIONS: [&str; 4] = ["request-revision", "submit-for-review", "take-back", "restore-version"];

/// A wish with everything that any of the actions asks for.
fn body(order: OrderId) -> Value {
    json!({ "orderId": order.to_string(), "revisionNotes": "Shorter, please.", "number": 1 })
}

async fn act(shop: &Shop, action: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
    shop.post(&format!("/api/v1/purchase/{action}"), headers, body.to_string()).await
}

/// With the order's token.
async fn ask(shop: &Shop, order: &Order, action: &str, body: &Value) -> Answer {
    act(shop, action, &[("authorization", &format!("Bearer {}", order.token))], body).await
}

async fn status(shop: &Shop, order: &Order) -> OrderStatus {
    shop.store.order_view(order.id).await.unwrap().unwrap().status
}

#[tokio::test]
async fn a_revision_is_begun_and_its_job_is_told() {
    let shop = Shop::open().await;
    let order = Order::ready(&shop, "a").await;
    let answer = ask(&shop, &order, "request-revision", &body(order.id)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let view = shop.store.order_view(order.id).await.unwrap().unwrap();
    assert_eq!((view.status, view.jobs.len()), (OrderStatus::Processing, 1));
    let expected = json!({
        "success": true,
        "message": "We are working your changes in and mail you when the new version is ready.",
        "data": {
            "orderId": order.id.to_string(),
            "jobId": view.jobs[0].id.to_string(),
            "estimatedTime": "10-30 minutes",
        },
    });
    assert_eq!(answer.json(), expected);
    let again = ask(&shop, &order, "request-revision", &body(order.id)).await;
    assert_eq!((again.status, again.code()), (StatusCode::CONFLICT, "order_wrong_status".to_owned()));
    order.write(&shop, TEXT).await;
    let versions = shop.store.list_versions(order.id).await.unwrap();
    assert_eq!(versions[0].notes.as_deref(), Some("Shorter, please."));
}

#[tokio::test]
async fn a_revision_sent_twice_under_its_key_is_one() {
    let shop = Shop::open().await;
    let order = Order::ready(&shop, "a").await;
    let bearer = format!("Bearer {}", order.token);
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", "k1")];
    let first = act(&shop, "request-revision", &headers, &body(order.id)).await;
    let again = act(&shop, "request-revision", &headers, &body(order.id)).await;
    assert_eq!((again.status, again.json()), (StatusCode::OK, first.json()));
    let mut other = body(order.id);
    other["revisionNotes"] = json!("Longer, please.");
    let refused = act(&shop, "request-revision", &headers, &other).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.code(), "idempotency_key_reused");
    // The same key for another order is another key.
    let second = Order::ready(&shop, "b").await;
    let bearer = format!("Bearer {}", second.token);
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", "k1")];
    let begun = act(&shop, "request-revision", &headers, &body(second.id)).await;
    assert_eq!((begun.status, status(&shop, &second).await), (StatusCode::OK, OrderStatus::Processing));
}

#[tokio::test]
async fn notes_are_complained_about_once() {
    let shop = Shop::open().await;
    let order = Order::ready(&shop, "a").await;
    let wrong =
        [json!(null), json!("too short"), json!("  padded  \n"), json!("x".repeat(5_001)), json!(["a"])];
    for notes in wrong {
        let mut body = body(order.id);
        body["revisionNotes"] = notes;
        let answer = ask(&shop, &order, "request-revision", &body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert_eq!(answer.fields(), ["revisionNotes"], "{body}");
    }
    assert_eq!(status(&shop, &order).await, OrderStatus::QualityCheck);
    let mut body = body(order.id);
    body["revisionNotes"] = json!(format!(" {}\u{0} ", "é".repeat(5_000)));
    assert_eq!(ask(&shop, &order, "request-revision", &body).await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_is_done_already_is_done() {
    let shop = Shop::open().await;
    let order = Order::ready(&shop, "a").await;
    for (action, there) in
        [("submit-for-review", OrderStatus::AdminReview), ("take-back", OrderStatus::QualityCheck)]
    {
        for _ in 0..2 {
            let answer = ask(&shop, &order, action, &body(order.id)).await;
            assert_eq!(answer.status, StatusCode::OK, "{action}: {}", answer.text);
            let data = json!({ "orderId": order.id.to_string(), "status": there.as_str() });
            assert_eq!(answer.data(), data);
            assert!(answer.json()["message"].as_str().is_some_and(|message| message.ends_with('.')));
            assert_eq!(status(&shop, &order).await, there);
        }
    }
    assert_eq!(shop.store.history(order.id).await.unwrap().len(), 4);
}

#[tokio::test]
async fn what_the_order_does_not_allow_is_refused_with_a_hint() {
    let shop = Shop::open().await;
    let order = Order::ready(&shop, "a").await;
    order.apply(&shop, Command::Submit, Actor::Customer).await;
    for action in ["request-revision", "restore-version"] {
        let answer = ask(&shop, &order, action, &body(order.id)).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::CONFLICT, "order_wrong_status".to_owned()));
        let message = answer.json()["error"]["message"].as_str().unwrap().to_owned();
        assert!(message.contains("take it back"), "{message}");
    }
    order.apply(&shop, Command::Approve { version: 1 }, Actor::Staff("eve".to_owned())).await;
    let answer = ask(&shop, &order, "take-back", &body(order.id)).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::CONFLICT, "order_publishing".to_owned()));
    let disputed = Order::ready(&shop, "b").await;
    disputed.dispute(&shop).await;
    for action in ACTIONS {
        let answer = ask(&shop, &disputed, action, &body(disputed.id)).await;
        assert_eq!(
            (answer.status, answer.code()),
            (StatusCode::CONFLICT, "order_frozen".to_owned()),
            "{action}"
        );
    }
}

#[tokio::test]
async fn an_earlier_version_becomes_the_newest() {
    let shop = Shop::open().await;
    let order = Order::ready(&shop, "a").await;
    ask(&shop, &order, "request-revision", &body(order.id)).await;
    order.write(&shop, &TEXT.replace("Because it is good.", "It is good.")).await;
    let bearer = format!("Bearer {}", order.token);
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", "k1")];
    for _ in 0..2 {
        let answer = act(&shop, "restore-version", &headers, &body(order.id)).await;
        assert_eq!(answer.data(), json!({ "orderId": order.id.to_string(), "number": 3 }));
    }
    let newest = shop.store.order_view(order.id).await.unwrap().unwrap().version.unwrap();
    assert_eq!((newest.number, newest.source.as_str(), newest.made_by.as_str()), (3, TEXT, "customer"));
    for (number, fields) in [(json!(null), vec!["number"]), (json!(0), vec!["number"]), (json!(9), vec![])] {
        let mut body = body(order.id);
        body["number"] = number;
        let answer = ask(&shop, &order, "restore-version", &body).await;
        assert_eq!(answer.fields(), fields, "{body}");
        let status = if fields.is_empty() { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
        assert_eq!(answer.status, status);
    }
}

#[tokio::test]
async fn a_stranger_finds_nothing_whatever_they_send() {
    let shop = Shop::open().await;
    let (order, other) = (Order::ready(&shop, "a").await, Order::ready(&shop, "b").await);
    let own = body(order.id);
    let bodies = [
        own.to_string(),
        json!({ "orderId": order.id.to_string() }).to_string(),
        json!({ "orderId": order.id.to_string(), "revisionNotes": 1, "number": "x" }).to_string(),
        body(OrderId(shop.store.clock().new_id())).to_string(),
        json!({ "orderId": 7 }).to_string(),
        "{".to_owned(),
        String::new(),
    ];
    let tokens = [String::new(), "nonsense".to_owned(), other.token.clone(), shop.signer.sign(order.id, 1)];
    for action in ACTIONS {
        let path = format!("/api/v1/purchase/{action}");
        for body in &bodies {
            for token in &tokens {
                let bearer = format!("Bearer {token}");
                let cookie = format!("order_{}={token}", order.id.0.simple());
                for header in [("authorization", bearer.as_str()), ("cookie", &cookie)] {
                    let headers = [header, ("idempotency-key", "not a key, since it has spaces")];
                    let answer = shop.post(&path, &headers, body.as_str()).await;
                    assert_eq!(answer.status, StatusCode::NOT_FOUND, "{action} {body} {token}");
                }
            }
        }
        let query = format!("{path}?token={}", order.token);
        let answer = shop.post(&query, &[], own.to_string()).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "an address does not act");
    }
    assert_eq!(shop.store.history(order.id).await.unwrap().len(), 2);
}

#[tokio::test]
async fn the_cookie_of_the_page_acts_from_our_own_pages_only() {
    let shop = Shop::open().await;
    let (order, other) = (Order::ready(&shop, "a").await, Order::ready(&shop, "b").await);
    let cookie = format!("x=y; order_{}={}; z", order.id.0.simple(), order.token);
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
    ] {
        let answer =
            act(&shop, "submit-for-review", &[("cookie", &cookie), (name, value)], &body(order.id)).await;
        assert_eq!(
            (answer.status, answer.code()),
            (StatusCode::FORBIDDEN, "not_allowed".to_owned()),
            "{value}"
        );
    }
    assert_eq!(status(&shop, &order).await, OrderStatus::QualityCheck);
    let ours = [("cookie", cookie.as_str()), ("origin", "https://galley.example")];
    assert_eq!(act(&shop, "submit-for-review", &ours, &body(order.id)).await.status, StatusCode::OK);
    let theirs = act(&shop, "submit-for-review", &ours, &body(other.id)).await;
    assert_eq!(theirs.status, StatusCode::NOT_FOUND, "it opens one order");
    let path = format!("/api/v1/purchase/status/{}", order.id);
    let looked = shop.get(&path, &[("cookie", &cookie), ("sec-fetch-site", "cross-site")]).await;
    assert_eq!(looked.status, StatusCode::OK, "nothing is changed by looking");
    let renamed = format!("order_{}={}", other.id.0.simple(), order.token);
    let answer = shop.get(&format!("/api/v1/purchase/status/{}", other.id), &[("cookie", &renamed)]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}
