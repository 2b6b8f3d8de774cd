//! `GET /api/v1/purchase/status/{orderId}`.

use super::{versions::VersionBody, words};
use crate::{
    Api,
    access::OrderAccess,
    amount::Amount,
    contract::{faults, mirror},
    envelope::{ApiError, Success},
    live::EventId,
};
use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use galley_domain::{brief::Brief, order::OrderStatus};
use galley_store::{JobView, Notice, OrderView};
use serde::Serialize;
use utoipa::ToSchema;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// Kept by the browser, asked about each time: a status must never be shown after it changed.
const REVALIDATE: HeaderValue = HeaderValue::from_static("private, no-cache");

/// Where an order stands, and all that its page shows.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Status)]
#[expect(clippy::struct_excessive_bools, reason = "the wire has a flag per button")]
struct StatusBody<'a> {
    #[schema(format = "uuid")]
    order_id: String,
    #[schema(value_type = mirror::OrderStatus)]
    status: OrderStatus,
    /// One line: where it stands.
    status_message: &'static str,
    progress: Progress,
    order_details: OrderDetails<'a>,
    /// The newest one, with its texts.
    #[schema(required = true)]
    version: Option<VersionBody<'a>>,
    queue: QueueBody<'a>,
    #[schema(required = true, value_type = Option<mirror::Notice>)]
    notice: Option<&'a Notice>,
    /// Why it is FAILED.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    failure_reason: Option<&'a str>,
    /// A dispute over its payment is open: nothing moves until that is over.
    on_hold: bool,
    can_request_revision: bool,
    can_submit_for_review: bool,
    can_take_back: bool,
}

/// How far it has come.
#[derive(Serialize, ToSchema)]
struct Progress {
    #[schema(minimum = 1)]
    step: i32,
    total: i32,
    /// What happens next.
    description: &'static str,
}

/// What was ordered.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OrderDetails<'a> {
    #[schema(value_type = mirror::Brief)]
    brief: &'a Brief,
    amount: Amount,
    /// Goes up by one each time that work begins anew.
    run: i32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// The jobs of the current run.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Queue)]
struct QueueBody<'a> {
    has_active_job: bool,
    has_failed_job: bool,
    jobs: Vec<JobBody<'a>>,
}

/// A piece of work.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Job)]
struct JobBody<'a> {
    #[schema(format = "uuid")]
    job_id: String,
    #[schema(value_type = mirror::JobKind)]
    kind: &'a str,
    #[schema(value_type = mirror::JobState)]
    state: &'a str,
    /// Runs so far.
    attempt: i32,
    /// How often it runs at most.
    max_attempts: i32,
    /// When it runs again, if delayed.
    #[schema(required = true)]
    run_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    /// When its last run began.
    #[schema(required = true)]
    started_at: Option<DateTime<Utc>>,
    #[schema(required = true)]
    finished_at: Option<DateTime<Utc>>,
}

/// The whole answer is made once per change of the order; a poll in between costs one small query
/// that it shares with the polls of others, and is answered 304 when the caller has it already.
#[utoipa::path(
    get,
    path = "/api/v1/purchase/status/{orderId}",
    operation_id = "getOrderStatus",
    tag = "orders",
    summary = "Status, progress, the newest version with its quality report, and the jobs of the current run.",
    description = "Poll it with `If-None-Match`: an unchanged order is a 304.",
    params(
        OrderAccess,
        (
            "If-None-Match" = Option<String>,
            Header,
            nullable = false,
            description = "The `ETag` of the answer that you have",
        ),
    ),
    responses(
        (
            status = 200,
            description = "As it stands.",
            body = Success<StatusBody<'_>>,
            headers(("ETag" = String, description = "Changes with the order and its jobs")),
        ),
        (status = 304, description = "Nothing has changed.", headers(("ETag" = String, description = "As sent"))),
        faults::OfOrder,
    ),
    security(("orderToken" = []), ("orderTokenInQuery" = []), ("orderCookie" = [])),
)]
pub(crate) async fn status(
    State(api): State<Api>,
    access: OrderAccess,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let OrderAccess { order, stamp } = access;
    let etag = format!("\"{}\"", EventId::from(stamp));
    let seen = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let not_modified =
        seen.is_some_and(|seen| seen.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag));
    let etag = HeaderValue::from_str(&etag).map_err(ApiError::internal)?;
    let headers = [(header::ETAG, etag), (header::CACHE_CONTROL, REVALIDATE)];
    if not_modified {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    let body = if let Some(body) = api.statuses.find(order, stamp) {
        body
    } else {
        let view = api.store.order_view(order).await?.ok_or_else(ApiError::not_found)?;
        let version = view.version.as_ref().map(VersionBody::whole);
        let body = serde_json::to_vec(&Success::new(body(&view, version))).map_err(ApiError::internal)?;
        let body = Bytes::from(body);
        api.statuses.keep(order, stamp, body.clone());
        body
    };
    Ok((headers, [(header::CONTENT_TYPE, JSON)], body).into_response())
}

/// The answer as its live stream has it: without the texts of the version.
pub(crate) fn outline_json(view: &OrderView) -> serde_json::Result<Vec<u8>> {
    let version = view.version.as_ref().map(VersionBody::listed);
    serde_json::to_vec(&Success::new(body(view, version)))
}

fn body<'a>(view: &'a OrderView, version: Option<VersionBody<'a>>) -> StatusBody<'a> {
    let free = !view.frozen;
    StatusBody {
        order_id: view.id.to_string(),
        status: view.status,
        status_message: words::status_message(view),
        progress: Progress { step: view.step, total: 5, description: words::next_step(view.status) },
        order_details: OrderDetails {
            brief: &view.brief,
            amount: Amount::of(view.amount),
            run: view.run,
            created_at: view.created_at,
            updated_at: view.updated_at,
        },
        version,
        queue: QueueBody {
            has_active_job: view
                .jobs
                .iter()
                .any(|job| matches!(job.state.as_str(), "waiting" | "delayed" | "active")),
            has_failed_job: view.jobs.iter().any(|job| job.state == "failed"),
            jobs: view.jobs.iter().map(job).collect(),
        },
        notice: view.notice.as_ref(),
        failure_reason: view.reason.as_deref(),
        on_hold: view.frozen,
        can_request_revision: free && view.status == OrderStatus::QualityCheck,
        can_submit_for_review: free && view.status == OrderStatus::QualityCheck,
        can_take_back: free && view.status == OrderStatus::AdminReview && !view.publishing,
    }
}

/// Without its error, which is written for operators.
fn job(view: &JobView) -> JobBody<'_> {
    JobBody {
        job_id: view.id.to_string(),
        kind: &view.kind,
        state: &view.state,
        attempt: view.attempt,
        max_attempts: view.max_attempts,
        run_at: view.run_at,
        created_at: view.created_at,
        started_at: view.started_at,
        finished_at: view.finished_at,
    }
}
