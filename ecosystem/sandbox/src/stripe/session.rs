use super::event::{Envelope, template};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Whether the money is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// It is.
    #[default]
    Paid,
    /// Not yet: a bank debit, for example.
    Unpaid,
    /// There is nothing to pay.
    NoPaymentRequired,
}

impl PaymentStatus {
    /// Stripe's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Unpaid => "unpaid",
            Self::NoPaymentRequired => "no_payment_required",
        }
    }
}

/// What is worth choosing about a checkout session; the other fifty fields come from a template.
///
/// The default is a paid one-off session over 129.00 USD in test mode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionSpec {
    /// `evt_…`: Stripe's key for "the same delivery again".
    pub event_id: String,
    /// `cs_test_…` or `cs_live_…`.
    pub session_id: String,
    /// `pi_…`; `None` where nothing is paid.
    pub payment_intent: Option<String>,
    /// What the customer pays, tax and shipping included, in minor units.
    pub amount_total: i64,
    /// The tax in it, in minor units.
    pub amount_tax: i64,
    /// The shipping in it, in minor units.
    pub amount_shipping: i64,
    /// Three letters, lower case.
    pub currency: String,
    /// Where the customer's mail goes.
    pub email: Option<String>,
    /// What the maker of the session wrote on it.
    pub metadata: BTreeMap<String, String>,
    /// Whether the money is there.
    pub payment_status: PaymentStatus,
    /// `payment`, `subscription` or `setup`.
    pub mode: String,
    /// Real money.
    pub livemode: bool,
    /// When the event came about, in seconds since 1970.
    pub created: i64,
    /// The seller's own reference.
    pub client_reference_id: Option<String>,
}

impl Default for SessionSpec {
    fn default() -> Self {
        Self {
            event_id: "evt_1SandboxEvent00000000001".to_owned(),
            session_id: "cs_test_a1SandboxSession000000000000000000000000000000000001".to_owned(),
            payment_intent: Some("pi_3SandboxIntent0000000001".to_owned()),
            amount_total: 12_900,
            amount_tax: 0,
            amount_shipping: 0,
            currency: "usd".to_owned(),
            email: Some("reader@example.com".to_owned()),
            metadata: BTreeMap::new(),
            payment_status: PaymentStatus::Paid,
            mode: "payment".to_owned(),
            livemode: false,
            created: 1_760_000_000,
            client_reference_id: None,
        }
    }
}

const DAY_SECONDS: i64 = 86_400;

impl SessionSpec {
    /// The session object, as Stripe would also answer when asked for it.
    pub fn object(&self) -> Value {
        let mut object = template(include_str!("templates/session.json"));
        let subtotal = self.amount_total - self.amount_tax - self.amount_shipping;
        object["id"] = json!(self.session_id);
        object["payment_intent"] = json!(self.payment_intent);
        object["amount_subtotal"] = json!(subtotal);
        object["amount_total"] = json!(self.amount_total);
        object["total_details"]["amount_tax"] = json!(self.amount_tax);
        object["total_details"]["amount_shipping"] = json!(self.amount_shipping);
        if self.amount_shipping != 0 {
            object["shipping_cost"] = json!({
                "amount_subtotal": self.amount_shipping,
                "amount_tax": 0,
                "amount_total": self.amount_shipping,
                "shipping_rate": null,
            });
        }
        object["currency"] = json!(self.currency);
        object["customer_email"] = json!(self.email);
        object["customer_details"]["email"] = json!(self.email);
        object["metadata"] = json!(self.metadata);
        object["payment_status"] = json!(self.payment_status.as_str());
        object["mode"] = json!(self.mode);
        object["livemode"] = json!(self.livemode);
        object["created"] = json!(self.created);
        object["expires_at"] = json!(self.created + DAY_SECONDS);
        object["client_reference_id"] = json!(self.client_reference_id);
        if self.payment_status == PaymentStatus::Unpaid {
            object["payment_method_types"] = json!(["us_bank_account"]);
            object["payment_method_options"] = json!({});
        }
        object
    }

    fn event(&self, kind: &str, object: Value) -> Value {
        let Self { event_id, created, livemode, .. } = self;
        Envelope { id: event_id, kind, created: *created, livemode: *livemode }.around(object, None)
    }
}

/// The customer went through with it; whether the money is there says `payment_status`.
pub fn checkout_session_completed(spec: &SessionSpec) -> Value {
    spec.event("checkout.session.completed", spec.object())
}

/// The money of a delayed method has arrived: the session is paid now, whatever `spec` says.
pub fn checkout_session_async_payment_succeeded(spec: &SessionSpec) -> Value {
    let mut object = SessionSpec { payment_status: PaymentStatus::Unpaid, ..spec.clone() }.object();
    object["payment_status"] = json!("paid");
    spec.event("checkout.session.async_payment_succeeded", object)
}

/// The money of a delayed method will not arrive.
pub fn checkout_session_async_payment_failed(spec: &SessionSpec) -> Value {
    let object = SessionSpec { payment_status: PaymentStatus::Unpaid, ..spec.clone() }.object();
    spec.event("checkout.session.async_payment_failed", object)
}

/// Nobody paid within a day: no intent, no money.
pub fn checkout_session_expired(spec: &SessionSpec) -> Value {
    let mut object = spec.object();
    object["status"] = json!("expired");
    object["payment_status"] = json!("unpaid");
    object["payment_intent"] = Value::Null;
    spec.event("checkout.session.expired", object)
}

/// An event of a kind that nobody has heard of.
pub fn unknown(spec: &SessionSpec) -> Value {
    let mut object = spec.object();
    object["status"] = json!("open");
    object["payment_status"] = json!("unpaid");
    spec.event("checkout.session.teleported", object)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_has_stripes_fields_and_adds_up() {
        let spec = SessionSpec {
            amount_total: 12_900,
            amount_tax: 2_060,
            amount_shipping: 500,
            ..Default::default()
        };
        let event = checkout_session_completed(&spec);
        let object = &event["data"]["object"];
        assert!(object.as_object().unwrap().len() >= 59, "the real field set");
        assert_eq!(object["amount_subtotal"], 10_340);
        assert_eq!(object["total_details"]["amount_tax"], 2_060);
        assert_eq!(object["currency_conversion"], Value::Null);
        assert_eq!(object["status"], "complete");
        assert_eq!(object["customer_details"]["email"], "reader@example.com");
    }

    #[test]
    fn the_siblings_say_what_became_of_the_money() {
        let spec =
            SessionSpec { payment_status: PaymentStatus::Unpaid, livemode: true, ..Default::default() };
        let status = |event: &Value| event["data"]["object"]["payment_status"].clone();
        assert_eq!(status(&checkout_session_completed(&spec)), "unpaid");
        assert_eq!(status(&checkout_session_async_payment_succeeded(&spec)), "paid");
        assert_eq!(status(&checkout_session_async_payment_failed(&spec)), "unpaid");
        let expired = checkout_session_expired(&spec);
        assert_eq!(expired["data"]["object"]["status"], "expired");
        assert_eq!(expired["data"]["object"]["payment_intent"], Value::Null);
        assert_eq!(
            (&expired["livemode"], &expired["data"]["object"]["livemode"]),
            (&json!(true), &json!(true))
        );
        assert_eq!(unknown(&spec)["type"], "checkout.session.teleported");
    }
}
