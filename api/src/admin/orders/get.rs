//! `GET /api/v1/admin/orders/{orderId}`.

use super::body::OrderBody;
use crate::{
    Api,
    admin::{ReadOnlyStaff, refund::RefundBody},
    contract::faults,
    envelope::{ApiError, Success},
    extract::Named,
    purchase::versions::VersionBody,
};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use galley_domain::id::OrderId;
use serde::Serialize;
use utoipa::ToSchema;

/// An order with its versions and what went back of its payment.
#[derive(Serialize, ToSchema)]
struct WholeOrder<'a> {
    order: OrderBody<'a>,
    /// Newest first, without their texts.
    versions: Vec<VersionBody<'a>>,
    /// Oldest first.
    refunds: Vec<RefundBody<'a>>,
}

#[utoipa::path(
    get,
    path = "/api/v1/admin/orders/{orderId}",
    operation_id = "getOrder",
    tag = "admin",
    summary = "An order with its versions and refunds.",
    description = "Needs the role `read-only`.",
    params(("orderId" = String, Path, format = "uuid", description = "The order")),
    responses((status = 200, description = "As it stands.", body = Success<WholeOrder<'_>>), faults::OfStaffLook),
    security(("staffToken" = [])),
)]
pub(crate) async fn get_order(
    State(api): State<Api>,
    _: ReadOnlyStaff,
    Named(id): Named<OrderId>,
) -> Result<Response, ApiError> {
    let order = api.store.order_summary(id).await?.ok_or_else(ApiError::not_found)?;
    let versions = api.store.list_versions(id).await?;
    let refunds = api.store.refunds_of(order.payment_id).await?;
    let whole = WholeOrder {
        order: OrderBody::of(&order),
        versions: versions.iter().map(|view| VersionBody::listed(view).named(view)).collect(),
        refunds: refunds.iter().map(RefundBody::of).collect(),
    };
    Ok(Success::new(whole).into_response())
}
