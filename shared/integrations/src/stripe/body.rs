//! A body as JSON, also where a field that nobody reads is more than a parser can hold.

use serde_json::{Value, value::RawValue};
use std::collections::BTreeMap;

/// How deep a body that had to be mended is followed; what lies deeper counts as null.
const DEPTH_MAX: usize = 64;

/// Reads a body; `None` when it isn't JSON.
///
/// `Value` refuses a whole body for one number beyond a float's range, half a surrogate pair, an
/// invalid byte of UTF-8 or deep nesting. All of these may stand in a field that we don't read, so
/// such a body is read again piece by piece, and only the pieces that can't be held become null.
pub(super) fn read(raw: &[u8]) -> Option<Value> {
    if let Ok(value) = serde_json::from_slice(raw) {
        return Some(value);
    }
    let text = String::from_utf8_lossy(raw);
    let whole: &RawValue = serde_json::from_str(&text).ok()?;
    Some(mended(whole.get(), DEPTH_MAX))
}

fn mended(json: &str, depth_left: usize) -> Value {
    if depth_left == 0 {
        return Value::Null;
    }
    let below = |piece: &RawValue| mended(piece.get(), depth_left - 1);
    if let Ok(value) = serde_json::from_str(json) {
        value
    } else if let Ok(map) = serde_json::from_str::<BTreeMap<String, &RawValue>>(json) {
        map.into_iter().map(|(key, piece)| (key, below(piece))).collect()
    } else if let Ok(list) = serde_json::from_str::<Vec<&RawValue>>(json) {
        list.into_iter().map(below).collect()
    } else {
        Value::Null
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(raw: &str) -> Option<Value> {
        read(raw.as_bytes())
    }

    #[test]
    fn what_can_be_held_is_read_as_it_is() {
        let value = json!({ "a": [1, "x", null], "b": { "c": 1.5 } });
        assert_eq!(of(&value.to_string()), Some(value));
    }

    #[test]
    fn only_the_pieces_that_can_not_be_held_become_null() {
        let mended = of(r#"{ "a": 1e999, "b": [2, "\ud800", {"c": -1e999, "d": "x"}], "e": "y" }"#);
        assert_eq!(mended, Some(json!({ "a": null, "b": [2, null, {"c": null, "d": "x"}], "e": "y" })));
    }

    #[test]
    fn an_invalid_byte_costs_one_character() {
        let mended = read(b"{\"name\": \"J\xffrg\", \"id\": \"cs_1\"}");
        assert_eq!(mended, Some(json!({ "name": "J\u{fffd}rg", "id": "cs_1" })));
    }

    #[test]
    fn deep_nesting_ends_somewhere() {
        let deep = format!("{{\"id\": \"x\", \"deep\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(of(&deep).unwrap()["id"], "x");
    }

    #[test]
    fn what_is_no_json_is_none() {
        for raw in ["", "{", "nonsense", "{\"a\": 1e999", "{} {}", "{\"a\": 1e999} x"] {
            assert_eq!(of(raw), None, "{raw}");
        }
    }
}
