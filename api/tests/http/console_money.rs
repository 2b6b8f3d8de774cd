//! The console's pages about money: payments, products, checkouts.

use crate::{
    events::{paid, unfit},
    login::{OURS, logged_in},
    shop::{Shop, form},
};
use axum::http::{StatusCode, header};
use galley_domain::{
    payment::{PaymentState, RefundState},
    staff::Role,
};

async fn payment_in_review(shop: &Shop) -> String {
    shop.store.receive(unfit("a")).await.unwrap();
    let views = shop.store.payments(Some(PaymentState::NeedsReview), None, 1).await.unwrap();
    views[0].id.to_string()
}

#[tokio::test]
async fn a_payment_in_review_becomes_an_order_once_its_brief_is_complete() {
    let shop = Shop::open().await;
    let payment = payment_in_review(&shop).await;
    let cookie = logged_in(&shop, "rita", Role::Reviewer).await;
    let headers = [OURS, ("cookie", cookie.as_str()), ("accept", "text/html")];
    let list = shop.get("/admin/payments", &headers).await;
    assert!(list.text.contains(&format!("/admin/payments/{payment}")), "{}", list.text);
    assert!(list.text.contains("The session names no product"), "{}", list.text);

    let act = format!("/admin/payments/{payment}/release");
    let half = [("product", "article"), ("topic", ""), ("word_count", "many"), ("reason", "x")];
    let wrong = shop.post(&act, &headers, form(&half)).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.text);
    for part in ["Say what the article is about", "value=\"many\"", "Say why, in 3 to 500 characters"] {
        assert!(wrong.text.contains(part), "{part}: {}", wrong.text);
    }
    let whole =
        [("product", "article"), ("topic", "Tea"), ("word_count", "300"), ("reason", "She wrote to us")];
    let released = shop.post(&act, &headers, form(&whole)).await;
    assert_eq!(released.status, StatusCode::SEE_OTHER, "{}", released.text);
    assert!(released.header(header::LOCATION).starts_with("/admin/orders/"));
    let page = shop.get(&format!("/admin/payments/{payment}"), &headers).await;
    assert!(page.text.contains("Became an order") && !page.text.contains("Why it waits"), "{}", page.text);
}

#[tokio::test]
async fn a_payment_is_set_aside_with_a_reason() {
    let shop = Shop::open().await;
    let payment = payment_in_review(&shop).await;
    let cookie = logged_in(&shop, "rita", Role::Reviewer).await;
    let headers = [OURS, ("cookie", cookie.as_str()), ("accept", "text/html")];
    let act = format!("/admin/payments/{payment}/dismiss");
    let dismissed = shop.post(&act, &headers, form(&[("reason", "A test of theirs")])).await;
    assert_eq!(dismissed.header(header::LOCATION), format!("/admin/payments/{payment}?done=dismissed"));
    let page = shop.get(dismissed.header(header::LOCATION), &headers).await;
    assert!(
        page.text.contains("Set aside") && page.text.contains("Its money is where it was"),
        "{}",
        page.text
    );
    let none = shop.get("/admin/payments", &headers).await;
    assert!(none.text.contains("Nothing waits for you"), "{}", none.text);
}

