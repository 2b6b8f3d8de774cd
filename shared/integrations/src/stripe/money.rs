//! Refunds, charges and disputes, as far as we read them: from events, and from answers of the API.

use super::field::{integer, reference, text};
use galley_domain::payment::{
    ChargeFact, DisputeFact, DisputeState, Gateway, MoneyChange, MoneyFact, RefundFact, RefundState,
};
use serde_json::Value;

/// The metadata key of a refund of ours; what carries none was made in Stripe's dashboard.
pub(crate) const REFUND_KEY: &str = "galley_refund";

/// What kind of object an event about money is about; `None` for events about anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MoneyKind {
    /// One refund.
    Refund,
    /// A charge, with the sum of its refunds.
    Charge,
    /// A dispute.
    Dispute,
}

impl MoneyKind {
    /// By the event's type.
    pub(crate) fn of(event: &str) -> Option<Self> {
        match event {
            "charge.refunded" => Some(Self::Charge),
            "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => {
                Some(Self::Refund)
            }
            _ if event.starts_with("charge.dispute.") => Some(Self::Dispute),
            _ => None,
        }
    }

    /// Reads the object; `None` when it does not say of which payment, of what, or how much.
    pub(crate) fn read(self, object: &Value) -> Option<MoneyFact> {
        let charge = if self == Self::Charge { text(object, "id") } else { reference(object, "charge") };
        Some(MoneyFact {
            gateway: Gateway::Stripe,
            account: String::new(),
            payment_ref: reference(object, "payment_intent").or(charge)?,
            change: match self {
                Self::Refund => MoneyChange::Refund(refund(object)?),
                // An old version's charge carries a list of its refunds too; each of them has an
                // event of its own, so the sum is enough.
                Self::Charge => MoneyChange::Charge(ChargeFact {
                    refunded_minor: integer(object, "amount_refunded").filter(|minor| *minor >= 0)?,
                }),
                Self::Dispute => MoneyChange::Dispute(dispute(object)?),
            },
        })
    }
}

/// Where a refund stands. What is newer than this build is still on its way: only three words say
/// that it is over.
pub(crate) fn refund_state(object: &Value) -> RefundState {
    match text(object, "status").as_deref() {
        Some("succeeded") => RefundState::Succeeded,
        Some("failed" | "canceled") => RefundState::Failed,
        _ => RefundState::Pending,
    }
}

/// How a refund stands; without an id or an amount it is none.
fn refund(object: &Value) -> Option<RefundFact> {
    let metadata = object.get("metadata").unwrap_or(&Value::Null);
    Some(RefundFact {
        external_id: text(object, "id")?,
        refund: text(metadata, REFUND_KEY).and_then(|id| id.trim().parse().ok()),
        amount_minor: integer(object, "amount").filter(|minor| *minor > 0)?,
        state: refund_state(object),
        reason: text(object, "failure_reason").or_else(|| text(object, "reason")),
    })
}

fn dispute(object: &Value) -> Option<DisputeFact> {
    Some(DisputeFact {
        external_id: text(object, "id")?,
        amount_minor: integer(object, "amount").filter(|minor| *minor >= 0),
        state: match text(object, "status").as_deref() {
            Some("won") => DisputeState::Won,
            Some("lost") => DisputeState::Lost,
            Some("warning_closed" | "prevented") => DisputeState::WarningClosed,
            _ => DisputeState::Open,
        },
        reason: text(object, "reason"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const OURS: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

    fn a_refund() -> Value {
        json!({
            "id": "re_1", "amount": 500, "payment_intent": "pi_1", "charge": "ch_1", "status": "pending",
            "reason": "requested_by_customer", "metadata": { REFUND_KEY: OURS },
        })
    }

    fn changed(mut object: Value, key: &str, value: Value) -> Value {
        object[key] = value;
        object
    }

    #[test]
    fn a_refund_is_known_by_its_own_id_and_by_ours() {
        let fact = MoneyKind::Refund.read(&a_refund()).unwrap();
        assert_eq!(fact.payment_ref, "pi_1");
        let MoneyChange::Refund(refund) = fact.change else { panic!("no refund") };
        assert_eq!((refund.external_id.as_str(), refund.amount_minor), ("re_1", 500));
        assert_eq!(refund.refund, OURS.parse().ok());
        assert_eq!(refund.reason.as_deref(), Some("requested_by_customer"));
        let failed = changed(a_refund(), "failure_reason", json!("lost_or_stolen_card"));
        assert_eq!(super::refund(&failed).unwrap().reason.as_deref(), Some("lost_or_stolen_card"));
        for foreign in [json!(null), json!({ REFUND_KEY: "42" }), json!([])] {
            assert_eq!(super::refund(&changed(a_refund(), "metadata", foreign)).unwrap().refund, None);
        }
    }

    #[test]
    fn a_refund_ends_by_three_words_only() {
        let state = |status| refund(&changed(a_refund(), "status", json!(status))).unwrap().state;
        assert_eq!(state("succeeded"), RefundState::Succeeded);
        for status in ["failed", "canceled"] {
            assert_eq!(state(status), RefundState::Failed, "{status}");
        }
        for status in ["pending", "requires_action", "something_new", ""] {
            assert_eq!(state(status), RefundState::Pending, "{status}");
        }
    }

    #[test]
    fn a_dispute_is_open_until_it_is_known_to_be_closed() {
        let state = |status| {
            let object = json!({ "id": "dp_1", "payment_intent": "pi_1", "status": status });
            match MoneyKind::Dispute.read(&object).unwrap().change {
                MoneyChange::Dispute(dispute) => dispute.state,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(state("won"), DisputeState::Won);
        assert_eq!(state("lost"), DisputeState::Lost);
        assert_eq!(state("warning_closed"), DisputeState::WarningClosed);
        assert_eq!(state("prevented"), DisputeState::WarningClosed);
        for status in ["needs_response", "under_review", "warning_needs_response", "something_new", ""] {
            assert_eq!(state(status), DisputeState::Open, "{status}");
        }
    }

    #[test]
    fn a_charge_tells_the_sum_and_its_list_of_refunds_counts_for_nothing() {
        let charge = json!({
            "id": "ch_1", "amount": 1999, "amount_refunded": 700, "payment_intent": null,
            "refunds": { "data": [{ "id": "re_1", "amount": 1999, "status": "failed" }] },
        });
        let fact = MoneyKind::Charge.read(&charge).unwrap();
        assert_eq!(fact.payment_ref, "ch_1");
        assert_eq!(fact.change, MoneyChange::Charge(ChargeFact { refunded_minor: 700 }));
    }

    #[test]
    fn what_does_not_say_of_what_or_how_much_is_no_fact() {
        for (key, value) in [
            ("id", json!(null)),
            ("amount", json!(null)),
            ("amount", json!(0)),
            ("amount", json!(-5)),
            ("amount", json!("5.5")),
        ] {
            assert_eq!(
                MoneyKind::Refund.read(&changed(a_refund(), key, value.clone())),
                None,
                "{key}: {value}"
            );
        }
        let nameless = changed(changed(a_refund(), "payment_intent", json!(null)), "charge", json!(null));
        assert_eq!(MoneyKind::Refund.read(&nameless), None);
        assert_eq!(MoneyKind::Charge.read(&json!({ "id": "ch_1" })), None);
        assert_eq!(MoneyKind::Dispute.read(&json!({ "id": "dp_1", "amount": 5 })), None);
        assert_eq!(MoneyKind::Dispute.read(&json!({ "charge": "ch_1", "amount": 5 })), None);
    }
}
