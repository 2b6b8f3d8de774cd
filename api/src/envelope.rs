//! The envelope of every answer.

use crate::error_code::ErrorCode;
use axum::{
    Json,
    response::{IntoResponse, Response},
};
use galley_domain::brief::FieldError;
use galley_store::StoreError;
use serde::Serialize;
use std::{fmt::Display, sync::Arc, time::Duration};
use utoipa::{
    ToSchema,
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

/// A successful answer with a sentence for people: `{"success":true,"message":…,"data":…}`.
#[derive(Serialize, ToSchema)]
pub(crate) struct Told<T> {
    #[schema(schema_with = always::<true>)]
    success: bool,
    /// In words for whoever asked for it.
    message: &'static str,
    #[schema(schema_with = pointer::<T>)]
    data: T,
}

impl<T> Told<T> {
    pub(crate) const fn new(message: &'static str, data: T) -> Self {
        Self { success: true, message, data }
    }
}

impl<T: Serialize> IntoResponse for Told<T> {
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

/// What a caller is told to wait while the database is away.
const DATABASE_PAUSE: Duration = Duration::from_secs(5);

/// What is wrong with one field.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ErrorDetail {
    /// The field's API name.
    pub field: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl ErrorDetail {
    pub(crate) fn new(field: &str, message: impl Into<String>) -> Self {
        Self { field: field.to_owned(), message: message.into() }
    }
}

impl From<FieldError> for ErrorDetail {
    fn from(error: FieldError) -> Self {
        Self { field: error.field, message: error.message }
    }
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
    /// When to come again, if that is known.
    pub retry_after: Option<Duration>,
    cause: Option<Arc<str>>,
}

impl ApiError {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: Vec::new(), retry_after: None, cause: None }
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
        Self::invalid(vec![ErrorDetail::new(field, message)])
    }

    /// Everything that is wrong, at once.
    pub(crate) fn invalid(details: Vec<ErrorDetail>) -> Self {
        Self { details, ..Self::new(ErrorCode::ValidationFailed, "Something in the request is not right.") }
    }

    pub(crate) fn too_many(message: &str, wait: Duration) -> Self {
        Self { retry_after: Some(wait), ..Self::new(ErrorCode::TooManyRequests, message) }
    }

    pub(crate) fn unavailable(message: &str, wait: Duration) -> Self {
        Self { retry_after: Some(wait), ..Self::new(ErrorCode::Unavailable, message) }
    }

    pub(crate) fn malformed(message: &str) -> Self {
        Self::new(ErrorCode::MalformedRequest, message)
    }

    pub(crate) fn internal(cause: impl Display) -> Self {
        let message = "Something went wrong on our side. We have been told.";
        Self { cause: Some(cause.to_string().into()), ..Self::new(ErrorCode::Internal, message) }
    }

    /// Whether a form can show it: whoever sent it can mend it.
    pub(crate) fn is_for_form(&self) -> bool {
        matches!(self.code, ErrorCode::ValidationFailed | ErrorCode::Refused(_))
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
            StoreError::Declined { code, message } => Self::new(ErrorCode::Refused(code), message),
            StoreError::KeyReused => {
                let message = "This Idempotency-Key came before with another body. Take a new key.";
                Self::new(ErrorCode::KeyReused, message)
            }
            StoreError::Unavailable(_) | StoreError::Closed => {
                let message = "We cannot reach our database right now. Please try again in a moment.";
                Self {
                    retry_after: Some(DATABASE_PAUSE),
                    cause: Some(error.to_string().into()),
                    ..Self::new(ErrorCode::Unavailable, message)
                }
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
