//! What somebody with a browser sees of an error.

use super::frame::{Frame, page};
use crate::{
    Api,
    envelope::{ApiError, ErrorDetail},
    error_code::ErrorCode,
};
use askama::Template;
use axum::response::{IntoResponse, Response};

#[derive(Template)]
#[template(path = "trouble.html")]
struct Trouble<'a> {
    frame: Frame<'a>,
    title: &'static str,
    message: &'a str,
    details: &'a [ErrorDetail],
    /// Where the shop can be written to, when somebody can’t get any further alone.
    contact: Option<String>,
    /// Only when it is our fault: nobody can help with the others by it.
    request_id: Option<&'a str>,
}

/// Whoever has no right link to an order, or only a part of it.
const NO_ORDER: (&str, &str) = (
    "This link doesn’t open an order",
    "The link isn’t complete, or it is no longer valid. Open it again from the newest mail that we sent you \
     about your order; that mail is also where to ask if it doesn’t work.",
);

/// The error as a page.
pub(crate) fn trouble(api: &Api, error: &ApiError, path: &str, request_id: &str) -> Response {
    let status = error.code.status();
    let closed = error.code == ErrorCode::NotFound && path.starts_with("/order-status/");
    let (title, message) = if closed { NO_ORDER } else { (title(error.code), error.message.as_str()) };
    let trouble = Trouble {
        frame: Frame::private(api),
        title,
        message,
        contact: closed.then(|| api.store.known_settings().contact_email.clone()).flatten(),
        details: &error.details,
        request_id: status.is_server_error().then_some(request_id),
    };
    page(status, &trouble, true).unwrap_or_else(|_| status.into_response())
}

const fn title(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::NotFound | ErrorCode::MethodNotAllowed => "We can’t find that page",
        ErrorCode::NotAllowed | ErrorCode::NotAuthenticated => "This is not open to you",
        ErrorCode::TooManyRequests => "One moment, please",
        ErrorCode::Unavailable | ErrorCode::Timeout => "We’ll be back in a moment",
        ErrorCode::GatewayRefused => "The payment could not be started",
        _ => "That didn’t work",
    }
}
