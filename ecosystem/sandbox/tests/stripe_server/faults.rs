use crate::desk::{Desk, ORDER, SESSIONS};
use galley_sandbox::{fault::Fault, stripe::StripeMode};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn a_rate_limit_says_when_to_come_again_or_not_to() {
    let desk = Desk::new().await;
    desk.control().set(Fault::times(StripeMode::RateLimited, 1).retry_after_seconds(7));
    let limited = desk.get(SESSIONS).await;
    assert_eq!((limited.status, limited.error("code")), (429, "rate_limit"));
    assert_eq!(limited.headers["retry-after"], "7");
    assert!(!limited.headers.contains_key("stripe-should-retry"));
    desk.control().set(Fault::times(StripeMode::RateLimitedNoRetry, 1));
    assert_eq!(desk.get(SESSIONS).await.headers["stripe-should-retry"], "false");
    assert_eq!(desk.get(SESSIONS).await.status, 200);
}

#[tokio::test]
async fn a_reset_connection_says_nothing_and_nothing_is_done() {
    let desk = Desk::new().await;
    desk.control().set(Fault::times(StripeMode::Reset, 1));
    let error = desk.try_post(SESSIONS, &ORDER, Some("k")).await.unwrap_err();
    assert!(error.is_request() && error.status().is_none(), "{error:?}");
    assert!(desk.control().sessions().is_empty());
    assert!(!desk.post_as("k", SESSIONS, &ORDER).await.is_replayed());
}

#[tokio::test]
async fn while_it_is_down_only_its_switch_answers() {
    let desk = Desk::new().await;
    let id = desk.session().await;
    desk.control().set(Fault::always(StripeMode::Down));
    assert!(desk.try_post(SESSIONS, &ORDER, None).await.is_err());
    assert!(desk.client.get(desk.url(&format!("/pay/{id}"))).send().await.is_err());
    assert!(desk.client.post(desk.url(&format!("/pay/{id}"))).body("do=pay").send().await.is_err());
    let switch = desk.client.delete(desk.url("/_control")).send().await.unwrap();
    assert_eq!(switch.status(), 200);
    assert_eq!(desk.get(&format!("{SESSIONS}/{id}")).await.json["status"], "open");
}

#[tokio::test]
async fn what_hangs_is_not_done_and_does_not_keep_the_server_from_stopping() {
    let desk = Desk::new().await;
    desk.control().set(Fault::always(StripeMode::Hang).only("POST /v1/checkout"));
    let hanging = tokio::spawn({
        let request = desk.client.post(desk.url(SESSIONS)).bearer_auth(crate::desk::KEY).body("mode=payment");
        async move { request.send().await }
    });
    desk.control().counters_reach(|counters| counters.in_flight == 1).await;
    assert!(desk.get(SESSIONS).await.ids().is_empty());
    tokio::time::timeout(Duration::from_secs(1), desk.server.shutdown()).await.unwrap();
    assert!(hanging.await.unwrap().is_ok_and(|answer| answer.status() == 503));
}

#[tokio::test]
async fn a_slow_answer_is_done_at_once_also_when_nobody_waits_for_it() {
    let desk = Desk::new().await;
    desk.control().set(Fault::always(StripeMode::Slow).latency(Duration::from_hours(1)));
    tokio::select! {
        () = desk.control().counters_reach(|counters| counters.in_flight == 1) => {}
        _ = desk.try_post(SESSIONS, &ORDER, Some("k")) => panic!("it was answered"),
    }
    desk.control().counters_reach(|counters| counters.in_flight == 0).await;
    desk.control().clear();
    assert_eq!(desk.control().sessions().len(), 1);
    assert!(desk.post_as("k", SESSIONS, &ORDER).await.is_replayed());
}

#[tokio::test]
async fn garbage_is_a_200_that_is_no_json() {
    let desk = Desk::new().await;
    desk.control().set(Fault::times(StripeMode::Garbage, 1));
    let answer = desk.try_post(SESSIONS, &ORDER, Some("k")).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.text().await.unwrap().starts_with('<'));
    assert!(desk.post_as("k", SESSIONS, &ORDER).await.is_replayed(), "it was done");
}

#[tokio::test]
async fn odd_shapes_leave_the_promised_fields_alone() {
    let desk = Desk::new().await;
    desk.control().set(Fault::always(StripeMode::OddShape));
    let odd = desk.post(SESSIONS, &ORDER).await;
    let id = odd.id();
    assert_eq!(
        (&odd.json["amount_total"], &odd.json["metadata"]["order_id"]),
        (&json!(12_900), &json!("42 & more"))
    );
    assert!(odd.json["custom_fields"].is_string() && odd.json["locale"].is_object());
    assert!(desk.get(SESSIONS).await.json["data"][0]["custom_fields"].is_string());
    desk.control().pay(&id).unwrap();
    let event: serde_json::Value = serde_json::from_str(&desk.control().events()[0].body).unwrap();
    assert_eq!(event["data"]["object"]["id"], json!(id));
    assert!(event["pending_webhooks"].is_string());
    desk.control().clear();
    assert!(desk.get(&format!("{SESSIONS}/{id}")).await.json["custom_fields"].is_array());
}

#[tokio::test]
async fn livemode_flips_in_answers_and_events() {
    let desk = Desk::new().await;
    desk.control().set(Fault::always(StripeMode::LivemodeFlip));
    let id = desk.session().await;
    assert_eq!(desk.get(&format!("{SESSIONS}/{id}")).await.json["livemode"], true);
    desk.control().pay(&id).unwrap();
    let event: serde_json::Value = serde_json::from_str(&desk.control().events()[0].body).unwrap();
    assert_eq!((&event["livemode"], &event["data"]["object"]["livemode"]), (&json!(true), &json!(true)));
}

#[tokio::test]
async fn a_fraction_of_the_requests_can_be_hit_and_only_those_that_match() {
    let desk = Desk::new().await;
    desk.control().set(Fault::always(StripeMode::Status503).every(3).only("GET /v1/account"));
    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(desk.get("/v1/account").await.status);
        assert_eq!(desk.get(SESSIONS).await.status, 200);
    }
    assert_eq!(statuses, [200, 200, 503, 200, 200, 503]);
    desk.control().set(Fault::times(StripeMode::Status503, 1).only("key-7"));
    assert_eq!(desk.post_as("key-6", SESSIONS, &ORDER).await.status, 200);
    assert_eq!(desk.post_as("key-7", SESSIONS, &ORDER).await.status, 503);
}

#[tokio::test]
async fn many_requests_wait_side_by_side() {
    let desk = Desk::new().await;
    desk.control().set(Fault::always(StripeMode::Ok).latency(Duration::from_hours(1)));
    let many = futures_util::future::join_all((0..128).map(|_| desk.try_post(SESSIONS, &ORDER, None)));
    tokio::select! {
        () = desk.control().counters_reach(|counters| counters.in_flight == 128) => {}
        _ = many => panic!("they were answered"),
    }
    assert_eq!(desk.control().counters().in_flight_max, 128);
    assert_eq!(desk.control().sessions().len(), 128, "each is done at once");
}
