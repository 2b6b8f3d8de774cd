use super::event::{Envelope, template};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Money that went back to the card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundSpec {
    /// `evt_…`.
    pub event_id: String,
    /// `ch_…`.
    pub charge_id: String,
    /// `pi_…`: what ties the charge to a session.
    pub payment_intent: Option<String>,
    /// What was charged, in minor units.
    pub amount: i64,
    /// What has gone back by now, all refunds together, in minor units.
    pub amount_refunded: i64,
    /// What had gone back before this event, in minor units.
    pub previously_refunded: i64,
    /// Three letters, lower case.
    pub currency: String,
    /// Real money.
    pub livemode: bool,
    /// When the event came about, in seconds since 1970.
    pub created: i64,
    /// What was written on the charge.
    pub metadata: BTreeMap<String, String>,
}

impl Default for RefundSpec {
    fn default() -> Self {
        Self {
            event_id: "evt_1SandboxEvent00000000002".to_owned(),
            charge_id: "ch_3SandboxCharge0000000001".to_owned(),
            payment_intent: Some("pi_3SandboxIntent0000000001".to_owned()),
            amount: 12_900,
            amount_refunded: 12_900,
            previously_refunded: 0,
            currency: "usd".to_owned(),
            livemode: false,
            created: 1_760_000_100,
            metadata: BTreeMap::new(),
        }
    }
}

/// Part of a charge, or all of it, went back.
pub fn charge_refunded(spec: &RefundSpec) -> Value {
    let mut object = template(include_str!("templates/charge.json"));
    object["id"] = json!(spec.charge_id);
    object["payment_intent"] = json!(spec.payment_intent);
    object["amount"] = json!(spec.amount);
    object["amount_captured"] = json!(spec.amount);
    object["amount_refunded"] = json!(spec.amount_refunded);
    object["refunded"] = json!(spec.amount_refunded >= spec.amount);
    object["currency"] = json!(spec.currency);
    object["livemode"] = json!(spec.livemode);
    object["created"] = json!(spec.created);
    object["metadata"] = json!(spec.metadata);
    let previous = json!({ "amount_refunded": spec.previously_refunded });
    let RefundSpec { event_id: id, created, livemode, .. } = spec;
    Envelope { id, kind: "charge.refunded", created: *created, livemode: *livemode }
        .around(object, Some(previous))
}

/// A customer's bank wants the money back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisputeSpec {
    /// `evt_…`.
    pub event_id: String,
    /// `dp_…`.
    pub dispute_id: String,
    /// `ch_…`.
    pub charge_id: String,
    /// `pi_…`.
    pub payment_intent: Option<String>,
    /// What is in dispute, in minor units.
    pub amount: i64,
    /// Three letters, lower case.
    pub currency: String,
    /// Stripe's word (`fraudulent`, `product_not_received`, …).
    pub reason: String,
    /// Stripe's word (`needs_response`, `won`, `lost`, …).
    pub status: String,
    /// Real money.
    pub livemode: bool,
    /// When the event came about, in seconds since 1970.
    pub created: i64,
}

impl Default for DisputeSpec {
    fn default() -> Self {
        Self {
            event_id: "evt_1SandboxEvent00000000003".to_owned(),
            dispute_id: "dp_1SandboxDispute000000001".to_owned(),
            charge_id: "ch_3SandboxCharge0000000001".to_owned(),
            payment_intent: Some("pi_3SandboxIntent0000000001".to_owned()),
            amount: 12_900,
            currency: "usd".to_owned(),
            reason: "product_not_received".to_owned(),
            status: "needs_response".to_owned(),
            livemode: false,
            created: 1_760_000_200,
        }
    }
}

const WEEK_SECONDS: i64 = 7 * 86_400;

/// A customer's bank has opened a dispute.
pub fn dispute_created(spec: &DisputeSpec) -> Value {
    let mut object = template(include_str!("templates/dispute.json"));
    object["id"] = json!(spec.dispute_id);
    object["charge"] = json!(spec.charge_id);
    object["payment_intent"] = json!(spec.payment_intent);
    object["amount"] = json!(spec.amount);
    object["currency"] = json!(spec.currency);
    object["reason"] = json!(spec.reason);
    object["status"] = json!(spec.status);
    object["livemode"] = json!(spec.livemode);
    object["created"] = json!(spec.created);
    object["evidence_details"]["due_by"] = json!(spec.created + WEEK_SECONDS);
    let DisputeSpec { event_id: id, created, livemode, .. } = spec;
    Envelope { id, kind: "charge.dispute.created", created: *created, livemode: *livemode }
        .around(object, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partial_refund_is_told_from_a_full_one() {
        let part = charge_refunded(&RefundSpec { amount_refunded: 500, ..Default::default() });
        assert_eq!(part["data"]["object"]["refunded"], false);
        assert_eq!(part["data"]["previous_attributes"]["amount_refunded"], 0);
        let full = charge_refunded(&RefundSpec::default());
        assert_eq!(full["data"]["object"]["refunded"], true);
    }

    #[test]
    fn a_dispute_names_its_charge() {
        let event = dispute_created(&DisputeSpec::default());
        assert_eq!(event["type"], "charge.dispute.created");
        assert_eq!(event["data"]["object"]["charge"], "ch_3SandboxCharge0000000001");
        assert!(event["data"].get("previous_attributes").is_none());
    }
}
