use super::event::{Envelope, template};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// One refund, which `refund.*` events are about; the charge's sum of them is a
/// [`RefundSpec`](super::RefundSpec).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SingleRefundSpec {
    /// `evt_…`.
    pub event_id: String,
    /// `re_…`.
    pub refund_id: String,
    /// `ch_…`.
    pub charge_id: String,
    /// `pi_…`.
    pub payment_intent: Option<String>,
    /// What goes back, in minor units.
    pub amount: i64,
    /// Three letters, lower case.
    pub currency: String,
    /// Stripe's word (`pending`, `succeeded`, `failed`, …).
    pub status: String,
    /// Stripe's word (`duplicate`, `fraudulent`, `requested_by_customer`).
    pub reason: Option<String>,
    /// What the maker of the refund wrote on it.
    pub metadata: BTreeMap<String, String>,
    /// Real money; on the envelope only, as with Stripe.
    pub livemode: bool,
    /// When it came about, in seconds since 1970.
    pub created: i64,
}

impl Default for SingleRefundSpec {
    fn default() -> Self {
        Self {
            event_id: "evt_1SandboxEvent00000000004".to_owned(),
            refund_id: "re_3SandboxRefund0000000001".to_owned(),
            charge_id: "ch_3SandboxCharge0000000001".to_owned(),
            payment_intent: Some("pi_3SandboxIntent0000000001".to_owned()),
            amount: 12_900,
            currency: "usd".to_owned(),
            status: "succeeded".to_owned(),
            reason: None,
            metadata: BTreeMap::new(),
            livemode: false,
            created: 1_760_000_100,
        }
    }
}

impl SingleRefundSpec {
    /// The refund, as Stripe would also answer when asked for it.
    pub fn object(&self) -> Value {
        let mut object = template(include_str!("templates/refund.json"));
        object["id"] = json!(self.refund_id);
        object["charge"] = json!(self.charge_id);
        object["payment_intent"] = json!(self.payment_intent);
        object["amount"] = json!(self.amount);
        object["currency"] = json!(self.currency);
        object["status"] = json!(self.status);
        object["reason"] = json!(self.reason);
        object["metadata"] = json!(self.metadata);
        object["created"] = json!(self.created);
        if self.status == "failed" {
            object["failure_reason"] = json!("lost_or_stolen_card");
        }
        object
    }

    fn event(&self, kind: &str) -> Value {
        let Self { event_id: id, created, livemode, .. } = self;
        Envelope { id, kind, created: *created, livemode: *livemode }.around(self.object(), None)
    }
}

/// Somebody asked for money to go back; whether it has says `status`.
pub fn refund_created(spec: &SingleRefundSpec) -> Value {
    spec.event("refund.created")
}

/// Something about a refund has changed.
pub fn refund_updated(spec: &SingleRefundSpec) -> Value {
    spec.event("refund.updated")
}

/// The money did not go back, whatever was said before.
pub fn refund_failed(spec: &SingleRefundSpec) -> Value {
    SingleRefundSpec { status: "failed".to_owned(), ..spec.clone() }.event("refund.failed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_refund_says_so_whatever_it_was() {
        let event = refund_failed(&SingleRefundSpec::default());
        assert_eq!(
            (&event["type"], &event["data"]["object"]["status"]),
            (&json!("refund.failed"), &json!("failed"))
        );
        assert!(event["data"]["object"].get("livemode").is_none(), "refunds have none");
    }

    #[test]
    fn the_other_two_say_what_it_is() {
        let spec = SingleRefundSpec { status: "pending".to_owned(), ..Default::default() };
        assert_eq!(refund_created(&spec)["data"]["object"]["status"], "pending");
        assert_eq!(refund_updated(&SingleRefundSpec::default())["data"]["object"]["status"], "succeeded");
    }
}
