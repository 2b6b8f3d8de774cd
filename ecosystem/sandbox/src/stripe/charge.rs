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

impl RefundSpec {
    /// The charge, as Stripe would also answer when asked for it.
    pub fn object(&self) -> Value {
        let mut object = template(include_str!("templates/charge.json"));
        object["id"] = json!(self.charge_id);
        object["payment_intent"] = json!(self.payment_intent);
        object["amount"] = json!(self.amount);
        object["amount_captured"] = json!(self.amount);
        object["amount_refunded"] = json!(self.amount_refunded);
        object["refunded"] = json!(self.amount_refunded >= self.amount);
        object["currency"] = json!(self.currency);
        object["livemode"] = json!(self.livemode);
        object["created"] = json!(self.created);
        object["metadata"] = json!(self.metadata);
        object
    }
}

/// Part of a charge, or all of it, went back.
pub fn charge_refunded(spec: &RefundSpec) -> Value {
    let previous = json!({ "amount_refunded": spec.previously_refunded });
    let RefundSpec { event_id: id, created, livemode, .. } = spec;
    Envelope { id, kind: "charge.refunded", created: *created, livemode: *livemode }
        .around(spec.object(), Some(previous))
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
}
