//! `/api/v1/admin/…`: who may, and payments in review.

use crate::{
    events,
    shop::{Shop, request},
};
use axum::http::StatusCode;
use galley_domain::{actor::Actor, payment::CheckoutState, staff::Role};
use serde_json::json;
use sha2::{Digest as _, Sha256};

const UNKNOWN: &str = "0199b0a0-0000-7000-8000-000000000001";

/// A token of a member of staff of that role, as the header that carries it.
pub(crate) async fn token(shop: &Shop, name: &str, role: Role) -> String {
    let token = format!("gly_{name}_secret");
    shop.store.create_api_token(name, role, &Sha256::digest(&token).into(), &Actor::System).await.unwrap();
    format!("Bearer {token}")
}

/// A payment that needs a person: too little was paid.
async fn in_review(shop: &Shop, name: &str) -> String {
    let event = events::with_amount(events::session(name, CheckoutState::Paid, None), 5);
    shop.store.receive(event).await.unwrap();
    shop.store.payments(None, None, 1).await.unwrap()[0].id.to_string()
}

#[tokio::test]
async fn each_route_asks_who_it_is_before_anything_else() {
    let shop = Shop::open().await;
    let read_only = token(&shop, "rita", Role::ReadOnly).await;
    let reviewer = token(&shop, "rob", Role::Reviewer).await;
    let owner = token(&shop, "olga", Role::Owner).await;
    let revoked = token(&shop, "gone", Role::Owner).await;
    let gone = shop.store.find_api_token_named("gone").await.unwrap().unwrap();
    assert!(shop.store.revoke_api_token(gone.id, &Actor::System).await.unwrap());
    let payment = "/api/v1/admin/payments/x";
    let routes = [
        ("GET", "/api/v1/admin/payments?limit=x".to_owned(), Role::ReadOnly),
        ("GET", payment.to_owned(), Role::ReadOnly),
        ("GET", format!("{payment}/refunds"), Role::ReadOnly),
        ("POST", format!("{payment}/release"), Role::Reviewer),
        ("POST", format!("{payment}/dismiss"), Role::Reviewer),
        ("POST", "/api/v1/admin/checkout-sessions/reconcile".to_owned(), Role::Reviewer),
        ("POST", format!("{payment}/refund"), Role::Owner),
        ("POST", "/api/v1/admin/orders/x/refund".to_owned(), Role::Owner),
    ];
    let strangers =
        ["", "Bearer gly_wrong", "Bearer x", "Basic gly_rita_secret", "gly_rita_secret", revoked.as_str()];
    let long = format!("Bearer gly_{}", "x".repeat(4_000));
    for (method, path, needed) in &routes {
        for stranger in strangers.iter().copied().chain([long.as_str()]) {
            // Body and path are wrong as well: nobody learns that who may not.
            let answer =
                shop.send(request(method, path, &[("authorization", stranger)], "{".to_owned())).await;
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (StatusCode::UNAUTHORIZED, "not_authenticated"),
                "{path}"
            );
            assert_eq!(answer.header("www-authenticate"), "Bearer");
        }
        for (role, bearer) in
            [(Role::ReadOnly, &read_only), (Role::Reviewer, &reviewer), (Role::Owner, &owner)]
        {
            let answer = shop.send(request(method, path, &[("authorization", bearer)], "{".to_owned())).await;
            if role.may(*needed) {
                assert!(!matches!(answer.status.as_u16(), 401 | 403), "{path} {role}: {}", answer.text);
            } else {
                assert_eq!(
                    (answer.status, answer.code().as_str()),
                    (StatusCode::FORBIDDEN, "not_allowed"),
                    "{path} {role}"
                );
            }
        }
    }
}

