//! Webhooks, delivered to an endpoint that takes notes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use chrono::{DateTime, Utc};
use galley_sandbox::stripe::{RetryPlan, SessionSpec, WebhookSender, checkout_session_completed, sign};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::net::TcpListener;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_760_000_000, 0).unwrap()
}

/// What came in, and the answers still to be given (then 200).
#[derive(Clone, Default)]
struct Endpoint {
    seen: Arc<Mutex<Vec<(String, String)>>>,
    answers: Arc<Mutex<Vec<u16>>>,
}

async fn receive(
    State(endpoint): State<Endpoint>,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, &'static str) {
    let signature = headers["stripe-signature"].to_str().unwrap().to_owned();
    endpoint.seen.lock().unwrap().push((signature, body));
    let status = endpoint.answers.lock().unwrap().pop().unwrap_or(200);
    (StatusCode::from_u16(status).unwrap(), "noted")
}

async fn endpoint(answers: &[u16]) -> (Endpoint, WebhookSender) {
    let endpoint = Endpoint { answers: Arc::new(Mutex::new(answers.to_vec())), ..Endpoint::default() };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let router = Router::new().route("/hook", post(receive)).with_state(endpoint.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let sender = WebhookSender::new(url, vec!["whsec_new".to_owned(), "whsec_old".to_owned()], now).unwrap();
    (endpoint, sender)
}

fn quick(attempts: u32) -> RetryPlan {
    RetryPlan { attempts, first_pause: Duration::ZERO, longest_pause: Duration::ZERO }
}

#[tokio::test]
async fn an_event_arrives_with_a_signature_over_its_very_bytes() {
    let (endpoint, sender) = endpoint(&[]).await;
    let delivery = sender.send(&checkout_session_completed(&SessionSpec::default())).await.unwrap();
    assert_eq!((delivery.status, delivery.body.as_str(), delivery.accepted()), (200, "noted", true));
    let (signature, body) = endpoint.seen.lock().unwrap()[0].clone();
    assert_eq!(signature, sign(body.as_bytes(), &["whsec_new", "whsec_old"], 1_760_000_000));
    assert!(!format!("{sender:?}").contains("whsec"));
}

#[tokio::test]
async fn any_bytes_can_be_sent_with_any_header() {
    let (endpoint, sender) = endpoint(&[400]).await;
    let delivery = sender.send_raw("not json", "t=1,v1=00").await.unwrap();
    assert_eq!((delivery.status, delivery.accepted()), (400, false));
    assert_eq!(endpoint.seen.lock().unwrap()[0], ("t=1,v1=00".to_owned(), "not json".to_owned()));
}

#[tokio::test]
async fn delivery_goes_on_until_it_is_accepted() {
    let (endpoint, sender) = endpoint(&[302, 503, 500]).await;
    let event = checkout_session_completed(&SessionSpec::default());
    let delivery = sender.deliver_at_least_once(&event, quick(8)).await.unwrap();
    assert_eq!((delivery.status, delivery.attempt), (200, 4));
    let bodies: Vec<String> = endpoint.seen.lock().unwrap().iter().map(|(_, body)| body.clone()).collect();
    assert!(bodies.iter().all(|body| *body == bodies[0]), "the same event each time");
}

#[tokio::test]
async fn delivery_gives_up_in_the_end() {
    let (endpoint, sender) = endpoint(&[500; 9]).await;
    let event = checkout_session_completed(&SessionSpec::default());
    let delivery = sender.deliver_at_least_once(&event, quick(3)).await.unwrap();
    assert_eq!((delivery.status, delivery.attempt, endpoint.seen.lock().unwrap().len()), (500, 3, 3));
    let nowhere = WebhookSender::new("http://127.0.0.1:9/", vec![], now).unwrap();
    let error = nowhere.deliver_at_least_once(&event, quick(2)).await.unwrap_err();
    assert!(error.to_string().contains("127.0.0.1:9"), "{error}");
}
