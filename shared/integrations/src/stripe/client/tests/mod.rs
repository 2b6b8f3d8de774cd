//! The client against a stand-in that says what it is told and writes down what it was asked.

mod failing;
mod reading;
mod writing;

use super::*;
use chrono::TimeDelta;
use galley_domain::money::Money;
use serde_json::json;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

const KEY: &str = "sk_test_very_secret";
const CHECKOUT: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
const REFUND: &str = "01890a5d-ac96-774b-bcce-b302099a8058";
/// 2026-01-02 03:04:05 UTC.
const OPENED_AT: i64 = 1_767_323_045;

/// What the stand-in does with a request.
#[derive(Clone)]
enum Reply {
    /// Writes these bytes and closes.
    Bytes(Vec<u8>),
    /// Closes without a word.
    Reset,
    /// Writes these bytes, then says nothing until the client goes away.
    Stall(Vec<u8>),
    /// Writes chunks of 64 KiB without end.
    Endless,
}

/// A request as it came.
#[derive(Clone, Debug)]
struct Seen {
    /// `POST /v1/refunds`
    asked: String,
    query: BTreeMap<String, String>,
    /// By lower-case names.
    headers: BTreeMap<String, String>,
    body: String,
}

impl Seen {
    fn form(&self) -> BTreeMap<String, String> {
        pairs(&self.body)
    }
}

fn pairs(text: &str) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

/// A stand-in that gives these replies in turn, and the last of them for ever.
struct StandIn {
    base: Url,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl StandIn {
    async fn start(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = seen.clone();
        tokio::spawn(async move {
            for reply in replies.iter().chain(std::iter::repeat(replies.last().unwrap())) {
                let (mut socket, _) = listener.accept().await.unwrap();
                let Some(request) = request(&mut socket).await else { continue };
                log.lock().unwrap().push(request);
                answer(&mut socket, reply).await;
            }
        });
        Self { base, seen }
    }

    async fn answering(bodies: &[Value]) -> Self {
        Self::start(bodies.iter().map(|body| http("200 OK", "", &body.to_string())).collect()).await
    }

    fn gateway(&self) -> StripeGateway {
        StripeGateway::new(config(self.base.clone())).unwrap()
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

async fn answer(socket: &mut TcpStream, reply: &Reply) {
    match reply {
        Reply::Bytes(bytes) => socket.write_all(bytes).await.unwrap(),
        Reply::Reset => {}
        Reply::Stall(bytes) => {
            socket.write_all(bytes).await.unwrap();
            drop(socket.read(&mut [0]).await);
        }
        Reply::Endless => {
            let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
            socket.write_all(head).await.unwrap();
            let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
            while socket.write_all(chunk.as_bytes()).await.is_ok() {}
        }
    }
}

async fn request(socket: &mut TcpStream) -> Option<Seen> {
    let mut read = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let (line, rest) = head.split_once("\r\n").unwrap();
            let lines = rest.lines().map(|line| line.split_once(": ").unwrap());
            let headers: BTreeMap<_, _> = lines.map(|(k, v)| (k.to_lowercase(), v.to_owned())).collect();
            let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                let asked = line.strip_suffix(" HTTP/1.1").unwrap();
                let (asked, query) = asked.split_once('?').unwrap_or((asked, ""));
                let (asked, query) = (asked.to_owned(), pairs(query));
                return Some(Seen { asked, query, headers, body: body.to_owned() });
            }
        }
        let mut chunk = [0; 4096];
        let count = socket.read(&mut chunk).await.ok().filter(|count| *count > 0)?;
        read.extend_from_slice(&chunk[..count]);
    }
}

fn http(status: &str, headers: &str, body: &str) -> Reply {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n");
    Reply::Bytes(format!("{head}{body}").into_bytes())
}

fn config(api_base: Url) -> StripeConfig {
    StripeConfig {
        secret_key: Secret::new(KEY),
        api_base,
        livemode: false,
        return_base: "https://shop.example".parse().unwrap(),
        timeout: Duration::from_secs(20),
        rate_per_second: None,
    }
}

fn money(minor: i64, currency: &str) -> Money {
    Money { minor, currency: currency.parse().unwrap() }
}

fn intent() -> CheckoutIntent {
    CheckoutIntent {
        checkout: CHECKOUT.parse().unwrap(),
        gateway: Gateway::Stripe,
        attempt: 1,
        title: "Article & link".to_owned(),
        price: money(12_900, "USD"),
        email: "ann@example.com".to_owned(),
        token: "t0ken-_".to_owned(),
        created_at: DateTime::from_timestamp(OPENED_AT, 0).unwrap(),
    }
}

fn refund_intent() -> RefundIntent {
    RefundIntent {
        refund: REFUND.parse().unwrap(),
        gateway: Gateway::Stripe,
        attempt: 1,
        payment_ref: "pi_1".to_owned(),
        external_id: None,
        amount: money(500, "USD"),
        reason: "It came too late.".to_owned(),
        state: RefundState::Requested,
        created_at: DateTime::from_timestamp(OPENED_AT, 0).unwrap(),
    }
}

fn session(id: &str, status: &str, payment_status: &str) -> Value {
    let url = (status == "open").then(|| format!("https://checkout.stripe.com/c/pay/{id}"));
    json!({
        "id": id, "object": "checkout.session", "mode": "payment", "livemode": false, "url": url,
        "status": status, "payment_status": payment_status, "payment_intent": "pi_1",
        "amount_total": 12_900, "currency": "usd", "expires_at": OPENED_AT + 82_800,
        "metadata": { "galley_checkout": CHECKOUT },
    })
}

fn list(items: &[Value], has_more: bool) -> Value {
    json!({ "object": "list", "data": items, "has_more": has_more, "url": "/v1/…" })
}
