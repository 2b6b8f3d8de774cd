//! The envelope of every answer, and the closed set of ways to fail.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use galley_domain::order::RefusalCode;
use galley_store::StoreError;
use serde::Serialize;
use std::{fmt::Display, sync::Arc};

/// A successful answer: `{"success":true,"data":…}`.
#[derive(Serialize)]
pub(crate) struct Success<T> {
    success: bool,
    data: T,
}

impl<T> Success<T> {
    pub(crate) const fn new(data: T) -> Self {
        Self { success: true, data }
    }
}

impl<T: Serialize> IntoResponse for Success<T> {
    fn into_response(self) -> Response {
        Json(self).into_response()
    }
}

/// Every code that an error can carry, with its HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// The request cannot be understood.
    MalformedRequest,
    /// The webhook's signature is missing, wrong or too old.
    InvalidSignature,
    /// There is no such thing, or it is not yours.
    NotFound,
    /// The path exists, the method does not.
    MethodNotAllowed,
    /// The body is too long.
    PayloadTooLarge,
    /// A field is wrong.
    ValidationFailed,
    /// The state machine does not allow it.
    Refused(RefusalCode),
    /// Our fault.
    Internal,
    /// The database is away; the same request will be right later.
    Unavailable,
    /// It took too long.
    Timeout,
}

impl ErrorCode {
    /// Every code, for the contract.
    pub fn all() -> Vec<Self> {
        let mut all = vec![
            Self::MalformedRequest,
            Self::InvalidSignature,
            Self::NotFound,
            Self::MethodNotAllowed,
            Self::PayloadTooLarge,
            Self::ValidationFailed,
            Self::Internal,
            Self::Unavailable,
            Self::Timeout,
        ];
        all.extend(RefusalCode::ALL.iter().copied().map(Self::Refused));
        all
    }

    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MalformedRequest => "malformed_request",
            Self::InvalidSignature => "invalid_signature",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::PayloadTooLarge => "payload_too_large",
            Self::ValidationFailed => "validation_failed",
            Self::Refused(code) => code.as_str(),
            Self::Internal => "internal_error",
            Self::Unavailable => "service_unavailable",
            Self::Timeout => "timeout",
        }
    }

    /// Its HTTP status.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::MalformedRequest | Self::InvalidSignature => StatusCode::BAD_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::ValidationFailed => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Refused(_) => StatusCode::CONFLICT,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Timeout => StatusCode::GATEWAY_TIMEOUT,
        }
    }
}

/// What is wrong with one field.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorDetail {
    /// The field's API name.
    pub field: String,
    /// What is wrong and what would be right.
    pub message: String,
}

/// An error on its way out: public words, and a private cause for the log.
#[derive(Clone, Debug)]
pub struct ApiError {
    /// Which way to fail.
    pub code: ErrorCode,
    /// In words for whoever called.
    pub message: String,
    /// Field by field, for validation.
    pub details: Vec<ErrorDetail>,
    cause: Option<Arc<str>>,
}

impl ApiError {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: Vec::new(), cause: None }
    }

    /// Unknown, or not yours: the two are told apart by nobody.
    pub(crate) fn not_found() -> Self {
        Self::new(
            ErrorCode::NotFound,
            "There is nothing here. Check the address, or open the link from our mail again.",
        )
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::new(ErrorCode::MethodNotAllowed, "This address does not take that method.")
    }

    pub(crate) fn invalid_field(field: &str, message: &str) -> Self {
        let detail = ErrorDetail { field: field.to_owned(), message: message.to_owned() };
        Self {
            details: vec![detail],
            ..Self::new(ErrorCode::ValidationFailed, "Something in the request is not right.")
        }
    }

    pub(crate) fn internal(cause: impl Display) -> Self {
        let message = "Something went wrong on our side. We have been told.";
        Self { cause: Some(cause.to_string().into()), ..Self::new(ErrorCode::Internal, message) }
    }

    /// For the log, never for the caller.
    pub(crate) fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound(_) => Self::not_found(),
            StoreError::Refused(refusal) => Self::new(ErrorCode::Refused(refusal.code), refusal.to_string()),
            StoreError::Unavailable(_) | StoreError::Closed => {
                let message = "We cannot reach our database right now. Please try again in a moment.";
                Self { cause: Some(error.to_string().into()), ..Self::new(ErrorCode::Unavailable, message) }
            }
            StoreError::Database(_) | StoreError::Corrupt { .. } => Self::internal(error),
        }
    }
}

/// The body of an error.
#[derive(Serialize)]
pub(crate) struct Failure<'a> {
    success: bool,
    error: FailureBody<'a>,
}

#[derive(Serialize)]
struct FailureBody<'a> {
    code: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    details: &'a [ErrorDetail],
    request_id: &'a str,
}

impl<'a> Failure<'a> {
    pub(crate) fn new(error: &'a ApiError, request_id: &'a str) -> Self {
        let body = FailureBody {
            code: error.code.as_str(),
            message: &error.message,
            details: &error.details,
            request_id,
        };
        Self { success: false, error: body }
    }
}

/// Only the status and the error itself: the outermost layer, which knows the request's id, writes
/// the envelope.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.code.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
