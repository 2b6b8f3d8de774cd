//! Refunds by staff.

use crate::{admin::token, events, shop::Shop};
use axum::http::StatusCode;
use galley_domain::{payment::CheckoutState, staff::Role};
use serde_json::json;

/// A paid order: its payment and itself.
async fn paid(shop: &Shop, name: &str) -> (String, String) {
    shop.store.receive(events::session(name, CheckoutState::Paid, None)).await.unwrap();
    let payment = shop.store.payments(None, None, 1).await.unwrap().remove(0);
    (payment.id.to_string(), payment.order_id.unwrap().to_string())
}

#[tokio::test]
async fn a_refund_is_asked_for_and_counted_once_per_key() {
    let shop = Shop::open().await;
    let bearer = token(&shop, "olga", Role::Owner).await;
    let (payment, _) = paid(&shop, "a").await;
    let path = format!("/api/v1/admin/payments/{payment}/refund");
    let keyed = [("authorization", bearer.as_str()), ("idempotency-key", "k1")];
    let part = r#"{"amountMinor":1000,"reason":"a late delivery"}"#;
    let first = shop.post(&path, &keyed, part).await;
    assert_eq!(first.status, StatusCode::ACCEPTED, "{}", first.text);
    let refund = first.data();
    assert_eq!((&refund["amountMinor"], &refund["currency"]), (&json!(1_000), &json!("USD")));
    assert_eq!((&refund["state"], &refund["requestedBy"]), (&json!("requested"), &json!("staff:olga")));
    assert_eq!(shop.post(&path, &keyed, part).await.data(), refund);
    let other = shop.post(&path, &keyed, part.replace("1000", "2000")).await;
    assert_eq!(
        (other.status, other.code()),
        (StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused".to_owned())
    );

    let staff = [("authorization", bearer.as_str())];
    let listed = shop.get(&format!("/api/v1/admin/payments/{payment}/refunds"), &staff).await.data();
    assert_eq!(listed["refunds"], json!([refund]));
    let rest = shop.post(&path, &staff, r#"{"reason":"the rest"}"#).await.data();
    assert_eq!(rest["amountMinor"], 11_900);
    let more = shop.post(&path, &staff, part).await;
    assert_eq!((more.status, more.code()), (StatusCode::CONFLICT, "refund_too_large".to_owned()));
}

/// The body is the same, and does not say of what.
#[tokio::test]
async fn a_key_counts_for_one_payment_only() {
    let shop = Shop::open().await;
    let bearer = token(&shop, "olga", Role::Owner).await;
    let keyed = [("authorization", bearer.as_str()), ("idempotency-key", "k1")];
    let body = r#"{"amountMinor":1000,"reason":"a late delivery"}"#;
    for name in ["a", "b"] {
        let (payment, order) = paid(&shop, name).await;
        for path in [format!("payments/{payment}"), format!("orders/{order}")] {
            let refund = shop.post(&format!("/api/v1/admin/{path}/refund"), &keyed, body).await.data();
            assert_eq!(refund["paymentId"], payment, "{path}");
        }
        let refunds = shop.store.refunds_of(payment.parse().unwrap()).await.unwrap();
        assert_eq!(refunds.len(), 2);
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_refund_is_told() {
    let shop = Shop::open().await;
    let bearer = token(&shop, "olga", Role::Owner).await;
    let staff = [("authorization", bearer.as_str())];
    let (payment, order) = paid(&shop, "a").await;
    for path in [format!("payments/{payment}"), format!("orders/{order}")] {
        let answer =
            shop.post(&format!("/api/v1/admin/{path}/refund"), &staff, r#"{"amountMinor":-1}"#).await;
        assert_eq!(answer.fields(), ["amountMinor", "reason"]);
    }
    let unknown = "0199b0a0-0000-7000-8000-000000000001";
    for path in [format!("payments/{unknown}"), format!("orders/{unknown}"), "orders/x".to_owned()] {
        let answer =
            shop.post(&format!("/api/v1/admin/{path}/refund"), &staff, r#"{"reason":"why not"}"#).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    let answer = shop.get(&format!("/api/v1/admin/payments/{unknown}/refunds"), &staff).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}
