//! A customer with a browser that runs no scripts.

use crate::shop::{Plan, SOON, Setup, on_every_setup, on_sqlite, until};
use galley_sandbox::{
    fault::Fault,
    stripe::{StripeMode, WebhookPlan},
};
use reqwest::Method;

on_every_setup! {
    a_customer_orders_pays_and_opens_the_order
    a_form_that_is_sent_twice_opens_one_checkout
}
mod gateways {
    use super::*;

    on_sqlite! {
        a_customer_chooses_the_other_gateway
        a_checkout_whose_page_takes_a_while_goes_on_by_itself
        a_form_from_another_site_is_refused
        what_is_wrong_with_a_form_is_said_beside_its_fields
        an_unknown_session_is_no_error
        a_checkout_is_shown_to_its_customer_only
        a_customer_who_leaves_finds_the_way_back
        a_payment_in_review_is_no_error
    }
}

const FILLED: [(&str, &str); 3] =
    [("topic", "Tea & biscuits"), ("wordCount", "200"), ("email", "ann@example.com")];

async fn a_customer_orders_pays_and_opens_the_order(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let mut browser = shop.browser();
    let front = browser.open("/").await;
    assert_eq!(front.status, 200);
    assert!(front.body.contains("129.00 USD"), "{}", front.body);
    let at = front.body.find("/order?product=article").expect("a link to order an article");
    let form = browser.open(&front.body[at..at + "/order?product=article".len()]).await;
    let sent = browser.submit(&form, &FILLED).await;
    assert_eq!(sent.status, 303, "{sent:?}");
    let pay = browser.follow(sent).await;
    assert!(pay.url.as_str().starts_with(&shop.till.base_url()), "on to the gateway: {}", pay.url);
    assert!(pay.body.contains("129.00"), "{}", pay.body);

    let declined = browser.submit(&pay, &[("do", "decline")]).await;
    assert!(declined.body.contains("declined"), "{}", declined.body);
    let paid = browser.submit(&declined, &[("do", "pay")]).await;
    let success = browser.follow(paid).await;
    assert!(
        success.url.path() == "/payment/success" && !success.url.as_str().contains("token"),
        "{}",
        success.url
    );
    let mut page = success.clone();
    // What the meta element in it has a browser without scripts do.
    until("the page leads to the order", SOON, async || {
        page = browser.open(success.url.as_str()).await;
        page.body.contains("Open your order")
    })
    .await;
    let order = browser.open(&page.link("Open your order")).await;
    assert_eq!(order.status, 200, "{order:?}");
    assert!(order.body.contains("Tea &#38; biscuits"), "{}", order.body);
    shop.drained().await;
    assert_eq!(shop.subjects_to("ann@example.com").len(), 2);

    // Somebody else with the same address sees that it was paid, and nothing of the order.
    let stranger = shop.browser().open(success.url.as_str()).await;
    assert_eq!(stranger.status, 200);
    assert!(stranger.body.contains("Your payment has arrived") && !stranger.body.contains("Open your order"));
}

async fn a_form_that_is_sent_twice_opens_one_checkout(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let (mut browser, mut other) = (shop.browser(), shop.browser());
    let form = browser.open("/order?product=article").await;
    let (one, two) = tokio::join!(browser.submit(&form, &FILLED), other.submit(&form, &FILLED));
    let three = browser.submit(&form, &FILLED).await;
    assert_eq!([one.status, two.status, three.status], [303; 3]);
    assert_eq!(shop.till.control().sessions().len(), 1);
    assert_eq!(shop.db.count("SELECT COUNT(*) FROM checkout_session").await, 1);
    let pay = browser.follow(three).await;
    assert!(pay.url.as_str().starts_with(&shop.till.base_url()), "{}", pay.url);

    // After it was paid, sending it again leads to what it became, not to another payment.
    let paid = browser.submit(&pay, &[("do", "pay")]).await;
    browser.follow(paid).await;
    until("it is an order", SOON, async || shop.db.count("SELECT COUNT(*) FROM orders").await == 1).await;
    let again = browser.submit(&form, &FILLED).await;
    let again = browser.follow(again).await;
    assert!(again.url.path().starts_with("/checkout/"), "{}", again.url);
    assert!(again.body.contains("Your payment has arrived"), "{}", again.body);
    // Another wish under the same key is asked about, not swallowed.
    let changed = browser.submit(&form, &[FILLED[0], FILLED[1], ("email", "ben@example.com")]).await;
    assert_eq!(changed.status, 422);
    let sent = browser.submit(&changed, &[]).await;
    assert_eq!(sent.status, 303, "the new form has a new key: {sent:?}");
    assert_eq!(shop.till.control().sessions().len(), 2);
}

