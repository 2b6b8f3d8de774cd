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
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, Ref, RefOr, Schema, Type},
};

/// A successful answer: `{"success":true,"data":…}`.
#[derive(Serialize, ToSchema)]
pub(crate) struct Success<T> {
    #[schema(schema_with = always::<true>)]
    success: bool,
    #[schema(schema_with = pointer::<T>)]
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

/// Left to itself the document would repeat the schema of `T` in each envelope.
fn pointer<T: ToSchema>() -> RefOr<Schema> {
    Ref::from_schema_name(T::name()).into()
}

/// The flag that tells the two envelopes apart.
fn always<const VALUE: bool>() -> RefOr<Schema> {
    let schema = ObjectBuilder::new().schema_type(Type::Boolean);
    schema.enum_values(Some([VALUE])).build().into()
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

    /// What it means, for the contract.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::MalformedRequest => "The request cannot be read.",
            Self::InvalidSignature => "The webhook's signature is missing, wrong, or off by more than 300 s.",
            Self::NotFound => "Unknown, or not yours: the two are told apart by nobody.",
            Self::MethodNotAllowed => "The path exists, the method does not; `Allow` has those that do.",
            Self::PayloadTooLarge => "The body is longer than 1 MiB.",
            Self::ValidationFailed => "A field is wrong; `details` names it.",
            Self::Refused(RefusalCode::WrongStatus) => "The order's status does not allow it.",
            Self::Refused(RefusalCode::Frozen) => "A dispute over the payment is open.",
            Self::Refused(RefusalCode::VersionNotCurrent) => "The version has been replaced by a newer one.",
            Self::Refused(RefusalCode::NoSuchVersion) => "The order has no such version.",
            Self::Refused(RefusalCode::Publishing) => "The order is being published right now.",
            Self::Refused(RefusalCode::RefundOpen) => "A refund is under way.",
            Self::Internal => "Our fault; we have been told.",
            Self::Unavailable => "The database is away; `Retry-After` says when to come again.",
            Self::Timeout => "It took too long; the same request may be right later.",
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

impl PartialSchema for ErrorCode {
    fn schema() -> RefOr<Schema> {
        let names = Self::all().into_iter().map(Self::as_str);
        let description = "Every way to fail; the set is closed.";
        let schema = ObjectBuilder::new().schema_type(Type::String);
        schema.enum_values(Some(names)).description(Some(description)).build().into()
    }
}

impl ToSchema for ErrorCode {}

/// What is wrong with one field.
#[derive(Clone, Debug, Serialize, ToSchema)]
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

/// The body of an error: `{"success":false,"error":…}`.
#[derive(Serialize, ToSchema)]
pub(crate) struct Failure<'a> {
    #[schema(schema_with = always::<false>)]
    success: bool,
    error: FailureBody<'a>,
}

/// What went wrong.
#[derive(Serialize, ToSchema)]
#[schema(as = Error)]
struct FailureBody<'a> {
    #[schema(value_type = ErrorCode)]
    code: &'static str,
    /// In words for whoever called.
    message: &'a str,
    /// Field by field, for `validation_failed`.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    details: &'a [ErrorDetail],
    /// Also in `X-Request-Id`; we find the cause by it.
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
