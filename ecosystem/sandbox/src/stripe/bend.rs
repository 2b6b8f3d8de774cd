//! Makes what Stripe says odd, in ways that a reader should survive or notice.

use super::control::StripeMode;
use serde_json::{Map, Value, json};

/// What the API promises and clients live by; everything else may change its shape any day.
const PROMISED: [&str; 36] = [
    "amount",
    "amount_refunded",
    "amount_shipping",
    "amount_tax",
    "amount_total",
    "api_version",
    "charge",
    "client_reference_id",
    "code",
    "created",
    "currency",
    "customer_details",
    "customer_email",
    "data",
    "email",
    "error",
    "expires_at",
    "has_more",
    "id",
    "latest_charge",
    "livemode",
    "message",
    "metadata",
    "mode",
    "object",
    "param",
    "payment_intent",
    "payment_status",
    "previous_attributes",
    "reason",
    "refunded",
    "status",
    "success_url",
    "total_details",
    "type",
    "url",
];

/// Bends an answer or an event as the mode says; other modes leave it as it is.
pub(super) fn bend(value: &mut Value, mode: StripeMode) {
    match mode {
        StripeMode::LivemodeFlip => flip(value),
        StripeMode::OddShape => distort(value),
        _ => {}
    }
}

fn flip(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match field {
                    Value::Bool(livemode) if name == "livemode" => *livemode = !*livemode,
                    _ if name == "metadata" => {}
                    _ => flip(field),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(flip),
        _ => {}
    }
}

fn distort(value: &mut Value) {
    match value {
        Value::Object(fields) => distort_fields(fields),
        Value::Array(items) => items.iter_mut().for_each(distort),
        _ => {}
    }
}

fn distort_fields(fields: &mut Map<String, Value>) {
    for (name, field) in fields.iter_mut() {
        if name == "metadata" {
            continue;
        }
        if PROMISED.contains(&name.as_str()) {
            distort(field);
            continue;
        }
        *field = match field {
            Value::Object(_) | Value::Array(_) => json!("was something else yesterday"),
            Value::Number(number) => json!(number.to_string()),
            Value::Null | Value::Bool(_) | Value::String(_) => json!({ "odd": [1, "2", null, true] }),
        };
    }
    fields.insert("brought_by_tomorrow".to_owned(), json!({ "new": true }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_promised_keeps_its_shape_and_the_rest_does_not() {
        let metadata = json!({ "locale": "en" });
        let mut session = json!({
            "id": "cs_1", "amount_total": 5, "metadata": metadata, "locale": null, "custom_fields": [],
            "total_details": { "amount_tax": 1, "amount_discount": 0 }, "livemode": false,
        });
        distort(&mut session);
        assert_eq!((&session["id"], &session["amount_total"]), (&json!("cs_1"), &json!(5)));
        assert_eq!(session["metadata"], metadata);
        assert_eq!(session["total_details"]["amount_tax"], 1);
        assert_eq!(session["total_details"]["amount_discount"], "0");
        assert!(session["locale"].is_object() && session["custom_fields"].is_string());
    }

    #[test]
    fn livemode_flips_wherever_it_stands_but_not_in_metadata() {
        let mut event = json!({
            "livemode": false, "data": { "object": { "livemode": false, "metadata": { "livemode": "false" } } },
        });
        bend(&mut event, StripeMode::LivemodeFlip);
        assert_eq!((&event["livemode"], &event["data"]["object"]["livemode"]), (&json!(true), &json!(true)));
        assert_eq!(event["data"]["object"]["metadata"]["livemode"], "false");
    }
}