async fn a_customer_chooses_the_other_gateway(setup: Setup) {
    let shop = Plan::new(setup).with_sslcommerz().open().await;
    let mut browser = shop.browser();
    let form = browser.open("/order?product=article").await;
    let mut filled = FILLED.to_vec();
    filled.push(("gateway", "sslcommerz"));
    let sent = browser.submit(&form, &filled).await;
    let pay = browser.follow(sent).await;
    assert!(pay.body.contains("SSLCommerz"), "{}", pay.body);
    let back = browser.submit(&pay, &[("outcome", "valid")]).await;
    // SSLCommerz posts the browser back, from its own site.
    browser.headers.insert("origin", "null".parse().unwrap());
    browser.headers.insert("sec-fetch-site", "cross-site".parse().unwrap());
    let returned = browser.submit(&back, &[]).await;
    assert_eq!(returned.status, 303, "{returned:?}");
    browser.headers.clear();
    let success = browser.follow(returned).await;
    assert_eq!(success.url.path(), "/payment/success");
    until("the page leads to the order", SOON, async || {
        browser.open(success.url.as_str()).await.body.contains("Open your order")
    })
    .await;
}

async fn a_checkout_whose_page_takes_a_while_goes_on_by_itself(setup: Setup) {
    let shop = Plan::new(setup).with("RECONCILE_INTERVAL_SECONDS", "1").open().await;
    shop.till.control().set(Fault::always(StripeMode::Status503).only("POST /v1/checkout/sessions"));
    let mut browser = shop.browser();
    let form = browser.open("/order?product=article").await;
    let sent = browser.submit(&form, &FILLED).await;
    let waiting = browser.follow(sent).await;
    assert!(waiting.url.path().starts_with("/checkout/"), "{}", waiting.url);
    assert!(waiting.body.contains("We are preparing your payment"), "{}", waiting.body);
    assert!(waiting.body.contains("http-equiv=\"refresh\""), "it looks again by itself");
    shop.till.control().clear();
    let mut page = waiting.clone();
    until("it can be paid", SOON, async || {
        page = browser.open(waiting.url.as_str()).await;
        page.body.contains("Pay 129.00 USD")
    })
    .await;
    let pay = browser.open(&page.link("Pay 129.00 USD")).await;
    assert!(pay.url.as_str().starts_with(&shop.till.base_url()), "{}", pay.url);
    assert_eq!(shop.till.control().sessions().len(), 1);
}

async fn a_form_from_another_site_is_refused(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let mut browser = shop.browser();
    let form = browser.open("/order?product=article").await;
    for (header, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        browser.headers.clear();
        browser.headers.insert(header, value.parse().unwrap());
        let refused = browser.submit(&form, &FILLED).await;
        assert_eq!(refused.status, 403, "{header}: {value}");
    }
    assert_eq!(shop.db.count("SELECT COUNT(*) FROM checkout_session").await, 0);
    let own = form.url.origin().ascii_serialization();
    browser.headers.clear();
    browser.headers.insert("origin", own.parse().unwrap());
    browser.headers.insert("sec-fetch-site", "same-origin".parse().unwrap());
    assert_eq!(browser.submit(&form, &FILLED).await.status, 303);
}

