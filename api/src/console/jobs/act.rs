//! What staff do to jobs, sent from their pages.

use super::{
    list::JOBS,
    show::{Refused, page},
};
use crate::{
    Api,
    console::desk::ReviewerDesk,
    contract::faults,
    envelope::ApiError,
    error_code::ErrorCode,
    extract::{Named, Params, RawBody},
    pages::see_other,
};
use axum::{extract::State, response::Response};
use galley_domain::{id::JobId, job::JobKind};
use galley_store::{JobList, StoreError};
use url::form_urlencoded::Serializer;

/// Back to the job's page, with what was done or why it was not.
async fn told(
    api: &Api,
    desk: &ReviewerDesk,
    id: JobId,
    outcome: Result<(), StoreError>,
    word: &str,
    reason: String,
) -> Result<Response, ApiError> {
    let error = match outcome.map_err(ApiError::from) {
        Ok(()) => return see_other(&format!("{JOBS}/{id}?done={word}"), None),
        Err(error) => error,
    };
    if !matches!(error.code, ErrorCode::Refused(_)) {
        return Err(error);
    }
    let status = error.code.status();
    let refused = Refused { note: Some(error.message), reason, reason_error: None };
    let mut response = page(api, desk, id, None, &refused).await?;
    *response.status_mut() = status;
    Ok(response)
}

#[utoipa::path(
    post,
    path = "/admin/queue/jobs/{jobId}/retry",
    operation_id = "sendJobRetry",
    tag = "console",
    summary = "Runs a failed job again. Needs the role `reviewer`.",
    params(("jobId" = String, Path, format = "uuid", description = "The job")),
    responses((status = 303, description = "Back to the job, or to the login."), faults::OfRetry),
    security(("staffSession" = [])),
)]
pub(crate) async fn send_retry(
    State(api): State<Api>,
    desk: ReviewerDesk,
    Named(id): Named<JobId>,
) -> Result<Response, ApiError> {
    let outcome = api.store.retry_job(id, desk.actor()).await;
    told(&api, &desk, id, outcome, "retried", String::new()).await
}

#[utoipa::path(
    post,
    path = "/admin/queue/jobs/{jobId}/run-now",
    operation_id = "sendJobRunNow",
    tag = "console",
    summary = "Runs a job now that would be due later. Needs the role `reviewer`.",
    params(("jobId" = String, Path, format = "uuid", description = "The job")),
    responses((status = 303, description = "Back to the job, or to the login."), faults::OfRetry),
    security(("staffSession" = [])),
)]
pub(crate) async fn send_run_now(
    State(api): State<Api>,
    desk: ReviewerDesk,
    Named(id): Named<JobId>,
) -> Result<Response, ApiError> {
    let outcome = api.store.run_job_now(id, &desk.actor()).await;
    told(&api, &desk, id, outcome, "hastened", String::new()).await
}

#[utoipa::path(
    post,
    path = "/admin/queue/jobs/{jobId}/cancel",
    operation_id = "sendJobCancel",
    tag = "console",
    summary = "Calls a job off. Needs the role `reviewer`.",
    params(("jobId" = String, Path, format = "uuid", description = "The job")),
    request_body(content = String, content_type = "application/x-www-form-urlencoded", description = "`reason`"),
    responses((status = 303, description = "Back to the job, or to the login."), faults::OfDecision),
    security(("staffSession" = [])),
)]
pub(crate) async fn send_cancel(
    State(api): State<Api>,
    desk: ReviewerDesk,
    Named(id): Named<JobId>,
    RawBody(body): RawBody,
) -> Result<Response, ApiError> {
    let sent = Params::of(&body);
    let error = match sent.reason() {
        Ok(reason) => {
            let outcome = api.store.cancel_job(id, &reason, &desk.actor()).await;
            return told(&api, &desk, id, outcome, "cancelled", reason).await;
        }
        Err(wrong) => wrong.message,
    };
    let reason = sent.get("reason").unwrap_or_default().to_owned();
    let refused = Refused { note: None, reason, reason_error: Some(error) };
    let mut response = page(&api, &desk, id, None, &refused).await?;
    *response.status_mut() = ErrorCode::ValidationFailed.status();
    Ok(response)
}

#[utoipa::path(
    post,
    path = "/admin/queue/jobs/retry",
    operation_id = "sendJobsRetry",
    tag = "console",
    summary = "Runs every failed job again, of one kind or of all. Needs the role `reviewer`.",
    request_body(content = String, content_type = "application/x-www-form-urlencoded", description = "`kind`, or none"),
    responses((status = 303, description = "Back to the list, or to the login."), faults::OfDecision),
    security(("staffSession" = [])),
)]
pub(crate) async fn send_retry_all(
    State(api): State<Api>,
    desk: ReviewerDesk,
    RawBody(body): RawBody,
) -> Result<Response, ApiError> {
    let mut wrong = Vec::new();
    let kind = Params::of(&body).parsed::<JobKind>("kind", "Choose a kind of job.", &mut wrong);
    if !wrong.is_empty() {
        return Err(ApiError::invalid(wrong));
    }
    let done = api.store.retry_jobs(kind, &desk.actor()).await?;
    let mut query = Serializer::new(String::new());
    query.append_pair("state", JobList::Failed.as_str());
    if let Some(kind) = kind {
        query.append_pair("kind", kind.as_str());
    }
    for (name, count) in [("retried", done.retried), ("refused", done.refused), ("left", done.left)] {
        query.append_pair(name, &count.to_string());
    }
    see_other(&format!("{JOBS}?{}", query.finish()), None)
}
