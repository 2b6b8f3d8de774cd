//! A Checkout Session, as far as we read it.

use super::field::{flag, instant, integer, reference, text};
use chrono::{DateTime, Utc};
use galley_domain::payment::{CheckoutState, Gateway, Sale, SessionFact};
use serde_json::Value;
use std::collections::BTreeMap;

/// The metadata key of a checkout of ours; what carries none is a storefront's.
pub(crate) const CHECKOUT_KEY: &str = "galley_checkout";

/// Whether a session is paid (<https://docs.stripe.com/api/checkout/sessions/object>).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentStatus {
    /// `paid`: the money is there.
    Paid,
    /// `unpaid`: it may still arrive, for days.
    Unpaid,
    /// `no_payment_required`: the total is zero.
    NoPaymentRequired,
    /// Something newer than this build; empty when the field was missing.
    Unknown(String),
}

impl PaymentStatus {
    fn read(object: &Value) -> Self {
        match object.get("payment_status").and_then(Value::as_str).unwrap_or_default() {
            "paid" => Self::Paid,
            "unpaid" => Self::Unpaid,
            "no_payment_required" => Self::NoPaymentRequired,
            other => Self::Unknown(other.to_owned()),
        }
    }
}

/// A Checkout Session: from an event, or from an answer of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// `cs_…`.
    pub id: String,
    /// Whether the money is there.
    pub payment_status: PaymentStatus,
    /// `open`, `complete` or `expired`.
    pub status: Option<String>,
    /// `payment`, `setup` or `subscription`; only the first is ours.
    pub mode: Option<String>,
    /// The total in minor units, tax and shipping included.
    pub amount_total: Option<i64>,
    /// As Stripe writes it: in lower case.
    pub currency: Option<String>,
    /// The tax in the total, in minor units; zero when none is named.
    pub amount_tax: i64,
    /// The shipping in the total, in minor units; zero when none is named.
    pub amount_shipping: i64,
    /// `pi_…`; none when nothing had to be paid.
    pub payment_intent: Option<String>,
    /// What the customer gave at the checkout, else what the session was made with.
    pub email: Option<String>,
    /// What whoever made the session put into it. Numbers and truth values are kept as texts.
    pub metadata: BTreeMap<String, String>,
    /// A customer can set this on a payment link: never trust it alone.
    pub client_reference_id: Option<String>,
    /// Live or test.
    pub livemode: Option<bool>,
    /// When the session was made.
    pub created: Option<DateTime<Utc>>,
}

impl Session {
    /// Reads a session object; without an id it is none.
    pub fn read(object: &Value) -> Option<Self> {
        let totals = object.get("total_details").unwrap_or(&Value::Null);
        let customer = object.get("customer_details").unwrap_or(&Value::Null);
        Some(Self {
            id: text(object, "id")?,
            payment_status: PaymentStatus::read(object),
            status: text(object, "status"),
            mode: text(object, "mode"),
            amount_total: integer(object, "amount_total"),
            currency: text(object, "currency"),
            amount_tax: integer(totals, "amount_tax").unwrap_or(0),
            amount_shipping: integer(totals, "amount_shipping").unwrap_or(0),
            payment_intent: reference(object, "payment_intent"),
            email: text(customer, "email").or_else(|| text(object, "customer_email")),
            metadata: metadata(object),
            client_reference_id: text(object, "client_reference_id"),
            livemode: flag(object, "livemode"),
            created: instant(object, "created"),
        })
    }

    /// Whether the money is in.
    ///
    /// A session whose total is zero says `no_payment_required` from its first moment on, so that
    /// counts only once the customer is through with it.
    pub(crate) fn is_paid(&self) -> bool {
        match self.payment_status {
            PaymentStatus::Paid => true,
            PaymentStatus::NoPaymentRequired => self.status.as_deref() == Some("complete"),
            PaymentStatus::Unpaid | PaymentStatus::Unknown(_) => false,
        }
    }

    /// Where it stands, by its own words. What is newer than this build is open: it is asked again.
    pub(crate) fn state(&self) -> CheckoutState {
        match self.status.as_deref() {
            _ if self.is_paid() => CheckoutState::Paid,
            Some("complete") => CheckoutState::Processing,
            Some("expired") => CheckoutState::Expired,
            _ => CheckoutState::Open,
        }
    }

    /// Why it is none of our money, if it is not; `livemode` is what our key is for.
    pub(crate) fn foreign(&self, livemode: bool) -> Option<&'static str> {
        if self.livemode.is_some_and(|mode| mode != livemode) {
            return Some("the session is of the other mode");
        }
        let other = self.mode.as_deref().is_some_and(|mode| mode != "payment");
        other.then_some("the session is not for a single payment")
    }

    /// The session as a fact of ours, in the state that it or its event says.
    pub(crate) fn into_fact(self, state: CheckoutState) -> SessionFact {
        SessionFact {
            gateway: Gateway::Stripe,
            account: String::new(),
            checkout: self.metadata.get(CHECKOUT_KEY).and_then(|id| id.trim().parse().ok()),
            payment_ref: self.payment_intent.unwrap_or_else(|| self.id.clone()),
            external_id: self.id,
            state,
            livemode: self.livemode,
            sale: Sale {
                amount_total_minor: self.amount_total,
                amount_tax_minor: self.amount_tax,
                amount_shipping_minor: self.amount_shipping,
                currency: self.currency.and_then(|code| code.parse().ok()),
                email: self.email,
                metadata: self.metadata,
                risky: false,
                created_at: self.created,
            },
        }
    }
}

