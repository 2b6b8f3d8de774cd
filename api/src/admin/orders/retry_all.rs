//! `POST /api/v1/admin/orders/retry`.

use super::filter::filter;
use crate::{
    Api,
    admin::ReviewerStaff,
    contract::{faults, mirror},
    envelope::{ApiError, Success},
    extract::Params,
};
use axum::extract::State;
use galley_domain::{actor::Actor, order::OrderStatus};
use galley_store::OrderFilter;
use serde::Serialize;
use utoipa::ToSchema;

/// Most orders that one call starts again.
const RETRIED_MAX: i64 = 200;
/// What is left is counted up to here.
const COUNTED_MAX: i64 = 10_000;

/// What came of it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RetriedOrders)]
pub(crate) struct RetriedBody {
    /// They are being worked on.
    pub(crate) retried: usize,
    /// Somebody else was faster.
    refused: usize,
    /// How many are left, counted up to 10,000: call again.
    pub(crate) left: i64,
}

#[utoipa::path(
    post,
    path = "/api/v1/admin/orders/retry",
    operation_id = "retryOrders",
    tag = "admin",
    summary = "Starts all failed orders again that match, up to 200 a call.",
    description = "Needs the role `reviewer`. Orders that staff have cancelled, and those with a refund under way or \
                   an open dispute, stay as they are.",
    params(
        ("product" = Option<mirror::ProductKind>, Query, nullable = false, description = "Only those"),
        ("q" = Option<String>, Query, nullable = false, max_length = 300, description = "As for `listOrders`"),
        ("from" = Option<String>, Query, nullable = false, description = "Paid on this day (UTC) or later"),
        ("to" = Option<String>, Query, nullable = false, description = "Paid on this day (UTC) or before"),
    ),
    responses((status = 200, description = "It is done.", body = Success<RetriedBody>), faults::OfStaffList),
    security(("staffToken" = [])),
)]
pub(crate) async fn retry_all(
    State(api): State<Api>,
    staff: ReviewerStaff,
    params: Params,
) -> Result<Success<RetriedBody>, ApiError> {
    Ok(Success::new(retry(&api, &failed(&params)?, &staff.actor()).await?))
}

/// Failed orders, out of those that `params` mean.
pub(crate) fn failed(params: &Params) -> Result<OrderFilter, ApiError> {
    let mut wrong = Vec::new();
    let filter = filter(params, &mut wrong);
    if !wrong.is_empty() {
        return Err(ApiError::invalid(wrong));
    }
    if filter.status.is_some_and(|status| status != OrderStatus::Failed) {
        return Err(ApiError::invalid_field("status", "Only failed orders can be started again."));
    }
    Ok(filter)
}

pub(crate) async fn retry(api: &Api, filter: &OrderFilter, actor: &Actor) -> Result<RetriedBody, ApiError> {
    let done = api.store.retry_orders(filter, RETRIED_MAX, actor).await?;
    let left = api.store.count_failed_orders(filter, COUNTED_MAX).await?;
    Ok(RetriedBody { retried: done.retried, refused: done.refused, left })
}
