//! What gateways post.

use crate::shop::{Shop, form};
use axum::http::StatusCode;
use std::collections::BTreeMap;

const SSLCOMMERZ: &str = "/api/v1/webhooks/sslcommerz";

/// A notice that SSLCommerz has signed with `qwerty`.
fn fields() -> BTreeMap<String, String> {
    serde_json::from_str(include_str!(
        "../../../shared/integrations/src/sslcommerz/fixtures/ipn_valid_signed_qwerty.json"
    ))
    .unwrap()
}

fn encoded(fields: &BTreeMap<String, String>) -> String {
    form(&fields.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect::<Vec<_>>())
}

#[tokio::test]
async fn a_notice_that_is_signed_is_on_disk_and_one_that_is_not_is_turned_away() {
    let shop = Shop::open().await;
    let notice = encoded(&fields());
    let answer = shop.post(SSLCOMMERZ, &[], notice.as_str()).await;
    assert_eq!(
        (answer.status, &answer.data()["duplicate"]),
        (StatusCode::OK, &false.into()),
        "{}",
        answer.text
    );
    let again = shop.post(SSLCOMMERZ, &[], notice.as_str()).await;
    assert_eq!(again.data()["duplicate"], true);
    let change = |field: &str| {
        let mut fields = fields();
        fields.insert(field.to_owned(), "1".to_owned());
        encoded(&fields)
    };
    for body in [String::new(), "status=VALID".to_owned(), change("amount"), change("store_id")] {
        let answer = shop.post(SSLCOMMERZ, &[], body).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::BAD_REQUEST, "invalid_signature".to_owned()));
    }
    let answer = shop.post(SSLCOMMERZ, &[], "a".repeat(galley_api::BODY_MAX_BYTES + 1)).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_shop_that_does_not_use_sslcommerz_has_no_such_address() {
    let shop = Shop::open_with(|payments| payments.sslcommerz = None).await;
    let answer = shop.post(SSLCOMMERZ, &[], "status=VALID").await;
    assert_eq!((answer.status, answer.code()), (StatusCode::NOT_FOUND, "not_found".to_owned()));
}
