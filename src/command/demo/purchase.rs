//! Buying: once at our own checkout, once at a storefront that makes Stripe's session by itself.

use super::screen::Screen;
use crate::boot::{Failure, Running};
use galley_domain::id::OrderId;
use galley_sandbox::{
    Sandbox,
    stripe::{NewSession, StripeControl},
};
use reqwest::Client;
use serde_json::{Value, json};
use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

/// How often it is looked whether a payment has become an order.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// One of the two orders.
pub(super) struct Purchase {
    pub(super) label: &'static str,
    pub(super) email: &'static str,
    /// What the subjects of its mails say.
    pub(super) mails: [&'static str; 2],
    pub(super) order: OrderId,
}

/// Buys an article as a customer does: opens a checkout and pays on the page that Stripe made.
pub(super) async fn article(
    running: &Running,
    address: SocketAddr,
    screen: &Screen,
) -> Result<Purchase, Failure> {
    let client = Client::builder().timeout(Duration::from_secs(20)).build()?;
    let email = "ann@demo.example";
    let wish = json!({
        "product": "article",
        "email": email,
        "topic": "How beginners choose their first running shoes",
        "keywords": ["running shoes", "beginner running"],
        "targetUrl": "https://shoes.example/guide",
        "anchorText": "shoe guide",
        "wordCount": 800,
        "tone": "friendly",
        "language": "en",
    });
    let opened = client.post(format!("http://{address}/api/v1/purchase/checkout")).json(&wish).send().await?;
    let opened: Value = opened.error_for_status()?.json().await?;
    let data = &opened["data"];
    let (Some(url), Some(id)) = (data["url"].as_str(), data["sessionId"].as_str()) else {
        return Err(format!("the checkout cannot be paid: {opened}").into());
    };
    screen.line(&format!("article: a checkout is open; it is paid at {url}"));
    let session = url.rsplit('/').next().unwrap_or_default();
    stripe(running)?.pay(session)?;
    let asked = format!("http://{address}/api/v1/purchase/session/{id}");
    let token = data["checkoutToken"].as_str().unwrap_or_default();
    loop {
        let answer: Value = client.get(&asked).bearer_auth(token).send().await?.json().await?;
        if let Some(order) = answer["data"]["orderId"].as_str() {
            let order: OrderId = order.parse()?;
            screen.line(&format!("article: paid; Stripe's event has become order {order}"));
            return Ok(Purchase { label: "article", email, mails: ["has arrived", "is ready"], order });
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

/// Buys a backlink at a storefront: it makes Stripe's session itself, with the brief in its metadata.
pub(super) async fn backlink(running: &Running, article: &str, screen: &Screen) -> Result<Purchase, Failure> {
    let email = "ben@demo.example";
    let metadata = [
        ("product", "backlink"),
        ("article_id", article),
        ("target_url", "https://paper.example/notebooks"),
        ("anchor_text", "good paper"),
        ("keywords", "notebooks"),
    ];
    let metadata: BTreeMap<String, String> =
        metadata.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    let stripe = stripe(running)?;
    let email_there = Some(email.to_owned());
    let session =
        stripe.create_session(NewSession { email: email_there, metadata, ..NewSession::over(7_900, "usd") });
    stripe.pay(&session.id)?;
    loop {
        if let Some(order) = running.store.find_order_of_session(&session.id).await? {
            screen.line(&format!("backlink: paid at a storefront; Stripe's event has become order {order}"));
            return Ok(Purchase { label: "backlink", email, mails: ["has arrived", "is ready"], order });
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

fn stripe(running: &Running) -> Result<&StripeControl, Failure> {
    let stripe = running.sandbox.as_ref().and_then(Sandbox::stripe);
    Ok(stripe.ok_or("the stand-in Stripe does not run")?.control())
}
