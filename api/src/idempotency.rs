//! `Idempotency-Key`: what a client sends so that a request counts once, however often it is sent.

use crate::{Api, envelope::ApiError};
use axum::{extract::FromRequestParts, http::request::Parts};
use galley_store::ClientKey;
use sha2::{Digest as _, Sha256};

/// The header's name; also what a complaint about it is told under.
const HEADER: &str = "Idempotency-Key";
/// Longest key, in characters.
const KEY_MAX_CHARS: usize = 255;

/// The key of this request, if it has one.
pub(crate) struct IdempotencyKey(Option<String>);

impl IdempotencyKey {
    /// The key alone, where nothing but the path says what it is for.
    pub(crate) fn text(self) -> Option<String> {
        self.0
    }

    /// The key within `scope`: route, actor and whatever the path names. What differs in one of them
    /// is another request, however equal its body.
    pub(crate) fn within(self, scope: impl Into<String>, body: &[u8]) -> Option<ClientKey> {
        self.0.map(|key| client_key(scope, key, body))
    }
}

/// The same for a key that came another way.
pub(crate) fn client_key(scope: impl Into<String>, key: String, body: &[u8]) -> ClientKey {
    ClientKey { scope: scope.into(), key, body_hash: Sha256::digest(body).into() }
}

impl FromRequestParts<Api> for IdempotencyKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self, ApiError> {
        let Some(value) = parts.headers.get(HEADER) else { return Ok(Self(None)) };
        let key = value.to_str().ok().filter(|key| is_key(key));
        let message = "Send 1 to 255 visible ASCII characters, or no key.";
        key.map(|key| Self(Some(key.to_owned()))).ok_or_else(|| ApiError::invalid_field(HEADER, message))
    }
}

/// Whether it can be kept as a key.
pub(crate) fn is_key(text: &str) -> bool {
    (1..=KEY_MAX_CHARS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_short_and_visible() {
        assert!(is_key("a") && is_key(&"~".repeat(KEY_MAX_CHARS)));
        for no in ["", "a b", "a\tb", "é", &"a".repeat(KEY_MAX_CHARS + 1)] {
            assert!(!is_key(no), "{no}");
        }
    }
}
