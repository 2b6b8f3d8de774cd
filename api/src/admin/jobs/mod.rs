//! `/api/v1/admin/jobs…`: jobs as staff see them, and what staff do to them.

pub(crate) mod act;
pub(crate) mod list;
pub(crate) mod retry_all;
pub(crate) mod show;

use crate::contract::mirror;
use chrono::{DateTime, Utc};
use galley_domain::job::JobKind;
use galley_store::JobLine;
use serde::Serialize;
use utoipa::ToSchema;

/// A job.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StaffJob)]
pub(crate) struct JobBody<'a> {
    #[schema(format = "uuid")]
    job_id: String,
    #[schema(value_type = mirror::JobKind)]
    kind: JobKind,
    /// The list that it stands in.
    #[schema(value_type = mirror::JobList)]
    state: &'static str,
    #[schema(required = true, format = "uuid")]
    order_id: Option<String>,
    /// The order's run that it was made for.
    #[schema(required = true)]
    run: Option<i32>,
    /// Higher is sooner.
    priority: i32,
    /// Runs so far.
    attempt: i32,
    max_attempts: i32,
    /// How often a worker died over it.
    lost_leases: i32,
    /// Why its last failed run failed.
    #[schema(required = true)]
    error: Option<&'a str>,
    /// The machine and process that has it, or had it last, while that is alive.
    #[schema(required = true)]
    host: Option<&'a str>,
    created_at: DateTime<Utc>,
    /// When it is due, or became due last.
    due_at: DateTime<Utc>,
    /// When its last run began.
    #[schema(required = true)]
    started_at: Option<DateTime<Utc>>,
    #[schema(required = true)]
    finished_at: Option<DateTime<Utc>>,
}

impl<'a> JobBody<'a> {
    pub(crate) fn of(job: &'a JobLine) -> Self {
        Self {
            job_id: job.id.to_string(),
            kind: job.kind,
            state: job.list.as_str(),
            order_id: job.order_id.map(|id| id.to_string()),
            run: job.run,
            priority: job.priority,
            attempt: job.attempt,
            max_attempts: job.max_attempts,
            lost_leases: job.lost_leases,
            error: job.error.as_deref(),
            host: job.host.as_deref(),
            created_at: job.created_at,
            due_at: job.due_at,
            started_at: job.started_at,
            finished_at: job.finished_at,
        }
    }
}
