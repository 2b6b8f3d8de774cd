//! `POST /api/v1/purchase/take-back`.

use super::{ActionBody, ActionRequest};
use crate::{
    Api,
    access::OrderInBody,
    contract::faults,
    envelope::{ApiError, Told},
};
use axum::{extract::State, response::IntoResponse};
use galley_domain::{
    actor::Actor,
    order::{Command, OrderStatus},
};

#[utoipa::path(
    post,
    path = "/api/v1/purchase/take-back",
    operation_id = "takeBack",
    tag = "orders",
    summary = "Takes the order back from the editor, until they have approved it.",
    description = "An order that is in QUALITY_CHECK already stays there, and that is a 200 too.",
    request_body(content = ActionRequest),
    responses((status = 200, description = "It is yours again.", body = Told<ActionBody>), faults::OfAction),
    security(("orderToken" = []), ("orderCookie" = [])),
)]
pub(crate) async fn take_back(
    State(api): State<Api>,
    named: OrderInBody,
) -> Result<impl IntoResponse, ApiError> {
    api.store.apply(named.order, &Command::TakeBack, Actor::Customer).await?;
    let data = ActionBody::new(named.order, OrderStatus::QualityCheck);
    Ok(Told::new("It is yours again. Ask for changes, or send it to the editor when you are ready.", data))
}
