//! The shop's till: checkouts over HTTP, the stand-in Stripe, staff with a token.

use super::{Answer, Shop};
use reqwest::{
    Method,
    header::{HeaderMap, HeaderValue},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A checkout that a customer opened.
#[derive(Clone, Debug)]
pub(crate) struct Checkout {
    pub(crate) id: String,
    pub(crate) token: String,
    /// Where it can be paid; none while the gateway has not made that page.
    pub(crate) url: Option<String>,
}

impl Checkout {
    /// Stripe's id of the session, out of the address of its pay page.
    pub(crate) fn session(&self) -> String {
        let url = self.url.as_deref().expect("the checkout can be paid");
        url.rsplit('/').next().unwrap().split(['?', '#']).next().unwrap().to_owned()
    }
}

pub(crate) fn bearer(token: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
    headers
}

pub(crate) fn json_headers() -> HeaderMap {
    let json = HeaderValue::from_static("application/json");
    HeaderMap::from_iter([(reqwest::header::CONTENT_TYPE, json)])
}

/// What is sent to open a checkout for a short article.
pub(crate) fn wish(topic: &str, email: &str) -> Value {
    json!({ "product": "article", "topic": topic, "wordCount": 200, "email": email })
}

impl Shop {
    /// Opens a checkout, under a key of the client's if there is one.
    pub(crate) async fn open_checkout(&self, wish: &Value, key: Option<&str>) -> Answer {
        let mut headers = json_headers();
        if let Some(key) = key {
            headers.insert("idempotency-key", key.parse().unwrap());
        }
        self.post("/api/v1/purchase/checkout", headers, wish.to_string()).await
    }

    /// Opens a checkout that can be paid at once.
    pub(crate) async fn checkout(&self, topic: &str, email: &str) -> Checkout {
        let answer = self.open_checkout(&wish(topic, email), None).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        checkout_in(&answer)
    }

    /// What the customer's page is told, with the checkout's token.
    pub(crate) async fn session(&self, checkout: &Checkout) -> Value {
        let path = format!("/api/v1/purchase/session/{}", checkout.id);
        let answer = self.ask(Method::GET, &path, bearer(&checkout.token)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["data"].clone()
    }

    /// Has the gateways asked at once how everything stands.
    pub(crate) async fn reconcile(&self) -> Value {
        let answer = self.post("/api/test/checkout-sessions", json_headers(), String::new()).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["data"].clone()
    }

    /// A token for the admin API.
    pub(crate) async fn staff(&self, name: &str, role: &str) -> String {
        let made = self.galley(&["admin", "token", "--name", name, "--role", role]).await;
        assert!(made.success, "{made:?}");
        made.stdout.trim().to_owned()
    }

    /// Something that staff do.
    pub(crate) async fn admin(&self, token: &str, path: &str, body: &Value) -> Answer {
        let mut headers = bearer(token);
        headers.extend(json_headers());
        self.post(&format!("/api/v1/admin/{path}"), headers, body.to_string()).await
    }

    /// What a storefront writes on its own session, so that it can become an order.
    pub(crate) fn storefront_metadata(topic: &str) -> BTreeMap<String, String> {
        [("product", "article"), ("topic", topic), ("word_count", "200")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into()
    }
}

/// The checkout in an answer to its opening.
pub(crate) fn checkout_in(answer: &Answer) -> Checkout {
    let data = answer.json()["data"].clone();
    let text = |name: &str| data[name].as_str().map(str::to_owned);
    Checkout {
        id: text("sessionId").expect("an id"),
        token: text("checkoutToken").expect("a token"),
        url: text("url"),
    }
}
