//! `POST /api/v1/admin/orders/{orderId}/approve`.

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

/// What was looked at.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a shape to be described, never a value")]
struct ApproveRequest {
    /// The number of the version that shall be published.
    #[schema(minimum = 1)]
    version: i32,
}

#[utoipa::path(
    post,
    path = "/api/v1/admin/orders/{orderId}/approve",
    operation_id = "approveOrder",
    tag = "admin",
    summary = "Approves a version, which is published then.",
    description = "Needs the role `reviewer`. The order is completed when the article is public. Approving again \
                   is fine; a version that is not the newest any more is refused.",
    params(("orderId" = String, Path, format = "uuid", description = "The order")),
    request_body(content = ApproveRequest),
    responses((status = 200, description = "It is being published.", body = Success<Standing>), faults::OfDecision),
    security(("staffToken" = [])),
)]
pub(crate) async fn approve(
    State(api): State<Api>,
    staff: ReviewerStaff,
    Named(id): Named<OrderId>,
    RawBody(body): RawBody,
) -> Result<Success<Standing>, ApiError> {
    let mut fields = Fields::read(&body)?;
    let version = fields.number("version");
    fields.end()?;
    decide(&api, id, Command::Approve { version }, staff.actor()).await
}
