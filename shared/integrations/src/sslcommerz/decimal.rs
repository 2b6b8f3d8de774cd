//! Amounts as SSLCommerz writes them: decimal text. Read and written without floats.

use galley_domain::money::{Currency, Money};

/// An amount as decimal text, with the decimals of its currency.
pub(super) fn written(money: Money) -> String {
    let text = money.to_string();
    text.split_once(' ').map_or(text.clone(), |(amount, _)| amount.to_owned())
}

/// Minor units of decimal text; `None` when it is not an exact amount of that currency.
///
/// More decimals than the currency has are taken only if they are zeros. There are no signs, no
/// exponents and no separators: of an amount that is written in an odd way we would rather know
/// nothing than the wrong thing.
pub(super) fn minor(text: &str, currency: Currency) -> Option<i64> {
    let (whole, fraction) = match text.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (text, ""),
    };
    if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let decimals = currency.decimals();
    let (counted, beyond) = fraction.split_at(decimals.min(fraction.len()));
    if beyond.bytes().any(|byte| byte != b'0') {
        return None;
    }
    format!("{whole}{counted:0<decimals$}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn currency(code: &str) -> Currency {
        code.parse().unwrap()
    }

    #[test]
    fn amounts_are_read_exactly() {
        for (text, code, expected) in [
            ("1150.00", "BDT", 115_000),
            ("1150", "BDT", 115_000),
            ("1150.5", "BDT", 115_050),
            ("1150.50000", "BDT", 115_050),
            ("0.01", "BDT", 1),
            ("0.00", "BDT", 0),
            ("0010.00", "BDT", 1_000),
            ("1150", "JPY", 1_150),
            ("1150.00", "JPY", 1_150),
            ("1.234", "KWD", 1_234),
            ("1.2", "KWD", 1_200),
            ("1", "KWD", 1_000),
            ("92233720368547758.07", "BDT", i64::MAX),
            // What a float would make 1999 of.
            ("19.99", "USD", 1_999),
        ] {
            assert_eq!(minor(text, currency(code)), Some(expected), "{text} {code}");
        }
    }

    #[test]
    fn what_is_not_exact_is_no_amount() {
        for (text, code) in [
            ("", "BDT"),
            (".", "BDT"),
            (".50", "BDT"),
            ("1150.", "BDT"),
            ("1,150.00", "BDT"),
            ("1150,00", "BDT"),
            ("1 150", "BDT"),
            (" 1150", "BDT"),
            ("-1150", "BDT"),
            ("+1150", "BDT"),
            ("1150.00.00", "BDT"),
            ("1.15e3", "BDT"),
            ("0x10", "BDT"),
            ("১১৫০", "BDT"),
            ("NaN", "BDT"),
            ("1150.005", "BDT"),
            ("1150.50", "JPY"),
            ("1.2345", "KWD"),
            ("92233720368547758.08", "BDT"),
            ("99999999999999999999999", "BDT"),
        ] {
            assert_eq!(minor(text, currency(code)), None, "{text} {code}");
        }
    }

    #[test]
    fn amounts_are_written_with_the_decimals_of_their_currency() {
        let text = |minor, code| written(Money { minor, currency: currency(code) });
        assert_eq!(text(115_000, "BDT"), "1150.00");
        assert_eq!(text(5, "BDT"), "0.05");
        assert_eq!(text(1_150, "JPY"), "1150");
        assert_eq!(text(1_234, "KWD"), "1.234");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            minor in 0..=i64::MAX,
            code in proptest::sample::select(vec!["BDT", "USD", "JPY", "KWD"]),
        ) {
            let currency = currency(code);
            prop_assert_eq!(super::minor(&written(Money { minor, currency }), currency), Some(minor));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC*") {
            super::minor(&text, currency("BDT"));
        }
    }
}
