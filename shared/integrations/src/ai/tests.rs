use super::*;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

const KEY: &str = "sk-very-secret";

/// What a stand-in does with the one request it gets.
enum Reply {
    /// Writes these bytes and closes.
    Bytes(Vec<u8>),
    /// Closes without a word.
    Reset,
    /// Says nothing until the client goes away.
    Silence,
    /// Writes these bytes, then says nothing more.
    Stall(Vec<u8>),
    /// Writes chunks of 64 KiB without end.
    Endless,
}

fn http(status: &str, headers: &str, body: &str) -> Reply {
    let length = body.len();
    Reply::Bytes(format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n{headers}\r\n{body}").into_bytes())
}

fn answer(text: &str) -> Reply {
    let body = json!({
        "id": "chatcmpl-1",
        "model": "gpt-test-2026",
        "choices": [{ "index": 0, "message": { "role": "assistant", "content": text }, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": 1200, "completion_tokens": 801, "total_tokens": 2001 },
    });
    http("200 OK", "content-type: application/json\r\n", &body.to_string())
}

/// A stand-in for one request: its address, and the request once it was served.
async fn serve(reply: Reply) -> (Url, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/v1", listener.local_addr().unwrap()).parse().unwrap();
    let served = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let request = request(&mut socket).await;
        match reply {
            Reply::Bytes(bytes) => socket.write_all(&bytes).await.unwrap(),
            Reply::Reset => {}
            Reply::Silence => drop(socket.read(&mut [0]).await),
            Reply::Stall(bytes) => {
                socket.write_all(&bytes).await.unwrap();
                drop(socket.read(&mut [0]).await);
            }
            Reply::Endless => {
                let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
                socket.write_all(head).await.unwrap();
                let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
                while socket.write_all(chunk.as_bytes()).await.is_ok() {}
            }
        }
        request
    });
    (base, served)
}

async fn request(socket: &mut TcpStream) -> String {
    let mut read = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok())
                .unwrap_or(0);
            if body.len() >= length {
                return text;
            }
        }
        let mut chunk = [0; 4096];
        let count = socket.read(&mut chunk).await.unwrap();
        assert!(count > 0, "the client went away: {text}");
        read.extend_from_slice(&chunk[..count]);
    }
}

fn config(base_url: Url) -> AiConfig {
    AiConfig {
        base_url,
        api_key: Secret::new(KEY),
        model: "gpt-test".to_owned(),
        timeout: Duration::from_secs(20),
        max_answer_bytes: 100_000,
        prices: Some(Prices { prompt_micros: 2_500_000, completion_micros: 10_000_000 }),
    }
}

async fn ask(reply: Reply) -> Result<Completion, AiError> {
    let (base, _served) = serve(reply).await;
    AiClient::new(config(base)).unwrap().complete("Be brief.", "Write “tea”.").await
}

