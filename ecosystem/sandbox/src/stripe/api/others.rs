//! The parts of the API that are only read.

use super::{error::ApiError, form::Form, list::Window};
use crate::stripe::{
    StripeOptions,
    world::{Shelf, Shown, StripeEvent, StripeRefusal, World},
};
use serde_json::json;
use std::sync::Arc;

/// `GET /v1/disputes`.
pub(super) fn disputes(world: &World, query: &Form) -> Result<String, ApiError> {
    let window = Window::read(query, &["payment_intent", "charge"])?;
    let (intent, charge) = (query.get("payment_intent"), query.get("charge"));
    window.page(&world.disputes, "/v1/disputes", |dispute| {
        intent.is_none_or(|intent| dispute.payment_intent == intent)
            && charge.is_none_or(|charge| dispute.charge == charge)
    })
}

/// `GET /v1/charges/{id}`.
pub(super) fn charge(world: &World, id: &str) -> Result<String, ApiError> {
    let payment = world.payments.all().iter().find(|payment| payment.charge == id);
    let missing = || StripeRefusal::NoSuch { kind: "charge", id: id.to_owned() };
    Ok(payment.ok_or_else(missing)?.charge().to_string())
}

impl Shown for Arc<StripeEvent> {
    const KIND: &'static str = "event";

    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }

    fn text(&self) -> String {
        self.body.to_string()
    }
}

/// `GET /v1/events`: those that are kept.
pub(super) fn events(world: &World, query: &Form) -> Result<String, ApiError> {
    let window = Window::read(query, &["type", "types", "delivery_success"])?;
    let mut kinds = query.list("types");
    kinds.extend(query.get("type"));
    let mut shelf = Shelf::default();
    for event in &world.events {
        shelf.push(event.clone());
    }
    window.page(&shelf, "/v1/events", |event| {
        kinds.is_empty() || kinds.iter().any(|kind| is_of(&event.kind, kind))
    })
}

/// Whether a kind is wanted; `checkout.session.*` wants several.
fn is_of(kind: &str, wanted: &str) -> bool {
    wanted.strip_suffix('*').map_or(kind == wanted, |start| kind.starts_with(start))
}

/// `GET /v1/events/{id}`.
pub(super) fn event(world: &World, id: &str) -> Result<String, ApiError> {
    let found = world.events.iter().find(|event| event.id == id);
    let missing = || StripeRefusal::NoSuch { kind: "event", id: id.to_owned() };
    Ok(found.ok_or_else(missing)?.text())
}

/// `GET /v1/account`.
pub(super) fn account(options: &StripeOptions) -> String {
    let account = json!({
        "id": options.account,
        "object": "account",
        "business_profile": { "name": "Sandbox", "url": null },
        "business_type": "company",
        "capabilities": { "card_payments": "active", "transfers": "active" },
        "charges_enabled": true,
        "country": "US",
        "default_currency": "usd",
        "details_submitted": true,
        "email": "shop@sandbox.example",
        "metadata": {},
        "payouts_enabled": true,
        "settings": { "dashboard": { "display_name": "Sandbox", "timezone": "Etc/UTC" } },
        "type": "standard",
    });
    account.to_string()
}
