//! The AI service over its socket: what it answers, and how it misbehaves on command.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use chrono::{DateTime, Utc};
use galley_sandbox::{
    ai::{AiMode, AiOptions, AiServer},
    fault::Fault,
};
use serde_json::{Value, json};
use std::time::Duration;

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

fn client() -> reqwest::Client {
    rustls::crypto::ring::default_provider().install_default().ok();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

async fn server() -> AiServer {
    AiServer::start(AiOptions { seed: 11, ..AiOptions::new(now) }).await.unwrap()
}

fn order(topic: &str) -> Value {
    let brief = json!({
        "product": "article", "topic": topic, "keywords": ["green tea"], "wordCount": 300,
        "targetUrl": "https://example.com/tea", "anchorText": "a tea shop", "language": "en",
    });
    asking(&brief)
}

fn asking(brief: &Value) -> Value {
    json!({
        "model": "gpt-test",
        "messages": [
            { "role": "system", "content": "You write." },
            { "role": "user", "content": format!("Write this.\n\n```json\n{brief}\n```") },
        ],
    })
}

async fn ask(server: &AiServer, body: &Value) -> reqwest::Result<reqwest::Response> {
    client().post(format!("{}/chat/completions", server.base_url())).json(body).send().await
}

async fn text(server: &AiServer, body: &Value) -> String {
    let answer: Value = ask(server, body).await.unwrap().json().await.unwrap();
    answer["choices"][0]["message"]["content"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_article_comes_with_what_it_used() {
    let server = server().await;
    let answer: Value = ask(&server, &order("Tea at work")).await.unwrap().json().await.unwrap();
    let article = answer["choices"][0]["message"]["content"].as_str().unwrap();
    assert!(
        article.starts_with("# ") && article.contains("[a tea shop](https://example.com/tea)"),
        "{article}"
    );
    assert_eq!(answer["model"], "gpt-test");
    assert_eq!(answer["created"], 0);
    let usage = &answer["usage"];
    assert!(usage["completion_tokens"].as_u64().unwrap() > 300);
    let sum = usage["prompt_tokens"].as_u64().unwrap() + usage["completion_tokens"].as_u64().unwrap();
    assert_eq!(usage["total_tokens"], sum);
    assert_eq!(server.control().calls()[0].body["model"], "gpt-test");
    assert_eq!((server.control().counters().calls, server.control().counters().in_flight), (1, 0));
}

#[tokio::test]
async fn a_backlink_names_its_paragraph_on_the_first_line() {
    let server = server().await;
    let old = "A pot of tea is a good reason to sit down together, and it never costs very much at all.";
    let brief = json!({
        "product": "backlink", "targetUrl": "https://example.com/tea", "anchorText": "a tea shop",
        "paragraphs": [{ "number": 4, "text": "## Tea" }, { "number": 7, "text": old }],
    });
    let answer = text(&server, &asking(&brief)).await;
    let (number, new) = answer.split_once('\n').unwrap();
    assert!(
        number == "7" && new.starts_with(old) && new.contains("[a tea shop](https://example.com/tea)"),
        "{answer}"
    );
}

#[tokio::test]
async fn only_the_key_opens() {
    let options = AiOptions { api_key: Some("sk-sandbox".to_owned()), ..AiOptions::new(now) };
    assert!(!format!("{options:?}").contains("sk-sandbox"));
    let server = AiServer::start(options).await.unwrap();
    let url = format!("{}/chat/completions", server.base_url());
    for key in [None, Some("wrong")] {
        let mut request = client().post(&url).json(&order("Tea"));
        if let Some(key) = key {
            request = request.bearer_auth(key);
        }
        assert_eq!(request.send().await.unwrap().status(), 401);
    }
    let answer = client().post(&url).bearer_auth("sk-sandbox").json(&order("Tea")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let counters = server.control().counters();
    assert_eq!((counters.calls, counters.refused), (1, 2));
}

#[tokio::test]
async fn what_is_no_request_is_refused() {
    let server = server().await;
    let url = format!("{}/chat/completions", server.base_url());
    for body in
        ["", "{}", r#"{"messages":[]}"#, r#"{"messages":[{"role":"user","content":"x"}],"stream":true}"#]
    {
        let answer = client().post(&url).body(body).send().await.unwrap();
        assert_eq!(answer.status(), 400, "{body}");
        assert!(answer.json::<Value>().await.unwrap()["error"]["message"].is_string());
    }
}

#[tokio::test]
async fn errors_come_as_often_as_asked() {
    let server = server().await;
    server.control().set(Fault::times(AiMode::Status500, 1));
    assert_eq!(ask(&server, &order("Tea")).await.unwrap().status(), 500);
    assert_eq!(ask(&server, &order("Tea")).await.unwrap().status(), 200);
    server.control().set(Fault::times(AiMode::RateLimited, 1).retry_after_seconds(7));
    let answer = ask(&server, &order("Tea")).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()), (429, "7"));
}

#[tokio::test]
async fn a_fault_hits_only_whom_it_is_meant_for() {
    let server = server().await;
    server.control().set(Fault::always(AiMode::Status500).only("Coffee"));
    assert_eq!(ask(&server, &order("Coffee")).await.unwrap().status(), 500);
    assert_eq!(ask(&server, &order("Tea")).await.unwrap().status(), 200);
    let modes: Vec<AiMode> = server.control().calls().iter().map(|call| call.mode).collect();
    assert_eq!(modes, [AiMode::Status500, AiMode::Ok]);
}

#[tokio::test]
async fn a_hanging_call_is_seen_and_the_server_still_stops() {
    let server = server().await;
    server.control().set(Fault::always(AiMode::Hang));
    let control = server.control().clone();
    let url = format!("{}/chat/completions", server.base_url());
    let waiting = tokio::spawn(async move { client().post(url).json(&order("Tea")).send().await });
    control.calls_reach(1).await;
    assert_eq!(control.counters().in_flight, 1);
    server.shutdown().await;
    assert!(waiting.await.unwrap().map_or(true, |answer| answer.status() == 503));
    control.counters_reach(|counters| counters.in_flight == 0).await;
}

#[tokio::test]
async fn a_caller_who_gives_up_frees_the_call() {
    let server = server().await;
    server.control().set(Fault::always(AiMode::Hang));
    let url = format!("{}/chat/completions", server.base_url());
    let request = client().post(url).timeout(Duration::from_millis(50)).json(&order("Tea"));
    assert!(request.send().await.unwrap_err().is_timeout());
    server.control().counters_reach(|counters| counters.in_flight == 0).await;
    assert_eq!(server.control().counters().calls, 1);
}

#[tokio::test]
async fn the_connection_breaks_in_the_middle_of_the_answer() {
    let server = server().await;
    server.control().set(Fault::always(AiMode::Reset));
    let answer = ask(&server, &order("Tea")).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.bytes().await.is_err());
}

#[tokio::test]
async fn bad_answers_of_every_kind() {
    let server = server().await;
    let control = server.control();
    control.set(Fault::always(AiMode::Garbage));
    assert!(ask(&server, &order("Tea")).await.unwrap().json::<Value>().await.is_err());
    control.set(Fault::always(AiMode::Empty));
    assert_eq!(text(&server, &order("Tea")).await, "");
    control.set(Fault::always(AiMode::Refusal));
    assert!(
        text(&server, &order("Tea")).await.starts_with("I'm sorry, but as an AI language model I cannot")
    );
    control.set(Fault::always(AiMode::Huge));
    assert!(text(&server, &order("Tea")).await.len() >= 5 * 1024 * 1024);
    control.set(Fault::always(AiMode::Fenced));
    let fenced = text(&server, &order("Tea")).await;
    assert!(fenced.starts_with("```markdown\n# ") && fenced.ends_with("\n```"));
    control.set(Fault::always(AiMode::HtmlScript));
    let scripted = text(&server, &order("Tea")).await;
    for bait in ["<script>alert(1)</script>", "onerror=", "](javascript:"] {
        assert!(scripted.contains(bait), "{bait}");
    }
    control.slip_in("<svg onload=alert(2)>");
    let scripted = text(&server, &order("Tea")).await;
    assert!(scripted.starts_with("# ") && scripted.ends_with(" <svg onload=alert(2)>"));
}

#[tokio::test]
async fn an_article_is_held_until_its_fault_is_disarmed() {
    let server = server().await;
    server.control().set(Fault::always(AiMode::Held).only("Tea"));
    let held = order("Tea");
    let held = text(&server, &held);
    tokio::pin!(held);
    tokio::select! {
        _ = &mut held => panic!("it was not held"),
        () = server.control().calls_reach(1) => {}
    }
    assert!(text(&server, &order("Coffee")).await.starts_with("# "), "another one is not held");
    server.control().set(Fault::always(AiMode::Empty).only("Milk"));
    assert!(futures_util::poll!(&mut held).is_pending(), "another fault is no reason to let it go");
    server.control().reset();
    assert!(held.await.starts_with("# "));
}

#[tokio::test]
async fn a_bad_article_is_mended_when_asked() {
    let server = server().await;
    server.control().set(Fault::always(AiMode::BadOnce));
    let bad = text(&server, &order("Tea")).await;
    assert!(!bad.contains("https://example.com/tea"));
    let brief = json!({
        "topic": "Tea", "keywords": ["green tea"], "wordCount": 300, "targetUrl": "https://example.com/tea",
        "anchorText": "a tea shop", "currentText": bad, "failedChecks": [{ "code": "link-once" }],
    });
    assert!(text(&server, &asking(&brief)).await.contains("[a tea shop](https://example.com/tea)"));
}

#[tokio::test]
async fn a_slow_answer_is_a_good_one() {
    let server = server().await;
    server.control().set(Fault::times(AiMode::Slow, 1).latency(Duration::from_millis(30)));
    let before = tokio::time::Instant::now();
    assert!(text(&server, &order("Tea")).await.starts_with("# "));
    assert!(before.elapsed() >= Duration::from_millis(30));
}

#[tokio::test]
async fn the_switch_works_over_http() {
    let server = server().await;
    let url = format!("http://{}/_control", server.addr());
    let fault = json!({ "mode": "status_500", "times": null, "latencyMs": 0, "match": null });
    let shown: Value = client().post(&url).json(&fault).send().await.unwrap().json().await.unwrap();
    assert_eq!(shown["faults"][0]["mode"], "status_500");
    assert_eq!(ask(&server, &order("Tea")).await.unwrap().status(), 500);
    let page = client().get(format!("http://{}/", server.addr())).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("SANDBOX") && page.contains("status_500"), "{page}");
    let shown: Value = client().delete(&url).send().await.unwrap().json().await.unwrap();
    assert_eq!((&shown["faults"], &shown["counters"]["calls"]), (&json!([]), &json!(1)));
    assert_eq!(client().post(&url).json(&json!({ "mode": "nonsense" })).send().await.unwrap().status(), 422);
    assert_eq!(ask(&server, &order("Tea")).await.unwrap().status(), 200);
}

#[tokio::test]
async fn only_the_last_calls_are_remembered() {
    let server = server().await;
    server.control().set(Fault::always(AiMode::Empty));
    let client = client();
    let url = format!("{}/chat/completions", server.base_url());
    for _ in 0..205 {
        client.post(&url).json(&order("Tea")).send().await.unwrap().bytes().await.unwrap();
    }
    let calls = server.control().calls();
    assert_eq!((calls.len(), calls[0].number, server.control().counters().calls), (200, 6, 205));
}
