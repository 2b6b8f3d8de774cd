//! `POST /api/v1/purchase/submit-for-review`.

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
    path = "/api/v1/purchase/submit-for-review",
    operation_id = "submitForReview",
    tag = "orders",
    summary = "Sends the newest version to the editor, while the order is in QUALITY_CHECK.",
    description = "An order that is with the editor already stays there, and that is a 200 too.",
    request_body(content = ActionRequest),
    responses((status = 200, description = "It is with the editor.", body = Told<ActionBody>), faults::OfAction),
    security(("orderToken" = []), ("orderCookie" = [])),
)]
pub(crate) async fn submit_for_review(
    State(api): State<Api>,
    named: OrderInBody,
) -> Result<impl IntoResponse, ApiError> {
    api.store.apply(named.order, &Command::Submit, Actor::Customer).await?;
    let data = ActionBody::new(named.order, OrderStatus::AdminReview);
    Ok(Told::new("It is with the editor. You can take it back until they have decided.", data))
}
