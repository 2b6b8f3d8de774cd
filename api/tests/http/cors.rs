//! Another front end's pages use the customers' API from a browser; nobody else's do.

use crate::shop::{Shop, request};
use axum::http::{StatusCode, header};

const LISTED: &str = "https://shop.example";
const STATUS: &str = "/api/v1/purchase/status/0190b6a1-0000-7000-8000-000000000000";

#[tokio::test]
async fn a_listed_origin_is_told_that_it_may() {
    let shop = Shop::open().await;
    let asked = [
        ("origin", LISTED),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization,idempotency-key"),
    ];
    let preflight = shop.send(request("OPTIONS", STATUS, &asked, String::new())).await;
    assert_eq!(preflight.status, StatusCode::OK);
    assert_eq!(preflight.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), LISTED);
    assert!(preflight.header(header::ACCESS_CONTROL_ALLOW_HEADERS).contains("idempotency-key"));
    assert_eq!(preflight.header(header::ACCESS_CONTROL_ALLOW_CREDENTIALS), "");

    // An error is an answer too: its page may read it.
    let answer = shop.get(STATUS, &[("origin", LISTED)]).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::NOT_FOUND, "not_found"));
    assert_eq!(answer.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), LISTED);
    assert!(answer.header(header::ACCESS_CONTROL_EXPOSE_HEADERS).contains("etag"));
}

#[tokio::test]
async fn nobody_else_is_and_nothing_else_opens() {
    let shop = Shop::open().await;
    let answer = shop.get(STATUS, &[("origin", "https://evil.example")]).await;
    assert_eq!(answer.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), "");
    for path in ["/api/v1/admin/payments", "/api/v1/webhooks/stripe", "/order", "/livez"] {
        let answer = shop.get(path, &[("origin", LISTED)]).await;
        assert_eq!(answer.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), "", "{path}");
    }
}
