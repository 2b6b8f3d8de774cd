//! The cookie that opens a checkout on our pages, so that its token need not stay in the address.

use crate::{Api, checkout::Holder, envelope::ApiError, extract::Params};
use axum::http::{HeaderMap, HeaderValue, header};
use galley_domain::id::CheckoutSessionId;
use galley_store::CheckoutView;

/// How long it is kept: longer than a checkout can be paid.
const MAX_AGE_SECONDS: u32 = 48 * 60 * 60;

/// A cookie per checkout: a customer may have several under way.
fn name(checkout: CheckoutSessionId) -> String {
    format!("checkout_{}", checkout.0.simple())
}

/// Lax: the customer comes back from the gateway's site with it.
pub(super) fn with_token(api: &Api, checkout: CheckoutSessionId) -> Result<HeaderValue, ApiError> {
    let (name, token) = (name(checkout), api.links.signer.sign_checkout(checkout));
    let secure = if api.payments.is_https() { "; Secure" } else { "" };
    let cookie = format!("{name}={token}; Path=/; Max-Age={MAX_AGE_SECONDS}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&cookie).map_err(ApiError::internal)
}

/// Whether the address opens this checkout: then its token belongs into the cookie, and out of there.
pub(super) fn is_opened_by_address(api: &Api, view: &CheckoutView, params: &Params) -> bool {
    Holder::of(api, view, params.get("token")) == Holder::Customer
}

/// Whether the browser has the checkout's cookie.
pub(super) fn is_opened_by_cookie(api: &Api, view: &CheckoutView, headers: &HeaderMap) -> bool {
    let name = name(view.id);
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let tokens =
        cookies.flat_map(|cookies| cookies.split(';')).filter_map(|cookie| cookie.trim().split_once('='));
    let mut tokens = tokens.filter(|(found, _)| *found == name);
    tokens.any(|(_, token)| Holder::of(api, view, Some(token)) == Holder::Customer)
}
