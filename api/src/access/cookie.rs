//! The cookie that opens an order in a browser, so that its token need not stay in the address.

use crate::{Api, cookie, envelope::ApiError};
use axum::http::{HeaderMap, HeaderValue};
use galley_domain::id::OrderId;

/// How long it is kept: 30 days. Our mails have the link again.
const MAX_AGE_SECONDS: u32 = 30 * 24 * 60 * 60;

/// A cookie per order: a customer may have several.
fn name(order: OrderId) -> String {
    format!("order_{}", order.0.simple())
}

/// Lets a browser open the order from now on, until `epoch` is over.
pub(crate) fn order_cookie(api: &Api, order: OrderId, epoch: i32) -> Result<HeaderValue, ApiError> {
    cookie::set(api, &name(order), &api.links.signer.sign(order, epoch), MAX_AGE_SECONDS)
}

/// Whether the browser has a cookie that opens the order today.
pub(super) fn opens(api: &Api, headers: &HeaderMap, order: OrderId, epoch: i32) -> bool {
    let name = name(order);
    cookie::values(headers, &name).any(|token| api.links.signer.verify(order, epoch, token))
}