#[tokio::test]
async fn payments_are_listed_page_by_page() {
    let shop = Shop::open().await;
    let bearer = token(&shop, "rita", Role::ReadOnly).await;
    let staff = [("authorization", bearer.as_str())];
    for name in ["a", "b", "c"] {
        in_review(&shop, name).await;
    }
    shop.store.receive(events::session("fit", CheckoutState::Paid, None)).await.unwrap();
    let list = async |query: &str| shop.get(&format!("/api/v1/admin/payments{query}"), &staff).await;
    let refs = |answer: &crate::shop::Answer| {
        let payments = answer.data()["payments"].as_array().unwrap().clone();
        payments.iter().map(|payment| payment["paymentRef"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(refs(&list("").await), ["pi_fit", "pi_c", "pi_b", "pi_a"]);
    let first = list("?state=needs_review&limit=2").await;
    assert_eq!(refs(&first), ["pi_c", "pi_b"]);
    let next = first.data()["next"].as_str().unwrap().to_owned();
    let second = list(&format!("?state=needs_review&limit=2&before={next}")).await;
    assert_eq!((refs(&second), &second.data()["next"]), (vec!["pi_a".to_owned()], &json!(null)));
    assert_eq!(list("?state=lost&before=x&limit=many").await.fields(), ["state", "before", "limit"]);
    for limit in ["0", "201", "-1"] {
        assert_eq!(list(&format!("?limit={limit}")).await.fields(), ["limit"]);
    }
}

#[tokio::test]
async fn a_payment_is_shown_with_all_that_a_decision_needs() {
    let shop = Shop::open().await;
    let bearer = token(&shop, "rita", Role::ReadOnly).await;
    let staff = [("authorization", bearer.as_str())];
    let id = in_review(&shop, "a").await;
    let data = shop.get(&format!("/api/v1/admin/payments/{id}"), &staff).await.data();
    let payment = &data["payment"];
    assert_eq!(payment["amount"], json!({"minor": 5, "currency": "USD", "formatted": "0.05 USD"}));
    assert_eq!(
        (&payment["state"], &payment["reviewReason"]),
        (&json!("needs_review"), &json!("amount_too_small"))
    );
    assert_eq!(
        (&payment["metadata"]["topic"], &payment["email"]),
        (&json!("Tea"), &json!("a@customer.example"))
    );
    assert_eq!((&payment["orderId"], &payment["sessionRef"]), (&json!(null), &json!("cs_a")));
    assert_eq!(data["refunds"], json!([]));
    for path in [UNKNOWN, "x", "%ff"] {
        let answer = shop.get(&format!("/api/v1/admin/payments/{path}"), &staff).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_payment_in_review_is_released_once() {
    let shop = Shop::open().await;
    let bearer = token(&shop, "rob", Role::Reviewer).await;
    let staff = [("authorization", bearer.as_str())];
    let id = in_review(&shop, "a").await;
    let path = format!("/api/v1/admin/payments/{id}/release");
    let wrong = r#"{"topic":"Tea","email":"x","reason":"a"}"#;
    assert_eq!(shop.post(&path, &staff, wrong).await.fields(), ["product", "email", "reason"]);
    assert_eq!(shop.post(&path, &staff, "x").await.status, StatusCode::BAD_REQUEST);
    let right =
        r#"{"product":"article","topic":"Coffee","email":"bob@customer.example","reason":"a friend"}"#;
    let released = shop.post(&path, &staff, right).await;
    assert_eq!(
        (released.status, &released.data()["new"]),
        (StatusCode::OK, &json!(true)),
        "{}",
        released.text
    );
    let again = shop.post(&path, &staff, right).await.data();
    assert_eq!((&again["new"], &again["orderId"]), (&json!(false), &released.data()["orderId"]));
    let order = released.data()["orderId"].as_str().unwrap().parse().unwrap();
    assert_eq!(shop.store.order_view(order).await.unwrap().unwrap().brief.topic, "Coffee");
    let history = shop.store.history(order).await.unwrap();
    assert!(format!("{history:?}").contains("staff:rob"), "{history:?}");
    let unknown = format!("/api/v1/admin/payments/{UNKNOWN}/release");
    assert_eq!(shop.post(&unknown, &staff, r#"{"reason":"why not"}"#).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_payment_is_dismissed_with_a_reason_and_then_decided() {
    let shop = Shop::open().await;
    let bearer = token(&shop, "rob", Role::Reviewer).await;
    let staff = [("authorization", bearer.as_str())];
    let id = in_review(&shop, "a").await;
    let path = format!("/api/v1/admin/payments/{id}");
    assert_eq!(shop.post(&format!("{path}/dismiss"), &staff, "{}").await.fields(), ["reason"]);
    let reason = r#"{"reason":"a test of ours"}"#;
    let dismissed = shop.post(&format!("{path}/dismiss"), &staff, reason).await;
    assert_eq!(dismissed.data(), json!({"paymentId": id, "state": "dismissed"}));
    let answer = shop.post(&format!("{path}/release"), &staff, reason).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::CONFLICT, "payment_already_decided".to_owned()));
}

#[tokio::test]
async fn gateways_are_asked_when_staff_say_so_and_by_tests_only_in_development() {
    let told = json!({"checked": 3, "settled": 2, "errors": 1, "durationMs": 4});
    let shop = Shop::open().await;
    let bearer = token(&shop, "rob", Role::Reviewer).await;
    let path = "/api/v1/admin/checkout-sessions/reconcile";
    assert_eq!(shop.post(path, &[("authorization", &bearer)], "").await.data(), told);
    let for_tests = "/api/test/checkout-sessions";
    assert_eq!(shop.post(for_tests, &[], "").await.status, StatusCode::NOT_FOUND);
    let shop = Shop::open_with(|payments| payments.development = true).await;
    assert_eq!(shop.post(for_tests, &[], "").await.data(), told);
}
