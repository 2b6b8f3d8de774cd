//! The cookie that keeps a member of staff logged in.

use crate::{Api, cookie, envelope::ApiError};
use axum::http::{HeaderMap, HeaderValue};
use galley_store::{SESSION_HOURS, StaffSession};
use sha2::{Digest as _, Sha256};

/// Longest token that is looked up, in bytes.
const TOKEN_MAX_BYTES: usize = 128;

/// With the prefix browsers take it from this host alone, encrypted, and for all of its paths.
fn name(api: &Api) -> &'static str {
    if api.payments.is_https() { "__Host-staff" } else { "staff" }
}

/// Keeps somebody logged in with this browser, for as long as their session lasts.
pub(crate) fn set_cookie(api: &Api, token: &str) -> Result<HeaderValue, ApiError> {
    cookie::set(api, name(api), token, u32::from(SESSION_HOURS) * 60 * 60)
}

/// Takes the cookie away.
pub(crate) fn drop_cookie(api: &Api) -> Result<HeaderValue, ApiError> {
    cookie::set(api, name(api), "", 0)
}

/// The SHA-256 under which the browser's session is kept, if it has the cookie of one.
///
/// A token is 256 random bits: its hash needs no salt, and finding it takes as long as it takes.
pub(crate) fn token_hash(api: &Api, headers: &HeaderMap) -> Option<[u8; 32]> {
    let token = cookie::values(headers, name(api)).next()?;
    (1..=TOKEN_MAX_BYTES).contains(&token.len()).then(|| Sha256::digest(token).into())
}

/// Whoever is logged in with this browser.
pub(crate) async fn find(api: &Api, headers: &HeaderMap) -> Result<Option<StaffSession>, ApiError> {
    match token_hash(api, headers) {
        Some(hash) => Ok(api.store.find_staff_session(&hash).await?),
        None => Ok(None),
    }
}
