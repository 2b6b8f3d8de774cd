use crate::desk::{Desk, Endpoint, START};
use galley_sandbox::stripe::{EventChoice, WebhookPlan, sign};
use serde_json::json;
use std::collections::HashSet;

#[tokio::test]
async fn a_payment_is_told_with_its_whole_session_signed_with_each_secret() {
    let desk = Desk::new().await;
    let endpoint = Endpoint::of(&desk, &[]).await;
    let (id, intent) = desk.paid().await;
    desk.control().settled().await;
    let mut kinds = endpoint.kinds();
    kinds.sort();
    assert_eq!(kinds, ["checkout.session.completed", "payment_intent.succeeded"]);
    let event = endpoint.event("checkout.session.completed").await;
    let session = &event["data"]["object"];
    assert_eq!((&session["id"], &session["payment_intent"]), (&json!(id), &json!(intent)));
    assert_eq!(
        (&session["payment_status"], &session["metadata"]["order_id"]),
        (&json!("paid"), &json!("42 & more"))
    );
    assert_eq!(session["customer_details"]["email"], "ada@example.com");
    let body = desk.control().events()[0].body.clone();
    let signature = sign(body.as_bytes(), &["whsec_new", "whsec_old"], START);
    assert!(endpoint.signatures().contains(&signature));
    assert_eq!(desk.control().counters().delivered, 2);
}

#[tokio::test]
async fn each_way_that_a_session_can_go_has_its_event() {
    let desk = Desk::new().await;
    let endpoint = Endpoint::of(&desk, &[]).await;
    let control = desk.control();
    let status = |event: &serde_json::Value| event["data"]["object"]["payment_status"].clone();
    let id = desk.session().await;
    control.pay_later(&id).unwrap();
    assert_eq!(status(&endpoint.event("checkout.session.completed").await), "unpaid");
    control.money_arrives(&id).unwrap();
    assert_eq!(status(&endpoint.event("checkout.session.async_payment_succeeded").await), "paid");
    let id = desk.session().await;
    control.pay_later(&id).unwrap();
    control.money_fails(&id).unwrap();
    assert_eq!(status(&endpoint.event("checkout.session.async_payment_failed").await), "unpaid");
    let id = desk.session().await;
    control.fail(&id).unwrap();
    control.expire(&id).unwrap();
    assert_eq!(endpoint.event("checkout.session.expired").await["data"]["object"]["status"], "expired");
    control.settled().await;
    let events = endpoint.events();
    let ids: HashSet<&str> = events.iter().map(|event| event["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), events.len(), "each has an id of its own");
}

#[tokio::test]
async fn a_second_payment_of_a_session_has_another_intent() {
    let desk = Desk::new().await;
    let endpoint = Endpoint::of(&desk, &[]).await;
    let (id, first) = desk.paid().await;
    desk.control().settled().await;
    let second = desk.control().pay_again(&id).unwrap();
    desk.control().settled().await;
    assert_ne!(second.payment_intent, first);
    let events = endpoint.events();
    let of_session = events.iter().filter(|event| event["data"]["object"]["id"] == json!(id));
    let intents: Vec<_> = of_session.map(|event| event["data"]["object"]["payment_intent"].clone()).collect();
    assert_eq!(intents, [json!(first), json!(second.payment_intent)]);
    assert_eq!(desk.control().session(&id).unwrap().payment_intent, Some(first));
    assert_eq!(desk.control().payments().len(), 2);
}

#[tokio::test]
async fn an_event_can_come_several_times() {
    let desk = Desk::new().await;
    let endpoint = Endpoint::of(&desk, &[]).await;
    desk.control().webhooks(WebhookPlan { copies: 3, ..WebhookPlan::default() });
    let id = desk.session().await;
    desk.control().expire(&id).unwrap();
    desk.control().settled().await;
    let events = endpoint.events();
    assert_eq!((events.len(), &events[0], &events[1]), (3, &events[1], &events[2]));
}

#[tokio::test]
async fn events_can_change_places() {
    let desk = Desk::new().await;
    let endpoint = Endpoint::of(&desk, &[]).await;
    desk.control().webhooks(WebhookPlan { reorder: true, ..WebhookPlan::default() });
    let (_, intent) = desk.paid().await;
    desk.control().settled().await;
    assert_eq!(endpoint.kinds(), ["payment_intent.succeeded", "checkout.session.completed"]);
    desk.control().dispute(&intent).unwrap();
    desk.control().settled().await;
    assert_eq!(endpoint.kinds().len(), 2, "it waits for the next one");
    desk.control().webhooks(WebhookPlan::default());
    desk.control().settled().await;
    assert_eq!(endpoint.kinds()[2], "charge.dispute.created");
}

#[tokio::test]
async fn events_can_get_lost_and_be_sent_again() {
    let desk = Desk::new().await;
    let endpoint = Endpoint::of(&desk, &[]).await;
    let (other, _) = desk.paid().await;
    desk.control().settled().await;
    desk.control().webhooks(WebhookPlan { off: true, ..WebhookPlan::default() });
    let (id, _) = desk.paid().await;
    desk.control().settled().await;
    assert_eq!((endpoint.events().len(), desk.control().events().len()), (2, 4));
    assert_eq!(desk.control().resend_events(&EventChoice::Session(id.clone())), 2);
    desk.control().settled().await;
    let is_told = |id: &str| endpoint.events().iter().any(|event| event["data"]["object"]["id"] == json!(id));
    assert!(is_told(&id));
    assert_eq!(desk.control().resend_events(&EventChoice::All), 4);
    let completed = EventChoice::Kind("checkout.session.completed".to_owned());
    assert_eq!(desk.control().resend_events(&completed), 2);
    desk.control().settled().await;
    let about_other =
        endpoint.events().iter().filter(|event| event["data"]["object"]["id"] == json!(other)).count();
    assert_eq!((endpoint.events().len(), about_other), (10, 3));
}

#[tokio::test]
async fn what_is_refused_comes_again_until_it_is_given_up() {
    let desk = Desk::new().await;
    let endpoint = Endpoint::of(&desk, &[503, 500, 302]).await;
    let id = desk.session().await;
    desk.control().expire(&id).unwrap();
    desk.control().settled().await;
    assert_eq!(endpoint.events().len(), 4);
    assert_eq!(desk.control().counters().delivered, 1);
    Endpoint::of(&desk, &[500; 4]).await;
    let id = desk.session().await;
    desk.control().expire(&id).unwrap();
    desk.control().settled().await;
    assert_eq!((desk.control().counters().delivered, desk.control().counters().given_up), (1, 1));
}
