//! An order on the wire, as staff see it.

use crate::{amount::Amount, contract::mirror};
use chrono::{DateTime, Utc};
use galley_domain::{
    brief::Brief,
    order::{Failure, OrderStatus},
};
use galley_store::OrderSummary;
use serde::Serialize;
use utoipa::ToSchema;

/// An order, without its texts.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Order)]
pub(crate) struct OrderBody<'a> {
    #[schema(format = "uuid")]
    order_id: String,
    #[schema(format = "uuid")]
    payment_id: String,
    #[schema(format = "uuid")]
    customer_id: String,
    email: &'a str,
    #[schema(value_type = mirror::Brief)]
    brief: &'a Brief,
    amount: Amount,
    #[schema(value_type = mirror::OrderStatus)]
    status: OrderStatus,
    /// Goes up with each time that it is worked on.
    run: i32,
    /// The newest version's number; null before the first.
    #[schema(required = true)]
    version: Option<i32>,
    /// An approved version is on its way to being published.
    publishing: bool,
    /// A dispute over its payment is open.
    frozen: bool,
    /// A refund is under way.
    refund_open: bool,
    /// Why it is FAILED.
    #[schema(required = true, value_type = Option<mirror::Failure>)]
    failure: Option<Failure>,
    /// The same in words for the customer.
    #[schema(required = true)]
    reason: Option<&'a str>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl<'a> OrderBody<'a> {
    pub(crate) fn of(order: &'a OrderSummary) -> Self {
        Self {
            order_id: order.id.to_string(),
            payment_id: order.payment_id.to_string(),
            customer_id: order.customer_id.to_string(),
            email: &order.email,
            brief: &order.brief,
            amount: Amount::of(order.amount),
            status: order.status,
            run: order.run,
            version: order.current_version,
            publishing: order.publishing,
            frozen: order.frozen,
            refund_open: order.refund_open,
            failure: order.failure,
            reason: order.reason.as_deref(),
            created_at: order.created_at,
            updated_at: order.updated_at,
        }
    }
}
