//! `GET /api/v1/purchase/status/{orderId}`.

use super::{versions::VersionBody, words};
use crate::{
    Api,
    access::OrderAccess,
    envelope::{ApiError, Success},
};
use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use galley_domain::{brief::Brief, money::Money, order::OrderStatus};
use galley_store::{JobView, Notice, OrderView};
use serde::Serialize;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// Kept by the browser, asked about each time: a status must never be shown after it changed.
const REVALIDATE: HeaderValue = HeaderValue::from_static("private, no-cache");

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "the wire has a flag per button")]
struct StatusBody<'a> {
    order_id: String,
    status: OrderStatus,
    status_message: &'static str,
    progress: Progress,
    order_details: OrderDetails<'a>,
    version: Option<VersionBody<'a>>,
    queue: QueueBody<'a>,
    notice: Option<&'a Notice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_reason: Option<&'a str>,
    on_hold: bool,
    can_request_revision: bool,
    can_submit_for_review: bool,
    can_take_back: bool,
}

#[derive(Serialize)]
struct Progress {
    step: i32,
    total: i32,
    description: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OrderDetails<'a> {
    brief: &'a Brief,
    amount: Amount,
    run: i32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(Serialize)]
struct Amount {
    minor: i64,
    currency: String,
    formatted: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct QueueBody<'a> {
    has_active_job: bool,
    has_failed_job: bool,
    jobs: Vec<JobBody<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JobBody<'a> {
    job_id: String,
    kind: &'a str,
    state: &'a str,
    attempt: i32,
    max_attempts: i32,
    run_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
}

/// The whole answer is made once per change of the order; a poll in between costs one small query
/// that it shares with the polls of others, and is answered 304 when the caller has it already.
pub(crate) async fn status(
    State(api): State<Api>,
    access: OrderAccess,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let OrderAccess { order, stamp } = access;
    let etag = format!("\"{:x}-{:x}\"", stamp.order, stamp.jobs);
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
        let body = Bytes::from(serde_json::to_vec(&Success::new(body(&view))).map_err(ApiError::internal)?);
        api.statuses.keep(order, stamp, body.clone());
        body
    };
    Ok((headers, [(header::CONTENT_TYPE, JSON)], body).into_response())
}

fn body(view: &OrderView) -> StatusBody<'_> {
    let free = !view.frozen;
    StatusBody {
        order_id: view.id.to_string(),
        status: view.status,
        status_message: words::status_message(view),
        progress: Progress { step: view.step, total: 5, description: words::next_step(view.status) },
        order_details: OrderDetails {
            brief: &view.brief,
            amount: amount(view.amount),
            run: view.run,
            created_at: view.created_at,
            updated_at: view.updated_at,
        },
        version: view.version.as_ref().map(VersionBody::whole),
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

fn amount(money: Money) -> Amount {
    Amount { minor: money.minor, currency: money.currency.to_string(), formatted: money.to_string() }
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