#[tokio::test]
async fn an_answer_comes_with_its_usage_and_its_cost() {
    let (base, served) = serve(answer("# Tea\n\nHot.")).await;
    let client = AiClient::new(config(base)).unwrap();
    let completion = client.complete("Be brief.", "Write “tea”.").await.unwrap();
    assert_eq!(completion.text, "# Tea\n\nHot.");
    assert_eq!(completion.model, "gpt-test-2026");
    assert_eq!((completion.prompt_tokens, completion.completion_tokens), (Some(1200), Some(801)));
    assert_eq!(completion.cost_micros, Some(3_000 + 8_010));

    let request = served.await.unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"), "{head}");
    assert!(head.contains(&format!("authorization: Bearer {KEY}")), "{head}");
    assert!(head.contains("content-type: application/json"), "{head}");
    let body: Value = serde_json::from_str(body).unwrap();
    let expected = json!({
        "model": "gpt-test",
        "messages": [
            { "role": "system", "content": "Be brief." },
            { "role": "user", "content": "Write “tea”." },
        ],
    });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn without_a_key_or_prices_or_usage_it_works_too() {
    let body = json!({ "choices": [{ "message": { "content": "Hot." } }] }).to_string();
    let (base, served) = serve(http("200 OK", "", &body)).await;
    let client = AiClient::new(AiConfig { api_key: Secret::new(""), prices: None, ..config(base) }).unwrap();
    let completion = client.complete("", "").await.unwrap();
    assert_eq!((completion.cost_micros, completion.prompt_tokens), (None, None));
    assert_eq!(completion.model, "gpt-test");
    assert!(!served.await.unwrap().contains("authorization"));
}

#[tokio::test]
async fn a_busy_service_says_how_long() {
    for (status, headers, expected) in [
        ("429 Too Many Requests", "retry-after: 20\r\n", Some(20)),
        ("429 Too Many Requests", "", None),
        ("503 Service Unavailable", "retry-after: 99999\r\n", Some(600)),
        (
            "503 Service Unavailable",
            "date: Sun, 06 Nov 1994 08:49:37 GMT\r\nretry-after: Sun, 06 Nov 1994 08:50:37 GMT\r\n",
            Some(60),
        ),
    ] {
        let error = ask(http(status, headers, "{}")).await.unwrap_err();
        let retry_after = expected.map(Duration::from_secs);
        assert_eq!(error, AiError::Busy { retry_after });
        assert!(error.retryable());
        assert_eq!(error.retry_after(), retry_after);
    }
}

#[tokio::test]
async fn a_service_that_is_down_is_unavailable() {
    for status in ["500 Internal Server Error", "502 Bad Gateway", "504 Gateway Timeout"] {
        let error = ask(http(status, "", "oops")).await.unwrap_err();
        assert!(matches!(error, AiError::Unavailable { .. }), "{error:?}");
        assert!(error.retryable());
    }
    let reset = ask(Reply::Reset).await.unwrap_err();
    assert!(matches!(reset, AiError::Unavailable { .. }), "{reset:?}");

    let torn = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"choices\"".to_vec();
    let torn = ask(Reply::Bytes(torn)).await.unwrap_err();
    assert!(matches!(torn, AiError::Unavailable { .. }), "{torn:?}");

    // A port that was free a moment ago.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let refused = AiClient::new(config(base)).unwrap().complete("", "").await.unwrap_err();
    assert_eq!(refused, AiError::Unavailable { detail: "no connection".to_owned() });
}

#[tokio::test]
async fn a_slow_service_times_out_before_or_within_its_answer() {
    let stalled = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{".to_vec();
    for reply in [Reply::Silence, Reply::Stall(stalled)] {
        let (base, _served) = serve(reply).await;
        let timeout = Duration::from_millis(200);
        let client = AiClient::new(AiConfig { timeout, ..config(base) }).unwrap();
        let error = client.complete("", "").await.unwrap_err();
        assert_eq!(error, AiError::TimedOut);
        assert!(error.retryable());
        assert_eq!(error.public_reason(), "The writing service did not answer in time.");
    }
}

#[tokio::test]
async fn a_rejection_is_final_and_does_not_repeat_our_key() {
    let body = json!({ "error": { "message": format!("Incorrect\nAPI key: {KEY}."), "code": "x" } });
    let error = ask(http("401 Unauthorized", "", &body.to_string())).await.unwrap_err();
    let detail = "Incorrect API key: ***.".to_owned();
    assert_eq!(error, AiError::Rejected { status: 401, detail });
    assert!(!error.retryable());
    assert!(!format!("{error} {error:?}").contains(KEY));

    for (status, code) in [("400 Bad Request", 400), ("404 Not Found", 404), ("422 X", 422)] {
        let error = ask(http(status, "", &"no ".repeat(500))).await.unwrap_err();
        let AiError::Rejected { status, detail } = &error else { panic!("{error:?}") };
        assert_eq!(*status, code);
        assert!(detail.len() <= 300 && !error.retryable());
    }
    let error = ask(http("408 Request Timeout", "", "")).await.unwrap_err();
    assert!(error.retryable(), "{error:?}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let error = ask(http("307 X", "location: http://127.0.0.1:9/\r\n", "")).await.unwrap_err();
    assert!(matches!(error, AiError::Rejected { status: 307, .. }), "{error:?}");
}

#[tokio::test]
async fn an_answer_without_a_text_is_unreadable() {
    for reply in [answer(" "), http("200 OK", "", "<html>hello</html>"), http("200 OK", "", "{}")] {
        let error = ask(reply).await.unwrap_err();
        assert!(matches!(error, AiError::Unreadable { .. }), "{error:?}");
        assert!(error.retryable());
    }
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_not_held() {
    assert_eq!(ask(Reply::Endless).await, Err(AiError::TooLarge));
    let announced = b"HTTP/1.1 200 OK\r\ncontent-length: 100001\r\n\r\n".to_vec();
    assert_eq!(ask(Reply::Stall(announced)).await, Err(AiError::TooLarge));
}

#[test]
fn a_cost_is_rounded_up_and_never_overflows() {
    let prices = Prices { prompt_micros: 1, completion_micros: 3 };
    assert_eq!(prices.cost_micros(0, 0), 0);
    assert_eq!(prices.cost_micros(1, 0), 1);
    assert_eq!(prices.cost_micros(1_000_000, 1_000_000), 4);
    let absurd = Prices { prompt_micros: i64::MAX, completion_micros: i64::MAX };
    assert_eq!(absurd.cost_micros(i64::MAX, i64::MAX), i64::MAX);
}

#[test]
fn an_address_that_can_not_serve_is_refused_at_once() {
    let new = |base: &str| AiClient::new(config(base.parse().unwrap())).map(|client| client.url);
    assert_eq!(new("ftp://ai.example").unwrap_err(), AiSetupError::NotHttp);
    assert_eq!(new("https://u:p@ai.example").unwrap_err(), AiSetupError::HoldsCredentials);
    for (base, expected) in [
        ("http://ai.example/v1", "http://ai.example/v1/chat/completions"),
        ("http://ai.example/v1/", "http://ai.example/v1/chat/completions"),
        ("http://ai.example", "http://ai.example/chat/completions"),
        ("http://ai.example/v1?api-version=2", "http://ai.example/v1/chat/completions?api-version=2"),
    ] {
        assert_eq!(new(base).unwrap().as_str(), expected);
    }
}

#[test]
fn debug_does_not_show_the_key() {
    let client = AiClient::new(config("http://127.0.0.1:9".parse().unwrap())).unwrap();
    assert!(!format!("{client:?}").contains(KEY));
}
