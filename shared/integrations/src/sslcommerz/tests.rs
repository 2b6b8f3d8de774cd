//! What no stand-in does: odd answers, and a gateway that quotes our password. The rest is in
//! `tests/sslcommerz_gateway.rs`.

use super::*;
use galley_domain::{id::RefundId, money::Money, payment::RefundState};
use md5::{Digest as _, Md5};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use uuid::Uuid;

/// Looks different in an address and in a form, to be sure that neither is shown.
const PASSWORD: &str = "q&w +erty@ssl";
const PASSWORD_ENCODED: &str = "q%26w+%2Berty%40ssl";

fn config(api_base: &str) -> SslcommerzConfig {
    SslcommerzConfig {
        store_id: "testbox".to_owned(),
        store_password: Secret::new(PASSWORD),
        api_base: api_base.parse().unwrap(),
        public_url: "https://shop.example/de/".parse().unwrap(),
        timeout: Duration::from_secs(20),
    }
}

fn intent(minor: i64, currency: &str) -> CheckoutIntent {
    CheckoutIntent {
        checkout: Uuid::from_u128(7).into(),
        gateway: Gateway::Sslcommerz,
        attempt: 1,
        title: "Article".to_owned(),
        price: Money { minor, currency: currency.parse().unwrap() },
        email: "ann@example.com".to_owned(),
        token: "t+1".to_owned(),
        created_at: DateTime::UNIX_EPOCH,
    }
}

fn refund_intent(minor: i64, currency: &str) -> RefundIntent {
    RefundIntent {
        refund: RefundId(Uuid::from_u128(9)),
        gateway: Gateway::Sslcommerz,
        attempt: 1,
        payment_ref: "bank1".to_owned(),
        external_id: None,
        amount: Money { minor, currency: currency.parse().unwrap() },
        reason: String::new(),
        state: RefundState::Requested,
        created_at: DateTime::UNIX_EPOCH,
    }
}

/// A gateway that gives every request this answer.
async fn answering(reply: String) -> SslcommerzGateway {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
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
    SslcommerzGateway::new(config(&base)).unwrap()
}

fn http(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len())
}

fn shows_no_password(text: &str) {
    assert!(
        !text.contains(PASSWORD) && !text.contains(PASSWORD_ENCODED) && !text.contains("q%26w"),
        "{text}"
    );
}

/// What each of the four kinds of call comes to.
async fn errors(reply: String) -> Vec<GatewayError> {
    let gateway = answering(reply).await;
    let errors = vec![
        gateway.create_checkout(&intent(100_000, "BDT")).await.unwrap_err(),
        gateway.fetch("x-1", None).await.unwrap_err(),
        gateway.fetch("x-1", Some("val1")).await.unwrap_err(),
        gateway.refund(&refund_intent(100_000, "BDT")).await.unwrap_err(),
    ];
    shows_no_password(&format!("{errors:?} {gateway:?}"));
    errors
}

