//! The signature of a webhook: the `Stripe-Signature` header over the raw body.
//!
//! The scheme is <https://docs.stripe.com/webhooks#verify-manually>: HMAC-SHA256 over
//! `{t}.{body}`, in hex, in one or more `v1` parts (two while a secret is rolled). As in Stripe's
//! own libraries parts are split at `,` and `=` and not trimmed, and `v0` counts for nothing.

use crate::secret::Secret;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

/// How far a timestamp may be off, in either direction, in seconds: Stripe's own default.
pub const TOLERANCE_SECONDS: i64 = 300;

/// Why a body is not believed. All of these are a 400.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// There was no header, or an empty one.
    #[error("the Stripe-Signature header is missing")]
    Missing,
    /// The header has no `t` that is a number.
    #[error("the Stripe-Signature header has no timestamp")]
    Malformed,
    /// No `v1` part was made with one of our secrets over this body.
    #[error("no signature matches this body and the configured secrets")]
    NoMatch,
    /// Signed with our secret, but too long ago or too far ahead: a replay, or a clock that is off.
    #[error("the signature's timestamp is {off_by_seconds} s off (allowed: {tolerance_seconds} s)")]
    OutsideTolerance {
        /// Positive for a signature from the past, negative for one from the future.
        off_by_seconds: i64,
        /// What would have been accepted.
        tolerance_seconds: i64,
    },
}

/// Checks that `raw` was signed by Stripe; the answer is the place of the secret that matched. A
/// header that did not come is an empty one.
///
/// The HMAC is checked before the timestamp, so `OutsideTolerance` is known to come from someone
/// who holds the secret. Take `raw` as it came: a body that was parsed and written again has
/// another signature.
pub fn verify(
    raw: &[u8],
    header: &str,
    secrets: &[Secret],
    now: DateTime<Utc>,
    tolerance_seconds: i64,
) -> Result<usize, SignatureError> {
    if header.trim().is_empty() {
        return Err(SignatureError::Missing);
    }
    let parts = || header.split(',').filter_map(|part| part.split_once('='));
    let (written, signed_at) = parts()
        .filter(|(key, _)| *key == "t")
        .find_map(|(_, value)| Some((value, value.parse::<i64>().ok()?)))
        .ok_or(SignatureError::Malformed)?;
    let signatures: Vec<Vec<u8>> =
        parts().filter(|(key, _)| *key == "v1").filter_map(|(_, value)| hex::decode(value).ok()).collect();
    let matched = secrets
        .iter()
        .position(|secret| made_by(secret, written, raw, &signatures))
        .ok_or(SignatureError::NoMatch)?;
    let off_by_seconds = now.timestamp().saturating_sub(signed_at);
    if off_by_seconds.saturating_abs() > tolerance_seconds {
        return Err(SignatureError::OutsideTolerance { off_by_seconds, tolerance_seconds });
    }
    Ok(matched)
}

/// Whether `secret` made one of `signatures`. An empty secret makes none: everybody has it.
fn made_by(secret: &Secret, written: &str, raw: &[u8], signatures: &[Vec<u8>]) -> bool {
    if secret.is_empty() || signatures.is_empty() {
        return false;
    }
    // HMAC takes a key of any length.
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()) else { return false };
    let expected = mac.chain_update(written).chain_update(b".").chain_update(raw).finalize().into_bytes();
    signatures
        .iter()
        .fold(false, |found, signature| found | bool::from(expected.as_slice().ct_eq(signature.as_slice())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"id":"evt_1"}"#;
    const AT: i64 = 1_760_000_000;

    fn signed(body: &[u8], at: i64, secret: &str) -> String {
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        let payload = [at.to_string().as_bytes(), b".", body].concat();
        hex::encode(mac.chain_update(payload).finalize().into_bytes())
    }

    fn check(header: &str, now: i64) -> Result<usize, SignatureError> {
        let secrets = [Secret::new("whsec_new"), Secret::new("whsec_old")];
        verify(BODY, header, &secrets, DateTime::from_timestamp(now, 0).unwrap(), 300)
    }

    /// The value was computed with Python's `hmac`, as Stripe's page describes it.
    #[test]
    fn the_scheme_is_stripes() {
        let known = "1eb1c8b44d44db68c337c6e5c251c58cf3fad78976e6d5bbe15973f15b4e277b";
        assert_eq!(signed(BODY, AT, "whsec_new"), known);
    }

    #[test]
    fn each_configured_secret_is_accepted_and_named() {
        let (new, old) = (signed(BODY, AT, "whsec_new"), signed(BODY, AT, "whsec_old"));
        assert_eq!(check(&format!("t={AT},v1={new}"), AT), Ok(0));
        assert_eq!(check(&format!("t={AT},v1={old}"), AT), Ok(1));
        assert_eq!(check(&format!("t={AT},v1={old},v1={new},v0=00"), AT), Ok(0));
        assert_eq!(check(&format!("v1=zz,v1={},t={AT}", new.to_uppercase()), AT), Ok(0));
    }

    #[test]
    fn five_minutes_either_way_are_accepted_and_no_more() {
        let header = format!("t={AT},v1={}", signed(BODY, AT, "whsec_new"));
        for off in [-300, -299, 0, 299, 300] {
            assert_eq!(check(&header, AT + off), Ok(0), "{off}");
        }
        for off in [-3600, -301, 301, 3600] {
            let error = SignatureError::OutsideTolerance { off_by_seconds: off, tolerance_seconds: 300 };
            assert_eq!(check(&header, AT + off), Err(error));
        }
        let extreme = format!("t={},v1={}", i64::MIN, signed(BODY, i64::MIN, "whsec_new"));
        assert!(matches!(check(&extreme, AT), Err(SignatureError::OutsideTolerance { .. })));
    }

    #[test]
    fn an_unsigned_stale_header_is_a_mismatch_first() {
        assert_eq!(check("t=1,v1=00", AT), Err(SignatureError::NoMatch));
    }

    #[test]
    fn what_is_not_signed_by_us_is_refused() {
        let good = signed(BODY, AT, "whsec_new");
        let no_match = [
            format!("t={AT}"),
            format!("t={AT},v0={good}"),
            format!("t={AT}, v1={good}"),
            format!("t={AT},v1={}", signed(BODY, AT, "whsec_other")),
            format!("t={AT},v1={}", signed(b"{}", AT, "whsec_new")),
            format!("t={},v1={good}", AT + 1),
            format!("t={AT},v1={}", &good[..62]),
            format!("t={AT},v1="),
        ];
        for header in no_match {
            assert_eq!(check(&header, AT), Err(SignatureError::NoMatch), "{header}");
        }
        for header in [format!("v1={good}"), format!("t=soon,v1={good}"), "nonsense".to_owned()] {
            assert_eq!(check(&header, AT), Err(SignatureError::Malformed), "{header}");
        }
        assert_eq!(check("", AT), Err(SignatureError::Missing));
        assert_eq!(check("  ", AT), Err(SignatureError::Missing));
    }

    #[test]
    fn without_a_secret_nothing_is_believed() {
        let now = DateTime::from_timestamp(AT, 0).unwrap();
        let header = format!("t={AT},v1={}", signed(BODY, AT, ""));
        assert_eq!(verify(BODY, &header, &[], now, 300), Err(SignatureError::NoMatch));
        let empty = [Secret::new("")];
        assert_eq!(verify(BODY, &header, &empty, now, 300), Err(SignatureError::NoMatch));
    }
}
