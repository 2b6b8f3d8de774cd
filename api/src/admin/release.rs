//! `POST /api/v1/admin/payments/{paymentId}/release`.

use super::ReviewerStaff;
use crate::{
    Api,
    contract::{faults, mirror},
    envelope::{ApiError, Success},
    extract::{Named, RawBody},
    json::Fields,
};
use axum::extract::State;
use galley_domain::{id::PaymentId, payment::parse_email};
use galley_store::Release;
use serde::Serialize;
use utoipa::ToSchema;

/// What the order is to be. Without any field of a brief, what came with the payment counts; with one,
/// these are the whole brief.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "a shape to be described, never a value")]
struct ReleaseRequest {
    #[serde(flatten)]
    brief: mirror::BriefFields,
    /// Whom to write to, if not the address that came with the payment.
    #[schema(nullable = false, format = "email")]
    email: Option<String>,
    /// Why, in words; kept with the decision.
    #[schema(min_length = 3, max_length = 500)]
    reason: String,
}

/// The order that a payment became.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Released)]
pub(crate) struct ReleasedBody {
    #[schema(format = "uuid")]
    order_id: String,
    /// False when it had become that order before.
    new: bool,
}

#[utoipa::path(
    post,
    path = "/api/v1/admin/payments/{paymentId}/release",
    operation_id = "releasePayment",
    tag = "admin",
    summary = "Makes an order of a payment in review.",
    description = "Needs the role `reviewer`. Doing it again answers with the same order.",
    params(("paymentId" = String, Path, format = "uuid", description = "The payment")),
    request_body(content = ReleaseRequest),
    responses((status = 200, description = "It is an order.", body = Success<ReleasedBody>), faults::OfDecision),
    security(("staffToken" = [])),
)]
pub(crate) async fn release(
    State(api): State<Api>,
    staff: ReviewerStaff,
    Named(id): Named<PaymentId>,
    RawBody(body): RawBody,
) -> Result<Success<ReleasedBody>, ApiError> {
    let mut fields = Fields::read(&body)?;
    let brief = if fields.has_brief() { fields.brief() } else { None };
    let given = fields.text("email");
    let email = given.as_deref().and_then(parse_email);
    if given.is_some() && email.is_none() {
        fields.wrong("email", "Give an e-mail address that we can write to, or none.");
    }
    let reason = fields.reason();
    fields.end()?;
    let released = api.store.release(id, Release { brief, email, reason }, &staff.actor()).await?;
    Ok(Success::new(ReleasedBody { order_id: released.order_id.to_string(), new: released.new }))
}
