//! `POST /api/v1/purchase/restore-version`.

use crate::{
    Api,
    access::OrderInBody,
    contract::faults,
    envelope::{ApiError, Told},
    idempotency::IdempotencyKey,
    json::Fields,
};
use axum::{extract::State, response::IntoResponse};
use galley_domain::actor::Actor;
use serde::Serialize;
use utoipa::ToSchema;

/// Which version.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "a shape to be described, never a value")]
struct RestoreRequest {
    #[schema(format = "uuid")]
    order_id: String,
    /// An earlier one.
    #[schema(minimum = 1)]
    number: i32,
}

/// The newest version now.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Restored)]
struct RestoredBody {
    #[schema(format = "uuid")]
    order_id: String,
    /// It has the content of the one that was asked for.
    #[schema(minimum = 1)]
    number: i32,
}

#[utoipa::path(
    post,
    path = "/api/v1/purchase/restore-version",
    operation_id = "restoreVersion",
    tag = "orders",
    summary = "Makes an earlier version the newest once more, as a version of its own.",
    description = "While the order is in QUALITY_CHECK. The newest one stays as it is, and that is a 200 too.",
    params((
        "Idempotency-Key" = Option<String>,
        Header,
        nullable = false,
        description = "1 to 255 visible ASCII characters; the same request with the same key makes one version",
    )),
    request_body(content = RestoreRequest),
    responses((status = 200, description = "It is the newest.", body = Told<RestoredBody>), faults::OfAction),
    security(("orderToken" = []), ("orderCookie" = [])),
)]
pub(crate) async fn restore_version(
    State(api): State<Api>,
    key: Result<IdempotencyKey, ApiError>,
    named: OrderInBody,
) -> Result<impl IntoResponse, ApiError> {
    let OrderInBody { order, body } = named;
    let mut fields = Fields::read(&body)?;
    let number = fields.number("number");
    fields.end()?;
    let key = key?.within(format!("restore-version:{order}"), &body);
    let number = api.store.restore_version(order, number, Actor::Customer, key.as_ref()).await?;
    Ok(Told::new("That version is the newest again.", RestoredBody { order_id: order.to_string(), number }))
}
