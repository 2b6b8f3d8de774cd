//! How Stripe can fail us, and whether it may have done what it was asked.

use crate::{gateway::GatewayError, http::retry_after, secret::Secret};
use reqwest::{StatusCode, header::HeaderMap};
use serde_json::Value;

/// Longest detail that is kept of an answer, in characters.
const DETAIL_MAX_CHARS: usize = 300;

/// From a request that got no answer.
///
/// Only a connection that never came about proves that nothing was done: after that the request
/// may have arrived, whatever became of the answer.
pub(super) fn from_transport(error: &reqwest::Error) -> GatewayError {
    // The kind only: the error itself names the address and what stands behind it.
    if error.is_connect() || error.is_builder() {
        return GatewayError::NotDone { detail: "no connection".to_owned(), after: None };
    }
    unknown(if error.is_timeout() { "no answer in time" } else { "the connection broke" })
}

/// An outcome that nobody knows.
pub(super) fn unknown(detail: impl Into<String>) -> GatewayError {
    GatewayError::Unknown { detail: detail.into() }
}

/// What is refused without asking, since the answer is known.
pub(super) fn refused(detail: impl Into<String>) -> GatewayError {
    GatewayError::Refused { detail: detail.into() }
}

/// A read changes nothing, so what stands in the way of one is never an old failure under a key.
pub(super) fn of_read(error: GatewayError) -> GatewayError {
    match error {
        GatewayError::Replayed { detail } => GatewayError::Unknown { detail },
        other => other,
    }
}

/// From an answer that is not a 2xx (<https://docs.stripe.com/api/idempotent_requests>).
///
/// Under a key Stripe keeps the first result, also a 500, and repeats it for a day; it keeps
/// nothing of what it never began: a conflict, too many requests, a service that is away.
pub(super) fn from_answer(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    secret_key: &Secret,
) -> GatewayError {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let detail = detail(status, headers, &answer, body, secret_key);
    let says = |name, value: &str| header(headers, name).is_some_and(|said| said.eq_ignore_ascii_case(value));
    let not_done = |detail| GatewayError::NotDone { detail, after: retry_after(headers) };
    match status.as_u16() {
        // The same key is being worked on, or the request never began.
        408 | 409 | 425 | 429 => not_done(detail),
        // Somebody Stripe depends on did not answer.
        424 => unknown(detail),
        // The key was used with other parameters: by a build or a configuration before this one.
        400..=499 if field(&answer, "type") == Some("idempotency_error") => GatewayError::Replayed { detail },
        // A redirect too: it is not followed, and nobody there did anything.
        300..=499 => GatewayError::Refused { detail },
        500.. if says("idempotent-replayed", "true") => GatewayError::Replayed { detail },
        503 if !says("stripe-should-retry", "false") => not_done(detail),
        _ => unknown(detail),
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn field<'a>(answer: &'a Value, key: &str) -> Option<&'a str> {
    answer.get("error")?.get(key)?.as_str().filter(|text| !text.is_empty())
}

/// `HTTP 402 card_declined: Your card was declined. (req_1)`
fn detail(status: StatusCode, headers: &HeaderMap, answer: &Value, body: &[u8], key: &Secret) -> String {
    let mut detail = format!("HTTP {}", status.as_u16());
    if let Some(code) = field(answer, "code").or_else(|| field(answer, "type")) {
        detail.push(' ');
        detail.push_str(code);
    }
    let raw = String::from_utf8_lossy(body);
    let message = field(answer, "message").unwrap_or(if answer.is_null() { &raw } else { "" });
    let message = clean(message, key);
    if !message.is_empty() {
        detail.push_str(": ");
        detail.push_str(&message);
    }
    if let Some(request) = header(headers, "request-id").map(|id| clean(id, key)) {
        detail.push_str(" (");
        detail.push_str(&request);
        detail.push(')');
    }
    key.scrubbed(&detail)
}

