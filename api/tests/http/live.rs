//! `GET /api/v1/purchase/status/{orderId}/events`.

use crate::{
    orders::Order,
    shop::{Shop, request},
};
use axum::{
    body::BodyDataStream,
    http::{StatusCode, header},
};
use futures_util::StreamExt as _;
use galley_domain::{actor::Actor, order::Command};
use serde_json::Value;
use std::time::Duration;

/// What nothing here may take: it keeps a test that would wait for ever from doing so.
const PATIENCE: Duration = Duration::from_secs(20);

/// Somebody who watches.
struct Watcher(BodyDataStream);

/// An event as a client reads it.
#[derive(Debug, PartialEq)]
struct Event {
    id: String,
    data: Value,
}

impl Watcher {
    async fn open(shop: &Shop, order: &Order, last_event_id: Option<&str>) -> Result<Self, StatusCode> {
        let bearer = format!("Bearer {}", order.token);
        let mut headers = vec![("authorization", bearer.as_str())];
        headers.extend(last_event_id.map(|id| ("last-event-id", id)));
        let answer = shop.begin(request("GET", &path(order), &headers, String::new())).await;
        if answer.status() != StatusCode::OK {
            return Err(answer.status());
        }
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/event-stream");
        assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
        let mut watcher = Self(answer.into_body().into_data_stream());
        let first = watcher.piece().await.expect("the stream begins");
        assert!(first.starts_with("retry: ") && first.ends_with("\n\n"), "{first}");
        Ok(watcher)
    }

    async fn piece(&mut self) -> Option<String> {
        let piece = tokio::time::timeout(PATIENCE, self.0.next()).await.expect("something comes");
        piece.map(|piece| String::from_utf8(piece.unwrap().to_vec()).unwrap())
    }

    /// The next event; heartbeats are nothing.
    async fn event(&mut self) -> Event {
        loop {
            let piece = self.piece().await.expect("the stream goes on");
            if piece.starts_with(':') {
                continue;
            }
            let lines: Vec<&str> = piece.lines().collect();
            let [name, id, data, ""] = lines[..] else { panic!("{piece}") };
            assert_eq!(name, "event: status");
            let data = data.strip_prefix("data: ").unwrap();
            let id = id.strip_prefix("id: ").unwrap().to_owned();
            return Event { id, data: serde_json::from_str(data).unwrap() };
        }
    }

    /// The next event in which the order stands so.
    async fn until(&mut self, status: &str) -> Event {
        loop {
            let event = self.event().await;
            if event.data["data"]["status"] == status {
                return event;
            }
        }
    }
}

fn path(order: &Order) -> String {
    format!("/api/v1/purchase/status/{}/events", order.id)
}

#[tokio::test]
async fn the_status_comes_at_once_and_after_each_change() {
    let shop = Shop::open().await;
    let order = Order::paid(&shop, "a", &crate::orders::TEA).await;
    let mut watcher = Watcher::open(&shop, &order, None).await.unwrap();
    let first = watcher.event().await;
    assert_eq!(first.data["data"]["status"], "PROCESSING");
    order.write(&shop, crate::orders::TEXT).await;
    watcher.until("QUALITY_CHECK").await;
    order.apply(&shop, Command::Submit, Actor::Customer).await;
    let last = watcher.until("ADMIN_REVIEW").await;
    let bearer = format!("Bearer {}", order.token);
    let asked = shop.get(path(&order).trim_end_matches("/events"), &[("authorization", &bearer)]).await;
    assert_eq!(asked.header("etag"), format!("\"{}\"", last.id), "the numbers are those of the ETag");
    let mut asked = asked.json();
    let version = asked["data"]["version"].as_object_mut().unwrap();
    assert!(version.remove("content").is_some() && version.remove("contentHtml").is_some());
    assert_eq!(last.data, asked, "the same answer but for the texts");
}

