//! `POST /api/v1/admin/orders/{orderId}/cancel`.

use super::standing::{Standing, decide};
use crate::{
    Api,
    admin::ReviewerStaff,
    contract::faults,
    envelope::{ApiError, Success},
    extract::{Named, RawBody},
    json::Fields,
};
use axum::extract::State;
use galley_domain::{id::OrderId, order::Command};
use utoipa::ToSchema;

/// Why.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a shape to be described, never a value")]
struct CancelRequest {
    /// In words for the customer, who is written to.
    #[schema(min_length = 3, max_length = 500)]
    reason: String,
}

#[utoipa::path(
    post,
    path = "/api/v1/admin/orders/{orderId}/cancel",
    operation_id = "cancelOrder",
    tag = "admin",
    summary = "Ends an order. No money goes back by that.",
    description = "Needs the role `reviewer`. Work on it stops; it can be refunded, or started again.",
    params(("orderId" = String, Path, format = "uuid", description = "The order")),
    request_body(content = CancelRequest),
    responses((status = 200, description = "It has ended.", body = Success<Standing>), faults::OfDecision),
    security(("staffToken" = [])),
)]
pub(crate) async fn cancel(
    State(api): State<Api>,
    staff: ReviewerStaff,
    Named(id): Named<OrderId>,
    RawBody(body): RawBody,
) -> Result<Success<Standing>, ApiError> {
    let mut fields = Fields::read(&body)?;
    let reason = fields.reason();
    fields.end()?;
    decide(&api, id, Command::Cancel { reason }, staff.actor()).await
}
