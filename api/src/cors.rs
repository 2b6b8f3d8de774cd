//! Other front ends: browsers on pages of listed origins may use the customers' API.
//!
//! Only that part of it, and only by token: staff and cookies stay out, since no answer allows
//! credentials. Whoever is not listed gets the same answers without the headers, and a browser keeps
//! them from its page.

use crate::Api;
use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::time::Duration;
use tower::{Layer as _, ServiceExt as _};
use tower_http::cors::{AllowOrigin, CorsLayer};
use url::Origin;

/// What customers do.
const OPEN: &str = "/api/v1/purchase/";
/// How long browsers remember what they were allowed.
const REMEMBERED: Duration = Duration::from_hours(1);
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Lets pages of these origins in.
pub(crate) fn layer(origins: &[Origin]) -> CorsLayer {
    let origins =
        origins.iter().filter_map(|origin| HeaderValue::from_str(&origin.ascii_serialization()).ok());
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_NONE_MATCH,
            IDEMPOTENCY_KEY,
            LAST_EVENT_ID,
        ])
        .expose_headers([header::ETAG, header::RETRY_AFTER, REQUEST_ID])
        .max_age(REMEMBERED)
}

pub(crate) async fn open(State(api): State<Api>, request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with(OPEN) {
        return next.run(request).await;
    }
    let answered = api.cors.layer(next).oneshot(request).await;
    answered.unwrap_or_else(IntoResponse::into_response)
}
