//! `POST /api/v1/purchase/checkout`.

use crate::{
    events,
    gateway::{
        Answer::{self, *},
        SECRET_DETAIL,
    },
    shop::{Shop, request},
};
use axum::http::StatusCode;
use galley_domain::payment::CheckoutState;
use galley_store::{CheckoutRef, CheckoutView};
use serde_json::json;
use std::time::Duration;

pub(crate) const PATH: &str = "/api/v1/purchase/checkout";
pub(crate) const TEA: &str =
    r#"{"product":"article","topic":"Tea","wordCount":800,"email":" Ann@Customer.example "}"#;

async fn only(shop: &Shop, answer: &crate::shop::Answer) -> CheckoutView {
    let id = answer.data()["sessionId"].as_str().unwrap().parse().unwrap();
    shop.store.find_checkout(CheckoutRef::Id(id)).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_checkout_is_on_disk_and_can_be_paid() {
    let shop = Shop::open().await;
    let answer = shop.post(PATH, &[], TEA).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    assert_eq!(answer.header("cache-control"), "no-store");
    let view = only(&shop, &answer).await;
    assert_eq!(
        answer.data(),
        json!({
            "sessionId": view.id.to_string(),
            "url": view.url.as_deref().unwrap(),
            "checkoutToken": shop.signer.sign_checkout(view.id),
            "status": "open",
        })
    );
    assert_eq!((view.state, view.email.as_deref()), (CheckoutState::Open, Some("ann@customer.example")));
    assert_eq!(view.brief.unwrap().word_count, 800);
    assert_eq!(*shop.stripe.keys(), [format!("checkout:{}:1", view.id)]);
}

#[tokio::test]
async fn a_second_try_carries_the_same_key() {
    for first in [NotDone(None), Unknown] {
        let shop = Shop::open().await;
        shop.stripe.will([first, Page]);
        let answer = shop.post(PATH, &[], TEA).await;
        assert_eq!(answer.status, StatusCode::CREATED);
        let keys = shop.stripe.keys();
        assert_eq!((keys.len(), &keys[0]), (2, &keys[1]));
    }
}

#[tokio::test]
async fn a_gateway_that_does_not_answer_is_asked_once_more() {
    let shop = Shop::open().await;
    shop.stripe.will([Silence, Page]);
    assert_eq!(shop.post(PATH, &[], TEA).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn what_is_not_done_in_two_tries_is_left_to_the_job() {
    let tries: [(Vec<Answer>, usize); 3] = [
        (vec![Unknown, NotDone(None), Page], 2),
        // It asks to be left alone, or to be looked into first.
        (vec![NotDone(Some(Duration::from_secs(2))), Page], 1),
        (vec![Replayed, Page], 1),
    ];
    for (answers, asked) in tries {
        let shop = Shop::open().await;
        shop.stripe.will(answers);
        let answer = shop.post(PATH, &[], TEA).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
        assert_eq!((&answer.data()["url"], &answer.data()["status"]), (&json!(null), &json!("open")));
        assert_eq!(only(&shop, &answer).await.state, CheckoutState::Creating);
        assert_eq!(shop.stripe.keys().len(), asked);
    }
}

#[tokio::test]
async fn a_refusal_says_nothing_of_what_the_gateway_said() {
    let shop = Shop::open().await;
    shop.stripe.will([Refused]);
    let key = [("idempotency-key", "k1")];
    for _ in 0..2 {
        let answer = shop.post(PATH, &key, TEA).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::BAD_GATEWAY, "gateway_refused".to_owned()));
        assert!(!answer.text.contains(SECRET_DETAIL) && !answer.text.contains("sk_test"), "{}", answer.text);
    }
    assert_eq!(shop.stripe.keys().len(), 1);
}

#[tokio::test]
async fn a_key_that_is_sent_again_opens_nothing_and_tells_todays_state() {
    let shop = Shop::open().await;
    let key = [("idempotency-key", "k1")];
    shop.stripe.will([Replayed]);
    let first = shop.post(PATH, &key, TEA).await;
    let again = shop.post(PATH, &key, TEA).await;
    assert_eq!((first.status, again.status), (StatusCode::ACCEPTED, StatusCode::ACCEPTED));
    assert_eq!(shop.stripe.keys().len(), 1);

    let view = only(&shop, &first).await;
    let hosted = galley_domain::payment::HostedCheckout {
        external_id: format!("cs_{}", view.id.0.simple()),
        url: "https://pay.example/1".to_owned(),
        expires_at: None,
    };
    shop.store.checkout_created(view.id, &hosted).await.unwrap();
    let open = shop.post(PATH, &key, TEA).await;
    assert_eq!((open.status, &open.data()["url"]), (StatusCode::CREATED, &json!("https://pay.example/1")));
    assert_eq!(open.data()["sessionId"], first.data()["sessionId"]);

    shop.store.receive(events::session("1", CheckoutState::Paid, Some(view.id))).await.unwrap();
    let paid = shop.post(PATH, &key, TEA).await;
    assert_eq!(paid.status, StatusCode::CREATED);
    assert_eq!((&paid.data()["status"], &paid.data()["url"]), (&json!("success"), &json!(null)));
}

#[tokio::test]
async fn a_key_of_another_request_is_refused() {
    let shop = Shop::open().await;
    let key = [("idempotency-key", "k1")];
    assert_eq!(shop.post(PATH, &key, TEA).await.status, StatusCode::CREATED);
    let answer = shop.post(PATH, &key, TEA.replace("Tea", "Coffee")).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.code(), "idempotency_key_reused");
    // Without a key each request is one of its own.
    assert_eq!(shop.post(PATH, &[], TEA).await.status, StatusCode::CREATED);
    assert_eq!(shop.stripe.keys().len(), 2);
}

