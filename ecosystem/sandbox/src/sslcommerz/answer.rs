//! How a request is answered, faults included.

use super::{control::SslcommerzMode, desk::Desk};
use crate::fault::Fault;
use axum::{
    Json,
    body::Body,
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use futures_util::stream;
use serde_json::Value;
use std::io;

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    Session,
    Validation,
    Query,
    Refund,
    RefundQuery,
}

fn applies(mode: SslcommerzMode, call: Call) -> bool {
    match mode {
        SslcommerzMode::ForgedStatus => false,
        SslcommerzMode::RefundProcessing | SslcommerzMode::RefundFailed => call == Call::Refund,
        SslcommerzMode::WrongAmount => matches!(call, Call::Validation | Call::Query),
        _ => true,
    }
}

/// Answers a request to the API with what `act` says, unless a fault is in the way.
///
/// `text` is `METHOD /path?query body`; it holds the password.
pub(super) async fn answer(
    desk: &Desk,
    call: Call,
    text: &str,
    act: impl FnOnce(SslcommerzMode) -> Value,
) -> Response {
    let struck = desk.armed.strike(text, |mode| applies(*mode, call));
    let fault = struck.unwrap_or_else(|| Fault::always(SslcommerzMode::Ok));
    desk.counters.send_modify(|counters| counters.calls += 1);
    let (mode, pause) = (fault.mode, tokio::time::sleep(fault.pause()));
    let answered = async {
        match mode {
            SslcommerzMode::LostAnswer => {
                act(mode);
                pause.await;
                cut_off()
            }
            SslcommerzMode::Hang => std::future::pending().await,
            SslcommerzMode::Reset => {
                pause.await;
                cut_off()
            }
            SslcommerzMode::Status500 => {
                pause.await;
                (StatusCode::INTERNAL_SERVER_ERROR, Html("<h1>500 Internal Server Error</h1>"))
                    .into_response()
            }
            SslcommerzMode::Down => {
                pause.await;
                unavailable()
            }
            SslcommerzMode::Garbage => {
                pause.await;
                act(mode);
                ([(header::CONTENT_TYPE, "application/json")], "<html>502 Bad Gateway</html>").into_response()
            }
            mode => {
                pause.await;
                Json(act(mode)).into_response()
            }
        }
    };
    // Cutting off what hangs lets the server stop.
    desk.stop.run_until_cancelled(answered).await.unwrap_or_else(unavailable)
}

/// The answer of the pay page while everything is down.
pub(super) async fn if_down(desk: &Desk, text: &str) -> Option<Response> {
    let fault = desk.armed.strike(text, |mode| *mode == SslcommerzMode::Down)?;
    desk.stop.run_until_cancelled(tokio::time::sleep(fault.pause())).await;
    Some(unavailable())
}

fn unavailable() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, Html("<h1>503 Service Unavailable</h1>")).into_response()
}

/// Ends the connection before anything was sent: a body that fails at once takes the head, which
/// is not flushed yet, with it.
fn cut_off() -> Response {
    let broken = io::Error::other("cut off on command");
    Body::from_stream(stream::iter([Err::<&[u8], _>(broken)])).into_response()
}
