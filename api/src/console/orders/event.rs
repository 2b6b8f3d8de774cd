//! `GET /admin/payment-events/{eventId}`: what a gateway sent, as it sent it.

use super::words::class_of;
use crate::{
    Api,
    admin::payment_event::find,
    console::{
        desk::ReadOnlyDesk,
        frame::{Console, Section, show},
    },
    contract::faults,
    envelope::ApiError,
    extract::Named,
    moment::Moment,
};
use askama::Template;
use axum::{extract::State, response::Response};
use galley_domain::id::PaymentEventId;
use serde_json::Value;

#[derive(Template)]
#[template(path = "console/payment_event.html")]
struct Event<'a> {
    console: Console<'a>,
    kind: String,
    class: &'static str,
    state: String,
    received: Moment,
    facts: Vec<(&'static str, String)>,
    error: Option<String>,
    payload: String,
}

#[utoipa::path(
    get,
    path = "/admin/payment-events/{eventId}",
    operation_id = "showPaymentEvent",
    tag = "console",
    summary = "What a gateway sent, as it sent it.",
    params(("eventId" = String, Path, format = "uuid", description = "The event")),
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        (status = 303, description = "To the login."),
        faults::OfStaffLook,
    ),
    security(("staffSession" = [])),
)]
pub(crate) async fn payment_event(
    State(api): State<Api>,
    desk: ReadOnlyDesk,
    Named(id): Named<PaymentEventId>,
) -> Result<Response, ApiError> {
    let event = find(&api, id).await?;
    let now = api.store.clock().now();
    let mut facts = vec![
        ("Gateway", event.gateway),
        ("Known as", event.dedupe_key),
        ("About", event.object_ref.unwrap_or_default()),
        ("Payment", event.payment_ref.unwrap_or_default()),
        ("Written in", event.api_version.unwrap_or_default()),
        ("Happened", event.gateway_created_at.map(|at| Moment::new(at, now).exact).unwrap_or_default()),
        (
            "Money",
            event.livemode.map(|live| if live { "real" } else { "play" }).unwrap_or_default().to_owned(),
        ),
    ];
    facts.retain(|(_, value)| !value.is_empty());
    show(&Event {
        console: Console::new(&api, &desk, Section::Payments).await?,
        kind: event.kind,
        class: class_of(&event.state),
        state: event.state,
        received: Moment::new(event.received_at, now),
        facts,
        error: event.last_error,
        payload: laid_out(event.payload),
    })
}

/// JSON over several lines; anything else as it came.
fn laid_out(payload: String) -> String {
    let value: Option<Value> = serde_json::from_str(&payload).ok();
    value.and_then(|value| serde_json::to_string_pretty(&value).ok()).unwrap_or(payload)
}
