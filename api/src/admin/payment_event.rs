//! `GET /api/v1/admin/payment-events/{eventId}`.

use super::ReadOnlyStaff;
use crate::{
    Api,
    contract::faults,
    envelope::{ApiError, Success},
    extract::Named,
};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use galley_content::order_link::without_tokens;
use galley_domain::id::PaymentEventId;
use galley_store::PaymentEventView;
use serde::Serialize;
use utoipa::ToSchema;

/// What a gateway sent.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PaymentEvent)]
struct EventBody<'a> {
    #[schema(format = "uuid")]
    event_id: String,
    gateway: &'a str,
    /// The gateway's kind.
    kind: &'a str,
    /// The gateway's id of what it is about.
    #[schema(required = true)]
    object_ref: Option<&'a str>,
    /// The gateway's id of the payment.
    #[schema(required = true)]
    payment_ref: Option<&'a str>,
    /// By the gateway's clock.
    #[schema(required = true)]
    created_at: Option<DateTime<Utc>>,
    received_at: DateTime<Utc>,
    /// `pending`, `done`, `ignored` or `failed`
    state: &'a str,
    /// Why it was ignored, or what went wrong.
    #[schema(required = true)]
    error: Option<&'a str>,
    /// As it was sent: JSON, or the fields of a form; without keys to checkouts.
    payload: &'a str,
}

#[utoipa::path(
    get,
    path = "/api/v1/admin/payment-events/{eventId}",
    operation_id = "getPaymentEvent",
    tag = "admin",
    summary = "What a gateway sent, as it sent it.",
    description = "Needs the role `read-only`.",
    params(("eventId" = String, Path, format = "uuid", description = "The event")),
    responses((status = 200, description = "This one.", body = Success<EventBody<'_>>), faults::OfStaffLook),
    security(("staffToken" = [])),
)]
pub(crate) async fn get_payment_event(
    State(api): State<Api>,
    _: ReadOnlyStaff,
    Named(id): Named<PaymentEventId>,
) -> Result<Response, ApiError> {
    let event = find(&api, id).await?;
    let body = EventBody {
        event_id: event.id.to_string(),
        gateway: &event.gateway,
        kind: &event.kind,
        object_ref: event.object_ref.as_deref(),
        payment_ref: event.payment_ref.as_deref(),
        created_at: event.gateway_created_at,
        received_at: event.received_at,
        state: &event.state,
        error: event.last_error.as_deref(),
        payload: &event.payload,
    };
    Ok(Success::new(body).into_response())
}

/// An event as staff see it: gateways send the address back that a customer returns to, and the key in
/// that is the customer's alone.
pub(crate) async fn find(api: &Api, id: PaymentEventId) -> Result<PaymentEventView, ApiError> {
    let mut event = api.store.payment_event(id).await?.ok_or_else(ApiError::not_found)?;
    event.payload = without_tokens(&event.payload);
    Ok(event)
}
