//! What we do not read can be missing or of any type, and changes nothing.

use super::{
    event::{Decoded, Event, Session, decode},
    inbound::interpret,
};
use proptest::{prelude::*, sample::Index};
use serde_json::{Value, json};

/// A paid session with Stripe's real field set (stripe/openapi fixtures, 2026-08-21).
const PAID: &str = include_str!("fixtures/checkout.session.completed.paid.json");

/// The events that money depends on: each with the fields of its object that we read, as JSON
/// pointers below `/data/object`. These lists are all that we read of Stripe.
const EVENTS: [(&str, &[&str]); 4] = [
    (
        PAID,
        &[
            "id",
            "object",
            "payment_status",
            "status",
            "mode",
            "amount_total",
            "currency",
            "total_details/amount_tax",
            "total_details/amount_shipping",
            "payment_intent",
            "customer_details/email",
            "customer_email",
            "metadata",
            "metadata/order_id",
            "client_reference_id",
            "livemode",
            "created",
        ],
    ),
    (
        include_str!("fixtures/refund.updated.json"),
        &[
            "id",
            "object",
            "payment_intent",
            "charge",
            "amount",
            "status",
            "failure_reason",
            "reason",
            "metadata/galley_refund",
        ],
    ),
    (include_str!("fixtures/charge.refunded.json"), &["id", "object", "payment_intent", "amount_refunded"]),
    (
        include_str!("fixtures/charge.dispute.created.json"),
        &["id", "object", "payment_intent", "charge", "amount", "status", "reason"],
    ),
];

/// Every field of the envelope that we read.
const ENVELOPE: [&str; 7] =
    ["/id", "/type", "/created", "/livemode", "/account", "/api_version", "/related_object"];

/// One of the events, with everything in it that we could read, and the pointers to that.
fn sample(number: usize) -> (Value, Vec<String>) {
    let (text, fields) = EVENTS[number];
    let below = fields.iter().map(|field| format!("/data/object/{field}"));
    let read = ENVELOPE.iter().map(|pointer| (*pointer).to_owned()).chain(below).collect();
    let mut event: Value = serde_json::from_str(text).unwrap();
    if event["data"]["object"]["object"] == "refund" {
        event["data"]["object"]["metadata"] =
            json!({ "galley_refund": "01890a5d-ac96-774b-bcce-b302099a8057", "reason": "Too late" });
    }
    (event, read)
}

/// Everything that is decided from a body: the event without its raw object, the session, and what
/// it means to us, without the payload.
fn decided(raw: &[u8]) -> (Event, Option<Session>, String) {
    let Decoded::Event(mut event) = decode(raw) else { panic!("garbled: {}", String::from_utf8_lossy(raw)) };
    let session = event.session();
    event.object = Value::Null;
    let mut inbound = interpret(raw, false);
    inbound.payload.clear();
    (event, session, format!("{inbound:?}"))
}

fn decided_of(body: &Value) -> (Event, Option<Session>, String) {
    decided(body.to_string().as_bytes())
}

/// The pointers to everything in `value` that is not read, nor holds what is.
fn unread(value: &Value, at: &str, read: &[String], found: &mut Vec<String>) {
    let entries: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(k, v)| (format!("{at}/{k}"), v)).collect(),
        Value::Array(list) => list.iter().enumerate().map(|(n, v)| (format!("{at}/{n}"), v)).collect(),
        _ => return,
    };
    for (pointer, value) in entries {
        let below = format!("{pointer}/");
        if !read.iter().any(|read| *read == pointer || read.starts_with(&below)) {
            found.push(pointer.clone());
        }
        unread(value, &pointer, read, found);
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
        number in 0..EVENTS.len(),
        changes in prop::collection::vec((any::<Index>(), prop::option::of(any_value())), 1..8),
        extra in prop::collection::vec(("[a-z_]{1,12}", any_value()), 0..3),
    ) {
        let (original, read) = sample(number);
        let mut pointers = Vec::new();
        unread(&original, "", &read, &mut pointers);
        let mut changed = original.clone();
        for (index, with) in changes {
            mutate(&mut changed, index.get::<String>(&pointers), with);
        }
        for (name, value) in extra {
            mutate(&mut changed, &format!("/x_{name}"), Some(value.clone()));
            mutate(&mut changed, &format!("/data/object/x_{name}"), Some(value));
        }
        prop_assert_eq!(decided_of(&changed), decided_of(&original));
    }

    #[test]
    fn any_field_may_be_of_any_type(
        number in 0..EVENTS.len(),
        at in any::<Index>(),
        with in prop::option::of(any_value()),
    ) {
        let (mut body, mut read) = sample(number);
        read.retain(|pointer| !["/type", "/related_object"].contains(&pointer.as_str()));
        mutate(&mut body, at.get::<String>(&read), with);
        let _ = decided_of(&body);
    }

    #[test]
    fn any_bytes_decode_to_something(raw in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(&raw);
        let _ = interpret(&raw, false);
    }
}

/// Valid JSON that `serde_json`'s own `Value` refuses, in a field that we don't read.
#[test]
fn what_no_parser_of_ours_can_hold_changes_nothing() {
    let original = decided(PAID.as_bytes());
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    for odd in ["1e999", r#""\ud800""#, &deep, r#"{"a":[1e999,{"b":"\udc00"}]}"#] {
        let odd_body = PAID.replacen("\"submit_type\": null", &format!("\"submit_type\": {odd}"), 1);
        assert_ne!(odd_body, PAID);
        assert_eq!(decided(odd_body.as_bytes()), original, "{odd}");
    }
}

/// Every single field, not only those that chance picks.
#[test]
fn each_unread_field_may_be_missing_or_of_another_type() {
    for number in 0..EVENTS.len() {
        let (original, read) = sample(number);
        let mut pointers = Vec::new();
        unread(&original, "", &read, &mut pointers);
        assert!(pointers.len() > 15, "{}", pointers.len());
        let values = [None, Some(Value::Null), Some(json!({})), Some(json!("x")), Some(json!(-1.5))];
        for pointer in &pointers {
            for with in values.clone() {
                let mut changed = original.clone();
                mutate(&mut changed, pointer, with);
                assert_eq!(decided_of(&changed), decided_of(&original), "{pointer}");
            }
        }
    }
}

/// Otherwise two events that mean nothing would be alike, and the tests above would prove nothing.
#[test]
fn each_sample_means_something() {
    for number in 0..EVENTS.len() {
        let meaning = decided_of(&sample(number).0).2;
        assert!(meaning.contains("fact: Observed("), "{meaning}");
    }
}