#[tokio::test]
async fn whoever_has_the_newest_state_is_told_the_next_one() {
    let shop = Shop::open().await;
    let order = Order::ready(&shop, "a").await;
    let seen = Watcher::open(&shop, &order, None).await.unwrap().event().await;
    let mut back = Watcher::open(&shop, &order, Some(&seen.id)).await.unwrap();
    // A second one without an id shows that the state was told.
    let mut other = Watcher::open(&shop, &order, None).await.unwrap();
    assert_eq!(other.event().await, seen);
    order.apply(&shop, Command::Submit, Actor::Customer).await;
    let next = back.event().await;
    assert_eq!(next.data["data"]["status"], "ADMIN_REVIEW");
    assert_ne!(next.id, seen.id);
    for old in [seen.id.as_str(), "nonsense", ""] {
        let mut late = Watcher::open(&shop, &order, Some(old)).await.unwrap();
        assert_eq!(late.event().await, next, "{old}");
    }
}

#[tokio::test]
async fn a_watcher_who_is_slow_misses_states_but_never_the_last() {
    let shop = Shop::open().await;
    let order = Order::ready(&shop, "a").await;
    let mut slow = Watcher::open(&shop, &order, None).await.unwrap();
    let mut quick = Watcher::open(&shop, &order, None).await.unwrap();
    for _ in 0..10 {
        order.apply(&shop, Command::Submit, Actor::Customer).await;
        order.apply(&shop, Command::TakeBack, Actor::Customer).await;
    }
    order.apply(&shop, Command::Submit, Actor::Customer).await;
    let stamp = shop.store.stamp(order.id).await.unwrap().unwrap();
    let last = format!("{:x}-{:x}", stamp.order, stamp.jobs);
    while quick.event().await.id != last {}
    let told = slow.event().await;
    assert_eq!(told.id, last, "what came between was skipped");
}

#[tokio::test]
async fn strangers_watch_nothing() {
    let shop = Shop::open().await;
    let (order, other) = (Order::ready(&shop, "a").await, Order::ready(&shop, "b").await);
    for token in ["", "nonsense", &other.token, &shop.signer.sign(order.id, 1)] {
        let cookie = format!("order_{}={token}", order.id.0.simple());
        for headers in [[("authorization", format!("Bearer {token}"))], [("cookie", cookie)]] {
            let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let answer = shop.get(&path(&order), &headers).await;
            assert_eq!((answer.status, answer.code()), (StatusCode::NOT_FOUND, "not_found".to_owned()));
        }
    }
    // A browser's own client of events cannot send a header: it has the cookie, or the address.
    let cookie = format!("order_{}={}", order.id.0.simple(), order.token);
    for (address, headers) in [
        (path(&order), vec![("cookie", cookie.as_str())]),
        (format!("{}?token={}", path(&order), order.token), vec![]),
    ] {
        let answer = shop.begin(request("GET", &address, &headers, String::new())).await;
        assert_eq!(answer.status(), StatusCode::OK, "{address}");
    }
}

#[tokio::test]
async fn there_are_so_many_places_and_no_more() {
    let shop = Shop::open_with(|payments| payments.live_streams_max = 22).await;
    let (crowded, other) = (Order::ready(&shop, "a").await, Order::ready(&shop, "b").await);
    let mut watchers = Vec::new();
    for _ in 0..20 {
        watchers.push(Watcher::open(&shop, &crowded, None).await.unwrap());
    }
    let refused = Watcher::open(&shop, &crowded, None).await.err();
    assert_eq!(refused, Some(StatusCode::TOO_MANY_REQUESTS), "one order has 20 places");
    for _ in 0..2 {
        watchers.push(Watcher::open(&shop, &other, None).await.unwrap());
    }
    let bearer = format!("Bearer {}", other.token);
    let full = shop.get(&path(&other), &[("authorization", &bearer)]).await;
    assert_eq!((full.status, full.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "10"));
    watchers.pop();
    let mut again = Watcher::open(&shop, &other, None).await.unwrap();
    assert_eq!(again.event().await.data["data"]["status"], "QUALITY_CHECK", "whoever leaves makes room");
    drop(watchers);
    drop(again);
    // Nobody watches any more; the next one is served like the first.
    let mut late = Watcher::open(&shop, &crowded, None).await.unwrap();
    crowded.apply(&shop, Command::Submit, Actor::Customer).await;
    late.until("ADMIN_REVIEW").await;
}
