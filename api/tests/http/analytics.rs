//! The shop in figures, over the API and as a page.

use crate::{
    admin::token,
    login::logged_in,
    orders::{HTML, Order, TEA},
    shop::Shop,
};
use axum::http::StatusCode;
use galley_domain::staff::Role;
use serde_json::json;

const API: &str = "/api/v1/admin/analytics";

#[tokio::test]
async fn the_last_days_are_told_in_figures() {
    let shop = Shop::open().await;
    let bearer = token(&shop, "rita", Role::ReadOnly).await;
    let get = async |query: &str| shop.get(&format!("{API}{query}"), &[("authorization", &bearer)]).await;
    Order::ready(&shop, "a").await;
    Order::paid(&shop, "b", &TEA).await.fail(&shop, "It could not be written.").await;
    let found = get("").await.data();
    let days = found["days"].as_array().unwrap();
    assert_eq!(days.len(), 30);
    let today = &days[29];
    assert_eq!((&today["orders"], &today["ready"], &today["failed"]), (&json!(2), &json!(1), &json!(1)));
    assert!(today["timeToReady"]["p50Ms"].is_i64());
    assert_eq!(days[0]["timeToReady"], json!({"p50Ms": null, "p95Ms": null}));
    assert_eq!(found["revenue"][0]["gross"]["formatted"], "258.00 USD");
    assert_eq!(found["revenue"][0]["net"]["minor"], 25_800);
    assert_eq!((&found["revisions"], &found["ai"]["costMicros"]), (&json!([1]), &json!(null)));
    assert_eq!(get("?days=7").await.data()["days"].as_array().unwrap().len(), 7);
    for days in ["0", "91", "-1", "many"] {
        assert_eq!(get(&format!("?days={days}")).await.fields(), ["days"]);
    }
    assert_eq!(shop.get(API, &[]).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn figures_are_drawn_with_their_numbers_beside_them() {
    let shop = Shop::open().await;
    let cookie = logged_in(&shop, "rita", Role::ReadOnly).await;
    let get = async |path: &str| shop.get(path, &[HTML, ("cookie", &cookie)]).await;
    let empty = get("/admin/analytics").await;
    assert_eq!(empty.status, StatusCode::OK, "{}", empty.text);
    assert!(empty.text.contains("Nobody has ordered in these days"), "{}", empty.text);
    let order = Order::ready(&shop, "a").await;
    order.refund(&shop).await;
    let page = get("/admin/analytics?days=7").await.text;
    for part in [
        "Revenue in USD",
        "0.00 USD",
        "129.00 USD came in",
        "Time to ready",
        "The same in numbers",
        "<desc id=",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert_eq!(page.matches("<figure").count(), page.matches("<table").count(), "each has its table");
    assert!(!page.contains("style="), "nothing is inline");
    assert_eq!(get("/admin/analytics?days=8").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let file = get("/admin/analytics?days=7&format=csv").await;
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    let lines: Vec<&str> = file.text.lines().collect();
    assert_eq!(lines.len(), 8);
    assert!(
        lines[0].ends_with(",gross minor USD,net minor USD") && lines[7].ends_with(",12900,0"),
        "{lines:?}"
    );
}
