use crate::desk::{Desk, Endpoint, SESSIONS, options, order_with};
use galley_sandbox::stripe::{NewSession, StripeOptions};
use reqwest::Response;
use std::time::Duration;

async fn open(desk: &Desk, id: &str) -> String {
    desk.client.get(desk.url(&format!("/pay/{id}"))).send().await.unwrap().text().await.unwrap()
}

async fn press(desk: &Desk, id: &str, button: &str) -> Response {
    let request = desk.client.post(desk.url(&format!("/pay/{id}"))).body(format!("do={button}"));
    request.header("content-type", "application/x-www-form-urlencoded").send().await.unwrap()
}

fn location(response: &Response) -> &str {
    assert_eq!(response.status(), 303);
    response.headers()["location"].to_str().unwrap()
}

#[tokio::test]
async fn a_customer_sees_what_is_bought_pays_and_comes_back_to_the_shop() {
    let desk = Desk::new().await;
    let endpoint = Endpoint::of(&desk, &[]).await;
    let id = desk.session().await;
    let url = desk.get(&format!("{SESSIONS}/{id}")).await.json["url"].as_str().unwrap().to_owned();
    let page = desk.client.get(&url).send().await.unwrap();
    assert!(page.headers()["content-security-policy"].to_str().unwrap().contains("script-src 'none'"));
    let page = page.text().await.unwrap();
    assert!(page.contains("SANDBOX") && page.contains("Pay 129.00 USD"), "{page}");
    assert!(page.contains("An &lt;b&gt;article&lt;/b&gt;") && page.contains("ada@example.com"));
    assert!(page.contains("href=\"https://shop.example/cancel?a=1&amp;b=2\""));
    let paid = press(&desk, &id, "pay").await;
    assert_eq!(location(&paid), format!("https://shop.example/done?sid={id}&lang=en"));
    endpoint.event("checkout.session.completed").await;
    let after = open(&desk, &id).await;
    assert!(after.contains("You have paid") && !after.contains("<form"), "{after}");
    let again = press(&desk, &id, "pay").await;
    assert!(again.text().await.unwrap().contains("came too late"));
    assert_eq!(desk.control().payments().len(), 1);
}

#[tokio::test]
async fn a_bank_transfer_arrives_by_itself() {
    let desk = Desk::with(StripeOptions { transfer: Duration::ZERO, ..options() }).await;
    let endpoint = Endpoint::of(&desk, &[]).await;
    let id = desk.session().await;
    assert!(location(&press(&desk, &id, "transfer").await).contains(&id));
    let arrived = endpoint.event("checkout.session.async_payment_succeeded").await;
    assert_eq!(arrived["data"]["object"]["payment_status"], "paid");
}

#[tokio::test]
async fn a_bank_transfer_takes_its_time() {
    let desk = Desk::with(StripeOptions { transfer: Duration::MAX, ..options() }).await;
    let id = desk.session().await;
    press(&desk, &id, "transfer").await;
    assert!(open(&desk, &id).await.contains("on its way"));
    assert_eq!(desk.control().session(&id).unwrap().payment_status.as_str(), "unpaid");
}

#[tokio::test]
async fn a_declined_card_can_be_followed_by_a_good_one() {
    let desk = Desk::new().await;
    let id = desk.session().await;
    let declined = press(&desk, &id, "decline").await.text().await.unwrap();
    assert!(declined.contains("was declined") && declined.contains("Pay 129.00 USD"), "{declined}");
    assert_eq!(desk.control().session(&id).unwrap().declines, 1);
    location(&press(&desk, &id, "pay").await);
}

#[tokio::test]
async fn an_expired_session_says_so_and_cannot_be_paid() {
    let desk = Desk::new().await;
    let id = desk.session().await;
    assert!(press(&desk, &id, "expire").await.text().await.unwrap().contains("has expired"));
    assert!(press(&desk, &id, "pay").await.text().await.unwrap().contains("too late"));
    assert!(desk.control().payments().is_empty());
    assert_eq!(press(&desk, "cs_x", "pay").await.status(), 404);
    assert_eq!(press(&desk, &id, "steal").await.status(), 400);
}

#[tokio::test]
async fn amounts_have_the_decimals_of_their_currency() {
    let desk = Desk::new().await;
    for (amount, currency, text) in [(1_290, "jpy", "Pay 1290 JPY"), (12_900, "kwd", "Pay 12.900 KWD")] {
        let id = desk.control().create_session(NewSession::over(amount, currency)).id;
        assert!(open(&desk, &id).await.contains(text));
    }
}

#[tokio::test]
async fn what_strangers_write_is_only_text() {
    let desk = Desk::new().await;
    let nasty = NewSession {
        cancel_url: Some("javascript:alert(1)".to_owned()),
        email: Some("\"><script>x()</script>".to_owned()),
        ..NewSession::default()
    };
    let id = desk.control().create_session(nasty).id;
    for page in
        [open(&desk, &id).await, desk.client.get(desk.url("/")).send().await.unwrap().text().await.unwrap()]
    {
        assert!(!page.contains("<script") && !page.contains("javascript:"), "{page}");
    }
}

#[tokio::test]
async fn the_index_lists_the_sessions_newest_first() {
    let desk = Desk::new().await;
    let index = async || desk.client.get(desk.url("/")).send().await.unwrap().text().await.unwrap();
    assert!(index().await.contains("No sessions yet"));
    let first = desk.session().await;
    let last = desk.post(SESSIONS, &order_with("customer_email", Some("eve@example.com"))).await.id();
    let page = index().await;
    assert!(page.find(&format!("/pay/{last}")) < page.find(&format!("/pay/{first}")), "{page}");
    assert!(page.contains("eve@example.com") && page.contains("SANDBOX"));
}