#[tokio::test]
async fn each_http_status_has_its_meaning() {
    let busy = errors(http("429 Too Many Requests", "retry-after: 7\r\n", "")).await;
    for error in busy {
        assert!(matches!(error, GatewayError::NotDone { .. }), "{error:?}");
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    }
    for status in ["400 Bad Request", "401 Unauthorized", "403 Forbidden", "404 Not Found"] {
        for error in errors(http(status, "", "<html>")).await {
            assert!(matches!(error, GatewayError::Refused { .. }), "{error:?}");
        }
    }
    let elsewhere = "location: https://elsewhere.example/\r\n";
    for status in ["302 Found", "408 Request Timeout", "500 Oops", "503 Service Unavailable"] {
        for error in errors(http(status, elsewhere, "<html>")).await {
            assert!(matches!(error, GatewayError::Unknown { .. }), "{error:?}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_says_nothing_leaves_the_outcome_unknown() {
    let huge = " ".repeat(2 * 1024 * 1024);
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"status\":";
    let mut replies = vec![cut.to_owned(), http("200 OK", "", &huge)];
    for body in
        ["", "[]", "<html>", "{}", "{\"status\": 7}", "{\"status\": \"WHO KNOWS\", \"APIConnect\": \"NEW\"}"]
    {
        replies.push(http("200 OK", "", body));
    }
    for reply in replies {
        for error in errors(reply).await {
            assert!(matches!(error, GatewayError::Unknown { .. }), "{error:?}");
        }
    }
}

#[tokio::test]
async fn a_page_that_is_no_page_is_shown_to_nobody() {
    for url in ["", "/pay", "javascript:alert(1)", "file:///etc/passwd"] {
        let body = json!({ "status": "SUCCESS", "GatewayPageURL": url }).to_string();
        let gateway = answering(http("200 OK", "", &body)).await;
        let error = gateway.create_checkout(&intent(100_000, "BDT")).await.unwrap_err();
        assert!(matches!(error, GatewayError::Unknown { .. }), "{url}: {error:?}");
    }
}

#[tokio::test]
async fn a_reason_that_quotes_the_password_is_given_without_it() {
    let reason = format!("bad store_passwd={PASSWORD} in ?store_passwd={PASSWORD_ENCODED}&v=1");
    let body = json!({
        "APIConnect": "DONE", "status": "FAILED", "failedreason": reason, "errorReason": reason,
    });
    let gateway = answering(http("200 OK", "", &body.to_string())).await;
    let created = gateway.create_checkout(&intent(100_000, "BDT")).await.unwrap_err();
    let refunded = gateway.refund(&refund_intent(100_000, "BDT")).await.unwrap_err();
    for error in [created, refunded] {
        let GatewayError::Refused { detail } = error else { panic!("{error:?}") };
        assert!(detail.contains("bad store_passwd=*** in ?store_passwd=***&v=1"), "{detail}");
    }
    let cancelled = json!({ "APIConnect": "DONE", "status": "cancelled", "errorReason": reason });
    let gateway = answering(http("200 OK", "", &cancelled.to_string())).await;
    let asked = RefundIntent { external_id: Some("ref1".to_owned()), ..refund_intent(100, "BDT") };
    let found = gateway.find_refund(&asked).await.unwrap().unwrap();
    assert_eq!(found.state, RefundState::Failed);
    shows_no_password(&format!("{found:?}"));
}

#[tokio::test]
async fn not_even_a_piece_of_the_password_is_given() {
    let hashed = hex::encode(Md5::digest(PASSWORD));
    let reasons = [
        format!("{}{PASSWORD}", "x".repeat(295)),
        format!("hash {hashed}"),
        "url ?store_passwd=q%26w%20%2berty@ssl".to_owned(),
    ];
    for reason in reasons {
        let body = json!({ "status": "FAILED", "failedreason": reason }).to_string();
        let gateway = answering(http("200 OK", "", &body)).await;
        let error = gateway.create_checkout(&intent(100_000, "BDT")).await.unwrap_err().to_string();
        for piece in ["q&w", "q%26w", "erty", &hashed] {
            assert!(!error.contains(piece), "{piece}: {error}");
        }
    }
}

#[tokio::test]
async fn a_refund_that_cannot_be_asked_about_is_never_said_to_have_failed() {
    for body in [json!({ "APIConnect": "INVALID_REQUEST" }), json!({ "APIConnect": "INACTIVE" })] {
        let gateway = answering(http("200 OK", "", &body.to_string())).await;
        let asked = RefundIntent { external_id: Some("ref1".to_owned()), ..refund_intent(100, "BDT") };
        let error = gateway.find_refund(&asked).await.unwrap_err();
        assert!(matches!(error, GatewayError::Unknown { .. }), "{error:?}");
        let error = gateway.find_refund(&refund_intent(100, "BDT")).await.unwrap_err();
        let GatewayError::Unknown { detail } = error else { panic!("{error:?}") };
        assert!(detail.starts_with("SSLCommerz cannot be asked") && detail.contains("bank1"), "{detail}");
    }
}

#[tokio::test]
async fn what_would_be_refused_is_refused_before_anybody_is_asked() {
    // Nobody listens there: whatever is asked is `NotDone`.
    let gateway = SslcommerzGateway::new(config("http://127.0.0.1:1")).unwrap();
    let created = |minor, currency| {
        let (gateway, intent) = (gateway.clone(), intent(minor, currency));
        async move { gateway.create_checkout(&intent).await.unwrap_err() }
    };
    for (minor, currency) in [(999, "BDT"), (50_000_001, "BDT"), (-1, "BDT"), (0, "USD"), (5_000, "JPY")] {
        let error = created(minor, currency).await;
        assert!(matches!(error, GatewayError::Refused { .. }), "{minor} {currency}: {error:?}");
    }
    for (minor, currency) in [(1_000, "BDT"), (50_000_000, "BDT"), (1, "USD")] {
        let error = created(minor, currency).await;
        assert!(matches!(error, GatewayError::NotDone { .. }), "{minor} {currency}: {error:?}");
    }
    for (minor, currency) in [(0, "BDT"), (-5, "BDT"), (100, "USD")] {
        let error = gateway.refund(&refund_intent(minor, currency)).await.unwrap_err();
        assert!(matches!(error, GatewayError::Refused { .. }), "{minor} {currency}: {error:?}");
    }
    let error = gateway.refund(&refund_intent(100, "BDT")).await.unwrap_err();
    assert!(matches!(error, GatewayError::NotDone { .. }), "{error:?}");
    let too_many = CheckoutIntent { attempt: ATTEMPTS_MAX + 1, ..intent(100_000, "BDT") };
    let error = gateway.create_checkout(&too_many).await.unwrap_err();
    assert!(matches!(error, GatewayError::Refused { .. }), "{error:?}");
}

#[test]
fn what_is_sent_for_a_page_fits() {
    let long = CheckoutIntent { title: "ä".repeat(999), ..intent(115_050, "BDT") };
    let order = checkout::Order::new(&long, &config("http://127.0.0.1:1").public_url).unwrap();
    let form: std::collections::BTreeMap<_, _> = order.form().into_iter().collect();
    assert_eq!(form["total_amount"], "1150.50");
    assert_eq!(form["currency"], "BDT");
    assert_eq!(form["tran_id"], "00000000000000000000000007-1");
    assert_eq!(form["value_a"], "00000000-0000-0000-0000-000000000007");
    assert_eq!(form["product_name"].chars().count(), 255);
    let back =
        "https://shop.example/de/payment/return/sslcommerz/00000000-0000-0000-0000-000000000007?token=t%2B1";
    for (key, outcome) in [("success_url", "success"), ("fail_url", "failed"), ("cancel_url", "cancelled")] {
        assert_eq!(form[key], format!("{back}&outcome={outcome}"));
    }
    assert_eq!(form["ipn_url"], "https://shop.example/de/api/v1/webhooks/sslcommerz");
    assert!(form.values().all(|value| !value.is_empty()), "{form:?}");
}

#[test]
fn a_client_needs_two_addresses_and_credentials() {
    let with = |change: fn(&mut SslcommerzConfig)| {
        let mut config = config("https://sandbox.sslcommerz.com");
        change(&mut config);
        SslcommerzGateway::new(config).map(drop)
    };
    assert_eq!(with(|_| {}), Ok(()));
    let ftp = |config: &mut SslcommerzConfig| config.api_base = "ftp://x".parse().unwrap();
    assert_eq!(with(ftp), Err(SslcommerzSetupError::NotHttp));
    let user = |config: &mut SslcommerzConfig| config.public_url = "https://u:p@x".parse().unwrap();
    assert_eq!(with(user), Err(SslcommerzSetupError::HoldsCredentials));
    let nobody = |config: &mut SslcommerzConfig| config.store_password = Secret::new("");
    assert_eq!(with(nobody), Err(SslcommerzSetupError::NoCredentials));
    shows_no_password(&format!("{:?}", config("https://sandbox.sslcommerz.com")));
}
