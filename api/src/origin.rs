//! Whether a request was sent from a page of ours.

use crate::{Api, envelope::ApiError, error_code::ErrorCode, payments::Payments};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, header, request::Parts},
};
use url::Url;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// A form that no other site has sent through a customer's browser. Comes before they are counted, so
/// that nobody uses up what is theirs.
pub(crate) struct FromOurPage;

impl FromRequestParts<Api> for FromOurPage {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, ApiError> {
        demand(&parts.headers, &api.payments).map(|()| Self)
    }
}

/// [`ErrorCode::NotAllowed`] for what another site has sent through a browser: its cookies are the
/// customer's, its wish is not.
pub(crate) fn demand(headers: &HeaderMap, payments: &Payments) -> Result<(), ApiError> {
    if is_from_our_page(headers, payments) {
        return Ok(());
    }
    let message = "This was not sent from our own page. Open our page and send it from there.";
    Err(ApiError::new(ErrorCode::NotAllowed, message))
}

/// Browsers say so themselves, in a header that no page can forge; those that don't send an `Origin`.
/// Whoever sends neither is no browser, and has nobody's cookies to misuse.
fn is_from_our_page(headers: &HeaderMap, payments: &Payments) -> bool {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    match (text(&FETCH_SITE), text(&header::ORIGIN)) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => is_ours(origin, text(&header::HOST), payments),
        (None, None) => true,
    }
}

/// Ours is where customers reach us, and whatever name this request came to.
fn is_ours(origin: &str, host: Option<&str>, payments: &Payments) -> bool {
    let Ok(url) = Url::parse(origin) else { return false };
    let named = origin.split_once("://").map(|(_, authority)| authority);
    url.origin() == payments.public_url.origin() || (named.is_some() && named == host)
}
