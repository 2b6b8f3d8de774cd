//! `GET /order` and `POST /order`.

use crate::{
    gateway::{Answer, SECRET_DETAIL, Scripted},
    shop::{Shop, form},
};
use axum::http::StatusCode;
use galley_domain::payment::Gateway;
use galley_integrations::gateway::Gateways;
use std::sync::Arc;

const HOSTILE: &str = r#"</textarea>"><script>alert('1')</script>&amp;"#;
const TEA: [(&str, &str); 5] = [
    ("product", "article"),
    ("topic", "Tea"),
    ("keywords", "tea, green tea\r\nblack tea"),
    ("email", "ann@customer.example"),
    ("key", "0199b0a00000700080000000000000ff"),
];

fn assert_is_escaped(text: &str) {
    assert!(!text.contains("<script>alert") && !text.contains("</textarea>\""), "{text}");
}

#[tokio::test]
async fn the_form_has_what_the_product_needs() {
    let shop = Shop::open().await;
    let article = shop.get("/order", &[]).await;
    assert_eq!((article.status, article.header("cache-control")), (StatusCode::OK, "no-store"));
    assert_eq!(article.header("content-type"), "text/html; charset=utf-8");
    // Under `no-referrer` the form would come back with `Origin: null`.
    assert_eq!(article.header("referrer-policy"), "same-origin");
    for part in ["name=\"topic\"", "name=\"email\"", "129.00 USD", "href=\"/order?product=backlink\""] {
        assert!(article.text.contains(part), "{part}");
    }
    let backlink = shop.get("/order?product=backlink", &[]).await.text;
    assert!(backlink.contains("name=\"articleId\"") && !backlink.contains("name=\"topic\""));
    assert!(!backlink.contains("name=\"gateway\""), "there is only one");
    assert_eq!(shop.get("/order?product=poem", &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn who_has_several_gateways_lets_customers_choose() {
    let sslcommerz = Arc::new(Scripted::new(Gateway::Sslcommerz));
    let second = Arc::clone(&sslcommerz);
    let shop = Shop::open_with(|payments| {
        let first = payments.gateways.first().unwrap().clone();
        payments.gateways = Gateways::new(vec![first, second as _]);
    })
    .await;
    let page = shop.get("/order", &[]).await.text;
    assert!(page.contains("value=\"stripe\" checked") && page.contains("value=\"sslcommerz\""));
    let chosen = [&TEA[..], &[("gateway", "sslcommerz")]].concat();
    assert_eq!(shop.post("/order", &[], form(&chosen)).await.status, StatusCode::SEE_OTHER);
    assert_eq!((sslcommerz.keys().len(), shop.stripe.keys().len()), (1, 0));
}

#[tokio::test]
async fn a_form_leads_to_the_gateway_and_a_second_click_to_the_same_page() {
    let shop = Shop::open().await;
    let first = shop.post("/order", &[], form(&TEA)).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.text);
    assert!(first.header("location").starts_with("https://pay.example/cs_"));
    let cookie = first.header("set-cookie");
    for part in ["checkout_", "=v1.", "; HttpOnly", "; SameSite=Lax", "; Secure", "; Path=/"] {
        assert!(cookie.contains(part), "{part} {cookie}");
    }
    let second = shop.post("/order", &[], form(&TEA)).await;
    assert_eq!(second.header("location"), first.header("location"));
    assert_eq!(second.header("set-cookie"), cookie);
    assert_eq!(shop.stripe.keys().len(), 1);

    let changed = form(&[&TEA[..], &[("tone", "dry")]].concat());
    let changed = shop.post("/order", &[], changed).await;
    assert_eq!(changed.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(changed.text.contains("Send it again") && !changed.text.contains(TEA[4].1), "a new key");
}

#[tokio::test]
async fn a_page_that_is_not_made_yet_is_waited_for_here() {
    let shop =
        Shop::open_with(|payments| payments.public_url = "http://127.0.0.1:8080".parse().unwrap()).await;
    shop.stripe.will([Answer::Replayed]);
    let sent = shop.post("/order", &[], form(&TEA)).await;
    let location = sent.header("location").to_owned();
    assert!(location.starts_with("/checkout/"), "{location}");
    assert!(!sent.header("set-cookie").contains("Secure"), "browsers would not keep it");
    let page = shop.get(&location, &[("cookie", &sent.cookie())]).await;
    assert!(page.text.contains("We are preparing your payment"), "{}", page.text);
    assert!(page.text.contains("http-equiv=\"refresh\" content=\"2\""));
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_the_input_stays() {
    let shop = Shop::open().await;
    let sent = [
        ("product", "article"),
        ("topic", HOSTILE),
        ("wordCount", "5"),
        ("email", HOSTILE),
        ("notes", HOSTILE),
        ("rel", "ugc"),
        ("gateway", HOSTILE),
        ("key", "k1"),
    ];
    let answer = shop.post("/order", &[], form(&sent)).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_is_escaped(&answer.text);
    for part in [
        "id=\"wordCount-error-1\">Give a whole number from 150 to 10000.",
        "id=\"email-error-1\">Give an e-mail address",
        "value=\"5\"",
        "value=\"ugc\" selected",
        "name=\"key\" value=\"k1\"",
        "Choose one of: stripe.",
        "<details open>",
    ] {
        assert!(answer.text.contains(part), "{part}\n{}", answer.text);
    }
    let unknown = shop.post("/order", &[], form(&[("product", "poem"), ("key", HOSTILE)])).await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unknown.text.contains("Choose a product"));
    assert_is_escaped(&unknown.text);
    assert_eq!(shop.stripe.keys().len(), 0);
}

#[tokio::test]
async fn a_refusal_is_told_in_the_form() {
    let shop = Shop::open().await;
    shop.stripe.will([Answer::Refused]);
    let answer = shop.post("/order", &[], form(&TEA)).await;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
    assert!(answer.text.contains("Nothing was charged") && answer.text.contains("value=\"Tea\""));
    assert!(!answer.text.contains(SECRET_DETAIL) && !answer.text.contains(TEA[4].1));
}

#[tokio::test]
async fn a_form_from_another_site_is_turned_away() {
    let shop = Shop::open().await;
    let host = ("host", "localhost:8080");
    for (headers, ours) in [
        (vec![("sec-fetch-site", "same-origin"), ("origin", "null")], true),
        (vec![("sec-fetch-site", "none")], true),
        (vec![("sec-fetch-site", "cross-site"), ("origin", "https://galley.example")], false),
        (vec![("sec-fetch-site", "same-site")], false),
        (vec![("origin", "https://galley.example")], true),
        (vec![("origin", "http://localhost:8080"), host], true),
        (vec![("origin", "https://galley.example:8443"), host], false),
        (vec![("origin", "https://evil.example"), host], false),
        (vec![("origin", "null"), host], false),
        (vec![], true),
    ] {
        let answer = shop.post("/order", &headers, form(&TEA)).await;
        let expected = if ours { StatusCode::SEE_OTHER } else { StatusCode::FORBIDDEN };
        assert_eq!(answer.status, expected, "{headers:?}");
    }
    assert_eq!(shop.stripe.keys().len(), 1);
}
