//! `GET /api/v1/admin/orders`.

use super::{body::OrderBody, filter::filter};
use crate::{
    Api,
    admin::{ReadOnlyStaff, page::Page},
    contract::{faults, mirror},
    envelope::{ApiError, Success},
    extract::Params,
};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use galley_domain::id::OrderId;
use galley_store::OrderListPage;
use serde::Serialize;
use utoipa::ToSchema;

/// Orders, newest first.
#[derive(Serialize, ToSchema)]
struct OrderList<'a> {
    orders: Vec<OrderBody<'a>>,
    /// Send it as `before` to get the next page; null on the last.
    #[schema(required = true, format = "uuid")]
    next: Option<String>,
}

#[utoipa::path(
    get,
    path = "/api/v1/admin/orders",
    operation_id = "listOrders",
    tag = "admin",
    summary = "Orders, newest first.",
    description = "Needs the role `read-only`.",
    params(
        ("status" = Option<mirror::OrderStatus>, Query, nullable = false, description = "Only those"),
        ("product" = Option<mirror::ProductKind>, Query, nullable = false, description = "Only those"),
        (
            "q" = Option<String>,
            Query,
            nullable = false,
            max_length = 300,
            description = "An id of ours or of the gateway's, the beginning of an e-mail address, the address that \
                           an ordered link leads to, or that of an article",
        ),
        ("from" = Option<String>, Query, nullable = false, description = "Paid on this day (UTC) or later"),
        ("to" = Option<String>, Query, nullable = false, description = "Paid on this day (UTC) or before"),
        ("before" = Option<String>, Query, nullable = false, format = "uuid", description = "Only older ones"),
        (
            "limit" = Option<i64>,
            Query,
            nullable = false,
            minimum = 1,
            maximum = 200,
            description = "50 unless given",
        ),
    ),
    responses((status = 200, description = "A page of them.", body = Success<OrderList<'_>>), faults::OfStaffList),
    security(("staffToken" = [])),
)]
pub(crate) async fn list_orders(
    State(api): State<Api>,
    _: ReadOnlyStaff,
    params: Params,
) -> Result<Response, ApiError> {
    let mut wrong = Vec::new();
    let filter = filter(&params, &mut wrong);
    if !wrong.is_empty() {
        return Err(ApiError::invalid(wrong));
    }
    let page = Page::<OrderId>::of(&params)?;
    let wanted = OrderListPage { after: page.before, ..OrderListPage::newest(page.limit()) };
    let mut orders = api.store.orders(&filter, wanted).await?;
    let next = page.cut(&mut orders, |order| order.id).map(|id| id.to_string());
    Ok(Success::new(OrderList { orders: orders.iter().map(OrderBody::of).collect(), next }).into_response())
}
