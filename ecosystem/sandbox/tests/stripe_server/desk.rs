//! What each test needs: a server, a client, an endpoint, and a clock that is moved by hand.

use axum::{Router, extract::State, http::StatusCode, routing::post};
use chrono::{DateTime, Utc};
use galley_sandbox::stripe::{RetryPlan, StripeControl, StripeOptions, StripeServer};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Response, redirect::Policy};
use serde_json::Value;
use std::{
    cell::Cell,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{net::TcpListener, sync::watch};

pub(crate) const START: i64 = 1_760_000_000;
pub(crate) const KEY: &str = "sk_test_51SandboxSecretabcd";

thread_local! {
    // A test and its server share one thread.
    static CLOCK: Cell<i64> = const { Cell::new(START) };
}

pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(CLOCK.get(), 0).unwrap()
}

pub(crate) fn wait(seconds: i64) {
    CLOCK.set(CLOCK.get() + seconds);
}

pub(crate) fn options() -> StripeOptions {
    let retries = RetryPlan { attempts: 4, first_pause: Duration::ZERO, longest_pause: Duration::ZERO };
    StripeOptions { secret_key: KEY.to_owned(), seed: 7, retries, ..StripeOptions::new(now) }
}

pub(crate) struct Desk {
    pub(crate) server: StripeServer,
    pub(crate) client: reqwest::Client,
}

impl Desk {
    pub(crate) async fn new() -> Self {
        Self::with(options()).await
    }

    pub(crate) async fn with(options: StripeOptions) -> Self {
        rustls::crypto::ring::default_provider().install_default().ok();
        let client = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
        Self { server: StripeServer::start(options).await.unwrap(), client }
    }

    pub(crate) fn control(&self) -> &StripeControl {
        self.server.control()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.base_url())
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::of(self.client.get(self.url(path)).bearer_auth(KEY).send().await.unwrap()).await
    }

    pub(crate) async fn try_post(
        &self,
        path: &str,
        form: &[(&str, &str)],
        key: Option<&str>,
    ) -> reqwest::Result<Response> {
        let mut request = self.client.post(self.url(path)).bearer_auth(KEY).body(encoded(form));
        request = request.header("content-type", "application/x-www-form-urlencoded");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        request.send().await
    }

    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        Answer::of(self.try_post(path, form, None).await.unwrap()).await
    }

    pub(crate) async fn post_as(&self, key: &str, path: &str, form: &[(&str, &str)]) -> Answer {
        Answer::of(self.try_post(path, form, Some(key)).await.unwrap()).await
    }

    /// Creates the usual session and gives its id.
    pub(crate) async fn session(&self) -> String {
        self.post(SESSIONS, &ORDER).await.id()
    }

    /// A session that is paid, and its payment intent.
    pub(crate) async fn paid(&self) -> (String, String) {
        let id = self.session().await;
        let intent = self.control().pay(&id).unwrap().payment_intent.unwrap();
        (id, intent)
    }
}

pub(crate) const SESSIONS: &str = "/v1/checkout/sessions";

pub(crate) const ORDER: [(&str, &str); 10] = [
    ("mode", "payment"),
    ("success_url", "https://shop.example/done?sid={CHECKOUT_SESSION_ID}&lang=en"),
    ("cancel_url", "https://shop.example/cancel?a=1&b=2"),
    ("customer_email", "ada@example.com"),
    ("client_reference_id", "order_42"),
    ("line_items[0][price_data][currency]", "usd"),
    ("line_items[0][price_data][unit_amount]", "12900"),
    ("line_items[0][price_data][product_data][name]", "An <b>article</b>"),
    ("line_items[0][quantity]", "1"),
    ("metadata[order_id]", "42 & more"),
];

/// The order without one field, or with another value for it.
pub(crate) fn order_with<'a>(name: &'a str, value: Option<&'a str>) -> Vec<(&'a str, &'a str)> {
    let mut order: Vec<(&str, &str)> = ORDER.into_iter().filter(|(field, _)| *field != name).collect();
    order.extend(value.map(|value| (name, value)));
    order
}

fn encoded(form: &[(&str, &str)]) -> String {
    let escape = |text| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let pairs = form.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) json: Value,
}

impl Answer {
    pub(crate) async fn of(response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        Self { status, headers, json: serde_json::from_str(&text).unwrap() }
    }

    pub(crate) fn id(&self) -> String {
        assert_eq!(self.status, 200, "{:?}", self.json);
        self.json["id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn error(&self, field: &str) -> &str {
        self.json["error"][field].as_str().unwrap_or_default()
    }

    pub(crate) fn is_replayed(&self) -> bool {
        self.headers.get("idempotent-replayed").is_some_and(|value| value == "true")
    }

    /// The ids on a page.
    pub(crate) fn ids(&self) -> Vec<&str> {
        assert_eq!(self.status, 200, "{:?}", self.json);
        self.json["data"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
    }
}

/// A webhook endpoint that takes notes; it refuses while there are refusals left.
#[derive(Clone, Default)]
pub(crate) struct Endpoint {
    seen: Arc<watch::Sender<Vec<(String, Value)>>>,
    refusals: Arc<Mutex<Vec<u16>>>,
}

impl Endpoint {
    /// Lets the desk's Stripe deliver to a new endpoint.
    pub(crate) async fn of(desk: &Desk, refusals: &[u16]) -> Self {
        let endpoint = Self { refusals: Arc::new(Mutex::new(refusals.to_vec())), ..Self::default() };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let router = Router::new().route("/hook", post(receive)).with_state(endpoint.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        desk.control().deliver_to(url, vec!["whsec_new".to_owned(), "whsec_old".to_owned()]);
        endpoint
    }

    pub(crate) fn events(&self) -> Vec<Value> {
        self.seen.borrow().iter().map(|(_, event)| event.clone()).collect()
    }

    pub(crate) fn signatures(&self) -> Vec<String> {
        self.seen.borrow().iter().map(|(signature, _)| signature.clone()).collect()
    }

    pub(crate) fn kinds(&self) -> Vec<String> {
        self.events().iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    }

    /// The first event of a kind, once it is there.
    pub(crate) async fn event(&self, kind: &str) -> Value {
        let is_it = |(_, event): &&(String, Value)| event["type"] == kind;
        let mut seen = self.seen.subscribe();
        let seen = seen.wait_for(|seen| seen.iter().any(|one| is_it(&one))).await.unwrap();
        seen.iter().find(is_it).unwrap().1.clone()
    }
}

async fn receive(
    State(endpoint): State<Endpoint>,
    headers: axum::http::HeaderMap,
    body: String,
) -> StatusCode {
    let signature = headers["stripe-signature"].to_str().unwrap().to_owned();
    assert!(body.contains("\"object\":\"event\""), "{body}");
    endpoint.seen.send_modify(|seen| seen.push((signature, serde_json::from_str(&body).unwrap())));
    let refusal = endpoint.refusals.lock().unwrap().pop();
    StatusCode::from_u16(refusal.unwrap_or(200)).unwrap()
}
