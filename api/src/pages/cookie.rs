//! The cookie that opens a checkout on our pages, so that its token need not stay in the address.

use crate::{Api, checkout::Holder, cookie, envelope::ApiError, extract::Params};
use axum::http::{HeaderMap, HeaderValue};
use galley_domain::id::CheckoutSessionId;
use galley_store::CheckoutView;

/// How long it is kept: longer than a checkout can be paid.
const MAX_AGE_SECONDS: u32 = 48 * 60 * 60;

/// A cookie per checkout: a customer may have several under way.
fn name(checkout: CheckoutSessionId) -> String {
    format!("checkout_{}", checkout.0.simple())
}

/// Lets a browser open the checkout from now on.
pub(super) fn with_token(api: &Api, checkout: CheckoutSessionId) -> Result<HeaderValue, ApiError> {
    cookie::set(api, &name(checkout), &api.links.signer.sign_checkout(checkout), MAX_AGE_SECONDS)
}

/// Whether the address opens this checkout: then its token belongs into the cookie, and out of there.
pub(super) fn is_opened_by_address(api: &Api, view: &CheckoutView, params: &Params) -> bool {
    Holder::of(api, view, params.get("token")) == Holder::Customer
}

/// Whether the browser has the checkout's cookie.
pub(super) fn is_opened_by_cookie(api: &Api, view: &CheckoutView, headers: &HeaderMap) -> bool {
    let name = name(view.id);
    cookie::values(headers, &name).any(|token| Holder::of(api, view, Some(token)) == Holder::Customer)
}
