//! `POST /api/v1/admin/payments/{paymentId}/dismiss`.

use super::ReviewerStaff;
use crate::{
    Api,
    contract::{faults, mirror},
    envelope::{ApiError, Success},
    extract::{Named, RawBody},
    json::Fields,
};
use axum::extract::State;
use galley_domain::{id::PaymentId, payment::PaymentState};
use serde::Serialize;
use utoipa::ToSchema;

/// Why.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a shape to be described, never a value")]
struct DismissRequest {
    /// In words; kept with the decision.
    #[schema(min_length = 3, max_length = 500)]
    reason: String,
}

/// A payment that was set aside.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Dismissed {
    #[schema(format = "uuid")]
    payment_id: String,
    #[schema(value_type = mirror::PaymentState)]
    state: PaymentState,
}

#[utoipa::path(
    post,
    path = "/api/v1/admin/payments/{paymentId}/dismiss",
    operation_id = "dismissPayment",
    tag = "admin",
    summary = "Sets a payment in review aside: it becomes no order. No money goes back by that.",
    description = "Needs the role `reviewer`.",
    params(("paymentId" = String, Path, format = "uuid", description = "The payment")),
    request_body(content = DismissRequest),
    responses((status = 200, description = "It is set aside.", body = Success<Dismissed>), faults::OfDecision),
    security(("staffToken" = [])),
)]
pub(crate) async fn dismiss(
    State(api): State<Api>,
    staff: ReviewerStaff,
    Named(id): Named<PaymentId>,
    RawBody(body): RawBody,
) -> Result<Success<Dismissed>, ApiError> {
    let mut fields = Fields::read(&body)?;
    let reason = fields.reason();
    fields.end()?;
    api.store.dismiss(id, &reason, &staff.actor()).await?;
    Ok(Success::new(Dismissed { payment_id: id.to_string(), state: PaymentState::Dismissed }))
}
