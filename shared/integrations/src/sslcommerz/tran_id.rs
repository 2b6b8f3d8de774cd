//! The `tran_id`: our name of one attempt at a checkout, from which the checkout can be read.
//!
//! SSLCommerz takes at most 30 characters, and a UUID has 32 hex digits. In Crockford's base 32 it
//! has 26, which leaves room for the attempt. Base 62 would be shorter, but two ids that differ
//! only in case may be one to a database on the other side.

use galley_domain::id::CheckoutSessionId;
use uuid::Uuid;

/// Most attempts at one checkout: more would not fit.
pub const ATTEMPTS_MAX: i32 = 999;

/// Crockford's digits, in lower case: without i, l, o and u.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Bits in one digit.
const BITS: u32 = 5;
/// Digits of 128 bits.
const LENGTH_CHARS: usize = 26;

/// The name of an attempt at a checkout (`{26 characters}-{attempt}`); `None` when the attempt is
/// not within 1 and [`ATTEMPTS_MAX`].
///
/// It depends on nothing else, so the names of all earlier attempts can be made again.
pub fn tran_id(checkout: CheckoutSessionId, attempt: i32) -> Option<String> {
    let fits = (1..=ATTEMPTS_MAX).contains(&attempt);
    fits.then(|| format!("{}-{attempt}", short(checkout.0)))
}

/// The checkout that a `tran_id` of ours was made from; `None` for one that is not ours.
pub fn checkout_of(tran_id: &str) -> Option<CheckoutSessionId> {
    let (id, attempt) = tran_id.split_once('-')?;
    let id = long(id)?;
    // Only what `tran_id` makes is ours: one attempt has one name.
    let ours = self::tran_id(id, attempt.parse().ok()?)?;
    (ours == tran_id).then_some(id)
}

/// A UUID in 26 characters.
pub(super) fn short(id: Uuid) -> String {
    let mut value = id.as_u128();
    let mut digits = [b'0'; LENGTH_CHARS];
    for place in digits.iter_mut().rev() {
        // The last five bits are less than 32.
        *place = DIGITS[usize::try_from(value & 31).unwrap_or_default()];
        value >>= BITS;
    }
    digits.map(char::from).into_iter().collect()
}

fn long(text: &str) -> Option<CheckoutSessionId> {
    if text.len() != LENGTH_CHARS {
        return None;
    }
    let value = text.bytes().try_fold(0_u128, |value, byte| {
        let digit = DIGITS.iter().position(|known| *known == byte)?;
        // 26 digits hold 130 bits; what does not fit in 128 is no UUID.
        value.checked_mul(1 << BITS)?.checked_add(u128::try_from(digit).ok()?)
    })?;
    Some(Uuid::from_u128(value).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id(value: u128) -> CheckoutSessionId {
        Uuid::from_u128(value).into()
    }

    #[test]
    fn a_known_id_is_written_as_ever() {
        let checkout = "0198c0de-7a11-7000-8000-0123456789ab".parse().unwrap();
        let text = tran_id(checkout, 1).unwrap();
        assert_eq!(text, "01k30dwyghe00800014d2pf2db-1");
        assert_eq!(checkout_of(&text), Some(checkout));
    }

    #[test]
    fn attempts_are_counted_from_one_and_fit() {
        assert_eq!(tran_id(id(0), 0), None);
        assert_eq!(tran_id(id(0), -1), None);
        assert_eq!(tran_id(id(0), ATTEMPTS_MAX + 1), None);
        assert_eq!(tran_id(id(u128::MAX), ATTEMPTS_MAX).unwrap(), "7zzzzzzzzzzzzzzzzzzzzzzzzz-999");
    }

    #[test]
    fn what_is_not_ours_names_no_checkout() {
        let ours = tran_id(id(77), 1).unwrap();
        let (digits, _) = ours.split_once('-').unwrap();
        for text in [
            String::new(),
            "5646dd9d4b484".to_owned(),
            digits.to_owned(),
            format!("{digits}-"),
            format!("{digits}-0"),
            format!("{digits}-01"),
            format!("{digits}-+1"),
            format!("{digits}-1000"),
            format!("{digits}-1-1"),
            format!("{}-1", digits.to_uppercase().replace('0', "A")),
            format!("0{digits}-1"),
            format!("8{}-1", &digits[1..]),
            format!("u{}-1", &digits[1..]),
            format!("é{}-1", &digits[2..]),
        ] {
            assert_eq!(checkout_of(&text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_checkout_can_be_read_from_every_name(value: u128, attempt in 1..=ATTEMPTS_MAX) {
            let text = tran_id(id(value), attempt).unwrap();
            prop_assert!(text.len() <= 30);
            prop_assert_eq!(checkout_of(&text), Some(id(value)));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC*") {
            checkout_of(&text);
        }

        #[test]
        fn two_attempts_never_share_a_name(a: u128, b: u128, m in 1..=ATTEMPTS_MAX, n in 1..=ATTEMPTS_MAX) {
            prop_assume!((a, m) != (b, n));
            prop_assert_ne!(tran_id(id(a), m), tran_id(id(b), n));
        }
    }
}
