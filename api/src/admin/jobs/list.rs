//! `GET /api/v1/admin/jobs`.

use super::JobBody;
use crate::{
    Api,
    admin::{ReadOnlyStaff, page::Page},
    contract::{faults, mirror},
    envelope::{ApiError, ErrorDetail, Success},
    extract::Params,
};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use galley_domain::{id::JobId, job::JobKind};
use galley_store::{JobFilter, JobList};
use serde::Serialize;
use utoipa::ToSchema;

/// Jobs, newest first.
#[derive(Serialize, ToSchema)]
struct JobListing<'a> {
    jobs: Vec<JobBody<'a>>,
    /// Send it as `before` to get the next page; null on the last.
    #[schema(required = true, format = "uuid")]
    next: Option<String>,
}

/// The filter in an address, for the console too.
pub(crate) fn filter(params: &Params, wrong: &mut Vec<ErrorDetail>) -> JobFilter {
    let lists: Vec<_> = JobList::ALL.iter().map(|list| list.as_str()).collect();
    let kinds: Vec<_> = JobKind::ALL.iter().map(|kind| kind.as_str()).collect();
    JobFilter {
        list: params.parsed("state", &format!("Choose one of: {}.", lists.join(", ")), wrong),
        kind: params.parsed("kind", &format!("Choose one of: {}.", kinds.join(", ")), wrong),
    }
}

#[utoipa::path(
    get,
    path = "/api/v1/admin/jobs",
    operation_id = "listJobs",
    tag = "admin",
    summary = "Jobs, newest first.",
    description = "Needs the role `read-only`.",
    params(
        ("state" = Option<mirror::JobList>, Query, nullable = false, description = "Only those"),
        ("kind" = Option<mirror::JobKind>, Query, nullable = false, description = "Only those"),
        ("before" = Option<String>, Query, nullable = false, format = "uuid", description = "Only older ones"),
        (
            "limit" = Option<i64>,
            Query,
            nullable = false,
            minimum = 1,
            maximum = 200,
            description = "50 unless given",
        ),
    ),
    responses((status = 200, description = "A page of them.", body = Success<JobListing<'_>>), faults::OfStaffList),
    security(("staffToken" = [])),
)]
pub(crate) async fn list_jobs(
    State(api): State<Api>,
    _: ReadOnlyStaff,
    params: Params,
) -> Result<Response, ApiError> {
    let mut wrong = Vec::new();
    let filter = filter(&params, &mut wrong);
    if !wrong.is_empty() {
        return Err(ApiError::invalid(wrong));
    }
    let page = Page::<JobId>::of(&params)?;
    let mut jobs = api.store.jobs(filter, page.before, page.limit()).await?;
    let next = page.cut(&mut jobs, |job| job.id).map(|id| id.to_string());
    Ok(Success::new(JobListing { jobs: jobs.iter().map(JobBody::of).collect(), next }).into_response())
}
