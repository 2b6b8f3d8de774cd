//! The pages of a checkout, and what surrounds all pages.

use crate::{
    events,
    session::opened,
    shop::{Answer, FRONTEND, Shop},
};
use axum::http::StatusCode;
use galley_domain::{id::CheckoutSessionId, payment::CheckoutState};

const WAITING: &str = "We’re confirming your payment";
const HTML: [(&str, &str); 1] = [("accept", "text/html,application/xhtml+xml")];

fn assert_is_private(answer: &Answer) {
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("x-robots-tag"), "noindex, nofollow");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
}

/// The cookie that opening the page once by its token sets.
async fn cookie(shop: &Shop, id: CheckoutSessionId, token: &str) -> String {
    let answer = shop.get(&format!("/checkout/{id}?token={token}"), &[]).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (StatusCode::SEE_OTHER, &*format!("/checkout/{id}"))
    );
    answer.cookie()
}

#[tokio::test]
async fn the_front_page_tells_what_is_sold_under_a_strict_policy() {
    let shop = Shop::open().await;
    let front = shop.get("/", &HTML).await;
    assert_eq!(front.status, StatusCode::OK);
    for part in ["129.00 USD", "79.00 USD", "href=\"/order?product=article\"", "Ann’s &#60;b&#62;Articles"]
    {
        assert!(front.text.contains(part), "{part}\n{}", front.text);
    }
    assert!(!front.text.contains("SANDBOX"));
    let policy = front.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'") && !policy.contains("unsafe") && !policy.contains("http:")
    );
    assert!(!front.text.contains("<style") && !front.text.contains(" style="));
    let sandbox = Shop::open_with(|payments| payments.sandbox = true).await.get("/", &HTML).await;
    assert!(sandbox.text.contains("SANDBOX: no real money"));
    assert!(sandbox.header("content-security-policy").contains("https: http:"));
}

#[tokio::test]
async fn assets_are_kept_under_the_address_of_their_content_only() {
    let shop = Shop::open().await;
    let front = shop.get("/", &[]).await.text;
    let href = front.split("href=\"").find(|part| part.starts_with("/assets/galley.css?v=")).unwrap();
    let href = href.split('"').next().unwrap();
    let kept = shop.get(href, &[]).await;
    assert_eq!((kept.status, kept.header("content-type")), (StatusCode::OK, "text/css; charset=utf-8"));
    assert_eq!(kept.header("cache-control"), "public, max-age=31536000, immutable");
    for path in ["/assets/galley.css", "/assets/galley.css?v=old", "/assets/checkout.js"] {
        assert_eq!(shop.get(path, &[]).await.header("cache-control"), "no-cache", "{path}");
    }
}

#[tokio::test]
async fn a_checkout_opens_by_its_token_once_and_then_by_the_cookie() {
    let shop = Shop::open().await;
    let (id, token) = opened(&shop).await;
    let cookie = cookie(&shop, id, &token).await;
    let page = shop.get(&format!("/checkout/{id}"), &[("cookie", &format!("a=b; {cookie}"))]).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_is_private(&page);
    for part in
        ["Pay 129.00 USD", "href=\"https://pay.example/cs_", "a=1&#38;b=2", "Tea", "ann@customer.example"]
    {
        assert!(page.text.contains(part), "{part}\n{}", page.text);
    }
    assert!(!page.text.contains(&token));
    let (other, _) = opened(&shop).await;
    let value = cookie.split_once('=').unwrap().1;
    let forged = format!("checkout_{}={value}", other.0.simple());
    for (path, cookie) in [
        (format!("/checkout/{id}"), ""),
        (format!("/checkout/{id}?token=x"), ""),
        (format!("/checkout/{other}"), cookie.as_str()),
        (format!("/checkout/{other}"), forged.as_str()),
        ("/checkout/0199b0a0-0000-7000-8000-000000000001".to_owned(), cookie.as_str()),
        ("/checkout/x".to_owned(), cookie.as_str()),
    ] {
        let closed = shop.get(&path, &[HTML[0], ("cookie", cookie)]).await;
        assert_eq!(closed.status, StatusCode::NOT_FOUND, "{path}");
        assert!(closed.text.contains("We can’t find that page"));
    }
}

#[tokio::test]
async fn each_state_of_a_checkout_has_its_words() {
    let shop = Shop::open().await;
    for (state, minor, words, steps) in [
        (CheckoutState::Processing, 12_900, "Your payment is on its way", ["now", "ahead"]),
        (CheckoutState::Failed, 12_900, "The payment didn’t go through", ["stopped", "ahead"]),
        (CheckoutState::Expired, 12_900, "The time to pay has run out", ["stopped", "ahead"]),
        (CheckoutState::Paid, 12_900, "Open your order", ["done", "now"]),
        (CheckoutState::Paid, 5, "you’ll hear from us within a day", ["done", "ahead"]),
    ] {
        let (id, token) = opened(&shop).await;
        let cookie = cookie(&shop, id, &token).await;
        let event = events::session(&format!("{state}{minor}"), state, Some(id));
        shop.store.receive(events::with_amount(event, minor)).await.unwrap();
        let page = shop.get(&format!("/checkout/{id}"), &[("cookie", &cookie)]).await.text;
        assert!(page.contains(words), "{state}: {page}");
        assert!(!page.contains("href=\"https://pay.example/"), "{state}: it can still be paid");
        let marks = page.split("<li class=\"is-").skip(1).filter_map(|step| step.split('"').next());
        assert!(marks.take(2).eq(steps), "{state}: {page}");
    }
}

