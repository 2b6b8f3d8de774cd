//! `GET /api/v1/admin/orders/{orderId}/versions/{number}`.

use crate::{
    Api,
    admin::ReadOnlyStaff,
    contract::faults,
    envelope::{ApiError, Success},
    purchase::versions::VersionBody,
};
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use galley_domain::id::OrderId;
use std::collections::HashMap;

#[utoipa::path(
    get,
    path = "/api/v1/admin/orders/{orderId}/versions/{number}",
    operation_id = "getVersionOfOrder",
    tag = "admin",
    summary = "One version of an order with its texts.",
    description = "Needs the role `read-only`.",
    params(
        ("orderId" = String, Path, format = "uuid", description = "The order"),
        ("number" = i32, Path, minimum = 0, description = "The version"),
    ),
    responses((status = 200, description = "This one.", body = Success<VersionBody<'_>>), faults::OfStaffLook),
    security(("staffToken" = [])),
)]
pub(crate) async fn get_version(
    State(api): State<Api>,
    _: ReadOnlyStaff,
    Path(path): Path<HashMap<String, String>>,
) -> Result<Response, ApiError> {
    let (order, number) = numbered(&path).ok_or_else(ApiError::not_found)?;
    let view = api.store.find_version(order, number).await?.ok_or_else(ApiError::not_found)?;
    Ok(Success::new(VersionBody::whole(&view).named(&view)).into_response())
}

/// The order and the number of a version that a path names.
pub(crate) fn numbered(path: &HashMap<String, String>) -> Option<(OrderId, i32)> {
    Some((path.get("orderId")?.parse().ok()?, path.get("number")?.parse().ok()?))
}
