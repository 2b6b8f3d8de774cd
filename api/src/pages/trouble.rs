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
    /// Only when it is our fault: nobody can help with the others by it.
    request_id: Option<&'a str>,
}

/// The error as a page.
pub(crate) fn trouble(api: &Api, error: &ApiError, request_id: &str) -> Response {
    let status = error.code.status();
    let trouble = Trouble {
        frame: Frame::private(&api.payments),
        title: title(error.code),
        message: &error.message,
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