#[tokio::test]
async fn only_an_owner_gives_money_back_and_a_form_sent_twice_is_one_refund() {
    let shop = Shop::open().await;
    shop.store.receive(paid("a")).await.unwrap();
    let payment = shop.store.payments(None, None, 1).await.unwrap()[0].id;
    let act = format!("/admin/payments/{payment}/refund");
    let reviewer = logged_in(&shop, "rita", Role::Reviewer).await;
    let owner = logged_in(&shop, "olga", Role::Owner).await;
    let sent = form(&[("key", "k1"), ("amount", "49.00"), ("reason", "Too late")]);
    let refused = shop.post(&act, &[OURS, ("cookie", &reviewer)], sent.clone()).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let looked = shop.get(&format!("/admin/payments/{payment}"), &[("cookie", &reviewer)]).await;
    assert!(!looked.text.contains("Refund…"), "{}", looked.text);

    let headers = [OURS, ("cookie", owner.as_str()), ("accept", "text/html")];
    let odd = shop.post(&act, &headers, form(&[("amount", "lots"), ("reason", "Too late")])).await;
    assert!(odd.text.contains("Give an amount such as 49.00"), "{}", odd.text);
    let much = shop.post(&act, &headers, form(&[("amount", "500"), ("reason", "Too late")])).await;
    assert_eq!(much.status, StatusCode::CONFLICT);
    assert!(much.text.contains("role=\"alert\""), "{}", much.text);
    for _ in 0..2 {
        let sent = shop.post(&act, &headers, sent.clone()).await;
        assert_eq!(sent.header(header::LOCATION), format!("/admin/payments/{payment}?done=refunded"));
    }
    let refunds = shop.store.refunds_of(payment).await.unwrap();
    assert_eq!(refunds.len(), 1);
    assert_eq!((refunds[0].amount_minor, refunds[0].state), (4_900, RefundState::Requested));
    assert_eq!(refunds[0].actor, "staff:olga");
    let page = shop.get(&format!("/admin/payments/{payment}"), &headers).await;
    for part in ["49.00 USD", "Asked for", "up to 80.00"] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
}

#[tokio::test]
async fn a_new_price_is_asked_at_once() {
    let shop = Shop::open().await;
    let owner = logged_in(&shop, "olga", Role::Owner).await;
    let headers = [OURS, ("cookie", owner.as_str()), ("accept", "text/html")];
    let page = shop.get("/admin/products", &headers).await;
    assert!(page.text.contains("value=\"129.00\""), "{}", page.text);
    let wrong =
        form(&[("title", "Article"), ("price", "much"), ("currency", "USD"), ("sentenceMaxWords", "2")]);
    let wrong = shop.post("/admin/products/article", &headers, wrong).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("value=\"much\"") && wrong.text.contains("129.00"), "{}", wrong.text);
    let right =
        form(&[("title", "Long article"), ("price", "149.50"), ("currency", "USD"), ("allowedHosts", "")]);
    let right = shop.post("/admin/products/article", &headers, right).await;
    assert_eq!(right.status, StatusCode::SEE_OTHER, "{}", right.text);
    let front = shop.get("/", &[]).await;
    assert!(front.text.contains("149.50 USD") && front.text.contains("Long article"), "{}", front.text);
    let api = shop.get("/api/v1/admin/products", &[("cookie", &owner)]).await;
    let article = api.data()["products"][0].clone();
    assert_eq!(article["price"]["minor"], 14_950);
    let json = r#"{"priceMinor":9900,"quality":{"lengthTolerancePercent":20}}"#;
    let put = shop.put("/api/v1/admin/products/article", &headers, json).await;
    assert_eq!(
        (put.data()["price"]["minor"].as_i64(), put.data()["title"].as_str()),
        (Some(9_900), Some("Long article"))
    );
    let wrong = shop
        .put("/api/v1/admin/products/article", &headers, r#"{"priceMinor":0,"currency":"dollars"}"#)
        .await;
    assert_eq!(wrong.fields(), ["priceMinor", "currency"]);
}

#[tokio::test]
async fn checkouts_are_listed_and_gateways_asked() {
    let shop = Shop::open().await;
    shop.store.receive(paid("a")).await.unwrap();
    let cookie = logged_in(&shop, "rita", Role::Reviewer).await;
    let headers = [OURS, ("cookie", cookie.as_str()), ("accept", "text/html")];
    let page = shop.get("/admin/checkouts", &headers).await;
    assert!(page.text.contains("cs_a") && page.text.contains("Paid"), "{}", page.text);
    let none = shop.get("/admin/checkouts?open=true", &headers).await;
    assert!(none.text.contains("Nobody is about to pay"), "{}", none.text);
    let asked = shop.post("/admin/checkouts/reconcile", &headers, "").await;
    assert_eq!(asked.header(header::LOCATION), "/admin/checkouts?done=1");
    let json = shop.get("/api/v1/admin/checkout-sessions?limit=1", &[("cookie", &cookie)]).await;
    assert_eq!(json.data()["checkoutSessions"][0]["sessionRef"], "cs_a");
}
