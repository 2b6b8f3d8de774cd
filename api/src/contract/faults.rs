//! The ways to fail, as the document tells them.
//!
//! A response per HTTP status, with the codes that it can carry; a handler names its group.

use crate::{envelope::Failure, error_code::ErrorCode};
use axum::http::StatusCode;
use galley_domain::order::RefusalCode;
use std::collections::BTreeMap;
use utoipa::{
    IntoResponses, ToSchema as _,
    openapi::{Content, Header, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder, Type},
};

/// Every refusal has the status of its first.
macro_rules! code {
    (Conflict) => {
        ErrorCode::Refused(RefusalCode::WrongStatus)
    };
    ($code:ident) => {
        ErrorCode::$code
    };
}

macro_rules! groups {
    ($($(#[$meta:meta])* $name:ident: $($code:ident)+;)+) => {$(
        $(#[$meta])*
        pub(crate) struct $name;

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                [$(code!($code)),+].into_iter().map(reference).collect()
            }
        }
    )+};
}

groups! {
    /// What can happen to every request.
    Anywhere: Internal Timeout;
    /// What can happen where the database is asked.
    OfStore: Internal Unavailable Timeout;
    /// What can happen to whoever asks for an order.
    OfOrder: NotFound Internal Unavailable Timeout;
    /// What can happen to whoever asks for a list that is everybody's.
    OfList: ValidationFailed Internal Unavailable Timeout;
    /// What can happen to whoever asks for a version by its number.
    OfVersion: NotFound ValidationFailed Internal Unavailable Timeout;
    /// What can happen to a form on an order's page, beside what it shows itself.
    OfOrderForm: MalformedRequest NotAllowed NotFound PayloadTooLarge Internal Unavailable Timeout;
    /// What can happen to whoever watches an order.
    OfWatching: NotFound TooManyRequests Internal Unavailable Timeout;
    /// What can happen to a customer who does something with an order.
    OfAction: MalformedRequest NotAllowed NotFound Conflict PayloadTooLarge ValidationFailed Internal
        Unavailable Timeout;
    /// What can happen to a gateway's call.
    OfWebhook: MalformedRequest InvalidSignature PayloadTooLarge Internal Unavailable Timeout;
    /// The same where a shop may not use the gateway.
    OfNotice: MalformedRequest InvalidSignature NotFound PayloadTooLarge Internal Unavailable Timeout;
    /// What can happen to whoever opens a checkout.
    OfCheckout: MalformedRequest PayloadTooLarge ValidationFailed TooManyRequests GatewayRefused Internal
        Unavailable Timeout;
    /// What can happen to a form, beside what it shows itself.
    OfForm: MalformedRequest NotAllowed PayloadTooLarge TooManyRequests Internal Unavailable Timeout;
    /// What can happen to whoever asks for a checkout.
    OfSession: NotFound Internal Unavailable Timeout;
    /// What can happen to staff.
    OfStaff: NotAuthenticated NotAllowed Internal Unavailable Timeout;
    /// What can happen to staff who ask for a list.
    OfStaffList: NotAuthenticated NotAllowed ValidationFailed Internal Unavailable Timeout;
    /// What can happen to staff who ask for one thing.
    OfStaffLook: NotAuthenticated NotAllowed NotFound Internal Unavailable Timeout;
    /// What can happen to staff who decide something.
    OfDecision: MalformedRequest NotAuthenticated NotAllowed NotFound Conflict PayloadTooLarge ValidationFailed
        Internal Unavailable Timeout;
    /// What can happen to staff who have something done that needs no words.
    OfRetry: NotAuthenticated NotAllowed NotFound Conflict Internal Unavailable Timeout;
    /// What can happen to staff who name something new.
    OfNewName: MalformedRequest NotAuthenticated NotAllowed Conflict PayloadTooLarge ValidationFailed
        TooManyRequests Internal Unavailable Timeout;
    /// What can happen to staff who have a password made.
    OfRenewal: NotAuthenticated NotAllowed NotFound TooManyRequests Internal Unavailable Timeout;
    /// What can happen where only tests may ask.
    OfTests: NotFound Internal Unavailable Timeout;
}

fn reference(code: ErrorCode) -> (String, RefOr<Response>) {
    let status = code.status();
    (status.as_str().to_owned(), Ref::from_response_name(name(status)).into())
}

/// `NotFound` for 404.
fn name(status: StatusCode) -> String {
    status.canonical_reason().unwrap_or(status.as_str()).replace(' ', "")
}

/// A response for each status that an error can have.
pub(super) fn components() -> BTreeMap<String, RefOr<Response>> {
    let mut codes: BTreeMap<StatusCode, Vec<ErrorCode>> = BTreeMap::new();
    for code in ErrorCode::all() {
        codes.entry(code.status()).or_default().push(code);
    }
    codes.into_iter().map(|(status, codes)| (name(status), component(status, &codes).into())).collect()
}

fn component(status: StatusCode, codes: &[ErrorCode]) -> Response {
    let about: Vec<String> =
        codes.iter().map(|code| format!("`{}`: {}", code.as_str(), code.meaning())).collect();
    let schema = Ref::from_schema_name(Failure::name());
    let response = ResponseBuilder::new()
        .description(about.join("\n"))
        .header("X-Request-Id", super::request_id())
        .content("application/json", Content::new(Some(schema)));
    if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
        let mut seconds = Header::new(ObjectBuilder::new().schema_type(Type::Integer));
        seconds.description = Some("Seconds to wait".to_owned());
        return response.header("Retry-After", seconds).build();
    }
    response.build()
}
