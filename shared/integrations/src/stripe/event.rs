//! A webhook event, as far as we read it.

pub use super::session::{PaymentStatus, Session};
use super::{
    body,
    field::{flag, instant, reference, text},
};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// What a signed body turned out to be.
#[derive(Clone, Debug, PartialEq)]
pub enum Decoded {
    /// An event.
    Event(Event),
    /// No JSON, or JSON without a type or an object. It is stored all the same, under
    /// [`body_key`], with an alert and a 200: Stripe would only send it again.
    Garbled,
}

/// An event. Only `kind` and `object` are sure to be there.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// `evt_…`.
    pub id: Option<String>,
    /// The type: `checkout.session.completed`.
    pub kind: String,
    /// When it happened, by Stripe's clock. For the audit only: events arrive in any order.
    pub created: Option<DateTime<Utc>>,
    /// Live or test.
    pub livemode: Option<bool>,
    /// The connected account it is about; none for our own.
    pub account: Option<String>,
    /// The API version that the payload has the shape of.
    pub api_version: Option<String>,
    /// What it is about: `data.object`, or `related_object` of a thin event.
    pub object: Value,
}

/// Decodes a body whose signature was verified. No field that we don't read can make this fail.
pub fn decode(raw: &[u8]) -> Decoded {
    let Some(body) = body::read(raw) else { return Decoded::Garbled };
    let Some(kind) = text(&body, "type") else { return Decoded::Garbled };
    let whole = body.get("data").and_then(|data| data.get("object"));
    let object = [whole, body.get("related_object")].into_iter().flatten().find(|o| o.is_object());
    let Some(object) = object.cloned() else { return Decoded::Garbled };
    Decoded::Event(Event {
        id: text(&body, "id"),
        kind,
        created: instant(&body, "created"),
        livemode: flag(&body, "livemode"),
        account: text(&body, "account"),
        api_version: text(&body, "api_version"),
        object,
    })
}

/// The inbox key of a body that has no event id: its SHA-256, in hex.
pub fn body_key(raw: &[u8]) -> String {
    hex::encode(Sha256::digest(raw))
}

impl Event {
    /// The inbox key: the event's id, else [`body_key`] of the body it came in.
    pub fn dedupe_key(&self, raw: &[u8]) -> String {
        self.id.clone().unwrap_or_else(|| body_key(raw))
    }

    /// The session that this is about, if it is about one.
    pub fn session(&self) -> Option<Session> {
        (self.about() == About::Session).then(|| Session::read(&self.object)).flatten()
    }

    /// The id of the object that this is about.
    pub fn object_ref(&self) -> Option<String> {
        text(&self.object, "id")
    }

    /// The payment that this is about: the payment intent, by which a payment is known to us.
    ///
    /// What was paid without an intent (old charges) is known by its charge. None for a session
    /// that needed no payment and for objects that have nothing to do with one.
    pub fn payment_ref(&self) -> Option<String> {
        let intent = || reference(&self.object, "payment_intent");
        match self.about() {
            About::Session => intent(),
            About::PaymentIntent => self.object_ref(),
            About::Charge => intent().or_else(|| self.object_ref()),
            About::Other => intent().or_else(|| reference(&self.object, "charge")),
        }
    }

