//! `POST /api/v1/admin/orders/{orderId}/retry`.

use super::standing::{Standing, decide};
use crate::{
    Api,
    admin::ReviewerStaff,
    contract::faults,
    envelope::{ApiError, Success},
    extract::Named,
};
use axum::extract::State;
use galley_domain::{id::OrderId, order::Command};

#[utoipa::path(
    post,
    path = "/api/v1/admin/orders/{orderId}/retry",
    operation_id = "retryOrder",
    tag = "admin",
    summary = "Starts a failed order again.",
    description = "Needs the role `reviewer`.",
    params(("orderId" = String, Path, format = "uuid", description = "The order")),
    responses((status = 200, description = "It is being worked on.", body = Success<Standing>), faults::OfRetry),
    security(("staffToken" = [])),
)]
pub(crate) async fn retry(
    State(api): State<Api>,
    staff: ReviewerStaff,
    Named(id): Named<OrderId>,
) -> Result<Success<Standing>, ApiError> {
    decide(&api, id, Command::Retry, staff.actor()).await
}
