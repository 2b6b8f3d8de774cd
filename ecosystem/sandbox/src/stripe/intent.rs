use super::event::template;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A payment intent: what ties a charge to a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct IntentSpec<'a> {
    pub(super) payment_intent: &'a str,
    pub(super) charge_id: &'a str,
    pub(super) amount: i64,
    pub(super) currency: &'a str,
    /// Stripe's word (`succeeded`, `processing`, `requires_payment_method`).
    pub(super) status: &'a str,
    pub(super) email: Option<&'a str>,
    pub(super) metadata: &'a BTreeMap<String, String>,
    pub(super) livemode: bool,
    pub(super) created: i64,
}

impl IntentSpec<'_> {
    pub(super) fn object(&self) -> Value {
        let mut object = template(include_str!("templates/payment_intent.json"));
        let received = if self.status == "succeeded" { self.amount } else { 0 };
        object["id"] = json!(self.payment_intent);
        object["latest_charge"] = json!(self.charge_id);
        object["amount"] = json!(self.amount);
        object["amount_received"] = json!(received);
        object["currency"] = json!(self.currency);
        object["status"] = json!(self.status);
        object["receipt_email"] = json!(self.email);
        object["metadata"] = json!(self.metadata);
        object["livemode"] = json!(self.livemode);
        object["created"] = json!(self.created);
        object["client_secret"] = json!(format!("{}_secret_sandbox", self.payment_intent));
        object
    }
}
