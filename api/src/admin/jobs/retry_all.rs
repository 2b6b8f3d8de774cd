//! `POST /api/v1/admin/jobs/retry`.

use crate::{
    Api,
    admin::ReviewerStaff,
    contract::{faults, mirror},
    envelope::{ApiError, Success},
    extract::RawBody,
    json::Fields,
};
use axum::extract::State;
use galley_domain::job::JobKind;
use galley_store::{JobList, RetriedJobs};
use serde::Serialize;
use utoipa::ToSchema;

/// Which.
#[derive(ToSchema)]
#[schema(as = RetryJobsRequest)]
#[expect(dead_code, reason = "a shape to be described, never a value")]
struct RetryJobs {
    /// All kinds unless given.
    #[schema(nullable = false, value_type = Option<mirror::JobKind>)]
    kind: Option<String>,
    /// `failed`: only such can be run again.
    state: String,
}

/// What came of it.
#[derive(Serialize, ToSchema)]
#[schema(as = RetriedJobs)]
pub(crate) struct RetriedJobsBody {
    /// They will be done again.
    retried: i64,
    /// Their orders don't allow it.
    refused: i64,
    /// Those that match as well: one call does at most 500.
    left: i64,
}

#[utoipa::path(
    post,
    path = "/api/v1/admin/jobs/retry",
    operation_id = "retryJobs",
    tag = "admin",
    summary = "Runs all failed jobs again that match, oldest first, at most 500 a call.",
    description = "Needs the role `reviewer`. Those whose order has gone on since are no part of it.",
    request_body(content = RetryJobs),
    responses((status = 200, description = "They will be done again.", body = Success<RetriedJobsBody>), faults::OfDecision),
    security(("staffToken" = [])),
)]
pub(crate) async fn retry_jobs(
    State(api): State<Api>,
    staff: ReviewerStaff,
    RawBody(body): RawBody,
) -> Result<Success<RetriedJobsBody>, ApiError> {
    let mut fields = Fields::read(&body)?;
    let kind = fields.text("kind").map(|name| name.parse::<JobKind>());
    if matches!(kind, Some(Err(_))) {
        let kinds: Vec<_> = JobKind::ALL.iter().map(|kind| kind.as_str()).collect();
        fields.wrong("kind", format!("Choose one of: {}.", kinds.join(", ")));
    }
    if fields.text("state").as_deref() != Some(JobList::Failed.as_str()) {
        fields.wrong("state", "Say `failed`: only what has failed is run again.");
    }
    fields.end()?;
    let RetriedJobs { retried, refused, left } =
        api.store.retry_jobs(kind.and_then(Result::ok), &staff.actor()).await?;
    Ok(Success::new(RetriedJobsBody { retried, refused, left }))
}
