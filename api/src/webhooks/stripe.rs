use crate::{
    Api,
    contract::faults,
    envelope::{ApiError, Success},
    error_code::ErrorCode,
    extract::RawBody,
};
use axum::{extract::State, http::HeaderMap};
use galley_integrations::stripe::{
    inbound::interpret,
    signature::{TOLERANCE_SECONDS, verify},
};
use galley_store::Received;
use serde::Serialize;
use utoipa::ToSchema;

/// The event is on disk.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Receipt {
    /// Always true.
    received: bool,
    /// It had come in before, and was left as it is.
    duplicate: bool,
}

impl Receipt {
    pub(super) fn of(received: &Received) -> Self {
        Self { received: true, duplicate: *received == Received::Duplicate }
    }
}

/// `POST /api/v1/webhooks/stripe`: takes in an event and answers once it is on disk.
///
/// 200 means that Stripe need not send it again: also for duplicates, for events that are none of
/// our business, and for signed bodies that nobody can read, which are kept and alerted. 400 is for
/// what is not signed; 503 for a database that is away, and Stripe sends it again.
#[utoipa::path(
    post,
    path = "/api/v1/webhooks/stripe",
    operation_id = "receiveStripeEvent",
    tag = "webhooks",
    summary = "Takes in an event and answers once it is on disk.",
    description = "200 means that Stripe need not send it again: also for duplicates, for events that are \
                   none of our business, and for signed bodies that nobody can read, which are kept and \
                   alerted.",
    params(("Stripe-Signature" = String, Header, description = "`t=…,v1=…`: HMAC-SHA256 over `{t}.{body}`")),
    request_body(content = Object, description = "The event, byte for byte as it was signed; up to 1 MiB"),
    responses((status = 200, description = "It is on disk.", body = Success<Receipt>), faults::OfWebhook),
)]
pub(crate) async fn stripe(
    State(api): State<Api>,
    headers: HeaderMap,
    RawBody(body): RawBody,
) -> Result<Success<Receipt>, ApiError> {
    let header = headers.get("stripe-signature").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let now = api.store.clock().now();
    verify(&body, header, &api.stripe.secrets, now, TOLERANCE_SECONDS)
        .map_err(|error| ApiError::new(ErrorCode::InvalidSignature, error.to_string()))?;
    let event = interpret(&body, api.stripe.livemode);
    let (key, kind) = (event.dedupe_key.clone(), event.kind.clone());
    fail::fail_point!("webhook.before-receive");
    let received = api.store.receive(event).await?;
    fail::fail_point!("webhook.after-receive");
    tracing::debug!(event.id = key, event.kind = kind, ?received, "Event {key} came in");
    Ok(Success::new(Receipt::of(&received)))
}
