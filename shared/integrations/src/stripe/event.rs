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
    use proptest::{prelude::*, sample::Index};
    use serde_json::json;

    /// A paid session with Stripe's real field set (stripe/openapi fixtures, 2026-08-21).
    const PAID: &str = include_str!("fixtures/checkout.session.completed.paid.json");

    /// Every field that we read, as JSON pointers.
    const READ: [&str; 24] = [
        "/id",
        "/type",
        "/created",
        "/livemode",
        "/account",
        "/api_version",
        "/data/object/id",
        "/data/object/object",
        "/data/object/payment_status",
        "/data/object/status",
        "/data/object/mode",
        "/data/object/amount_total",
        "/data/object/currency",
        "/data/object/total_details/amount_tax",
        "/data/object/total_details/amount_shipping",
        "/data/object/payment_intent",
        "/data/object/customer_details/email",
        "/data/object/customer_email",
        "/data/object/metadata",
        "/data/object/metadata/order_id",
        "/data/object/client_reference_id",
        "/data/object/livemode",
        "/data/object/created",
        "/related_object",
    ];

    fn event(body: &Value) -> Event {
        match decode(body.to_string().as_bytes()) {
            Decoded::Event(event) => event,
            Decoded::Garbled => panic!("garbled: {body}"),
        }
    }

    fn about(kind: &str, object: &Value) -> Event {
        event(&json!({ "id": "evt_1", "type": kind, "data": { "object": object } }))
    }

    /// Everything that is decided from: the event without the raw object, and the session.
    fn decided(body: &Value) -> (Event, Option<Session>, Option<String>, Option<String>) {
        let mut event = event(body);
        let (session, payment, object) = (event.session(), event.payment_ref(), event.object_ref());
        event.object = Value::Null;
        (event, session, payment, object)
    }

    fn unread(value: &Value, at: &str, found: &mut Vec<String>) {
        let entries: Vec<(String, &Value)> = match value {
            Value::Object(map) => map.iter().map(|(k, v)| (format!("{at}/{k}"), v)).collect(),
            Value::Array(list) => list.iter().enumerate().map(|(n, v)| (format!("{at}/{n}"), v)).collect(),
            _ => return,
        };
        for (pointer, value) in entries {
            let below = format!("{pointer}/");
            if !READ.contains(&pointer.as_str()) && !READ.iter().any(|read| read.starts_with(&below)) {
                found.push(pointer.clone());
            }
            unread(value, &pointer, found);
        }
    }

    fn any_value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,12}".prop_map(Value::from),
            Just(json!([])),
            Just(json!([null, {}, "x"])),
            Just(json!({})),
            Just(json!({ "id": "x", "object": "y", "email": "z@example.com", "amount_tax": 7 })),
        ]
    }

    fn mutate(body: &mut Value, pointer: &str, with: Option<Value>) {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        match body.pointer_mut(parent) {
            Some(Value::Object(map)) => match with {
                Some(value) => drop(map.insert(key.to_owned(), value)),
                None => drop(map.remove(key)),
            },
            Some(Value::Array(list)) => match (key.parse::<usize>(), with) {
                (Ok(at), Some(value)) if at < list.len() => list[at] = value,
                (Ok(at), None) if at < list.len() => drop(list.remove(at)),
                _ => {}
            },
            // An earlier mutation took the parent away.
            _ => {}
        }
    }

    proptest! {
        #[test]
        fn a_field_that_we_do_not_read_changes_nothing(
            changes in prop::collection::vec((any::<Index>(), prop::option::of(any_value())), 1..8),
            extra in prop::collection::vec(("[a-z_]{1,12}", any_value()), 0..3),
        ) {
            let original: Value = serde_json::from_str(PAID).unwrap();
            let mut pointers = Vec::new();
            unread(&original, "", &mut pointers);
            let mut changed = original.clone();
            for (index, with) in changes {
                mutate(&mut changed, index.get::<String>(&pointers), with);
            }
            for (name, value) in extra {
                mutate(&mut changed, &format!("/x_{name}"), Some(value.clone()));
                mutate(&mut changed, &format!("/data/object/x_{name}"), Some(value));
            }
            prop_assert_eq!(decided(&changed), decided(&original));
        }

        #[test]
        fn any_field_may_be_of_any_type(at in any::<Index>(), with in prop::option::of(any_value())) {
            let mut body: Value = serde_json::from_str(PAID).unwrap();
            let read: Vec<&str> = READ.into_iter().filter(|p| !["/type", "/related_object"].contains(p)).collect();
            mutate(&mut body, at.get::<&str>(&read), with);
            let _ = decided(&body);
        }

        #[test]
        fn any_bytes_decode_to_something(raw in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&raw);
        }
    }

    /// Valid JSON that `serde_json`'s own `Value` refuses, in a field that we don't read.
    #[test]
    fn what_no_parser_of_ours_can_hold_changes_nothing() {
        let original = decided(&serde_json::from_str(PAID).unwrap());
        let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
        for odd in ["1e999", r#""\ud800""#, &deep, r#"{"a":[1e999,{"b":"\udc00"}]}"#] {
            let odd_body = PAID.replacen("\"submit_type\": null", &format!("\"submit_type\": {odd}"), 1);
            assert_ne!(odd_body, PAID);
            let Decoded::Event(mut event) = decode(odd_body.as_bytes()) else { panic!("garbled: {odd}") };
            let (session, payment, object) = (event.session(), event.payment_ref(), event.object_ref());
            event.object = Value::Null;
            assert_eq!((event, session, payment, object), original, "{odd}");
        }
    }

    /// Every single field, not only those that chance picks.
    #[test]
    fn each_unread_field_may_be_missing_or_of_another_type() {
        let original: Value = serde_json::from_str(PAID).unwrap();
        let mut pointers = Vec::new();
        unread(&original, "", &mut pointers);
        assert!(pointers.len() > 100, "{}", pointers.len());
        let values = [None, Some(Value::Null), Some(json!({})), Some(json!("x")), Some(json!(-1.5))];
        for pointer in &pointers {
            for with in values.clone() {
                let mut changed = original.clone();
                mutate(&mut changed, pointer, with);
                assert_eq!(decided(&changed), decided(&original), "{pointer}");
            }
        }
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
