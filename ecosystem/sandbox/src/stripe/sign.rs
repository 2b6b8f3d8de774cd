use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt::Write;

/// Makes the `Stripe-Signature` header for `body`: `t=…,v1=…`, one `v1` for each secret.
///
/// Stripe signs with two secrets while one is being rolled
/// (<https://docs.stripe.com/webhooks/signature>). `timestamp` is in seconds since 1970.
pub fn sign(body: &[u8], secrets: &[&str], timestamp: i64) -> String {
    let mut header = format!("t={timestamp}");
    for secret in secrets {
        let mut mac = keyed(secret);
        mac.update(timestamp.to_string().as_bytes());
        mac.update(b".");
        mac.update(body);
        // Writing to a String cannot fail.
        let _ = write!(header, ",v1={}", hex::encode(mac.finalize().into_bytes()));
    }
    header
}

fn keyed(secret: &str) -> Hmac<Sha256> {
    Hmac::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked out with `openssl dgst -sha256 -hmac whsec_test` over `1760000000.{}`.
    #[test]
    fn the_signature_is_stripes() {
        assert_eq!(
            sign(b"{}", &["whsec_test"], 1_760_000_000),
            "t=1760000000,v1=36bd79465b49ac7ce6ef02dc49dc372557425a18a75801997a2c67271410b927"
        );
    }

    #[test]
    fn two_secrets_sign_twice() {
        let header = sign(b"{}", &["old", "new"], 1);
        assert_eq!(header.matches(",v1=").count(), 2);
        assert!(header.starts_with("t=1,v1="));
    }
}
