//! How calls fail, over a real socket. Which status means what is tested beside `from_answer`.

use super::*;

fn unknown(error: &GatewayError) -> bool {
    matches!(error, GatewayError::Unknown { .. })
}

async fn create(reply: Reply) -> Result<HostedCheckout, GatewayError> {
    StandIn::start(vec![reply]).await.gateway().create_checkout(&intent()).await
}

#[tokio::test]
async fn without_a_connection_nothing_was_done() {
    // A port that was free a moment ago.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let refused: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    // Somebody who speaks no TLS.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let no_tls = format!("https://{}", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            drop(socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await);
            drop(socket.read(&mut [0; 4096]).await);
        }
    });
    for base in [refused, no_tls] {
        let gateway = StripeGateway::new(config(base)).unwrap();
        let expected = GatewayError::NotDone { detail: "no connection".to_owned(), after: None };
        assert_eq!(gateway.create_checkout(&intent()).await, Err(expected.clone()));
        assert_eq!(gateway.refund(&refund_intent()).await, Err(expected.clone()));
        assert_eq!(gateway.fetch("cs_1", None).await.unwrap_err(), expected);
    }
}

#[tokio::test]
async fn once_it_was_sent_nobody_knows() {
    let torn = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\"".to_vec();
    let long = b"HTTP/1.1 200 OK\r\ncontent-length: 8388609\r\n\r\n".to_vec();
    for reply in [
        Reply::Reset,
        Reply::Bytes(torn),
        Reply::Stall(long),
        Reply::Endless,
        http("200 OK", "", ""),
        http("200 OK", "", "<html>hello</html>"),
        http("200 OK", "", "[]"),
        http("200 OK", "", "{}"),
        http("200 OK", "", r#"{"id":"cs_1","url":null}"#),
        http("500 Internal Server Error", "", "{}"),
    ] {
        let error = create(reply.clone()).await.unwrap_err();
        assert!(unknown(&error), "{error:?}");
        let error =
            StandIn::start(vec![reply]).await.gateway().list_money(intent().created_at).await.unwrap_err();
        assert!(unknown(&error), "{error:?}");
    }
}

#[tokio::test]
async fn a_silent_stripe_is_not_waited_for() {
    let begun = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{".to_vec();
    for reply in [Reply::Stall(Vec::new()), Reply::Stall(begun)] {
        let stripe = StandIn::start(vec![reply]).await;
        let config = StripeConfig { timeout: Duration::from_millis(200), ..config(stripe.base.clone()) };
        let gateway = StripeGateway::new(config).unwrap();
        let error = gateway.refund(&refund_intent()).await.unwrap_err();
        assert!(unknown(&error), "{error:?}");
    }
}

#[tokio::test]
async fn headers_reach_the_judgement() {
    let replayed = http("500 X", "Idempotent-Replayed: true\r\nRequest-Id: req_1\r\n", "{}");
    let error = create(replayed.clone()).await.unwrap_err();
    assert_eq!(error, GatewayError::Replayed { detail: "HTTP 500 (req_1)".to_owned() });
    // A read has no key under which something old could be repeated.
    let error = StandIn::start(vec![replayed]).await.gateway().fetch("cs_1", None).await.unwrap_err();
    assert!(unknown(&error), "{error:?}");

    let error =
        create(http("429 X", "retry-after: 7\r\nstripe-should-retry: false\r\n", "{}")).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let error = create(http("307 X", "location: http://127.0.0.1:9/\r\n", "")).await.unwrap_err();
    assert!(matches!(error, GatewayError::Refused { .. }), "{error:?}");
}

#[tokio::test]
async fn neither_errors_nor_debug_show_the_key() {
    let body = json!({ "error": { "type": "invalid_request_error", "message": format!("Invalid API Key provided: {KEY}") } });
    let error = create(http("401 Unauthorized", "", &body.to_string())).await.unwrap_err();
    let detail = "HTTP 401 invalid_request_error: Invalid API Key provided: ***".to_owned();
    assert_eq!(error, GatewayError::Refused { detail });
    let config = config("http://127.0.0.1:9".parse().unwrap());
    let shown = format!("{config:?} {:?}", StripeGateway::new(config.clone()).unwrap());
    assert!(!shown.contains(KEY), "{shown}");
}

#[tokio::test]
async fn a_number_that_no_parser_holds_costs_one_field() {
    let body = session("cs_1", "open", "unpaid").to_string().replacen('{', r#"{"odd":1e999,"#, 1);
    assert_eq!(create(http("200 OK", "", &body)).await.unwrap().external_id, "cs_1");
}

#[tokio::test]
async fn calls_wait_their_turn() {
    let stripe = StandIn::answering(&[json!({ "id": "acct_1" })]).await;
    let config = StripeConfig { rate_per_second: Some(5), ..config(stripe.base.clone()) };
    let gateway = StripeGateway::new(config).unwrap();
    let started = std::time::Instant::now();
    for _ in 0..7 {
        gateway.account().await.unwrap();
    }
    assert!(started.elapsed() >= Duration::from_millis(390), "{:?}", started.elapsed());
}

#[test]
fn a_configuration_that_can_not_serve_is_refused_at_once() {
    let new = |base: &str, key: &str| {
        let config = StripeConfig { secret_key: Secret::new(key), ..config(base.parse().unwrap()) };
        StripeGateway::new(config).map(|_| ()).unwrap_err()
    };
    assert_eq!(new("ftp://stripe.example", KEY), StripeSetupError::NotHttp);
    assert_eq!(new("https://u:p@stripe.example", KEY), StripeSetupError::HoldsCredentials);
    for key in ["", "sk_test\n", "sk_test_\u{7}"] {
        assert_eq!(new("https://stripe.example", key), StripeSetupError::BadKey, "{key:?}");
    }
}
