//! What no stand-in does: odd answers, and a site that quotes our password. The rest is in
//! `tests/wordpress_site.rs`.

use super::*;
use galley_domain::id::ArticleId;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use uuid::Uuid;

const PASSWORD: &str = "abcd EFGH 1234";
/// What travels: `galley:abcd EFGH 1234`.
const HEADER: &str = "Z2FsbGV5OmFiY2QgRUZHSCAxMjM0";

fn config(url: &str) -> WordpressConfig {
    WordpressConfig {
        url: url.parse().unwrap(),
        user: "galley".to_owned(),
        app_password: Secret::new(PASSWORD),
        timeout: Duration::from_secs(20),
    }
}

/// A site that gives every request this answer.
async fn answering(status: &str, body: &str) -> WordpressSite {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/blog/", listener.local_addr().unwrap());
    let reply =
        format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut read = [0; 8192];
            // The answer does not depend on the request, so its beginning is enough.
            let _ = socket.read(&mut read).await;
            let _ = socket.write_all(reply.as_bytes()).await;
            // What is left unread would reset the connection before the answer is read.
            let _ = socket.shutdown().await;
            while socket.read(&mut read).await.is_ok_and(|count| count > 0) {}
        }
    });
    WordpressSite::new(config(&base)).unwrap()
}

async fn refusal(status: &str, body: &str) -> SiteError {
    let copy = ArticleCopy {
        article: ArticleId(Uuid::from_u128(7)),
        slug: "tea",
        title: "Tea",
        html: "<p>Tea.</p>",
        known: None,
    };
    answering(status, body).await.upsert(&copy).await.unwrap_err()
}

#[test]
fn the_set_up_is_checked_before_anything_is_sent() {
    assert!(WordpressSite::new(config("https://site.example/blog")).is_ok());
    let refused = |config: WordpressConfig| WordpressSite::new(config).unwrap_err();
    assert_eq!(refused(config("ftp://site.example")), WordpressSetupError::NotHttp);
    assert_eq!(refused(config("https://ann:x@site.example")), WordpressSetupError::HoldsCredentials);
    let with_colon = WordpressConfig { user: "a:b".to_owned(), ..config("https://site.example") };
    assert_eq!(refused(with_colon), WordpressSetupError::NoCredentials);
    let without = WordpressConfig { app_password: Secret::new(""), ..config("https://site.example") };
    assert_eq!(refused(without), WordpressSetupError::NoCredentials);
    assert!(!format!("{:?}", config("https://site.example")).contains("EFGH"));
    assert!(!format!("{:?}", WordpressSite::new(config("https://site.example"))).contains("EFGH"));
}

#[tokio::test]
async fn a_password_that_is_quoted_does_not_show() {
    for quoted in [PASSWORD, "abcdEFGH1234", HEADER] {
        let body = format!("{{\"code\":\"incorrect_password\",\"message\":\"Not <b>{quoted}</b>\"}}");
        let error = refusal("401 Unauthorized", &body).await;
        assert!(matches!(&error, SiteError::Refused { .. }), "{error:?}");
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("incorrect_password") && !shown.contains(quoted), "{shown}");
    }
}

#[tokio::test]
async fn a_login_that_got_lost_on_its_way_is_hinted_at() {
    let body = r#"{"code":"rest_forbidden_context","message":"Sorry.","data":{"status":401}}"#;
    let error = refusal("401 Unauthorized", body).await.to_string();
    assert!(error.contains("rest_forbidden_context") && error.contains("Authorization header"), "{error}");
}

#[tokio::test]
async fn answers_that_cannot_be_read_may_be_asked_for_again() {
    let bodies = ["", "<html>ads</html>", "{\"id\":7}", "7"];
    for body in bodies {
        let error = refusal("200 OK", body).await;
        assert!(matches!(error, SiteError::Unavailable { .. }), "{body}: {error:?}");
    }
    let error = refusal("502 Bad Gateway", "<html>").await;
    assert_eq!(error, SiteError::Unavailable { detail: "HTTP 502".to_owned(), after: None });
}

#[tokio::test]
async fn a_site_that_has_moved_says_where() {
    let error = refusal("301 Moved Permanently\r\nlocation: https://www.site.example/x?token=1", "").await;
    let shown = error.to_string();
    assert!(shown.contains("https://www.site.example;") && !shown.contains("token"), "{shown}");
    assert!(matches!(error, SiteError::Refused { .. }));
}

#[tokio::test]
async fn a_user_who_may_not_publish_is_no_account() {
    let site = answering("200 OK", r#"{"id":1,"name":"Ann","capabilities":{"publish_posts":false}}"#).await;
    assert!(matches!(site.account().await, Err(SiteError::Refused { .. })));
    let site = answering("200 OK", r#"{"id":1,"name":"Ann","capabilities":{"publish_posts":true}}"#).await;
    assert_eq!(site.account().await.unwrap(), "Ann");
}
