//! `GET /api/v1/admin/queues`, `POST …/queues/{kind}/pause` and `…/resume`.

use super::{ReadOnlyStaff, ReviewerStaff};
use crate::{
    Api,
    contract::{faults, mirror},
    envelope::{ApiError, Success},
    extract::Named,
};
use axum::extract::State;
use chrono::{DateTime, Utc};
use galley_domain::job::{JobKind, Queue};
use galley_store::{JobList, KindState};
use serde::Serialize;
use utoipa::ToSchema;

/// A kind of job, and how its jobs are getting on.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = KindState)]
pub(crate) struct QueueBody {
    #[schema(value_type = mirror::JobKind)]
    kind: JobKind,
    /// Where its jobs wait: kinds of one queue share workers, and priority counts within it.
    #[schema(value_type = mirror::QueueName)]
    queue: Queue,
    /// Nothing of it is begun.
    paused: bool,
    /// Due, and in nobody's hands.
    waiting: i64,
    /// Due later, for the first time.
    delayed: i64,
    /// Due again after a run that failed.
    retrying: i64,
    /// Their order is on hold.
    held: i64,
    /// In a worker's hands.
    active: i64,
    /// No attempts left, and nobody has decided what follows.
    failed: i64,
    /// They failed, and their order has gone on since.
    settled: i64,
    /// Since when the job has been due that waits the longest.
    #[schema(required = true)]
    waiting_since: Option<DateTime<Utc>>,
    /// In the last hour.
    completed: i64,
    /// In each minute of it, oldest first; the last one is under way.
    completed_per_minute: Vec<i64>,
}

impl From<KindState> for QueueBody {
    fn from(state: KindState) -> Self {
        Self {
            kind: state.kind,
            queue: state.kind.queue(),
            paused: state.paused,
            waiting: state.count(JobList::Waiting),
            delayed: state.count(JobList::Delayed),
            retrying: state.count(JobList::Retrying),
            held: state.count(JobList::Held),
            active: state.count(JobList::Active),
            failed: state.count(JobList::Failed),
            settled: state.count(JobList::Settled),
            waiting_since: state.waiting_since,
            completed: state.completed(),
            completed_per_minute: state.per_minute,
        }
    }
}

/// Every kind of job.
#[derive(Serialize, ToSchema)]
pub(crate) struct QueueListing {
    queues: Vec<QueueBody>,
}

/// Whether a kind is begun.
#[derive(Serialize, ToSchema)]
pub(crate) struct Steered {
    #[schema(value_type = mirror::JobKind)]
    kind: JobKind,
    /// As it is now.
    paused: bool,
}

#[utoipa::path(
    get,
    path = "/api/v1/admin/queues",
    operation_id = "listQueues",
    tag = "admin",
    summary = "Every kind of job: how much stands where, and how much gets done.",
    description = "Needs the role `read-only`.",
    responses((status = 200, description = "As it is now.", body = Success<QueueListing>), faults::OfStaff),
    security(("staffToken" = [])),
)]
pub(crate) async fn list_queues(
    State(api): State<Api>,
    _: ReadOnlyStaff,
) -> Result<Success<QueueListing>, ApiError> {
    let states = api.store.kind_states().await?;
    Ok(Success::new(QueueListing { queues: states.into_iter().map(QueueBody::from).collect() }))
}

#[utoipa::path(
    post,
    path = "/api/v1/admin/queues/{kind}/pause",
    operation_id = "pauseQueue",
    tag = "admin",
    summary = "Has nothing more of a kind begun, in any process. What runs goes on to its end.",
    description = "Needs the role `reviewer`.",
    params(("kind" = mirror::JobKind, Path, description = "The kind")),
    responses((status = 200, description = "It is paused.", body = Success<Steered>), faults::OfStaffLook),
    security(("staffToken" = [])),
)]
pub(crate) async fn pause_queue(
    State(api): State<Api>,
    staff: ReviewerStaff,
    Named(kind): Named<JobKind>,
) -> Result<Success<Steered>, ApiError> {
    api.store.pause_kind(kind, &staff.actor()).await?;
    Ok(Success::new(Steered { kind, paused: true }))
}

#[utoipa::path(
    post,
    path = "/api/v1/admin/queues/{kind}/resume",
    operation_id = "resumeQueue",
    tag = "admin",
    summary = "Lets a kind go on. What waits is begun at once.",
    description = "Needs the role `reviewer`.",
    params(("kind" = mirror::JobKind, Path, description = "The kind")),
    responses((status = 200, description = "It goes on.", body = Success<Steered>), faults::OfStaffLook),
    security(("staffToken" = [])),
)]
pub(crate) async fn resume_queue(
    State(api): State<Api>,
    staff: ReviewerStaff,
    Named(kind): Named<JobKind>,
) -> Result<Success<Steered>, ApiError> {
    api.store.resume_kind(kind, &staff.actor()).await?;
    Ok(Success::new(Steered { kind, paused: false }))
}
