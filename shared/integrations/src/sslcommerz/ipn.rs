//! Instant payment notices: forms that SSLCommerz posts to us. They are hints, and never the truth.
//!
//! A notice carries an MD5 over the fields that it lists itself, joined without escaping and without
//! a time. So what is signed can be sent again for ever, and its borders can be moved. The hash only
//! keeps out noise: nothing in a notice is believed, and each leads to a question to the gateway.

use crate::secret::Secret;
use galley_domain::payment::{Fact, Gateway, Inbound};
use md5::Md5;
use percent_encoding::percent_decode;
use sha2::{Digest as _, Sha256};
use std::{borrow::Cow, collections::BTreeMap};
use subtle::ConstantTimeEq as _;

/// What every notice must have signed: the sender chooses what is, and could leave out what counts.
const SIGNED_KEYS: [&str; 6] =
    ["tran_id", "status", "amount", "currency_type", "store_id", "currency_amount"];
/// Must be signed as well when there is money. Other notices have none.
const SIGNED_WHEN_PAID: &str = "val_id";

/// Longest status that becomes part of the notice's kind, in characters.
const STATUS_MAX_CHARS: usize = 32;

/// Why a notice is not looked at. All of these are a 400.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IpnError {
    /// There is no `verify_sign` or no `verify_key`.
    #[error("the notice is not signed")]
    NotSigned,
    /// What counts is not among the signed fields.
    #[error("the notice's verify_key does not list {0}")]
    NotCovered(&'static str),
    /// A field that was signed did not come.
    #[error("a field that the notice's verify_key lists is missing")]
    FieldMissing,
    /// It is for another store.
    #[error("the notice is for another store")]
    OtherStore,
    /// It was not signed with our password.
    #[error("the notice's verify_sign does not match")]
    NoMatch,
    /// It names no transaction.
    #[error("the notice names no transaction")]
    NoTransaction,
}

/// Reads a notice: the urlencoded form as it came.
///
/// The fact is always that the gateway is to be asked, for `tran_id` and, where there is one, with
/// `val_id`. The same bytes have the same `dedupe_key`.
pub fn interpret(form: &[u8], store_id: &str, password: &Secret) -> Result<Inbound, IpnError> {
    let fields = Fields::read(form);
    let signed = fields.signed()?;
    let status = fields.text("status").to_ascii_uppercase();
    let paid = matches!(status.as_str(), "VALID" | "VALIDATED").then_some(SIGNED_WHEN_PAID);
    if let Some(key) = SIGNED_KEYS.into_iter().chain(paid).find(|key| !signed.contains_key(key.as_bytes())) {
        return Err(IpnError::NotCovered(key));
    }
    if fields.text("store_id") != store_id {
        return Err(IpnError::OtherStore);
    }
    if !matches(signed, fields.get("verify_sign"), password) {
        return Err(IpnError::NoMatch);
    }
    let named = |key| Some(fields.text(key).into_owned()).filter(|text| !text.is_empty());
    let external_id = named("tran_id").ok_or(IpnError::NoTransaction)?;
    let status: String = status.to_ascii_lowercase().chars().take(STATUS_MAX_CHARS).collect();
    Ok(Inbound {
        gateway: Gateway::Sslcommerz,
        account: String::new(),
        dedupe_key: hex::encode(Sha256::digest(form)),
        kind: format!("ipn.{status}"),
        object_ref: Some(external_id.clone()),
        payment_ref: named("bank_tran_id"),
        api_version: None,
        livemode: None,
        created_at: None,
        // The form as it came has neither the password nor a NUL, which Postgres could not keep.
        payload: String::from_utf8_lossy(form).replace('\0', "\u{fffd}"),
        fact: Fact::Refetch { external_id, detail: named("val_id") },
    })
}

/// A form, decoded. Bytes and not texts: the hash is over what was sent, in whatever encoding.
struct Fields(BTreeMap<Vec<u8>, Vec<u8>>);

/// What the hash is over, without the password.
type Signed<'a> = BTreeMap<&'a [u8], &'a [u8]>;

impl Fields {
    /// Of a key that comes twice the last one counts, here and for the hash, as in PHP.
    fn read(form: &[u8]) -> Self {
        let pairs = form.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| {
                    let end = pair.iter().position(|byte| *byte == b'=');
                    let (key, value) = pair.split_at(end.unwrap_or(pair.len()));
                    (decoded(key), decoded(value.get(1..).unwrap_or_default()))
                })
                .collect(),
        )
    }

    /// The value of a key, empty when it did not come.
    fn get(&self, key: &str) -> &[u8] {
        self.0.get(key.as_bytes()).map(Vec::as_slice).unwrap_or_default()
    }

    /// The value of a key as text. Postgres cannot keep a NUL, so it is taken for a stray character.
    fn text(&self, key: &str) -> Cow<'_, str> {
        match String::from_utf8_lossy(self.get(key)) {
            text if text.contains('\0') => Cow::Owned(text.replace('\0', "\u{fffd}")),
            text => text,
        }
    }

    /// The fields that the notice says are signed; all of them must be there.
    fn signed(&self) -> Result<Signed<'_>, IpnError> {
        let keys = self.get("verify_key");
        if keys.is_empty() || self.get("verify_sign").is_empty() {
            return Err(IpnError::NotSigned);
        }
        keys.split(|byte| *byte == b',')
            .map(|key| Some((key, self.0.get(key)?.as_slice())))
            .collect::<Option<_>>()
            .ok_or(IpnError::FieldMissing)
    }
}

fn decoded(text: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> = text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    percent_decode(&spaced).collect()
}

/// Whether `sign` is the hash of these fields and our password. An empty password makes none:
/// everybody has it.
fn matches(signed: Signed<'_>, sign: &[u8], password: &Secret) -> bool {
    let Ok(sign) = hex::decode(sign) else { return false };
    if password.is_empty() {
        return false;
    }
    let password = hex::encode(Md5::digest(password.expose()));
    let mut signed = signed;
    // Last, so that a field of this name in the form does not count.
    signed.insert(b"store_passwd", password.as_bytes());
    // In the order of the keys, as a map of bytes has them.
    let pairs: Vec<_> = signed.into_iter().map(|(key, value)| [key, b"=", value].concat()).collect();
    Md5::digest(pairs.join(&b"&"[..])).as_slice().ct_eq(&sign).into()
}

#[cfg(test)]
mod tests;