#[tokio::test]
async fn a_key_that_is_none_is_told_so() {
    let shop = Shop::open().await;
    let long = "x".repeat(256);
    for key in ["", "a b", &long] {
        let answer = shop.post(PATH, &[("idempotency-key", key)], TEA).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{key}");
        assert_eq!(answer.fields(), ["Idempotency-Key"]);
    }
    assert_eq!(shop.stripe.keys().len(), 0);
}

#[tokio::test]
async fn everything_that_is_wrong_is_told_at_once() {
    let shop = Shop::open().await;
    let body = r#"{"product":"poem","topic":" ","keywords":"tea","targetUrl":"javascript:alert(1)","wordCount":1,
        "rel":"dofollow","language":"English please","articleId":"7","email":"ann","gateway":"sslcommerz"}"#;
    let answer = shop.post(PATH, &[], body).await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::UNPROCESSABLE_ENTITY, "validation_failed".to_owned())
    );
    let mut fields = answer.fields();
    fields.sort_unstable();
    fields.dedup();
    let expected =
        "anchorText articleId email gateway keywords language product rel targetUrl topic wordCount";
    assert_eq!(fields.join(" "), expected);
    for (body, field) in [
        (TEA.replace("Tea", ""), "topic"),
        (TEA.replace('}', r#","gateway":"paypal"}"#), "gateway"),
        (TEA.replace('}', r#","gateway":7}"#), "gateway"),
        (TEA.replace("Ann@Customer.example", ""), "email"),
    ] {
        assert_eq!(shop.post(PATH, &[], body).await.fields(), [field]);
    }
    assert_eq!(shop.stripe.keys().len(), 0);
}

#[tokio::test]
async fn a_link_is_sold_into_articles_that_exist() {
    let shop = Shop::open().await;
    let body = |article: &str| {
        json!({
            "product": "backlink", "targetUrl": "https://tea.example", "anchorText": "tea",
            "articleId": article, "email": "ann@customer.example", "gateway": "stripe",
        })
    };
    let unknown = "0199b0a0-0000-7000-8000-000000000001";
    assert_eq!(shop.post(PATH, &[], body(unknown).to_string()).await.fields(), ["articleId"]);
    let article = shop.store.insert_article("tea", "Tea", "Tea is a drink.").await.unwrap();
    let answer = shop.post(PATH, &[], body(&article.to_string()).to_string()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
}

#[tokio::test]
async fn a_shop_without_gateways_sells_nothing() {
    let shop =
        Shop::open_with(|payments| payments.gateways = galley_integrations::gateway::Gateways::default())
            .await;
    assert_eq!(shop.post(PATH, &[], TEA).await.fields(), ["gateway"]);
}

#[tokio::test]
async fn what_is_no_json_is_malformed() {
    let shop = Shop::open().await;
    for body in ["", "[]", "product=article"] {
        let answer = shop.post(PATH, &[], body).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::BAD_REQUEST, "malformed_request".to_owned()));
    }
    let answer = shop.post(PATH, &[], " ".repeat(galley_api::BODY_MAX_BYTES + 1)).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_client_that_goes_away_stops_nothing_between_the_gateway_and_the_database() {
    let shop = Shop::open().await;
    shop.stripe.will([Slowly]);
    {
        let mut sending = Box::pin(shop.send(request("POST", PATH, &[], TEA.to_owned())));
        tokio::select! {
            _ = &mut sending => panic!("the gateway has not answered"),
            () = shop.stripe.was_asked() => {}
        }
    }
    shop.stripe.go_on();
    let key = shop.stripe.keys()[0].clone();
    let id = key.split(':').nth(1).unwrap().parse().unwrap();
    let mut state = CheckoutState::Creating;
    for _ in 0..500 {
        state = shop.store.find_checkout(CheckoutRef::Id(id)).await.unwrap().unwrap().state;
        if state != CheckoutState::Creating {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(state, CheckoutState::Open);
}
