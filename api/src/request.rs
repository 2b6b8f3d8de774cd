//! What surrounds every request: its id, its time limit, and the envelope of its errors.

use crate::{
    Api,
    envelope::{ApiError, ErrorCode, Failure},
};
use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::{any::Any, time::Duration};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest id that we take over from the caller, in characters.
const REQUEST_ID_MAX_CHARS: usize = 128;
/// How long a request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);
/// What a caller is told to wait while the database is away, in seconds.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("5");

pub(crate) async fn attend(State(api): State<Api>, request: Request, next: Next) -> Response {
    let id = request_id(&api, &request);
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = match tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ApiError::new(ErrorCode::Timeout, "This took too long. Please try again.").into_response(),
    };
    if let Some(error) = response.extensions_mut().remove::<ApiError>() {
        let code = error.code.as_str();
        if error.code.status().is_server_error() {
            tracing::error!(%method, path, code, cause = error.cause(), request.id = id, "A request failed");
        } else {
            tracing::debug!(%method, path, code, cause = error.cause(), request.id = id, "A request was refused");
        }
        // Headers that the refusal came with (`Allow` of a 405) stay.
        let written = (error.code.status(), Json(Failure::new(&error, &id))).into_response();
        let (parts, body) = written.into_parts();
        response.headers_mut().extend(parts.headers);
        *response.body_mut() = body;
        if error.code == ErrorCode::Unavailable {
            response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
    }
    // Addresses of orders carry their token: no other site may learn it from a link that is followed.
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

fn request_id(api: &Api, request: &Request) -> String {
    let given = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok());
    let sound = |id: &&str| {
        (1..=REQUEST_ID_MAX_CHARS).contains(&id.len()) && id.chars().all(|c| c.is_ascii_graphic())
    };
    given.filter(sound).map_or_else(|| api.store.clock().new_id().simple().to_string(), str::to_owned)
}

/// A handler panicked: a bug of ours, told like any other failure.
#[expect(clippy::needless_pass_by_value, reason = "the shape that the layer wants")]
pub(crate) fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let words =
        panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    ApiError::internal(format!("a handler panicked: {}", words.unwrap_or("no message"))).into_response()
}
