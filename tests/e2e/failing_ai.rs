//! The AI service has a bad day.

use crate::shop::{Order, Plan, SOON, STAFF, Setup, Shop, on_every_setup, sale, until};
use galley_sandbox::{ai::AiMode, fault::Fault, stripe::SessionSpec};
use serde_json::Value;
use std::time::Duration;

/// Every way to fail, what its customer is told, and how often the service is asked: a refusal is
/// a text, so that each attempt has it repaired twice and written anew once.
const FAILURES: [(AiMode, &str, u64); 6] = [
    (AiMode::Status500, "The writing service could not be reached.", 3),
    (AiMode::RateLimited, "The writing service was too busy.", 3),
    (AiMode::Hang, "The writing service did not answer in time.", 3),
    (AiMode::Garbage, "The text we got was empty, and trying again didn’t help.", 3),
    (AiMode::Refusal, "The text did not pass our quality checks: ", 12),
    (AiMode::Huge, "The writing service gave an answer that was far too long.", 3),
];
/// The policy's 30 s and 120 s at the scale of these tests.
const PAUSES: [Duration; 2] = [Duration::from_millis(300), Duration::from_millis(1_200)];
/// What the busy service asks for, which is more than the policy's first pause.
const RETRY_AFTER: Duration = Duration::from_secs(1);

on_every_setup! {
    after_three_attempts_the_order_has_failed_with_a_reason_and_a_retry_finishes_it
    a_link_that_finds_no_place_fails_its_order_and_leaves_no_version
    an_answer_that_can_be_mended_is_mended
    scripts_in_an_answer_are_taken_out_and_the_rest_is_judged
}

/// An article whose every call meets the fault.
fn doomed(shop: &Shop, mode: AiMode) -> SessionSpec {
    let topic = format!("Tea against {mode:?}");
    let fault = Fault::always(mode).only(&topic).retry_after_seconds(RETRY_AFTER.as_secs());
    shop.ai.control().set(fault);
    sale::article(&topic)
}

/// How often the AI service was asked for something that contains `text`.
fn calls_about(shop: &Shop, text: &str) -> u64 {
    let calls = shop.ai.control().calls();
    calls.iter().filter(|call| call.body.to_string().contains(text)).count() as u64
}

async fn after_three_attempts_the_order_has_failed_with_a_reason_and_a_retry_finishes_it(setup: Setup) {
    let shop = Plan::new(setup).with("AI_TIMEOUT_SECONDS", "2").open().await;
    let mut orders = Vec::new();
    for (mode, reason, calls) in FAILURES {
        let order = shop.sell(&doomed(&shop, mode)).await;
        orders.push((order, mode, reason, calls));
    }
    for (order, mode, reason, calls) in &orders {
        let status = shop.settled(order, "FAILED").await;
        assert_failed_cleanly(&shop, order, &status, reason).await;
        assert_pauses_grew(&shop, order, *mode).await;
        assert_eq!(calls_about(&shop, &format!("Tea against {mode:?}")), *calls, "{mode:?}");
    }
    shop.drained().await;
    for (order, ..) in &orders {
        assert_eq!(kinds(&shop, order).await, ["order-received", "order-failed"]);
        assert_eq!(shop.subjects_to(&order.email).len(), 2);
    }
    let alerts = shop.smtp.mailbox().mails_to(STAFF);
    assert!(!alerts.is_empty(), "staff are told");

    shop.ai.control().reset();
    let retried = shop.galley(&["jobs", "retry", "--failed"]).await;
    assert!(retried.success && retried.stdout.contains("6 will run again, 0 could not be"), "{retried:?}");
    for (order, ..) in &orders {
        until("the retry is under way", SOON, async || shop.status(order).await["status"] != "FAILED").await;
        let status = shop.settled(order, "QUALITY_CHECK").await;
        assert_eq!((&status["version"]["number"], &status["orderDetails"]["run"]), (&1.into(), &2.into()));
        assert!(status["failureReason"].is_null(), "{status:#}");
    }
    shop.drained().await;
    for (order, ..) in &orders {
        assert_eq!(kinds(&shop, order).await, ["order-received", "order-failed", "article-ready"]);
    }
}

async fn a_link_that_finds_no_place_fails_its_order_and_leaves_no_version(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let notes = include_str!("../../src/command/demo/article.md");
    let article = shop.db.insert_article("notes", "Notes", notes).await;
    shop.ai.control().set(Fault::always(AiMode::Refusal));
    let order = shop.sell(&sale::backlink(article)).await;
    let status = shop.settled(&order, "FAILED").await;
    let reason = "We found no place in the article where the link reads naturally.";
    assert_eq!(status["failureReason"], reason);
    let made = "SELECT COUNT(*) FROM content_version WHERE order_id = $1 AND number > 0";
    assert_eq!(shop.db.count_of(made, order.id).await, 0, "only the article as it was is kept");
    assert_eq!(shop.db.texts("SELECT source FROM article").await, [notes]);
}