#[tokio::test]
async fn a_payment_is_confirmed_live_and_then_leads_to_the_order() {
    let shop = Shop::open().await;
    let (id, token) = opened(&shop).await;
    let address = format!("/payment/success?session_id={id}");
    let answer = shop.get(&format!("{address}&token={token}"), &[]).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, &*address));
    let cookie = answer.cookie();
    let waiting = shop.get(&address, &[("cookie", &cookie)]).await;
    assert_is_private(&waiting);
    let watched = format!("data-session=\"{id}\" data-seen=\"open\"");
    for part in [WAITING, &watched, "content=\"3\"", "/assets/checkout.js?v=", &format!("/checkout/{id}")] {
        assert!(waiting.text.contains(part), "{part}\n{}", waiting.text);
    }
    shop.store.receive(events::session("1", CheckoutState::Paid, Some(id))).await.unwrap();
    let paid = shop.get(&address, &[("cookie", &cookie)]).await.text;
    assert!(paid.contains(&format!("href=\"{FRONTEND}/order-status/")), "{paid}");
    assert!(!paid.contains("data-session") && !paid.contains("refresh"), "nothing more will come");
    // Somebody else's storefront sends customers here without our token.
    let external = format!("cs_{}", id.0.simple());
    for address in [
        address,
        "/payment/success?stripe_session_id=cs_1".to_owned(),
        format!("/payment/success?session_id=cs_x&stripe_session_id={external}"),
    ] {
        let stranger = shop.get(&address, &[]).await.text;
        assert!(!stranger.contains("order-status") && !stranger.contains("Tea"), "{stranger}");
        assert!(stranger.contains("We have mailed you the link") || address.ends_with("cs_1"), "{address}");
    }
}

#[tokio::test]
async fn an_unknown_session_is_never_an_error() {
    let shop = Shop::open().await;
    let long = format!("session_id={}", "x".repeat(5_000));
    for query in [
        "",
        "session_id=cs_unknown",
        "stripe_session_id=cs_unknown",
        "session_id=0199b0a0-0000-7000-8000-000000000001&token=x",
        "session_id=%00&stripe_session_id=%ff",
        "session_id=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "%",
        &long,
    ] {
        let page = shop.get(&format!("/payment/success?{query}"), &HTML).await;
        assert_eq!(page.status, StatusCode::OK, "{query}");
        assert!(page.text.contains(WAITING) && !page.text.contains("<script>alert"), "{query}");
    }
}

#[tokio::test]
async fn money_that_did_not_come_and_money_in_review_have_their_words() {
    let shop = Shop::open().await;
    for (state, minor, words) in [
        (CheckoutState::Failed, 12_900, "The payment didn’t go through"),
        (CheckoutState::Expired, 12_900, "Order again"),
        (CheckoutState::Paid, 5, "Your payment has arrived. Somebody is looking at your order"),
        (CheckoutState::Processing, 12_900, WAITING),
    ] {
        let name = format!("{state}{minor}");
        shop.store.receive(events::with_amount(events::session(&name, state, None), minor)).await.unwrap();
        let page = shop.get(&format!("/payment/success?session_id=cs_{name}"), &[]).await.text;
        assert!(page.contains(words), "{state}: {page}");
    }
}

#[tokio::test]
async fn whoever_comes_back_from_sslcommerz_is_sent_on() {
    let shop = Shop::open().await;
    let (id, token) = opened(&shop).await;
    let path = format!("/payment/return/sslcommerz/{id}");
    let from = [("origin", "https://sandbox.sslcommerz.com"), ("sec-fetch-site", "cross-site")];
    for (query, location) in [
        (
            format!("?token={token}&outcome=success"),
            format!("/payment/success?session_id={id}&token={token}"),
        ),
        (format!("?token={token}&outcome=failed"), format!("/checkout/{id}?token={token}")),
        ("?outcome=cancelled".to_owned(), format!("/checkout/{id}")),
        ("?token=a%26b%0D%0Ac".to_owned(), format!("/payment/success?session_id={id}&token=a%26b%0D%0Ac")),
    ] {
        let answer = shop.post(&format!("{path}{query}"), &from, "status=VALID").await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, &*location));
    }
    let unknown = shop.post("/payment/return/sslcommerz/x?outcome=failed", &from, "").await;
    assert_eq!(unknown.header("location"), "/payment/success?session_id=x");
    let due = shop.store.take_due_checkouts(10, false).await.unwrap();
    assert!(due.iter().any(|due| due.id == id && due.hot));
}

#[tokio::test]
async fn people_get_errors_as_pages_and_programs_as_json() {
    let shop = Shop::open().await;
    let page = shop.get("/nothing", &HTML).await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(page.text.contains("We can’t find that page"));
    for (path, headers) in [("/nothing", &[] as &[_]), ("/api/v1/nothing", &HTML)] {
        assert_eq!(shop.get(path, headers).await.code(), "not_found");
    }
    let wrong = shop.post("/checkout/x", &HTML, "").await;
    assert_eq!((wrong.status, wrong.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET,HEAD"));
    assert_eq!(wrong.header("x-content-type-options"), "nosniff");
    assert!(!wrong.header("x-request-id").is_empty());
}
