//! `GET /order-status/{orderId}`: where the links in our mails lead.

use crate::{access::OrderAccess, contract::faults, envelope::ApiError};
use axum::{extract::RawQuery, response::Redirect};

/// Sends whoever holds a link on to the order's status, with the token that the link carries.
#[utoipa::path(
    get,
    path = "/order-status/{orderId}",
    operation_id = "followOrderLink",
    tag = "orders",
    summary = "Where the links in mails lead: on to the order's status.",
    params(OrderAccess),
    responses((status = 303, description = "The order's status."), faults::OfOrder),
    security(("orderToken" = []), ("orderTokenInQuery" = [])),
)]
pub(crate) async fn follow(access: OrderAccess, RawQuery(query): RawQuery) -> Result<Redirect, ApiError> {
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    Ok(Redirect::to(&format!("/api/v1/purchase/status/{}{query}", access.order)))
}