    /// By what the object says it is, else by the event's type.
    fn about(&self) -> About {
        let kind = self.kind.as_str();
        match text(&self.object, "object").or_else(|| text(&self.object, "type")).as_deref() {
            Some("checkout.session") => About::Session,
            Some("payment_intent") => About::PaymentIntent,
            Some("charge") => About::Charge,
            Some("refund" | "dispute") => About::Other,
            _ if kind.starts_with("checkout.session.") => About::Session,
            _ if kind.starts_with("payment_intent.") => About::PaymentIntent,
            _ if kind.starts_with("charge.refund.") => About::Other,
            _ if kind.starts_with("charge.dispute.") => About::Other,
            _ if kind.starts_with("charge.") => About::Charge,
            _ => About::Other,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    Session,
    PaymentIntent,
    Charge,
    /// Refunds, disputes, warnings: they name the intent and the charge they belong to.
    Other,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A paid session with Stripe's real field set (stripe/openapi fixtures, 2026-08-21).
    const PAID: &str = include_str!("fixtures/checkout.session.completed.paid.json");

    fn event(body: &Value) -> Event {
        match decode(body.to_string().as_bytes()) {
            Decoded::Event(event) => event,
            Decoded::Garbled => panic!("garbled: {body}"),
        }
    }

    fn about(kind: &str, object: &Value) -> Event {
        event(&json!({ "id": "evt_1", "type": kind, "data": { "object": object } }))
    }

    #[test]
    fn a_paid_session_is_read_whole() {
        let event = event(&serde_json::from_str(PAID).unwrap());
        assert_eq!(event.id.as_deref(), Some("evt_1Probe000000000000000001"));
        assert_eq!(event.kind, "checkout.session.completed");
        assert_eq!(event.created.unwrap().timestamp(), 1_760_000_001);
        assert_eq!((event.livemode, event.account.as_deref()), (Some(false), None));
        assert_eq!(event.api_version.as_deref(), Some("2026-09-30.endive"));
        let session = event.session().unwrap();
        assert_eq!(event.object_ref().as_ref(), Some(&session.id));
        assert_eq!(event.payment_ref(), session.payment_intent);
        assert_eq!(session.payment_status, PaymentStatus::Paid);
        assert_eq!(session.status.as_deref(), Some("complete"));
        assert_eq!(session.mode.as_deref(), Some("payment"));
        assert_eq!((session.amount_total, session.currency.as_deref()), (Some(1999), Some("usd")));
        assert_eq!((session.amount_tax, session.amount_shipping), (1_424_534_716, 0));
        assert_eq!(session.payment_intent.as_deref(), Some("pi_3ProbePI0000000000000000"));
        assert_eq!(session.email.as_deref(), Some("a@example.com"));
        assert_eq!(session.metadata["order_id"], "order_42");
        assert_eq!(session.client_reference_id.as_deref(), Some("order_42"));
        assert_eq!(session.livemode, Some(false));
        assert_eq!(session.created.unwrap().timestamp(), 1_234_567_890);
    }

    #[test]
    fn what_has_no_type_or_object_is_garbled() {
        let bodies = [
            "",
            "{",
            "[]",
            "null",
            "\"evt_1\"",
            r#"{"id":"evt_1"}"#,
            r#"{"id":"evt_1","type":"charge.refunded"}"#,
            r#"{"id":"evt_1","type":"charge.refunded","data":{"object":"ch_1"}}"#,
            r#"{"id":"evt_1","type":7,"data":{"object":{}}}"#,
            r#"{"id":"evt_1","data":{"object":{}}}"#,
        ];
        for body in bodies {
            assert_eq!(decode(body.as_bytes()), Decoded::Garbled, "{body}");
        }
        assert_eq!(decode(&[0xff, 0xfe]), Decoded::Garbled);
    }

    #[test]
    fn without_an_id_the_body_is_the_key() {
        let raw = br#"{"type":"x.y","data":{"object":{}}}"#;
        let Decoded::Event(mut event) = decode(raw) else { panic!("garbled") };
        assert_eq!(event.dedupe_key(raw), body_key(raw));
        assert_eq!(body_key(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        event.id = Some("evt_1".to_owned());
        assert_eq!(event.dedupe_key(raw), "evt_1");
    }

    #[test]
    fn money_facts_lead_to_their_payment() {
        let payment = |kind: &str, object: Value| about(kind, &object).payment_ref();
        let charge = json!({ "object": "charge", "id": "ch_1", "payment_intent": "pi_1" });
        assert_eq!(payment("charge.refunded", charge).as_deref(), Some("pi_1"));
        let old_charge = json!({ "object": "charge", "id": "ch_1", "payment_intent": null });
        assert_eq!(payment("charge.refunded", old_charge).as_deref(), Some("ch_1"));
        let refund =
            json!({ "object": "refund", "id": "re_1", "charge": "ch_1", "payment_intent": { "id": "pi_1" } });
        assert_eq!(payment("refund.created", refund).as_deref(), Some("pi_1"));
        let old_refund = json!({ "object": "refund", "id": "re_1", "charge": { "id": "ch_1" } });
        assert_eq!(payment("charge.refund.updated", old_refund).as_deref(), Some("ch_1"));
        let dispute = json!({ "id": "dp_1", "charge": "ch_1", "payment_intent": "pi_1" });
        assert_eq!(payment("charge.dispute.created", dispute).as_deref(), Some("pi_1"));
        let intent = json!({ "object": "payment_intent", "id": "pi_1" });
        assert_eq!(payment("payment_intent.succeeded", intent).as_deref(), Some("pi_1"));
        let warning = json!({ "object": "radar.early_fraud_warning", "id": "issfr_1", "charge": "ch_1" });
        assert_eq!(payment("radar.early_fraud_warning.created", warning).as_deref(), Some("ch_1"));
        let free = json!({ "object": "checkout.session", "id": "cs_1", "payment_intent": null });
        assert_eq!(payment("checkout.session.completed", free), None);
        assert_eq!(payment("customer.created", json!({ "object": "customer", "id": "cus_1" })), None);
    }

    #[test]
    fn objects_that_forgot_their_name_are_told_by_the_type() {
        let unnamed = json!({ "id": "cs_1", "payment_status": "paid" });
        assert!(about("checkout.session.completed", &unnamed).session().is_some());
        assert!(about("charge.succeeded", &unnamed).session().is_none());
        let unnamed = json!({ "id": "pi_1" });
        let payment = about("payment_intent.succeeded", &unnamed).payment_ref();
        assert_eq!(payment.as_deref(), Some("pi_1"));
    }

    #[test]
    fn a_thin_event_names_its_object() {
        let body = json!({
            "id": "evt_1",
            "object": "v2.core.event",
            "type": "checkout.session.completed",
            "related_object": { "id": "cs_1", "type": "checkout.session", "url": "/v1/…" },
        });
        assert_eq!(event(&body).object_ref().as_deref(), Some("cs_1"));
    }
}
