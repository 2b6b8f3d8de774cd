//! What every page has around it.

use super::{assets::Asset, theme};
use crate::{Api, envelope::ApiError, payments::Payments};
use askama::Template;
use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};

const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

/// Only what is ours, and none of it inline. Forms may end at a gateway: browsers hold a redirect after
/// a form against `form-action`, and where gateways have their pages is for them to say.
macro_rules! policy {
    ($forms:literal) => {
        concat!(
            "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; ",
            "frame-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' ",
            $forms
        )
    };
}

/// The content security policy of all pages.
pub(crate) fn policy(payments: &Payments) -> HeaderValue {
    // A sandbox listens without TLS.
    HeaderValue::from_static(if payments.sandbox || payments.development {
        policy!("https: http:")
    } else {
        policy!("https:")
    })
}

/// The head and foot of a page.
pub(crate) struct Frame<'a> {
    pub(super) shop_name: &'a str,
    /// Says that no real money is taken.
    pub(super) sandbox: bool,
    pub(super) stylesheet: &'static str,
    /// The shop's own colour, if it has one.
    pub(super) theme: Option<String>,
    pub(super) script: &'static str,
    /// After how many seconds a browser without scripts asks again.
    pub(super) again: Option<u32>,
    /// The page is one customer's.
    pub(super) private: bool,
}

impl<'a> Frame<'a> {
    pub(super) fn new(api: &'a Api) -> Self {
        Self {
            shop_name: &api.payments.shop_name,
            sandbox: api.payments.sandbox,
            stylesheet: Asset::Stylesheet.href(),
            theme: theme::href(&api.store.known_settings()),
            script: Asset::Checkout.href(),
            again: None,
            private: false,
        }
    }

    /// Of a page that shows something of one customer's.
    pub(super) fn private(api: &'a Api) -> Self {
        Self { private: true, ..Self::new(api) }
    }
}

/// A page. None is kept anywhere: what they show changes, and some are one customer's.
pub(crate) fn page(
    status: StatusCode,
    template: &impl Template,
    private: bool,
) -> Result<Response, ApiError> {
    let html = template.render().map_err(ApiError::internal)?;
    let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    let mut response = (status, no_store, Html(html)).into_response();
    if private {
        response.headers_mut().insert(ROBOTS, HeaderValue::from_static("noindex, nofollow"));
    }
    Ok(response)
}

/// On to another address. Header values come from ids, tokens and gateways' addresses; one that is none
/// is an error of ours.
pub(crate) fn see_other(address: &str, cookie: Option<HeaderValue>) -> Result<Response, ApiError> {
    let address = HeaderValue::from_str(address).map_err(ApiError::internal)?;
    let headers =
        [(header::LOCATION, address), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    let mut response = (StatusCode::SEE_OTHER, headers).into_response();
    if let Some(cookie) = cookie {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
