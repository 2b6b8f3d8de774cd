//! All stand-ins together, and the pages that show the mails.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use chrono::{DateTime, Utc};
use galley_sandbox::{Sandbox, SandboxOptions, ai::AiOptions, smtp::SmtpOptions};
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

fn client() -> reqwest::Client {
    rustls::crypto::ring::default_provider().install_default().ok();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

async fn whole() -> Sandbox {
    let options = SandboxOptions {
        ai: Some(AiOptions::new(now)),
        smtp: Some(SmtpOptions::new(now)),
        inbox: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
        ..SandboxOptions::default()
    };
    Sandbox::start(options).await.unwrap()
}

async fn send(sandbox: &Sandbox, mail: &str) {
    let mut stream = TcpStream::connect(sandbox.smtp().unwrap().addr()).await.unwrap();
    let talk = format!(
        "HELO a\r\nMAIL FROM:<shop@b>\r\nRCPT TO:<ada@example.com>\r\nDATA\r\n{mail}\r\n.\r\nQUIT\r\n"
    );
    stream.write_all(talk.as_bytes()).await.unwrap();
    stream.read_to_end(&mut Vec::new()).await.unwrap();
}

#[tokio::test]
async fn mails_can_be_looked_at_and_can_do_nothing() {
    let sandbox = whole().await;
    let base = format!("http://{}", sandbox.inbox().unwrap().addr());
    let get = async |path: &str| client().get(format!("{base}{path}")).send().await.unwrap();
    assert!(get("/mails").await.text().await.unwrap().contains("Nothing yet"));
    let html = "Subject: <b>Ready</b>\r\nContent-Type: text/html\r\n\r\n<p onclick=\"x()\">Hello</p><script>x()</script>";
    send(&sandbox, html).await;
    send(&sandbox, "Subject: Plain\r\n\r\n<i>text</i>").await;
    let list = get("/").await.text().await.unwrap();
    assert!(list.contains("&lt;b&gt;Ready&lt;/b&gt;") && list.contains("ada@example.com"), "{list}");
    assert!(list.find("Plain") < list.find("Ready"), "newest first");
    let shown = get("/mails/1").await;
    assert!(shown.headers()["content-security-policy"].to_str().unwrap().contains("script-src 'none'"));
    let shown = shown.text().await.unwrap();
    assert!(
        shown.contains("sandbox=\"allow-popups") && shown.contains("&lt;p onclick=&quot;x()&quot;&gt;"),
        "{shown}"
    );
    assert!(!shown.contains("<script"));
    assert!(get("/mails/2").await.text().await.unwrap().contains("<pre>&lt;i&gt;text&lt;/i&gt;"));
    let raw = get("/mails/1/raw").await;
    assert_eq!(raw.headers()["content-type"], "text/plain; charset=utf-8");
    assert!(raw.text().await.unwrap().starts_with("Subject: <b>"));
    assert_eq!(get("/mails/9").await.status(), 404);
}

#[tokio::test]
async fn the_mail_servers_switch_is_on_the_inbox() {
    let sandbox = whole().await;
    let url = format!("http://{}/_control", sandbox.inbox().unwrap().addr());
    let shown = client().post(&url).json(&json!({ "mode": "refuse" })).send().await.unwrap();
    assert_eq!(shown.json::<Value>().await.unwrap()["faults"][0]["mode"], "refuse");
    assert!(TcpStream::connect(sandbox.smtp().unwrap().addr()).await.is_err());
    client().delete(&url).send().await.unwrap();
    send(&sandbox, "Subject: x").await;
    let shown: Value = client().get(&url).send().await.unwrap().json().await.unwrap();
    assert_eq!((&shown["received"], &shown["faults"]), (&json!(1), &json!([])));
}

#[tokio::test]
async fn only_what_is_asked_for_starts_and_all_of_it_stops() {
    let none = Sandbox::start(SandboxOptions::default()).await.unwrap();
    assert!(none.ai().is_none() && none.smtp().is_none() && none.inbox().is_none());
    let sandbox = whole().await;
    let addrs =
        [sandbox.ai().unwrap().addr(), sandbox.smtp().unwrap().addr(), sandbox.inbox().unwrap().addr()];
    sandbox.shutdown().await;
    for addr in addrs {
        assert!(TcpStream::connect(addr).await.is_err(), "{addr}");
    }
}

#[tokio::test]
async fn a_place_that_is_taken_is_an_error() {
    let sandbox = whole().await;
    let options = SmtpOptions { bind: sandbox.smtp().unwrap().addr(), ..SmtpOptions::new(now) };
    let options = SandboxOptions { smtp: Some(options), ..SandboxOptions::default() };
    assert!(Sandbox::start(options).await.is_err());
}
