//! `POST /api/v1/admin/jobs/{jobId}/retry`, `…/run-now` and `…/cancel`.

use crate::{
    Api,
    admin::ReviewerStaff,
    contract::{faults, mirror},
    envelope::{ApiError, Success},
    extract::{Named, RawBody},
    json::Fields,
};
use axum::extract::State;
use galley_domain::id::JobId;
use serde::Serialize;
use utoipa::ToSchema;

/// Why.
#[derive(ToSchema)]
#[schema(as = CancelJobRequest)]
#[expect(dead_code, reason = "a shape to be described, never a value")]
struct CancelJob {
    /// In words. Of a text that is being written the customer reads them.
    #[schema(min_length = 3, max_length = 500)]
    reason: String,
}

/// A job and where it stands now.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JobStanding {
    #[schema(format = "uuid")]
    job_id: String,
    #[schema(value_type = mirror::JobList)]
    state: &'static str,
}

async fn standing(api: &Api, id: JobId) -> Result<Success<JobStanding>, ApiError> {
    let job = api.store.find_job(id).await?.ok_or_else(ApiError::not_found)?;
    Ok(Success::new(JobStanding { job_id: id.to_string(), state: job.line.list.as_str() }))
}

#[utoipa::path(
    post,
    path = "/api/v1/admin/jobs/{jobId}/retry",
    operation_id = "retryJob",
    tag = "admin",
    summary = "Runs a failed job again.",
    description = "Needs the role `reviewer`. Where the run of its order is over, the order starts again, or is \
        approved again: then this job is `settled`, and another one waits.",
    params(("jobId" = String, Path, format = "uuid", description = "The job")),
    responses((status = 200, description = "It will be done again.", body = Success<JobStanding>), faults::OfRetry),
    security(("staffToken" = [])),
)]
pub(crate) async fn retry_job(
    State(api): State<Api>,
    staff: ReviewerStaff,
    Named(id): Named<JobId>,
) -> Result<Success<JobStanding>, ApiError> {
    api.store.retry_job(id, staff.actor()).await?;
    standing(&api, id).await
}

#[utoipa::path(
    post,
    path = "/api/v1/admin/jobs/{jobId}/run-now",
    operation_id = "runJobNow",
    tag = "admin",
    summary = "Runs a job now that would be due later.",
    description = "Needs the role `reviewer`.",
    params(("jobId" = String, Path, format = "uuid", description = "The job")),
    responses((status = 200, description = "It is due.", body = Success<JobStanding>), faults::OfRetry),
    security(("staffToken" = [])),
)]
pub(crate) async fn run_job_now(
    State(api): State<Api>,
    staff: ReviewerStaff,
    Named(id): Named<JobId>,
) -> Result<Success<JobStanding>, ApiError> {
    api.store.run_job_now(id, &staff.actor()).await?;
    standing(&api, id).await
}

#[utoipa::path(
    post,
    path = "/api/v1/admin/jobs/{jobId}/cancel",
    operation_id = "cancelJob",
    tag = "admin",
    summary = "Calls a job off that has not ended.",
    description = "Needs the role `reviewer`. A first text: its order is cancelled. A revision: the version before \
        it stays. A publication: its order is back in review. A mail: it is not sent. Steps that concern money are \
        not called off.",
    params(("jobId" = String, Path, format = "uuid", description = "The job")),
    request_body(content = CancelJob),
    responses((status = 200, description = "It is called off.", body = Success<JobStanding>), faults::OfDecision),
    security(("staffToken" = [])),
)]
pub(crate) async fn cancel_job(
    State(api): State<Api>,
    staff: ReviewerStaff,
    Named(id): Named<JobId>,
    RawBody(body): RawBody,
) -> Result<Success<JobStanding>, ApiError> {
    let mut fields = Fields::read(&body)?;
    let reason = fields.reason();
    fields.end()?;
    api.store.cancel_job(id, &reason, &staff.actor()).await?;
    standing(&api, id).await
}