async fn kinds(shop: &Shop, order: &Order) -> Vec<String> {
    let sent = "SELECT kind FROM email WHERE order_id = $1 AND state = 'sent' ORDER BY created_at, id";
    shop.db.texts_of(sent, order.id).await
}

/// Failed, and nothing that was begun is left lying about.
async fn assert_failed_cleanly(shop: &Shop, order: &Order, status: &Value, reason: &str) {
    let told = status["failureReason"].as_str().unwrap_or_default();
    assert!(told.starts_with(reason), "{told} instead of {reason}");
    assert!(status["version"].is_null(), "{status:#}");
    let job = &status["queue"]["jobs"][0];
    assert_eq!(
        (&job["state"], &job["attempt"], &job["maxAttempts"]),
        (&"failed".into(), &3.into(), &3.into())
    );
    assert_eq!(
        (&status["queue"]["hasFailedJob"], &status["queue"]["hasActiveJob"]),
        (&true.into(), &false.into())
    );
    assert_eq!(
        (&status["canRequestRevision"], &status["canSubmitForReview"]),
        (&false.into(), &false.into())
    );
    let versions = "SELECT COUNT(*) FROM content_version WHERE order_id = $1";
    assert_eq!(shop.db.count_of(versions, order.id).await, 0);
    let current = "SELECT COUNT(*) FROM orders WHERE id = $1 AND current_version IS NULL";
    assert_eq!(shop.db.count_of(current, order.id).await, 1);
}

async fn assert_pauses_grew(shop: &Shop, order: &Order, mode: AiMode) {
    let runs = "SELECT a.started_at, a.ended_at FROM job_attempt a JOIN job j ON j.id = a.job_id \
                WHERE j.order_id = $1 AND j.queue = 'content' ORDER BY a.attempt";
    let runs = shop.db.spans_of(runs, order.id).await;
    assert_eq!(runs.len(), 3, "{mode:?}");
    let pauses = [runs[1].0 - runs[0].1, runs[2].0 - runs[1].1].map(|pause| pause.to_std().unwrap());
    let asked = if mode == AiMode::RateLimited { RETRY_AFTER } else { Duration::ZERO };
    for (pause, least) in pauses.into_iter().zip(PAUSES) {
        assert!(pause >= least.max(asked), "{mode:?}: {pauses:?}");
    }
}

async fn an_answer_that_can_be_mended_is_mended(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    for (mode, calls) in [(AiMode::Fenced, 1), (AiMode::BadOnce, 2)] {
        let order = shop.sell(&doomed(&shop, mode)).await;
        let status = shop.settled(&order, "QUALITY_CHECK").await;
        assert_ne!(status["version"]["qcStatus"], "fail");
        let source = status["version"]["content"].as_str().unwrap();
        assert!(source.starts_with("# ") && !source.contains("```"), "{source}");
        assert_eq!(source.matches("[shoe guide](https://shoes.example/guide)").count(), 1);
        assert_eq!(calls_about(&shop, &format!("Tea against {mode:?}")), calls, "{mode:?}");
    }
    assert_eq!(shop.db.count("SELECT COUNT(*) FROM job_attempt").await, 0, "no attempt was lost to it");
}

async fn scripts_in_an_answer_are_taken_out_and_the_rest_is_judged(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    // Once: what is left has a link that leads nowhere, which the repair mends.
    let sale = sale::article("Tea with a script");
    shop.ai.control().set(Fault::times(AiMode::HtmlScript, 1).only("Tea with a script"));
    let order = shop.sell(&sale).await;
    let status = shop.settled(&order, "QUALITY_CHECK").await;
    let version = &status["version"];
    for text in [&version["content"], &version["contentHtml"]] {
        let text = text.as_str().unwrap().to_lowercase();
        for evil in ["<script", "onerror", "javascript:", "alert("] {
            assert!(!text.contains(evil), "{evil} in {text}");
        }
    }
    let repair = shop.ai.control().calls()[1].body.to_string();
    assert!(repair.contains("link-form"), "the first answer was judged: {repair}");
    assert!(!repair.contains("<script") && !repair.contains("onerror"), "after it was sanitised: {repair}");
    assert_ne!(version["qcStatus"], "fail");

    // Always: judged like any other, three times.
    let order = shop.sell(&doomed(&shop, AiMode::HtmlScript)).await;
    let status = shop.settled(&order, "FAILED").await;
    let reason = "The text did not pass our quality checks: Working links (1 link that leads nowhere).";
    assert_failed_cleanly(&shop, &order, &status, reason).await;
}
