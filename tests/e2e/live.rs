//! Whoever watches an order sees each change by themselves.

use crate::shop::{Order, Plan, SOON, Setup, Shop, Told, Watcher, on_every_setup, sale, until, within};
use galley_sandbox::{ai::AiMode, fault::Fault};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::task::JoinSet;

/// How long an article is written, so that whoever watches sees it being written: of several changes
/// in a row only the last is sure to be told.
const WRITING: Duration = Duration::from_secs(3);
/// Orders that are watched in the crowd, and how many watch each.
const ORDERS: usize = 50;
const WATCHERS: usize = 20;
/// What one more watcher may cost the server, in bytes, its connection included.
const WATCHER_MAX_BYTES: u64 = 30 * 1024;
/// What stopping may take with everybody connected.
const STOP_MAX: Duration = Duration::from_secs(5);

on_every_setup! {
    a_customer_sees_each_status_without_asking
    a_revoked_link_ends_the_stream
    whoever_leaves_makes_room
    a_thousand_watchers_see_each_change_and_are_sent_away_in_peace
}

async fn act(shop: &Shop, order: &Order, action: &str) {
    let body = format!(r#"{{"orderId":"{}","revisionNotes":"Shorter, please.","number":1}}"#, order.id);
    let answer = shop.post(&format!("/api/v1/purchase/{action}"), order.bearer(), body).await;
    assert_eq!(answer.status, 200, "{action}: {answer:?}");
}

async fn a_customer_sees_each_status_without_asking(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let order = shop.sell_slowly(WRITING).await;
    let mut watcher = shop.watch(&order, None).await.unwrap();
    let Told::Status { data, .. } = watcher.until("PROCESSING").await else { panic!("it has ended") };
    assert_eq!(data["queue"]["jobs"][0]["state"], "active", "{data:#}");
    let Told::Status { data, .. } = watcher.until("QUALITY_CHECK").await else { panic!("it has ended") };
    assert_eq!((&data["version"]["number"], data["version"].get("content")), (&1.into(), None));
    shop.ai.control().set(Fault::times(AiMode::Slow, 1).latency(WRITING));
    act(&shop, &order, "request-revision").await;
    watcher.until("PROCESSING").await;
    let ready = watcher.until("QUALITY_CHECK").await;
    let Told::Status { id, data } = &ready else { panic!("it has ended") };
    assert_eq!(data["version"]["number"], 2);
    // Back after the line was cut: there is nothing new, until there is.
    drop(watcher);
    let mut back = shop.watch(&order, Some(id)).await.unwrap();
    act(&shop, &order, "submit-for-review").await;
    let next = within("the next state comes", SOON, back.next()).await;
    assert_eq!(next.status(), "ADMIN_REVIEW");
    act(&shop, &order, "take-back").await;
    back.until("QUALITY_CHECK").await;
    act(&shop, &order, "restore-version").await;
    let Told::Status { data, .. } = within("the version comes", SOON, back.next()).await else {
        panic!("it has ended")
    };
    assert_eq!(data["version"]["number"], 3);
}

async fn a_revoked_link_ends_the_stream(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let order = shop.sell(&sale::short_article("Tea")).await;
    shop.settled(&order, "QUALITY_CHECK").await;
    let mut watcher = shop.watch(&order, None).await.unwrap();
    watcher.until("QUALITY_CHECK").await;
    shop.db.change("UPDATE orders SET link_epoch = link_epoch + 1").await;
    let end = async { while watcher.next().await != Told::End {} };
    within("the stream ends", SOON, end).await;
    assert_eq!(shop.watch(&order, None).await.err(), Some(404));
    let again = Order { token: shop.signer.sign(galley_domain::id::OrderId(order.id), 1), ..order };
    shop.watch(&again, None).await.unwrap().until("QUALITY_CHECK").await;
}

async fn whoever_leaves_makes_room(setup: Setup) {
    let shop = Plan::new(setup).with("LIVE_STREAMS_MAX", "2").open().await;
    let order = shop.sell(&sale::short_article("Tea")).await;
    let mut watchers = vec![shop.watch(&order, None).await.unwrap(), shop.watch(&order, None).await.unwrap()];
    assert_eq!(shop.watch(&order, None).await.err(), Some(503));
    watchers.pop();
    let mut next = None;
    until("the place is free", SOON, async || {
        next = shop.watch(&order, None).await.ok();
        next.is_some()
    })
    .await;
    next.unwrap().until("QUALITY_CHECK").await;
}

/// What each watcher was told last.
type Seen = Arc<Mutex<HashMap<usize, Told>>>;

/// Everybody at once.
struct Crowd {
    seen: Seen,
    watchers: JoinSet<()>,
}

impl Crowd {
    async fn gather(shop: &Shop, orders: &[Order]) -> Self {
        let mut crowd = Self { seen: Seen::default(), watchers: JoinSet::new() };
        for (place, order) in orders.iter().cycle().take(ORDERS * WATCHERS).enumerate() {
            let watcher = shop.watch(order, None).await.unwrap();
            crowd.watchers.spawn(follow(watcher, place, Arc::clone(&crowd.seen)));
        }
        crowd
    }

    /// Waits until all of them were told so.
    async fn all(&self, what: &str, told: impl Fn(&Told) -> bool) {
        let count = || self.seen.lock().unwrap().values().filter(|last| told(last)).count();
        until(&format!("everybody sees: {what}"), SOON, async || count() == ORDERS * WATCHERS).await;
    }
}

async fn follow(mut watcher: Watcher, place: usize, seen: Seen) {
    loop {
        let told = watcher.next().await;
        let ended = told == Told::End;
        seen.lock().unwrap().insert(place, told);
        if ended {
            return;
        }
    }
}

async fn a_thousand_watchers_see_each_change_and_are_sent_away_in_peace(setup: Setup) {
    let mut shop = Plan::new(setup).open().await;
    let mut orders = Vec::new();
    for number in 0..ORDERS {
        orders.push(shop.sell(&sale::short_article(&format!("Tea number {number}"))).await);
    }
    shop.drained().await;
    for order in &orders {
        shop.settled(order, "QUALITY_CHECK").await;
    }
    let before = resident_bytes(shop.front().id());
    let crowd = Crowd::gather(&shop, &orders).await;
    crowd.all("the first status", |told| told.status() == "QUALITY_CHECK").await;
    let each = resident_bytes(shop.front().id()).saturating_sub(before) / (ORDERS * WATCHERS) as u64;
    println!("{setup:?}: {each} bytes a watcher");
    assert!(each < WATCHER_MAX_BYTES, "{each} bytes a watcher");

    for order in &orders {
        act(&shop, order, "submit-for-review").await;
    }
    crowd.all("submitted", |told| told.status() == "ADMIN_REVIEW").await;
    // Behind the back of all processes.
    shop.db.change("UPDATE orders SET change_seq = change_seq + 1, frozen = TRUE").await;
    crowd.all("on hold", |told| matches!(told, Told::Status { data, .. } if data["onHold"] == true)).await;

    shop.front().signal("TERM");
    let stopped = shop.front().ended(STOP_MAX).await;
    assert!(stopped.success(), "{stopped}");
    crowd.all("the end", |told| *told == Told::End).await;
}

fn resident_bytes(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kibibytes: u64 = line.trim().trim_end_matches(" kB").trim().parse().unwrap();
    kibibytes * 1024
}
