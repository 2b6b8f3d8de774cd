//! `GET /api/v1/admin/payments/{paymentId}`.

use super::{ReadOnlyStaff, payments::PaymentBody, refund::RefundBody};
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
use galley_domain::id::PaymentId;
use serde::Serialize;
use utoipa::ToSchema;

/// A payment with what went back of it.
#[derive(Serialize, ToSchema)]
struct PaymentWithRefunds<'a> {
    payment: PaymentBody<'a>,
    /// Oldest first.
    refunds: Vec<RefundBody<'a>>,
}

#[utoipa::path(
    get,
    path = "/api/v1/admin/payments/{paymentId}",
    operation_id = "getPayment",
    tag = "admin",
    summary = "A payment with its refunds.",
    description = "Needs the role `read-only`.",
    params(("paymentId" = String, Path, format = "uuid", description = "The payment")),
    responses(
        (status = 200, description = "As it stands.", body = Success<PaymentWithRefunds<'_>>),
        faults::OfStaffLook,
    ),
    security(("staffToken" = [])),
)]
pub(crate) async fn get_payment(
    State(api): State<Api>,
    _: ReadOnlyStaff,
    Named(id): Named<PaymentId>,
) -> Result<Response, ApiError> {
    let view = api.store.payment(id).await?.ok_or_else(ApiError::not_found)?;
    let refunds = api.store.refunds_of(id).await?;
    let whole = PaymentWithRefunds {
        payment: PaymentBody::of(&view),
        refunds: refunds.iter().map(RefundBody::of).collect(),
    };
    Ok(Success::new(whole).into_response())
}
