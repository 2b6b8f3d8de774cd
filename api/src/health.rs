//! Signs of life, for load balancers and operators.

use crate::{
    Api,
    contract::faults,
    envelope::{ApiError, Success},
};
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

/// The process runs.
#[utoipa::path(
    get,
    path = "/livez",
    operation_id = "getLiveness",
    tag = "operating",
    responses(
        (status = 200, description = "`ok`", body = String, content_type = "text/plain"),
        faults::Anywhere,
    ),
)]
pub(crate) async fn live() -> &'static str {
    "ok\n"
}

/// It can do its work: the database answers.
#[utoipa::path(
    get,
    path = "/readyz",
    operation_id = "getReadiness",
    tag = "operating",
    responses(
        (status = 200, description = "`ok`", body = String, content_type = "text/plain"),
        faults::OfStore,
    ),
)]
pub(crate) async fn ready(State(api): State<Api>) -> Result<&'static str, ApiError> {
    api.store.ping().await?;
    Ok("ok\n")
}

/// How the installation is.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok`
    status: &'static str,
    /// Of Galley.
    version: &'static str,
    /// Live processes that work on jobs.
    workers: usize,
}

/// The same for people, with the number of live workers.
#[utoipa::path(
    get,
    path = "/api/health",
    operation_id = "getHealth",
    tag = "operating",
    responses((status = 200, description = "It is well.", body = Success<Health>), faults::OfStore),
)]
pub(crate) async fn health(State(api): State<Api>) -> Result<Success<Health>, ApiError> {
    let workers = api.store.processes().await?.len();
    Ok(Success::new(Health { status: "ok", version: env!("CARGO_PKG_VERSION"), workers }))
}
