//! The stand-in WordPress over HTTP, as somebody with a terminal uses it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use chrono::{DateTime, Utc};
use galley_sandbox::{
    Sandbox, SandboxOptions,
    wordpress::{WordpressOptions, WordpressServer},
};
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

/// A site and somebody who asks it.
struct Desk {
    site: WordpressServer,
    http: Client,
}

impl Desk {
    async fn open() -> Self {
        let site = WordpressServer::start(WordpressOptions::new(now)).await.unwrap();
        rustls::crypto::ring::default_provider().install_default().ok();
        Self { site, http: Client::builder().no_proxy().build().unwrap() }
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.site.base_url())
    }

    async fn post(&self, path: &str, body: &Value) -> Response {
        let request = self.http.post(self.at(path)).json(body);
        request.basic_auth("galley", Some("abcdEFGH1234ijklMNOP6789")).send().await.unwrap()
    }

    async fn get(&self, path: &str) -> Response {
        self.http.get(self.at(path)).send().await.unwrap()
    }
}

fn post(slug: &str, status: &str) -> Value {
    json!({ "slug": slug, "title": "Tea", "content": "<p>Green.</p>", "status": status })
}

#[tokio::test]
async fn a_post_is_written_shown_and_changed_by_the_sites_people() {
    let desk = Desk::open().await;
    let made = desk.post("/wp-json/wp/v2/posts", &post("tea", "publish")).await;
    assert_eq!(made.status(), StatusCode::CREATED);
    let made: Value = made.json().await.unwrap();
    assert_eq!(made["link"], desk.at("/tea/"));
    assert_eq!(made["content"]["raw"], "<p>Green.</p>");
    assert!(desk.get("/tea/").await.text().await.unwrap().contains("<p>Green.</p>"));
    let edit = json!({ "action": "edit", "target": made["id"] });
    let world: Value = desk.post("/_control/actions", &edit).await.json().await.unwrap();
    assert!(world["posts"][0]["content"].as_str().unwrap().contains("One of us"), "{world}");
    let trash = json!({ "action": "trash", "target": made["id"] });
    desk.post("/_control/actions", &trash).await;
    assert_eq!(desk.get("/tea/").await.status(), StatusCode::NOT_FOUND);
    let unknown = desk.post("/_control/actions", &json!({ "action": "delete", "target": 9 })).await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn strangers_see_what_is_public_and_write_nothing() {
    let desk = Desk::open().await;
    desk.post("/wp-json/wp/v2/posts", &post("tea", "publish")).await;
    desk.post("/wp-json/wp/v2/posts", &post("draft", "draft")).await;
    let listed: Value = desk.get("/wp-json/wp/v2/posts").await.json().await.unwrap();
    assert_eq!(listed.as_array().map(Vec::len), Some(1), "{listed}");
    assert!(listed[0]["content"].get("raw").is_none(), "{listed}");
    for path in ["/wp-json/wp/v2/posts?context=edit", "/wp-json/wp/v2/users/me"] {
        assert_eq!(desk.get(path).await.status(), StatusCode::UNAUTHORIZED, "{path}");
    }
    assert_eq!(desk.get("/draft/").await.status(), StatusCode::NOT_FOUND);
    let unknown: Value = desk.get("/wp-json/wp/v2/pages").await.json().await.unwrap();
    assert_eq!(unknown["code"], "rest_no_route");
    let write = desk.http.post(desk.at("/wp-json/wp/v2/posts")).json(&post("x", "publish"));
    assert_eq!(write.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    let wrong = desk.http.get(desk.at("/wp-json/wp/v2/posts")).basic_auth("galley", Some("no"));
    assert_eq!(wrong.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn faults_are_armed_and_disarmed_over_http() {
    let desk = Desk::open().await;
    let fault = json!({ "mode": "rate_limited", "times": 1, "retryAfterSeconds": 9 });
    assert_eq!(desk.post("/_control", &fault).await.status(), StatusCode::OK);
    let limited = desk.get("/wp-json/").await;
    assert_eq!(limited.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(limited.headers()["retry-after"], "9");
    assert_eq!(desk.get("/wp-json/").await.status(), StatusCode::OK);
    desk.post("/_control", &json!({ "mode": "hide_links" })).await;
    let shown: Value = desk.http.delete(desk.at("/_control")).send().await.unwrap().json().await.unwrap();
    assert_eq!((&shown["faults"], &shown["counters"]["calls"]), (&json!([]), &json!(2)));
    assert!(desk.post("/_control", &json!({ "mode": "sleepy" })).await.status().is_client_error());
}

#[tokio::test]
async fn a_site_starts_and_stops_with_the_sandbox_when_it_is_asked_for() {
    assert!(Sandbox::start(SandboxOptions::default()).await.unwrap().wordpress().is_none());
    let options = SandboxOptions { wordpress: Some(WordpressOptions::new(now)), ..SandboxOptions::default() };
    let sandbox = Sandbox::start(options).await.unwrap();
    let addr = sandbox.wordpress().unwrap().addr();
    sandbox.shutdown().await;
    assert!(tokio::net::TcpStream::connect(addr).await.is_err());
}
