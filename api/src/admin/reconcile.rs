//! `POST /api/v1/admin/checkout-sessions/reconcile`, and the same for tests.

use super::ReviewerStaff;
use crate::{
    Api,
    contract::faults,
    envelope::{ApiError, Success},
    payments::Reconciled,
};
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

/// What the gateways said.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Reconciled)]
pub(crate) struct ReconciledBody {
    /// Checkouts that they were asked about.
    checked: u64,
    /// Payments that came in that way.
    settled: u64,
    /// Questions that failed; they are asked again.
    errors: u64,
    duration_ms: u64,
}

impl From<Reconciled> for ReconciledBody {
    fn from(found: Reconciled) -> Self {
        let Reconciled { checked, settled, errors, duration_ms } = found;
        Self { checked, settled, errors, duration_ms }
    }
}

#[utoipa::path(
    post,
    path = "/api/v1/admin/checkout-sessions/reconcile",
    operation_id = "reconcileCheckouts",
    tag = "admin",
    summary = "Asks the gateways how every open checkout stands, now.",
    description = "Needs the role `reviewer`. It happens by itself every few seconds; this is for not waiting.",
    responses((status = 200, description = "They were asked.", body = Success<ReconciledBody>), faults::OfStaff),
    security(("staffToken" = [])),
)]
pub(crate) async fn reconcile(
    State(api): State<Api>,
    _: ReviewerStaff,
) -> Result<Success<ReconciledBody>, ApiError> {
    Ok(Success::new(api.payments.reconcile.run_now().await.into()))
}

#[utoipa::path(
    post,
    path = "/api/test/checkout-sessions",
    operation_id = "reconcileCheckoutsForTests",
    tag = "operating",
    summary = "The same without a token. Only in development: elsewhere it is a 404.",
    responses((status = 200, description = "They were asked.", body = Success<ReconciledBody>), faults::OfTests),
)]
pub(crate) async fn reconcile_for_tests(State(api): State<Api>) -> Result<Success<ReconciledBody>, ApiError> {
    if !api.payments.development {
        return Err(ApiError::not_found());
    }
    Ok(Success::new(api.payments.reconcile.run_now().await.into()))
}
