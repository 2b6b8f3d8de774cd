//! `POST …/refund` of a payment or an order, and `GET …/refunds`.

use super::{OwnerStaff, ReadOnlyStaff};
use crate::{
    Api,
    contract::{faults, mirror},
    envelope::{ApiError, Success},
    extract::{Named, RawBody},
    idempotency::IdempotencyKey,
    json::Fields,
};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use galley_domain::{
    id::{OrderId, PaymentId},
    payment::{RefundOrigin, RefundState},
};
use galley_store::{RefundRequest, RefundTarget, RefundView};
use serde::Serialize;
use utoipa::ToSchema;

/// How much goes back, and why.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RefundRequest)]
#[expect(dead_code, reason = "a shape to be described, never a value")]
struct RefundFields {
    /// In the smallest unit of the payment's currency; all that is left unless given.
    #[schema(nullable = false, minimum = 1)]
    amount_minor: Option<i64>,
    /// In words; kept with the refund.
    #[schema(min_length = 3, max_length = 500)]
    reason: String,
}

/// A refund.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Refund)]
pub(crate) struct RefundBody<'a> {
    #[schema(format = "uuid")]
    refund_id: String,
    #[schema(format = "uuid")]
    payment_id: String,
    /// In the smallest unit of the payment's currency.
    amount_minor: i64,
    #[schema(required = true)]
    currency: Option<&'a str>,
    reason: &'a str,
    #[schema(value_type = mirror::RefundOrigin)]
    origin: RefundOrigin,
    /// `staff:NAME`, `system` or `gateway:NAME`
    requested_by: &'a str,
    #[schema(value_type = mirror::RefundState)]
    state: RefundState,
    /// The gateway's id.
    #[schema(required = true)]
    external_id: Option<&'a str>,
    /// What the gateway said when it failed.
    #[schema(required = true)]
    detail: Option<&'a str>,
    created_at: DateTime<Utc>,
}

impl<'a> RefundBody<'a> {
    pub(crate) fn of(view: &'a RefundView) -> Self {
        Self {
            refund_id: view.id.to_string(),
            payment_id: view.payment_id.to_string(),
            amount_minor: view.amount_minor,
            currency: view.currency.as_deref(),
            reason: &view.reason,
            origin: view.origin,
            requested_by: &view.actor,
            state: view.state,
            external_id: view.external_id.as_deref(),
            detail: view.detail.as_deref(),
            created_at: view.created_at,
        }
    }
}

/// The refunds of a payment, oldest first.
#[derive(Serialize, ToSchema)]
struct RefundList<'a> {
    refunds: Vec<RefundBody<'a>>,
}

#[utoipa::path(
    get,
    path = "/api/v1/admin/payments/{paymentId}/refunds",
    operation_id = "listRefunds",
    tag = "admin",
    summary = "The refunds of a payment, oldest first.",
    description = "Needs the role `read-only`.",
    params(("paymentId" = String, Path, format = "uuid", description = "The payment")),
    responses((status = 200, description = "All of them.", body = Success<RefundList<'_>>), faults::OfStaffLook),
    security(("staffToken" = [])),
)]
pub(crate) async fn list_refunds(
    State(api): State<Api>,
    _: ReadOnlyStaff,
    Named(id): Named<PaymentId>,
) -> Result<Response, ApiError> {
    let views = api.store.refunds_of(id).await?;
    if views.is_empty() && api.store.payment(id).await?.is_none() {
        return Err(ApiError::not_found());
    }
    Ok(Success::new(RefundList { refunds: views.iter().map(RefundBody::of).collect() }).into_response())
}

#[utoipa::path(
    post,
    path = "/api/v1/admin/payments/{paymentId}/refund",
    operation_id = "refundPayment",
    tag = "admin",
    summary = "Gives money of a payment back.",
    description = "Needs the role `owner`. The answer is that it was asked for: the gateway is told in a moment, \
                   and `listRefunds` says what became of it.",
    params(
        ("paymentId" = String, Path, format = "uuid", description = "The payment"),
        (
            "Idempotency-Key" = Option<String>,
            Header,
            nullable = false,
            description = "1 to 255 visible ASCII characters; the same request with the same key is one refund",
        ),
    ),
    request_body(content = RefundFields),
    responses((status = 202, description = "It is on its way.", body = Success<RefundBody<'_>>), faults::OfDecision),
    security(("staffToken" = [])),
)]
pub(crate) async fn refund_payment(
    State(api): State<Api>,
    staff: OwnerStaff,
    Named(id): Named<PaymentId>,
    key: IdempotencyKey,
    RawBody(body): RawBody,
) -> Result<Response, ApiError> {
    refund(&api, &staff, RefundTarget::Payment(id), key, &body).await
}

#[utoipa::path(
    post,
    path = "/api/v1/admin/orders/{orderId}/refund",
    operation_id = "refundOrder",
    tag = "admin",
    summary = "Gives money of an order's payment back.",
    description = "Needs the role `owner`. When all of it has gone back the order ends.",
    params(
        ("orderId" = String, Path, format = "uuid", description = "The order"),
        (
            "Idempotency-Key" = Option<String>,
            Header,
            nullable = false,
            description = "1 to 255 visible ASCII characters; the same request with the same key is one refund",
        ),
    ),
    request_body(content = RefundFields),
    responses((status = 202, description = "It is on its way.", body = Success<RefundBody<'_>>), faults::OfDecision),
    security(("staffToken" = [])),
)]
pub(crate) async fn refund_order(
    State(api): State<Api>,
    staff: OwnerStaff,
    Named(id): Named<OrderId>,
    key: IdempotencyKey,
    RawBody(body): RawBody,
) -> Result<Response, ApiError> {
    refund(&api, &staff, RefundTarget::Order(id), key, &body).await
}

async fn refund(
    api: &Api,
    staff: &OwnerStaff,
    target: RefundTarget,
    key: IdempotencyKey,
    body: &[u8],
) -> Result<Response, ApiError> {
    let mut fields = Fields::read(body)?;
    let amount_minor = fields.minor("amountMinor");
    let reason = fields.reason();
    fields.end()?;
    // The body does not say of what: that must be part of the scope.
    let scope = match target {
        RefundTarget::Payment(id) => format!("refund:payment:{id}:{}", staff.name),
        RefundTarget::Order(id) => format!("refund:order:{id}:{}", staff.name),
    };
    let key = key.within(scope, body);
    let request = RefundRequest { target, amount_minor, reason, actor: staff.actor(), key };
    let view = api.store.request_refund(request).await?;
    Ok((StatusCode::ACCEPTED, Success::new(RefundBody::of(&view))).into_response())
}
