//! `GET /api/v1/admin/workers`.

use super::ReadOnlyStaff;
use crate::{
    Api,
    contract::faults,
    envelope::{ApiError, Success},
};
use axum::extract::State;
use chrono::{DateTime, Utc};
use galley_store::WorkerView;
use serde::Serialize;
use utoipa::ToSchema;

/// A worker process.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Worker)]
pub(crate) struct WorkerBody {
    /// New at each start.
    #[schema(format = "uuid")]
    worker_id: String,
    /// The machine and the process on it.
    host: String,
    queues: Vec<String>,
    started_at: DateTime<Utc>,
    /// Its last sign of life, by its own clock; one comes every second.
    #[schema(required = true)]
    beaten_at: Option<DateTime<Utc>>,
    /// Jobs in its hands.
    active: i64,
}

impl From<WorkerView> for WorkerBody {
    fn from(view: WorkerView) -> Self {
        Self {
            worker_id: view.id.to_string(),
            host: view.host,
            queues: view.queues.split(',').map(str::to_owned).collect(),
            started_at: view.started_at,
            beaten_at: view.beaten_at,
            active: view.active,
        }
    }
}

/// Those that are alive.
#[derive(Serialize, ToSchema)]
pub(crate) struct WorkerListing {
    workers: Vec<WorkerBody>,
}

#[utoipa::path(
    get,
    path = "/api/v1/admin/workers",
    operation_id = "listWorkers",
    tag = "admin",
    summary = "The worker processes that are alive, the one that started last first.",
    description = "Needs the role `read-only`. One that stops beating is taken off the list after some seconds.",
    responses((status = 200, description = "All of them.", body = Success<WorkerListing>), faults::OfStaff),
    security(("staffToken" = [])),
)]
pub(crate) async fn list_workers(
    State(api): State<Api>,
    _: ReadOnlyStaff,
) -> Result<Success<WorkerListing>, ApiError> {
    let views = api.store.workers().await?;
    Ok(Success::new(WorkerListing { workers: views.into_iter().map(WorkerBody::from).collect() }))
}
