//! One field of a JSON object, read for what it is worth: a wrong type counts as missing.

use chrono::{DateTime, Utc};
use serde_json::Value;

/// The largest integer below which a JSON float is exact: 2 to the 53rd.
const EXACT_FLOAT_MAX: f64 = 9_007_199_254_740_992.0;

/// A text that is not empty.
pub(super) fn text(object: &Value, key: &str) -> Option<String> {
    object.get(key)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A whole number: also as a string (`"1999"`) or as a float that is one (`1999.0`).
pub(super) fn integer(object: &Value, key: &str) -> Option<i64> {
    match object.get(key)? {
        Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn whole(number: f64) -> Option<i64> {
    let exact = number.fract() == 0.0 && number.abs() < EXACT_FLOAT_MAX;
    // Written out and read back: there is no cast that could round or wrap.
    exact.then(|| format!("{number:.0}").parse().ok()).flatten()
}

/// A truth value.
pub(super) fn flag(object: &Value, key: &str) -> Option<bool> {
    object.get(key)?.as_bool()
}

/// An instant, in Unix seconds.
pub(super) fn instant(object: &Value, key: &str) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(integer(object, key)?, 0)
}

/// The id of another object: as such, or of the whole object where Stripe expanded it.
pub(super) fn reference(object: &Value, key: &str) -> Option<String> {
    match object.get(key)? {
        Value::String(id) if !id.is_empty() => Some(id.clone()),
        expanded @ Value::Object(_) => text(expanded, "id"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn whole_numbers_come_in_three_shapes() {
        let read = |value: Value| integer(&json!({ "amount": value }), "amount");
        for value in [json!(1999), json!("1999"), json!(1999.0), json!(1.999e3)] {
            assert_eq!(read(value.clone()), Some(1999), "{value}");
        }
        assert_eq!(read(json!(-5)), Some(-5));
        assert_eq!(read(json!(i64::MAX)), Some(i64::MAX));
        let wrong = [
            json!(null),
            json!(19.99),
            json!("19.99"),
            json!(" 1999"),
            json!(""),
            json!(true),
            json!([1999]),
            json!({}),
            json!(9_223_372_036_854_775_808_u64),
            json!(1e300),
        ];
        for value in wrong {
            assert_eq!(read(value.clone()), None, "{value}");
        }
        assert_eq!(integer(&json!([]), "amount"), None);
    }

    #[test]
    fn references_may_be_expanded() {
        let read = |value: Value| reference(&json!({ "payment_intent": value }), "payment_intent");
        assert_eq!(read(json!("pi_1")).as_deref(), Some("pi_1"));
        assert_eq!(read(json!({ "id": "pi_1", "amount": 5 })).as_deref(), Some("pi_1"));
        for value in [json!(null), json!(""), json!(7), json!({}), json!({ "id": 7 })] {
            assert_eq!(read(value.clone()), None, "{value}");
        }
    }
}