async fn what_is_wrong_with_a_form_is_said_beside_its_fields(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let mut browser = shop.browser();
    let form = browser.open("/order?product=article").await;
    let topic = "<script>alert(1)</script> \"Tea\"";
    let wrong = [("topic", topic), ("email", "nobody"), ("wordCount", "many")];
    let refused = browser.submit(&form, &wrong).await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.body.matches("aria-invalid=\"true\"").count(), 2, "{}", refused.body);
    assert!(!refused.body.contains("<script>alert"), "{}", refused.body);
    assert_eq!(shop.till.control().counters().creates, 0);
    let mended = browser.submit(&refused, &[("email", "ann@example.com"), ("wordCount", "200")]).await;
    assert_eq!(mended.status, 303, "what was right is still there: {mended:?}");
    let title = shop.db.texts("SELECT brief FROM checkout_session").await;
    assert!(title[0].contains("alert(1)"), "as they wrote it: {title:?}");
}

async fn an_unknown_session_is_no_error(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    for address in [
        "/payment/success",
        "/payment/success?session_id=cs_test_unknown",
        "/payment/success?stripe_session_id=cs_test_unknown&session_id=",
        "/payment/success?session_id=%3Cscript%3E",
    ] {
        let page = shop.browser().open(address).await;
        assert_eq!(page.status, 200, "{address}");
        assert!(page.body.contains("confirming your payment"), "{}", page.body);
        assert!(!page.body.contains("<script>"), "{}", page.body);
    }
}

async fn a_checkout_is_shown_to_its_customer_only(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let checkout = shop.checkout("Tea in private", "ann@example.com").await;
    let address = format!("/checkout/{}", checkout.id);
    for stranger in [address.clone(), format!("{address}?token=v1.0.x")] {
        let page = shop.browser().open(&stranger).await;
        assert_eq!(page.status, 404, "{stranger}");
        assert!(!page.body.contains("Tea in private"));
    }
    let mut browser = shop.browser();
    let page = browser.open(&format!("{address}?token={}", checkout.token)).await;
    assert_eq!((page.status, page.url.query()), (200, None), "the token is in a cookie now");
    assert!(page.body.contains("Tea in private"), "{}", page.body);
    let page = browser.exchange(Method::GET, &address, None).await;
    assert_eq!(page.status, 200);
}

async fn a_customer_who_leaves_finds_the_way_back(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let mut browser = shop.browser();
    let form = browser.open("/order?product=article").await;
    let sent = browser.submit(&form, &FILLED).await;
    let pay = browser.follow(sent).await;
    let back = browser.open(&pay.link("Leave without paying")).await;
    assert_eq!(back.status, 200, "{back:?}");
    let again = browser.open(&back.link("Pay 129.00 USD")).await;
    assert_eq!(again.url, pay.url);
    let over = browser.submit(&again, &[("do", "expire")]).await;
    assert!(over.body.contains("expired"), "{}", over.body);
    until("the page says so", SOON, async || {
        browser.open(back.url.as_str()).await.body.contains("The time to pay has run out")
    })
    .await;
    let page = browser.open(back.url.as_str()).await;
    let form = browser.open(&page.link("Order again")).await;
    assert_eq!(form.status, 200);
}

async fn a_payment_in_review_is_no_error(setup: Setup) {
    let shop = Plan::new(setup).with("RECONCILE_INTERVAL_SECONDS", "3600").open().await;
    shop.till.control().webhooks(WebhookPlan { off: true, ..WebhookPlan::default() });
    let mut browser = shop.browser();
    let form = browser.open("/order?product=article").await;
    let sent = browser.submit(&form, &FILLED).await;
    let pay = browser.follow(sent).await;
    // Somebody changes the price while the customer pays: what they agreed on counts.
    shop.db.change("UPDATE checkout_session SET expected_minor = 12901").await;
    let paid = browser.submit(&pay, &[("do", "pay")]).await;
    let success = browser.follow(paid).await;
    shop.resend("checkout.session.completed").await;
    let page = browser.open(success.url.as_str()).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("Somebody is looking at your order"), "{}", page.body);
}
