//! Answers of SSLCommerz, read field by field: a field of a wrong type counts as missing.

use serde_json::Value;

/// Longest text of theirs that goes into an error, in characters.
const SAID_MAX_CHARS: usize = 300;

/// A body as a JSON object; `None` when it is none.
///
/// Names of banks and cards come in whatever encoding a bank uses: a byte that isn't UTF-8 costs one
/// character and not the answer.
pub(super) fn read(body: &[u8]) -> Option<Value> {
    serde_json::from_slice(body)
        .or_else(|_| serde_json::from_str(&String::from_utf8_lossy(body)))
        .ok()
        .filter(Value::is_object)
}

/// A text that is not empty, trimmed. The same field is a number in one answer and a text in the
/// next.
pub(super) fn text(object: &Value, key: &str) -> Option<String> {
    let text = match object.get(key)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// A word of theirs in upper case (`VALID`), empty when it is missing: some come as `success`, some
/// as `SUCCESS`.
pub(super) fn word(object: &Value, key: &str) -> String {
    text(object, key).unwrap_or_default().to_ascii_uppercase()
}

/// The first of these fields that says something.
pub(super) fn first(object: &Value, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| text(object, key))
}

/// A text on one line and not too long. What is secret in it must be taken out before: a piece of a
/// password is found by nobody.
pub(super) fn one_line(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().filter(|c| !c.is_control()).take(SAID_MAX_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_and_texts_are_the_same() {
        for value in [json!("1150.00"), json!(" 1150.00\n")] {
            assert_eq!(text(&json!({ "amount": value }), "amount").unwrap(), "1150.00");
        }
        assert_eq!(text(&json!({ "risk_level": 1 }), "risk_level").unwrap(), "1");
        assert_eq!(text(&json!({ "amount": 1150.5 }), "amount").unwrap(), "1150.5");
        for value in [json!(""), json!("  "), json!(null), json!({}), json!([]), json!(true)] {
            assert_eq!(text(&json!({ "amount": value }), "amount"), None);
        }
        assert_eq!(word(&json!({ "status": "Success" }), "status"), "SUCCESS");
        assert_eq!(word(&json!({}), "status"), "");
    }

    #[test]
    fn only_objects_are_answers() {
        for body in [&b""[..], b"[]", b"\"x\"", b"<html>", b"{", b"null"] {
            assert_eq!(read(body), None);
        }
        assert_eq!(read(b"{\"card_issuer\": \"J\xffrg\"}"), Some(json!({ "card_issuer": "J\u{fffd}rg" })));
    }

    #[test]
    fn what_they_say_is_one_short_line() {
        let keys = ["failedreason", "errorReason"];
        assert_eq!(first(&json!({}), &keys), None);
        assert_eq!(first(&json!({ "failedreason": "", "errorReason": "b" }), &keys).unwrap(), "b");
        assert_eq!(one_line(" a\n\tb\u{7}"), "a b");
        assert_eq!(one_line(&"x".repeat(999)).len(), SAID_MAX_CHARS);
    }
}