/// On one line, and without what is nobody's business: the key, addresses of customers, and the
/// token that our pages carry. Stripe likes to quote what it was sent.
fn clean(text: &str, key: &Secret) -> String {
    let private = |word: &str| ["@", "%40", "token="].iter().any(|mark| word.contains(mark));
    let words: Vec<_> =
        text.split_whitespace().map(|word| if private(word) { "***" } else { word }).collect();
    key.scrubbed(&words.join(" ")).chars().filter(|c| !c.is_control()).take(DETAIL_MAX_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderName, HeaderValue};
    use serde_json::json;
    use std::time::Duration;

    const KEY: &str = "sk_test_very_secret";

    fn answer(status: u16, headers: &[(&'static str, &'static str)], error: &Value) -> GatewayError {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        let body = json!({ "error": error }).to_string();
        from_answer(StatusCode::from_u16(status).unwrap(), &headers, body.as_bytes(), &Secret::new(KEY))
    }

    fn kind(error: &GatewayError) -> &'static str {
        match error {
            GatewayError::NotDone { .. } => "not done",
            GatewayError::Unknown { .. } => "unknown",
            GatewayError::Replayed { .. } => "replayed",
            GatewayError::Refused { .. } => "refused",
        }
    }

    #[test]
    fn each_answer_says_whether_it_may_have_been_done() {
        let none = json!({});
        let reused = json!({ "type": "idempotency_error", "message": "Keys for idempotent requests…" });
        let in_use = json!({ "type": "idempotency_error", "code": "idempotency_key_in_use" });
        let replayed: &[_] = &[("idempotent-replayed", "true")];
        let never: &[_] = &[("stripe-should-retry", "false")];
        let again: &[_] = &[("stripe-should-retry", "true")];
        for (status, headers, error, expected) in [
            (500, &[] as &[_], &none, "unknown"),
            (500, again, &none, "unknown"),
            (500, never, &none, "unknown"),
            (502, &[], &none, "unknown"),
            (504, &[], &none, "unknown"),
            (599, &[], &none, "unknown"),
            (500, replayed, &none, "replayed"),
            (503, replayed, &none, "replayed"),
            (599, replayed, &none, "replayed"),
            (503, &[], &none, "not done"),
            (503, again, &none, "not done"),
            (503, never, &none, "unknown"),
            (429, &[], &none, "not done"),
            (429, never, &none, "not done"),
            (409, &[], &in_use, "not done"),
            (409, never, &none, "not done"),
            (408, &[], &none, "not done"),
            (424, &[], &none, "unknown"),
            (400, &[], &reused, "replayed"),
            (400, &[], &none, "refused"),
            (401, &[], &none, "refused"),
            (402, &[], &none, "refused"),
            // A card that was declined is kept under the key, and is a plain no.
            (402, replayed, &none, "refused"),
            (403, &[], &none, "refused"),
            (404, &[], &none, "refused"),
            (307, &[], &none, "refused"),
        ] {
            let error = answer(status, headers, error);
            assert_eq!(kind(&error), expected, "{status} {headers:?}: {error:?}");
        }
    }

    #[test]
    fn a_busy_stripe_says_how_long() {
        for status in [429, 503, 409] {
            let error = answer(status, &[("retry-after", "7")], &json!({}));
            assert_eq!(error.retry_after(), Some(Duration::from_secs(7)), "{status}");
            assert_eq!(answer(status, &[], &json!({})).retry_after(), None);
        }
    }

    #[test]
    fn a_refusal_names_the_code_the_message_and_the_request() {
        let error =
            json!({ "type": "card_error", "code": "card_declined", "message": "Your card\nwas declined." });
        let refused = answer(402, &[("request-id", "req_1")], &error);
        let detail = "HTTP 402 card_declined: Your card was declined. (req_1)".to_owned();
        assert_eq!(refused, GatewayError::Refused { detail });
        let bare = answer(400, &[], &json!({ "type": "invalid_request_error" }));
        assert_eq!(bare, GatewayError::Refused { detail: "HTTP 400 invalid_request_error".to_owned() });
        let proxy =
            from_answer(StatusCode::BAD_GATEWAY, &HeaderMap::new(), b"<h1>Bad gateway</h1>", &KEY.into());
        assert_eq!(proxy, unknown("HTTP 502: <h1>Bad gateway</h1>"));
    }

    #[test]
    fn a_detail_holds_no_key_no_address_and_no_token() {
        let message = format!(
            "Invalid: {KEY}, <ann@example.com>, ann%40example.com, https://x.test/a?session_id=1&token=t0p. {}",
            "x ".repeat(500)
        );
        let error = answer(400, &[], &json!({ "code": format!("c_{KEY}"), "message": message }));
        let GatewayError::Refused { detail } = &error else { panic!("{error:?}") };
        assert!(detail.starts_with("HTTP 400 c_***: Invalid: ***, *** *** *** x"), "{detail}");
        assert!(detail.chars().count() < 400, "{detail}");
    }

    #[test]
    fn a_read_is_never_an_old_failure() {
        assert_eq!(of_read(GatewayError::Replayed { detail: "x".to_owned() }), unknown("x"));
        assert_eq!(of_read(refused("x")), refused("x"));
    }
}
