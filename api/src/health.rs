//! Signs of life, for load balancers and operators.

use crate::{
    Api,
    envelope::{ApiError, Success},
};
use axum::extract::State;
use serde::Serialize;

/// The process runs.
pub(crate) async fn live() -> &'static str {
    "ok\n"
}

/// It can do its work: the database answers.
pub(crate) async fn ready(State(api): State<Api>) -> Result<&'static str, ApiError> {
    api.store.ping().await?;
    Ok("ok\n")
}

#[derive(Serialize)]
pub(crate) struct Health {
    status: &'static str,
    version: &'static str,
    workers: usize,
}

/// The same for people, with the number of live workers.
pub(crate) async fn health(State(api): State<Api>) -> Result<Success<Health>, ApiError> {
    let workers = api.store.processes().await?.len();
    Ok(Success::new(Health { status: "ok", version: env!("CARGO_PKG_VERSION"), workers }))
}
