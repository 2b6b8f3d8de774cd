//! The closed set of ways to fail.

use axum::http::StatusCode;
use galley_domain::order::RefusalCode;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

/// Every code that an error can carry, with its HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// The request cannot be understood.
    MalformedRequest,
    /// The webhook's signature is missing, wrong or too old.
    InvalidSignature,
    /// No token of a member of staff, or one that is not valid.
    NotAuthenticated,
    /// It is known who asks, and they may not.
    NotAllowed,
    /// There is no such thing, or it is not yours.
    NotFound,
    /// The path exists, the method does not.
    MethodNotAllowed,
    /// The body is too long.
    PayloadTooLarge,
    /// A field is wrong.
    ValidationFailed,
    /// The key was sent before, with another body.
    KeyReused,
    /// The state machine does not allow it.
    Refused(RefusalCode),
    /// Too many of these from one address.
    TooManyRequests,
    /// The payment gateway said no.
    GatewayRefused,
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
            Self::NotAuthenticated,
            Self::NotAllowed,
            Self::NotFound,
            Self::MethodNotAllowed,
            Self::PayloadTooLarge,
            Self::ValidationFailed,
            Self::KeyReused,
            Self::TooManyRequests,
            Self::GatewayRefused,
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
            Self::NotAuthenticated => "not_authenticated",
            Self::NotAllowed => "not_allowed",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::PayloadTooLarge => "payload_too_large",
            Self::ValidationFailed => "validation_failed",
            Self::KeyReused => "idempotency_key_reused",
            Self::Refused(code) => code.as_str(),
            Self::TooManyRequests => "too_many_requests",
            Self::GatewayRefused => "gateway_refused",
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
            Self::NotAuthenticated => "No token of a member of staff, or one that is not valid.",
            Self::NotAllowed => "The role of the token does not include this; or a form came from elsewhere.",
            Self::NotFound => "Unknown, or not yours: the two are told apart by nobody.",
            Self::MethodNotAllowed => "The path exists, the method does not; `Allow` has those that do.",
            Self::PayloadTooLarge => "The body is longer than 1 MiB.",
            Self::ValidationFailed => "A field is wrong; `details` names it.",
            Self::Refused(RefusalCode::WrongStatus) => "The order's status does not allow it.",
            Self::Refused(RefusalCode::Frozen) => "A dispute over the payment is open.",
            Self::Refused(RefusalCode::VersionNotCurrent) => "The version has been replaced by a newer one.",
            Self::Refused(RefusalCode::NoSuchVersion) => "The order has no such version.",
            Self::Refused(RefusalCode::TooManyRestores) => {
                "Earlier versions of the order were brought back 50 times in 24 hours."
            }
            Self::Refused(RefusalCode::Publishing) => "The order is being published right now.",
            Self::Refused(RefusalCode::RefundOpen) => "A refund is under way.",
            Self::Refused(RefusalCode::RefundTooLarge) => "More is asked for than is left of the payment.",
            Self::Refused(RefusalCode::PaymentDecided) => "Somebody has decided on the payment before.",
            Self::Refused(RefusalCode::PaymentUnfit) => "The payment cannot become that as it is.",
            Self::Refused(RefusalCode::WrongJobState) => "Where the job stands does not allow it.",
            Self::Refused(RefusalCode::JobNotCancellable) => "Work of that kind is not called off.",
            Self::Refused(RefusalCode::NameTaken) => "Something has that name already.",
            Self::Refused(RefusalCode::LinkRevoked) => "The link that was to be sent opens nothing any more.",
            Self::Refused(RefusalCode::LastOwner) => "Nobody would be left who may do everything.",
            Self::KeyReused => "The `Idempotency-Key` came before with another body.",
            Self::TooManyRequests => {
                "Too many of these from one address; `Retry-After` says when to come again."
            }
            Self::GatewayRefused => "The payment gateway does not take this checkout. Nothing was charged.",
            Self::Internal => "Our fault; we have been told.",
            Self::Unavailable => {
                "The database is away, or there is no place for another stream; `Retry-After` says when to come \
                 again."
            }
            Self::Timeout => "It took too long; the same request may be right later.",
        }
    }

    /// Its HTTP status.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::MalformedRequest | Self::InvalidSignature => StatusCode::BAD_REQUEST,
            Self::NotAuthenticated => StatusCode::UNAUTHORIZED,
            Self::NotAllowed => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::ValidationFailed | Self::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::GatewayRefused => StatusCode::BAD_GATEWAY,
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
