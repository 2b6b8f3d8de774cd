//! Order links: the signed address that opens an order without a login; and the tokens that open a
//! checkout before there is an order.
//!
//! Nothing is stored. A token is `v1.{key id}.{signature}`; the signature is HMAC-SHA256 over the
//! order's id and its `link_epoch`, so raising the epoch revokes every link that was handed out; or
//! over the checkout's id. The keys are derived from the secret (HKDF, RFC 5869), one for each
//! purpose, so that no token ever stands in for another.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use galley_domain::id::{CheckoutSessionId, OrderId};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _, Mac};
use sha2::{Digest as _, Sha256};
use std::{fmt, fmt::Write as _};
use url::Url;

/// The scheme of the tokens made by this version.
const VERSION: &str = "v1";
/// What a derived key is for; part of every token, so these never change.
const ORDERS: &[u8] = b"order-link";
const CHECKOUTS: &[u8] = b"checkout-token";
/// Length of a derived key, in bytes.
const DERIVED_BYTES: usize = 32;
/// Length of a key id, in bytes (twice that in hex digits).
const KEY_ID_BYTES: usize = 4;
/// Length of a signature as it is written.
const SIGNATURE_CHARS: usize = 43;

/// Why no signer can be made.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretsError {
    /// The list was empty.
    #[error("signing order links needs at least one secret")]
    None,
    /// One of them was empty; it would sign for everybody.
    #[error("secret number {position} for order links is empty")]
    Empty {
        /// Its place in the list, counted from 1.
        position: usize,
    },
}

/// Signs and checks the tokens of orders and checkouts.
///
/// `Debug` shows the key ids, never a key.
#[derive(Clone)]
pub struct LinkSigner {
    orders: Keys,
    checkouts: Keys,
}

/// The keys of one purpose: the first signs, all of them verify.
#[derive(Clone)]
struct Keys(Vec<Key>);

#[derive(Clone)]
struct Key {
    id: String,
    mac: Hmac<Sha256>,
}

impl Key {
    fn derive(secret: &str, purpose: &[u8]) -> Self {
        // HMAC fills a key up to its block with zeros: this array is both, the derived key in its
        // first half and the whole block.
        let mut block = [0_u8; 64];
        let derived = &mut block[..DERIVED_BYTES];
        // HKDF refuses only outputs longer than 255 hashes: this is one.
        let expanded = Hkdf::<Sha256>::new(None, secret.as_bytes()).expand(purpose, derived);
        debug_assert!(expanded.is_ok(), "one hash can always be derived");
        let mut id = String::with_capacity(2 * KEY_ID_BYTES);
        for byte in &Sha256::digest(derived)[..KEY_ID_BYTES] {
            // A `String` takes whatever is written to it.
            let _ = write!(id, "{byte:02x}");
        }
        Self { id, mac: Hmac::new(&block.into()) }
    }

    fn over(&self, message: &[&[u8]]) -> Hmac<Sha256> {
        message.iter().fold(self.mac.clone(), Mac::chain_update)
    }
}

impl Keys {
    fn derive(secrets: &[&str], purpose: &[u8]) -> Self {
        Self(secrets.iter().map(|secret| Key::derive(secret, purpose)).collect())
    }

    fn sign(&self, message: &[&[u8]]) -> String {
        let Some(key) = self.0.first() else { return String::new() };
        let signature = key.over(message).finalize().into_bytes();
        format!("{VERSION}.{}.{}", key.id, URL_SAFE_NO_PAD.encode(signature))
    }

    /// The signature is compared in constant time. The key id is not: it tells which key to try
    /// and is printed in every link.
    fn verify(&self, message: &[&[u8]], token: &str) -> bool {
        let mut parts = token.splitn(3, '.');
        let (Some(VERSION), Some(key_id), Some(signature)) = (parts.next(), parts.next(), parts.next())
        else {
            return false;
        };
        let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else { return false };
        let keys = self.0.iter().filter(|key| key.id == key_id);
        keys.into_iter().any(|key| key.over(message).verify_slice(&signature).is_ok())
    }
}

