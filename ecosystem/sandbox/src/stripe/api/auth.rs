use super::error::ApiError;
use axum::http::{HeaderMap, header};
use base64::{Engine, engine::general_purpose::STANDARD};

const NO_KEY: &str = "You did not provide an API key. You need to provide your API key in the Authorization \
     header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See \
     https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/.";

/// How much of a key's end an error quotes.
const QUOTED_END: usize = 4;

/// Lets in whoever bears the key.
pub(super) fn admit(headers: &HeaderMap, secret_key: &str) -> Result<(), ApiError> {
    let refused = |message: String| ApiError::new(401, "invalid_request_error", message);
    match given(headers) {
        None => Err(refused(NO_KEY.to_owned())),
        Some(key) if key == secret_key => Ok(()),
        Some(key) => Err(refused(format!("Invalid API Key provided: {}", redacted(&key)))),
    }
}

/// The key of a `Bearer` or, as the user, of a `Basic` header.
fn given(headers: &HeaderMap) -> Option<String> {
    let header = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = header.split_once(' ')?;
    let key = if scheme.eq_ignore_ascii_case("bearer") {
        rest.trim().to_owned()
    } else if scheme.eq_ignore_ascii_case("basic") {
        let decoded = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
        decoded.split_once(':').map_or(decoded.clone(), |(user, _)| user.to_owned())
    } else {
        return None;
    };
    (!key.is_empty()).then_some(key)
}

/// `sk_test_***abcd`: what kind of key it is and how it ends.
fn redacted(key: &str) -> String {
    let start = key.match_indices('_').nth(1).map_or(0, |(at, _)| at + 1);
    let rest: Vec<char> = key.chars().skip(start).collect();
    let prefix: String = key.chars().take(start).collect();
    let shown = if rest.len() > QUOTED_END * 2 { QUOTED_END } else { 0 };
    let end: String = rest.iter().skip(rest.len() - shown).collect();
    format!("{prefix}***{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_key_is_quoted_by_its_ends() {
        assert_eq!(redacted("sk_test_51HxyzSecretabcd"), "sk_test_***abcd");
        assert_eq!(redacted("short"), "***");
        assert_eq!(redacted("sk_test_x"), "sk_test_***");
    }

    #[test]
    fn the_key_may_come_as_bearer_or_as_user() {
        let with = |value: &str| HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().unwrap())]);
        assert!(admit(&with("Bearer sk_test_1"), "sk_test_1").is_ok());
        let basic = format!("Basic {}", STANDARD.encode("sk_test_1:"));
        assert!(admit(&with(&basic), "sk_test_1").is_ok());
        assert_eq!(admit(&with("Bearer sk_test_2"), "sk_test_1").unwrap_err().status, 401);
        assert_eq!(admit(&HeaderMap::new(), "sk_test_1").unwrap_err().status, 401);
    }
}
