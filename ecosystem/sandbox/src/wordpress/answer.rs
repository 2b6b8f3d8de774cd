//! How a request is answered, faults included.

use super::{control::WordpressMode, desk::Desk};
use crate::fault::Fault;
use axum::{
    Json,
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use futures_util::stream;
use serde_json::json;
use std::io;

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    Read,
    Write,
    Page,
}

fn applies(mode: WordpressMode, call: Call) -> bool {
    match mode {
        WordpressMode::Unauthorized | WordpressMode::Forbidden | WordpressMode::NoRest => call != Call::Page,
        WordpressMode::StripComments | WordpressMode::StripLinks => call == Call::Write,
        WordpressMode::HideLinks | WordpressMode::HideRel | WordpressMode::Twice => call == Call::Page,
        _ => true,
    }
}

/// Answers a request with what `act` says, unless a fault is in the way.
///
/// `text` is `METHOD /path?query body`.
pub(super) async fn answer(
    desk: &Desk,
    call: Call,
    text: &str,
    act: impl FnOnce(WordpressMode) -> Response,
) -> Response {
    let struck = desk.armed.strike(text, |mode| applies(*mode, call));
    let fault = struck.unwrap_or_else(|| Fault::always(WordpressMode::Ok));
    desk.counters.send_modify(|counters| match call {
        Call::Page => counters.pages += 1,
        Call::Read => counters.calls += 1,
        Call::Write => {
            counters.calls += 1;
            counters.writes += 1;
        }
    });
    let pause = tokio::time::sleep(fault.pause());
    let answered = async {
        if fault.mode == WordpressMode::Hang {
            return std::future::pending().await;
        }
        if fault.mode == WordpressMode::LostAnswer {
            act(fault.mode);
            pause.await;
            return cut_off();
        }
        pause.await;
        match fault.mode {
            WordpressMode::Reset => cut_off(),
            WordpressMode::Garbage => {
                act(fault.mode);
                Html("<b>Warning</b>: Undefined array key in /srv/wp-content/plugins/seo.php").into_response()
            }
            WordpressMode::Unauthorized => error(
                StatusCode::UNAUTHORIZED,
                "incorrect_password",
                "The provided password is an invalid application password.",
            ),
            WordpressMode::Forbidden => error(
                StatusCode::FORBIDDEN,
                "rest_cannot_create",
                "Sorry, you are not allowed to create posts as this user.",
            ),
            WordpressMode::NoRest => (StatusCode::NOT_FOUND, Html("<h1>Page not found</h1>")).into_response(),
            WordpressMode::Status500 => error(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal_server_error",
                "<p>There has been a critical error on this website.</p>",
            ),
            WordpressMode::RateLimited => later(StatusCode::TOO_MANY_REQUESTS, &fault, "Too many requests"),
            WordpressMode::Down => later(
                StatusCode::SERVICE_UNAVAILABLE,
                &fault,
                "Briefly unavailable for scheduled maintenance. Check back in a minute.",
            ),
            WordpressMode::Moved => (
                StatusCode::MOVED_PERMANENTLY,
                [(header::LOCATION, "https://www.site.example/wp-json/wp/v2/posts")],
            )
                .into_response(),
            mode => act(mode),
        }
    };
    // Cutting off what hangs lets the server stop.
    let cut = || StatusCode::SERVICE_UNAVAILABLE.into_response();
    desk.stop.run_until_cancelled(answered).await.unwrap_or_else(cut)
}

/// An error as REST words it.
pub(super) fn error(status: StatusCode, code: &str, message: &str) -> Response {
    let body = json!({ "code": code, "message": message, "data": { "status": status.as_u16() } });
    (status, Json(body)).into_response()
}

fn later(status: StatusCode, fault: &Fault<WordpressMode>, words: &str) -> Response {
    let after = HeaderValue::from(fault.retry_after_seconds);
    (status, [(header::RETRY_AFTER, after)], Html(format!("<h1>{words}</h1>"))).into_response()
}

/// Ends the connection before anything was sent: a body that fails at once takes the head, which
/// is not flushed yet, with it.
fn cut_off() -> Response {
    let broken = io::Error::other("cut off on command");
    Body::from_stream(stream::iter([Err::<&[u8], _>(broken)])).into_response()
}
