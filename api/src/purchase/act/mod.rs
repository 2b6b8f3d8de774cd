//! What customers do with an order. Each is a POST that names the order in its body.

pub(crate) mod request_revision;
pub(crate) mod restore_version;
pub(crate) mod submit_for_review;
pub(crate) mod take_back;

use crate::contract::mirror;
use galley_domain::{id::OrderId, order::OrderStatus};
use serde::Serialize;
use utoipa::ToSchema;

/// Which order.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OrderAction)]
#[expect(dead_code, reason = "a shape to be described, never a value")]
struct ActionRequest {
    #[schema(format = "uuid")]
    order_id: String,
}

/// Where the order stands now.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OrderActionDone)]
struct ActionBody {
    #[schema(format = "uuid")]
    order_id: String,
    #[schema(value_type = mirror::OrderStatus)]
    status: OrderStatus,
}

impl ActionBody {
    fn new(order: OrderId, status: OrderStatus) -> Self {
        Self { order_id: order.to_string(), status }
    }
}
