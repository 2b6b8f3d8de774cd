use super::event::{Envelope, template};
use serde_json::{Value, json};

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

impl DisputeSpec {
    /// The dispute, as Stripe would also answer when asked for it.
    pub fn object(&self) -> Value {
        let mut object = template(include_str!("templates/dispute.json"));
        object["id"] = json!(self.dispute_id);
        object["charge"] = json!(self.charge_id);
        object["payment_intent"] = json!(self.payment_intent);
        object["amount"] = json!(self.amount);
        object["currency"] = json!(self.currency);
        object["reason"] = json!(self.reason);
        object["status"] = json!(self.status);
        object["livemode"] = json!(self.livemode);
        object["created"] = json!(self.created);
        object["evidence_details"]["due_by"] = json!(self.created + WEEK_SECONDS);
        object
    }

    fn event(&self, kind: &str) -> Value {
        let Self { event_id: id, created, livemode, .. } = self;
        Envelope { id, kind, created: *created, livemode: *livemode }.around(self.object(), None)
    }
}

/// A customer's bank has opened a dispute.
pub fn dispute_created(spec: &DisputeSpec) -> Value {
    spec.event("charge.dispute.created")
}

/// Something about a dispute has changed; `status` says what it is now.
pub fn dispute_updated(spec: &DisputeSpec) -> Value {
    spec.event("charge.dispute.updated")
}

/// A dispute is over: `status` is `won`, `lost` or `warning_closed`.
pub fn dispute_closed(spec: &DisputeSpec) -> Value {
    spec.event("charge.dispute.closed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dispute_names_its_charge() {
        let event = dispute_created(&DisputeSpec::default());
        assert_eq!(event["type"], "charge.dispute.created");
        assert_eq!(event["data"]["object"]["charge"], "ch_3SandboxCharge0000000001");
        assert!(event["data"].get("previous_attributes").is_none());
    }

    #[test]
    fn a_closed_dispute_says_how_it_ended() {
        let spec = DisputeSpec { status: "lost".to_owned(), ..Default::default() };
        let event = dispute_closed(&spec);
        assert_eq!(event["type"], "charge.dispute.closed");
        assert_eq!(event["data"]["object"]["status"], "lost");
        assert_eq!(dispute_updated(&spec)["type"], "charge.dispute.updated");
    }
}
