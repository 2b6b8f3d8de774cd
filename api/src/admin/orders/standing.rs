//! How an order stands after a decision.

use crate::{
    Api,
    contract::mirror,
    envelope::{ApiError, Success},
};
use galley_domain::{
    actor::Actor,
    id::OrderId,
    order::{Command, Decision, OrderStatus},
};
use serde::Serialize;
use utoipa::ToSchema;

/// How an order stands now.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OrderStanding)]
pub(crate) struct Standing {
    #[schema(format = "uuid")]
    order_id: String,
    #[schema(value_type = mirror::OrderStatus)]
    status: OrderStatus,
    /// An approved version is on its way to being published.
    publishing: bool,
    /// The newest version's number; null before the first.
    #[schema(required = true)]
    version: Option<i32>,
    /// False when it stood so before.
    changed: bool,
}

impl Standing {
    pub(super) async fn of(api: &Api, id: OrderId, changed: bool) -> Result<Success<Self>, ApiError> {
        let order = api.store.order_summary(id).await?.ok_or_else(ApiError::not_found)?;
        Ok(Success::new(Self {
            order_id: id.to_string(),
            status: order.status,
            publishing: order.publishing,
            version: order.current_version,
            changed,
        }))
    }
}

/// Puts a command to an order, and answers with what came of it.
pub(super) async fn decide(
    api: &Api,
    id: OrderId,
    command: Command,
    actor: Actor,
) -> Result<Success<Standing>, ApiError> {
    let decision = api.store.apply(id, &command, actor).await?;
    Standing::of(api, id, matches!(decision, Decision::Transition(_))).await
}
