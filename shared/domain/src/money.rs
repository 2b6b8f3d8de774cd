//! Money: integer minor units and an ISO 4217 currency. There are no floats.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// An ISO 4217 code, kept in upper case.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// Currencies without minor units at Stripe (<https://docs.stripe.com/currencies#zero-decimal>).
const ZERO_DECIMAL: [&str; 16] = [
    "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF",
    "XPF",
];
/// Currencies with a thousandth as their minor unit.
const THREE_DECIMAL: [&str; 5] = ["BHD", "JOD", "KWD", "OMR", "TND"];

impl Currency {
    /// US dollars.
    pub const USD: Self = Self(*b"USD");

    /// The code in upper case.
    pub fn as_str(&self) -> &str {
        // Only ASCII letters are ever put in.
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    /// How many decimals an amount is written with. Stripe charges ISK and UGX in two-decimal
    /// amounts, although neither has minor units any more.
    pub fn decimals(&self) -> usize {
        match self.as_str() {
            "UGX" => 2,
            code if ZERO_DECIMAL.contains(&code) => 0,
            code if THREE_DECIMAL.contains(&code) => 3,
            _ => 2,
        }
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that is no currency code.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a currency code of three letters")]
pub struct NotACurrency(String);

impl FromStr for Currency {
    type Err = NotACurrency;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let upper = text.to_ascii_uppercase();
        <[u8; 3]>::try_from(upper.as_bytes())
            .ok()
            .filter(|code| code.iter().all(u8::is_ascii_uppercase))
            .map(Self)
            .ok_or_else(|| NotACurrency(text.to_owned()))
    }
}

impl TryFrom<String> for Currency {
    type Error = NotACurrency;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.as_str().to_owned()
    }
}

/// An amount in the currency's minor units (cents).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// Minor units; negative for money that goes out.
    pub minor: i64,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// Reads `129`, `129.5` or `129.00` in a currency; `None` for what is no such number, has more decimals
    /// than the currency, or is too large to be an amount.
    pub fn from_decimal(text: &str, currency: Currency) -> Option<Self> {
        let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let decimals = currency.decimals();
        if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > decimals {
            return None;
        }
        let minor = format!("{whole}{fraction:0<decimals$}").parse().ok()?;
        Some(Self { minor, currency })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = self.currency.decimals();
        let sign = if self.minor < 0 { "-" } else { "" };
        let digits = format!("{:0>width$}", self.minor.unsigned_abs(), width = decimals + 1);
        let (whole, fraction) = digits.split_at(digits.len() - decimals);
        let point = if decimals == 0 { "" } else { "." };
        write!(f, "{sign}{whole}{point}{fraction} {}", self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_with_the_decimals_of_their_currency() {
        let show = |minor, code: &str| Money { minor, currency: code.parse().unwrap() }.to_string();
        assert_eq!(show(12900, "usd"), "129.00 USD");
        assert_eq!(show(5, "EUR"), "0.05 EUR");
        assert_eq!(show(-1999, "EUR"), "-19.99 EUR");
        assert_eq!(show(5000, "JPY"), "5000 JPY");
        assert_eq!(show(1234, "KWD"), "1.234 KWD");
        assert_eq!(show(500, "UGX"), "5.00 UGX");
    }

    #[test]
    fn amounts_are_read_as_people_write_them() {
        let read =
            |text, code: &str| Money::from_decimal(text, code.parse().unwrap()).map(|money| money.minor);
        let right =
            [("129", "USD", 12_900), (" 129.5 ", "USD", 12_950), ("0.05", "EUR", 5), ("5000", "JPY", 5_000)];
        for (text, code, minor) in right {
            assert_eq!(read(text, code), Some(minor), "{text}");
        }
        for text in ["", ".5", "-1", "1,50", "1.234", "1e3", "1.2.3", "99999999999999999999", "١"] {
            assert_eq!(read(text, "USD"), None, "{text}");
        }
        assert_eq!(read("1.5", "JPY"), None);
    }

    #[test]
    fn what_is_no_currency_is_refused() {
        for text in ["", "US", "USDT", "U5D", "€UR"] {
            assert!(text.parse::<Currency>().is_err(), "{text}");
        }
    }
}