fn metadata(object: &Value) -> BTreeMap<String, String> {
    let entries = object.get("metadata").and_then(Value::as_object).into_iter().flatten();
    entries
        .filter_map(|(key, value)| match value {
            Value::String(text) => Some((key.clone(), text.clone())),
            Value::Number(_) | Value::Bool(_) => Some((key.clone(), value.to_string())),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const OURS: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

    #[test]
    fn a_session_with_an_id_and_nothing_else_is_a_session() {
        let session = Session::read(&json!({ "id": "cs_1" })).unwrap();
        assert_eq!(session.payment_status, PaymentStatus::Unknown(String::new()));
        assert_eq!((session.amount_total, session.amount_tax), (None, 0));
        assert!(session.metadata.is_empty());
        assert_eq!(Session::read(&json!({ "payment_status": "paid" })), None);
        assert_eq!(Session::read(&json!("cs_1")), None);
    }

    #[test]
    fn a_session_says_where_it_stands() {
        let state = |status: &str, payment: &str| {
            Session::read(&json!({ "id": "cs", "status": status, "payment_status": payment }))
                .unwrap()
                .state()
        };
        assert_eq!(state("open", "unpaid"), CheckoutState::Open);
        assert_eq!(state("open", "no_payment_required"), CheckoutState::Open);
        assert_eq!(state("complete", "unpaid"), CheckoutState::Processing);
        assert_eq!(state("complete", "something_new"), CheckoutState::Processing);
        assert_eq!(state("complete", "paid"), CheckoutState::Paid);
        assert_eq!(state("complete", "no_payment_required"), CheckoutState::Paid);
        assert_eq!(state("expired", "unpaid"), CheckoutState::Expired);
        assert_eq!(state("expired", "no_payment_required"), CheckoutState::Expired);
        assert_eq!(state("expired", "paid"), CheckoutState::Paid, "late money counts");
        assert_eq!(state("something_new", "unpaid"), CheckoutState::Open);
        assert_eq!(state("", ""), CheckoutState::Open);
    }

    #[test]
    fn a_checkout_of_ours_is_told_by_its_metadata() {
        let checkout = |id: Value| {
            let object = json!({ "id": "cs", "metadata": { CHECKOUT_KEY: id }, "client_reference_id": OURS });
            Session::read(&object).unwrap().into_fact(CheckoutState::Open).checkout
        };
        assert_eq!(checkout(json!(OURS)), OURS.parse().ok());
        for other in [json!(null), json!(""), json!("42"), json!(42)] {
            assert_eq!(checkout(other.clone()), None, "{other}");
        }
    }

    #[test]
    fn fields_of_a_wrong_type_count_as_missing() {
        let session = Session::read(&json!({
            "id": "cs_1",
            "payment_status": 1,
            "status": {},
            "mode": [],
            "amount_total": "19.99",
            "currency": null,
            "total_details": "none",
            "customer_details": 7,
            "customer_email": "a@example.com",
            "metadata": ["x"],
            "livemode": "false",
            "created": "yesterday",
        }))
        .unwrap();
        assert_eq!(session.payment_status, PaymentStatus::Unknown(String::new()));
        assert_eq!((session.status, session.mode, session.amount_total), (None, None, None));
        assert_eq!(session.email.as_deref(), Some("a@example.com"));
        assert_eq!((session.livemode, session.created), (None, None));
    }

    #[test]
    fn the_address_given_at_the_checkout_counts_first() {
        let email = |details: Value, email: Value| {
            let object = json!({ "id": "cs", "customer_details": details, "customer_email": email });
            Session::read(&object).unwrap().email
        };
        let given = json!({ "email": "given@example.com" });
        assert_eq!(email(given, json!("set@example.com")).unwrap(), "given@example.com");
        let none_given = json!({ "email": "" });
        assert_eq!(email(none_given, json!("set@example.com")).unwrap(), "set@example.com");
        assert_eq!(email(json!(null), json!(null)), None);
    }

    #[test]
    fn metadata_keeps_what_can_be_a_text() {
        let object = json!({ "id": "cs", "metadata": { "a": "x", "b": 800, "c": null, "d": true, "e": {} } });
        let metadata = Session::read(&object).unwrap().metadata;
        let entries: Vec<_> = metadata.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(entries, [("a", "x"), ("b", "800"), ("d", "true")]);
    }
}
