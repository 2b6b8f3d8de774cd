//! `GET /api/v1/admin/jobs/{jobId}`.

use super::JobBody;
use crate::{
    Api,
    admin::ReadOnlyStaff,
    contract::faults,
    envelope::{ApiError, Success},
    extract::Named,
};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use galley_domain::id::JobId;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A run that failed.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct FailedRun<'a> {
    /// Which, from 1; it begins anew when a failed job is run again.
    attempt: i32,
    /// What went wrong: the chain of causes, outermost first.
    error: &'a str,
    started_at: DateTime<Utc>,
    ended_at: DateTime<Utc>,
}

/// A job with all that is known of it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct JobWithRuns<'a> {
    job: JobBody<'a>,
    /// Ids, by their names; what they mean depends on the kind.
    #[schema(value_type = Object)]
    payload: &'a Value,
    /// What keeps it from being called for twice.
    dedupe_key: &'a str,
    /// Runs that failed, oldest first.
    failed_runs: Vec<FailedRun<'a>>,
}

#[utoipa::path(
    get,
    path = "/api/v1/admin/jobs/{jobId}",
    operation_id = "getJob",
    tag = "admin",
    summary = "A job with its payload and the runs that failed.",
    description = "Needs the role `read-only`.",
    params(("jobId" = String, Path, format = "uuid", description = "The job")),
    responses((status = 200, description = "As it stands.", body = Success<JobWithRuns<'_>>), faults::OfStaffLook),
    security(("staffToken" = [])),
)]
pub(crate) async fn get_job(
    State(api): State<Api>,
    _: ReadOnlyStaff,
    Named(id): Named<JobId>,
) -> Result<Response, ApiError> {
    let job = api.store.find_job(id).await?.ok_or_else(ApiError::not_found)?;
    let runs = job.runs.iter().map(|run| FailedRun {
        attempt: run.attempt,
        error: &run.error,
        started_at: run.started_at,
        ended_at: run.ended_at,
    });
    let whole = JobWithRuns {
        job: JobBody::of(&job.line),
        payload: &job.payload,
        dedupe_key: &job.dedupe_key,
        failed_runs: runs.collect(),
    };
    Ok(Success::new(whole).into_response())
}
