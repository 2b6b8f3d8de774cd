//! `GET /api/v1/purchase/status/{orderId}/events`.

use crate::{
    Api,
    access::OrderAccess,
    contract::faults,
    envelope::ApiError,
    live::{WatchError, parse_event_id},
};
use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use std::time::Duration;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Asks proxies of nginx's kind to pass each event on at once.
const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");
/// What somebody is told to wait for whom there is no place.
const FULL_PAUSE: Duration = Duration::from_secs(10);

/// The request's time limit ends with its headers: the stream goes on until either side leaves.
#[utoipa::path(
    get,
    path = "/api/v1/purchase/status/{orderId}/events",
    operation_id = "watchOrderStatus",
    tag = "orders",
    summary = "The order's status, live, as server-sent events.",
    description = "One `status` event at once, unless `Last-Event-ID` says that you have it, then one for each change \
                   (of several in a row maybe only the last). `id` is the number of the change, `data` the answer of \
                   `getOrderStatus` without the version's `content`, `contentHtml` and `insertion`. A comment comes at \
                   least every 15 seconds. The stream ends when the server stops, which says beforehand how soon to \
                   come back (`retry`), and when the order's link is revoked.",
    params(
        OrderAccess,
        (
            "Last-Event-ID" = Option<String>,
            Header,
            nullable = false,
            description = "The `id` of the last event that you have; browsers send it by themselves",
        ),
    ),
    responses(
        (status = 200, description = "The stream.", body = String, content_type = "text/event-stream"),
        faults::OfWatching,
    ),
    security(("orderToken" = []), ("orderTokenInQuery" = []), ("orderCookie" = [])),
)]
pub(crate) async fn events(
    State(api): State<Api>,
    access: OrderAccess,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let watching = api.live.watch(access.order, access.stamp).map_err(refused)?;
    let seen = headers.get(LAST_EVENT_ID).and_then(|id| parse_event_id(id.to_str().ok()?));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (BUFFERING, HeaderValue::from_static("no")),
    ];
    Ok((headers, Body::from_stream(watching.stream(seen))).into_response())
}

fn refused(error: WatchError) -> ApiError {
    match error {
        WatchError::Crowded => {
            let message =
                "This order is open in too many windows. Close some, or ask for its status instead.";
            ApiError::too_many(message, FULL_PAUSE)
        }
        WatchError::Full => {
            let message = "No more live updates can be sent right now. Ask for the status instead.";
            ApiError::unavailable(message, FULL_PAUSE)
        }
    }
}