/// A text for whoever may read it, but not act in a customer's name: with `…` for each token.
pub fn without_tokens(text: &str) -> String {
    let (mut shown, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find(VERSION) {
        let (before, from) = rest.split_at(at);
        shown.push_str(before);
        rest = if let Some(after) = after_token(from) {
            shown.push('…');
            after
        } else {
            shown.push_str(VERSION);
            &from[VERSION.len()..]
        };
    }
    shown + rest
}

/// What comes after the token that a text begins with.
fn after_token(text: &str) -> Option<&str> {
    let text = text.strip_prefix(VERSION)?.strip_prefix('.')?;
    let text = after(text, 2 * KEY_ID_BYTES, |byte| byte.is_ascii_hexdigit())?.strip_prefix('.')?;
    after(text, SIGNATURE_CHARS, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// What comes after so many of these, if a text begins with them.
fn after(text: &str, count: usize, one: impl Fn(u8) -> bool) -> Option<&str> {
    (text.bytes().take_while(|byte| one(*byte)).take(count).count() == count).then(|| &text[count..])
}

impl LinkSigner {
    /// Takes the secrets of this installation: the first signs, all of them verify.
    ///
    /// To rotate, put the new one in front and drop the old one when its links may die.
    pub fn new(secrets: &[&str]) -> Result<Self, SecretsError> {
        if let Some(empty) = secrets.iter().position(|secret| secret.is_empty()) {
            return Err(SecretsError::Empty { position: empty + 1 });
        }
        if secrets.is_empty() {
            return Err(SecretsError::None);
        }
        Ok(Self { orders: Keys::derive(secrets, ORDERS), checkouts: Keys::derive(secrets, CHECKOUTS) })
    }

    /// The token that opens `order` while its `link_epoch` is `epoch`. The same every time.
    pub fn sign(&self, order: OrderId, epoch: i32) -> String {
        self.orders.sign(&[order.0.as_bytes(), &epoch.to_be_bytes()])
    }

    /// Whether `token` opens `order` while its `link_epoch` is `epoch`.
    pub fn verify(&self, order: OrderId, epoch: i32, token: &str) -> bool {
        self.orders.verify(&[order.0.as_bytes(), &epoch.to_be_bytes()], token)
    }

    /// The token that opens a checkout, and with it the order that it becomes. The same every time.
    pub fn sign_checkout(&self, checkout: CheckoutSessionId) -> String {
        self.checkouts.sign(&[checkout.0.as_bytes()])
    }

    /// Whether `token` opens `checkout`.
    pub fn verify_checkout(&self, checkout: CheckoutSessionId, token: &str) -> bool {
        self.checkouts.verify(&[checkout.0.as_bytes()], token)
    }
}

impl fmt::Debug for LinkSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = |keys: &Keys| keys.0.iter().map(|key| key.id.clone()).collect::<Vec<_>>();
        f.debug_struct("LinkSigner")
            .field("orders", &ids(&self.orders))
            .field("checkouts", &ids(&self.checkouts))
            .finish()
    }
}

/// Makes the whole address of an order's page.
#[derive(Clone, Debug)]
pub struct OrderLinks {
    /// Where the pages live: `FRONTEND_URL`, else `PUBLIC_URL`; http or https, a path is kept.
    pub base: Url,
    /// Signs the links and checks the tokens that come back.
    pub signer: LinkSigner,
}

impl OrderLinks {
    /// `{base}/order-status/{id}?token=…`, whether or not `base` ends with a slash.
    pub fn url(&self, order: OrderId, epoch: i32) -> Url {
        let mut url = self.base.clone();
        let path = format!("{}/order-status/{order}", self.base.path().trim_end_matches('/'));
        url.set_path(&path);
        url.set_fragment(None);
        // Every character of a token stands for itself in a query string.
        url.set_query(Some(&format!("token={}", self.signer.sign(order, epoch))));
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(last: char) -> OrderId {
        format!("0199b0a0-0000-7000-8000-00000000000{last}").parse().unwrap()
    }

    fn signer(secrets: &[&str]) -> LinkSigner {
        LinkSigner::new(secrets).unwrap()
    }

    #[test]
    fn a_token_opens_its_own_order_only_and_only_in_its_epoch() {
        let signer = signer(&["correct horse"]);
        let token = signer.sign(order('1'), 0);
        assert!(signer.verify(order('1'), 0, &token));
        assert!(!signer.verify(order('2'), 0, &token));
        assert!(!signer.verify(order('1'), 1, &token));
        assert!(!signer.verify(order('1'), -1, &token));
    }

    #[test]
    fn a_text_is_shown_without_its_tokens() {
        let signer = signer(&["old"]);
        let checkout = signer.sign_checkout(CheckoutSessionId(order('2').0));
        let order = signer.sign(order('1'), 0);
        let text =
            format!("<a href=\"https://x.example/?token={order}\">é</a> {checkout}v1.{order}&v1.00000000.x");
        assert_eq!(without_tokens(&text), "<a href=\"https://x.example/?token=…\">é</a> …v1.…&v1.00000000.x");
        for text in ["", "v1", "v1.", "v1.é", "no v1.0 here", "v1.0000000é.", &order[..order.len() - 1]] {
            assert_eq!(without_tokens(text), text);
        }
    }

    #[test]
    fn a_checkouts_token_opens_that_checkout_and_no_order() {
        let signer = signer(&["correct horse"]);
        let checkout = CheckoutSessionId(order('1').0);
        let token = signer.sign_checkout(checkout);
        assert!(signer.verify_checkout(checkout, &token));
        assert!(!signer.verify_checkout(CheckoutSessionId(order('2').0), &token));
        assert!(!signer.verify(order('1'), 0, &token));
        assert!(!signer.verify_checkout(checkout, &signer.sign(order('1'), 0)));
    }

    /// Links live in mailboxes for years: this value must never change.
    #[test]
    fn a_token_is_the_same_in_every_version_of_galley() {
        insta::assert_snapshot!(signer(&["correct horse"]).sign(order('1'), 3));
    }

    #[test]
    fn after_a_rotation_old_links_still_open_and_new_ones_are_signed_by_the_new_secret() {
        let before = signer(&["old"]);
        let after = signer(&["new", "old"]);
        let old_token = before.sign(order('1'), 0);
        assert!(after.verify(order('1'), 0, &old_token));
        let new_token = after.sign(order('1'), 0);
        assert_ne!(new_token, old_token);
        assert!(!before.verify(order('1'), 0, &new_token));
        assert!(!signer(&["new"]).verify(order('1'), 0, &old_token));
    }

    #[test]
    fn whatever_was_tampered_with_is_refused() {
        let signer = signer(&["correct horse"]);
        let good = signer.sign(order('1'), 0);
        let mut parts = good.split('.');
        let (version, key, signature) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        let forged = [
            String::new(),
            "v1".to_owned(),
            "v1..".to_owned(),
            format!("v2.{key}.{signature}"),
            format!("{version}.00000000.{signature}"),
            format!("{version}.{}.{signature}", key.to_uppercase()),
            format!("{version}.{key}."),
            format!("{version}.{key}.{}", &signature[..signature.len() - 1]),
            format!("{version}.{key}.{signature}="),
            format!("{version}.{key}.{signature}.x"),
            format!("{version}.{key}.{}", signature.to_lowercase()),
            format!(" {good}"),
        ];
        for token in forged {
            assert!(!signer.verify(order('1'), 0, &token), "{token}");
        }
        for at in 0..signature.len() {
            let mut flipped = signature.as_bytes().to_vec();
            flipped[at] = if flipped[at] == b'A' { b'B' } else { b'A' };
            let token = format!("{version}.{key}.{}", String::from_utf8(flipped).unwrap());
            assert!(!signer.verify(order('1'), 0, &token), "{token}");
        }
    }

    #[test]
    fn a_signer_needs_secrets_that_are_not_empty() {
        assert_eq!(LinkSigner::new(&[]).unwrap_err(), SecretsError::None);
        let error = LinkSigner::new(&["a", ""]).unwrap_err();
        assert_eq!(error, SecretsError::Empty { position: 2 });
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!("{:?}", signer(&["correct horse", "old"]));
        assert!(!shown.contains("horse") && !shown.contains("\"old\""), "{shown}");
    }

    #[test]
    fn the_address_keeps_the_path_of_the_base() {
        let id = order('1');
        for (base, path) in [
            ("https://shop.example", "/order-status/"),
            ("https://shop.example/", "/order-status/"),
            ("https://shop.example/app/?x=1#y", "/app/order-status/"),
        ] {
            let signer = signer(&["correct horse"]);
            let links = OrderLinks { base: base.parse().unwrap(), signer };
            let url = links.url(id, 2);
            assert_eq!(url.path(), format!("{path}{id}"));
            let query: Vec<_> = url.query_pairs().collect();
            assert_eq!(query.len(), 1);
            assert!(links.signer.verify(id, 2, &query[0].1), "{url}");
            assert_eq!(url.fragment(), None);
        }
    }
}
