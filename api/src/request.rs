//! What surrounds every request: its id, its time limit, the envelope of its errors, and the headers
//! that keep pages and tokens where they belong.

use crate::{
    Api,
    envelope::{ApiError, Failure},
    error_code::ErrorCode,
    pages,
};
use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::{any::Any, time::Duration};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest id that we take over from the caller, in characters.
const REQUEST_ID_MAX_CHARS: usize = 128;
/// How long a request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a page waits for the shop's settings.
const SETTINGS_TIMEOUT: Duration = Duration::from_millis(200);

pub(crate) async fn attend(State(api): State<Api>, request: Request, next: Next) -> Response {
    let id = request_id(&api, &request);
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let for_people = is_for_people(&path, request.headers());
    if for_people {
        // What pages look like: known for a while, or read at once, and else as it was.
        let _ = tokio::time::timeout(SETTINGS_TIMEOUT, api.store.settings()).await;
    }
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
        let written = if for_people {
            pages::trouble(&api, &error, &path, &id)
        } else {
            Json(Failure::new(&error, &id)).into_response()
        };
        // Headers that the refusal came with (`Allow` of a 405) stay.
        let (parts, body) = written.into_parts();
        response.headers_mut().extend(parts.headers);
        *response.body_mut() = body;
        explain(&error, response.headers_mut());
    }
    protect(&api, response.headers_mut());
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// Browsers ask for HTML when somebody follows a link or sends a form. The API speaks JSON to everyone.
fn is_for_people(path: &str, headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|accepted| accepted.to_str().ok());
    !path.starts_with("/api/") && accepted.is_some_and(|accepted| accepted.contains("text/html"))
}

/// What the codes say in headers.
fn explain(error: &ApiError, headers: &mut HeaderMap) {
    if let Some(wait) = error.retry_after {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    if error.code == ErrorCode::NotAuthenticated {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
}

fn protect(api: &Api, headers: &mut HeaderMap) {
    // Addresses of orders carry their token: no other site may learn it from a link that is followed.
    headers.entry(header::REFERRER_POLICY).or_insert(HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if kind.is_some_and(|kind| kind.starts_with("text/html")) {
        // A page that shows what others wrote has a stricter one of its own.
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert_with(|| pages::policy(&api.payments));
    }
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
