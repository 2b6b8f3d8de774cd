//! Staff steer what is worked on.

use crate::shop::{Plan, SOON, Setup, Shop, bearer, on_every_setup, sale, until};
use galley_sandbox::{ai::AiMode, fault::Fault};
use reqwest::Method;
use serde_json::{Value, json};

on_every_setup! {
    mails_that_are_paused_wait_and_are_sent_once_they_are_resumed
    whatever_failed_is_written_after_one_call
}

/// How the kind's jobs stand, as staff are told.
async fn kind(shop: &Shop, token: &str, kind: &str) -> Value {
    let answer = shop.ask(Method::GET, "/api/v1/admin/queues", bearer(token)).await;
    let queues = answer.json()["data"]["queues"].as_array().unwrap().clone();
    queues.into_iter().find(|queue| queue["kind"] == kind).unwrap()
}

async fn mails_that_are_paused_wait_and_are_sent_once_they_are_resumed(setup: Setup) {
    let mut shop = Plan::new(setup).workers(2).open().await;
    let staff = shop.staff("rob", "reviewer").await;
    let paused = shop.admin(&staff, "queues/email-delivery/pause", &json!({})).await;
    assert_eq!((paused.status, &paused.json()["data"]["paused"]), (200, &json!(true)));
    let first = shop.sell(&sale::short_article("Tea at work")).await;
    shop.settled(&first, "QUALITY_CHECK").await;
    // It outlives the processes, and whatever they had been told.
    shop.restart().await;
    let second = shop.sell(&sale::short_article("Tea at home")).await;
    shop.settled(&second, "QUALITY_CHECK").await;
    let told = kind(&shop, &staff, "email-delivery").await;
    assert_eq!((&told["paused"], &told["waiting"], &told["active"]), (&json!(true), &json!(4), &json!(0)));
    assert_eq!(shop.smtp.mailbox().received(), 0);

    let resumed = shop.admin(&staff, "queues/email-delivery/resume", &json!({})).await;
    assert_eq!(resumed.status, 200);
    shop.drained().await;
    for order in [&first, &second] {
        assert_eq!(shop.subjects_to(&order.email).len(), 2, "each once");
    }
    let told = kind(&shop, &staff, "email-delivery").await;
    assert_eq!(
        (&told["paused"], &told["waiting"], &told["completed"]),
        (&json!(false), &json!(0), &json!(4))
    );
}

async fn whatever_failed_is_written_after_one_call(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let staff = shop.staff("rob", "reviewer").await;
    shop.ai.control().set(Fault::times(AiMode::Garbage, 6));
    let orders =
        [shop.sell(&sale::short_article("Tea")).await, shop.sell(&sale::short_article("Coffee")).await];
    let failed = async || kind(&shop, &staff, "article-generation").await["failed"] == 2;
    until("both have failed", SOON, failed).await;
    let wish = json!({"kind": "article-generation", "state": "failed"});
    let retried = shop.admin(&staff, "jobs/retry", &wish).await;
    assert_eq!(retried.json()["data"], json!({"retried": 2, "refused": 0, "left": 0}));
    for order in &orders {
        shop.settled(order, "QUALITY_CHECK").await;
    }
    let told = kind(&shop, &staff, "article-generation").await;
    assert_eq!((&told["failed"], &told["settled"]), (&json!(0), &json!(2)));
}
