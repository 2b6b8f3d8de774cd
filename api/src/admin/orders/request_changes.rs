//! `POST /api/v1/admin/orders/{orderId}/request-changes`.

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

/// What shall be different.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a shape to be described, never a value")]
struct ChangesRequest {
    /// For the customer, and for the AI if it revises.
    #[schema(min_length = 10, max_length = 5000)]
    notes: String,
    /// The AI revises the text now; else the customer decides.
    #[schema(nullable = false, default = false)]
    revise: Option<bool>,
}

#[utoipa::path(
    post,
    path = "/api/v1/admin/orders/{orderId}/request-changes",
    operation_id = "requestChanges",
    tag = "admin",
    summary = "Sends an order back: to its customer, or to the AI.",
    description = "Needs the role `reviewer`. The customer is written to, with the notes.",
    params(("orderId" = String, Path, format = "uuid", description = "The order")),
    request_body(content = ChangesRequest),
    responses((status = 200, description = "It is on its way back.", body = Success<Standing>), faults::OfDecision),
    security(("staffToken" = [])),
)]
pub(crate) async fn request_changes(
    State(api): State<Api>,
    staff: ReviewerStaff,
    Named(id): Named<OrderId>,
    RawBody(body): RawBody,
) -> Result<Success<Standing>, ApiError> {
    let mut fields = Fields::read(&body)?;
    let notes = fields.notes("notes");
    let revise = fields.flag("revise");
    fields.end()?;
    decide(&api, id, Command::RequestChanges { notes, revise }, staff.actor()).await
}
