use super::{
    brief::Brief,
    control::AiMode,
    server::Office,
    wire::{Ask, completion, refusal},
    writer::Flaw,
};
use axum::{
    Json,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt, stream};
use std::{io, time::Duration};

/// How long [`AiMode::Slow`] takes when nothing else was said.
const SLOW: Duration = Duration::from_secs(2);
/// How much [`AiMode::Huge`] writes.
const HUGE_BYTES: usize = 5 * 1024 * 1024;

/// Scripts in three disguises.
const SCRIPTS: &str =
    "<script>alert(1)</script> <img src=\"x\" onerror=\"alert(1)\"> [read more](javascript:alert(1))";
const REFUSAL: &str = "I'm sorry, but as an AI language model I cannot help with writing this article.";

/// `POST /v1/chat/completions`.
pub(super) async fn complete(State(office): State<Office>, headers: HeaderMap, body: Bytes) -> Response {
    if !admitted(&office, &headers) {
        office.control.refused();
        let message = "Incorrect API key provided.";
        return refusal(StatusCode::UNAUTHORIZED, "invalid_request_error", "invalid_api_key", message);
    }
    let (text, value, ask) = match read(&body) {
        Ok(read) => read,
        Err(message) => {
            office.control.refused();
            return refusal(StatusCode::BAD_REQUEST, "invalid_request_error", "invalid_body", &message);
        }
    };
    let call = office.control.take(&value, text);
    let (mode, pause) = (call.fault.mode, call.fault.pause());
    let pause = if mode == AiMode::Slow && pause.is_zero() { SLOW } else { pause };
    let answered = async {
        tokio::time::sleep(pause).await;
        if mode == AiMode::Hang {
            std::future::pending::<()>().await;
        }
        if mode == AiMode::Held {
            office.control.released(&call.fault).await;
        }
        answer(&office, &ask, mode, call.number, call.fault.retry_after_seconds)
    };
    // Cutting off what hangs lets the server stop.
    office.stop.run_until_cancelled(answered).await.unwrap_or_else(|| {
        refusal(StatusCode::SERVICE_UNAVAILABLE, "server_error", "stopping", "The sandbox is stopping.")
    })
}

fn admitted(office: &Office, headers: &HeaderMap) -> bool {
    let Some(key) = &office.options.api_key else { return true };
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    given.and_then(|value| value.strip_prefix("Bearer ")) == Some(key.as_str())
}

fn read(body: &[u8]) -> Result<(&str, serde_json::Value, Ask), String> {
    let text = str::from_utf8(body).map_err(|error| error.to_string())?;
    let value: serde_json::Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let ask: Ask = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if ask.stream == Some(true) {
        return Err("Streaming is not supported here.".to_owned());
    }
    if ask.messages.is_empty() {
        return Err("There must be at least one message.".to_owned());
    }
    Ok((text, value, ask))
}

fn answer(office: &Office, ask: &Ask, mode: AiMode, number: u64, retry_after_seconds: u64) -> Response {
    let write = |flaw| office.writer.write(&Brief::read(&ask.last_word()), number, flaw);
    let created = (office.options.now)().timestamp();
    let good = |content: &str| {
        Json(completion(ask, &office.options.model, number, created, content)).into_response()
    };
    match mode {
        AiMode::Ok | AiMode::Slow | AiMode::Held | AiMode::Hang => good(&write(Flaw::None)),
        AiMode::BadOnce => good(&write(Flaw::UntilRepaired)),
        AiMode::HtmlScript => {
            let bait = office.control.bait();
            good(&format!("{} {}", write(Flaw::None), bait.as_deref().unwrap_or(SCRIPTS)))
        }
        AiMode::Fenced => good(&format!("```markdown\n{}\n```", write(Flaw::None))),
        AiMode::Empty => good(""),
        AiMode::Refusal => good(REFUSAL),
        AiMode::Huge => good(&huge(&write(Flaw::None))),
        AiMode::Garbage => {
            let headers = [(header::CONTENT_TYPE, "application/json")];
            (headers, "<html>502 Bad Gateway</html>").into_response()
        }
        AiMode::Reset => broken_off(),
        AiMode::Status500 => {
            let message = "The server had an error while processing your request.";
            refusal(StatusCode::INTERNAL_SERVER_ERROR, "server_error", "internal_error", message)
        }
        AiMode::RateLimited => {
            let message = "Rate limit reached. Please try again later.";
            let response = refusal(StatusCode::TOO_MANY_REQUESTS, "requests", "rate_limit_exceeded", message);
            ([(header::RETRY_AFTER, retry_after_seconds.to_string())], response).into_response()
        }
    }
}

fn huge(article: &str) -> String {
    let mut text = article.to_owned();
    while text.len() < HUGE_BYTES {
        text.push_str("\n\n");
        text.push_str(article);
    }
    text
}

/// Promises more than it sends: the head and some bytes go out, then the connection closes.
fn broken_off() -> Response {
    let parts = stream::iter([Ok("{\"id\":\"chatcmpl-"), Err(io::Error::other("broken off on command"))]);
    // Yielding between the two lets the first one leave the machine.
    let body = Body::from_stream(parts.then(async |part| {
        if part.is_err() {
            tokio::task::yield_now().await;
        }
        part
    }));
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}
