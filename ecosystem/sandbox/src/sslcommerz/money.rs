//! Amounts, in hundredths, and the rates at which other money becomes taka.

/// Least amount of one payment, in paisa.
const LEAST: i64 = 1_000;
/// Greatest amount of one payment, in paisa.
const GREATEST: i64 = 50_000_000;
/// What is left for the shop out of a hundred.
const SHOP_PERCENT: i64 = 96;
/// Decimals of a rate.
const RATE_ONE: i64 = 10_000;

/// What one unit costs in taka, times ten thousand.
const RATES: [(&str, i64); 6] = [
    ("BDT", RATE_ONE),
    ("USD", 110 * RATE_ONE),
    ("EUR", 120 * RATE_ONE),
    ("SGD", 82 * RATE_ONE),
    ("INR", 13_250),
    ("MYR", 24 * RATE_ONE),
];

/// What was asked for, and what it is in taka.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Price {
    /// The currency that was asked for.
    pub(super) currency: &'static str,
    /// What was asked for, in hundredths.
    pub(super) requested: i64,
    /// In paisa.
    pub(super) amount: i64,
    rate: i64,
}

impl Price {
    /// Converts what was asked for; the error says why it cannot be paid.
    pub(super) fn new(amount: &str, currency: &str) -> Result<Self, String> {
        let requested = parse(amount).ok_or("Invalid Information! 'total_amount' is not a valid amount.")?;
        let (currency, rate) = RATES
            .into_iter()
            .find(|(name, _)| *name == currency)
            .ok_or("Invalid Information! 'currency' is not supported.")?;
        let amount = requested
            .checked_mul(rate)
            .and_then(|product| product.checked_add(RATE_ONE / 2))
            .map_or(i64::MAX, |product| product / RATE_ONE);
        if !(LEAST..=GREATEST).contains(&amount) {
            return Err("Invalid Information! 'total_amount' must be from 10.00 to 500000.00 BDT.".to_owned());
        }
        Ok(Self { currency, requested, amount, rate })
    }

    /// The rate as it is written: four decimals.
    pub(super) fn rate(&self) -> String {
        format!("{}.{:04}", self.rate / RATE_ONE, self.rate % RATE_ONE)
    }

    /// What the gateway passes on to the shop, in paisa.
    pub(super) fn for_the_shop(&self) -> i64 {
        self.amount * SHOP_PERCENT / 100
    }

    /// The same, less `amount` in paisa and as much of what was asked for.
    pub(super) fn short_by_one(&self) -> Self {
        Self { amount: self.amount - 100, requested: self.requested - 100, ..self.clone() }
    }
}

/// Reads a decimal with up to two decimals; it has no sign.
pub(super) fn parse(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || part.len() > 2 || !digits(whole) || !digits(part) {
        return None;
    }
    let whole: i64 = whole.parse().ok()?;
    let part: i64 = format!("{part:0<2}").parse().ok()?;
    whole.checked_mul(100)?.checked_add(part)
}

/// Writes hundredths as a decimal.
pub(super) fn write(amount: i64) -> String {
    let sign = if amount < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", amount.unsigned_abs() / 100, amount.unsigned_abs() % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_exactly() {
        for (text, amount) in [("1150", 115_000), ("1150.5", 115_050), ("0.07", 7), ("500000.00", GREATEST)] {
            assert_eq!(parse(text), Some(amount), "{text}");
        }
        for text in ["", ".5", "-1", "+1", "1.234", "1e3", "1,000", " 1", "99999999999999999999"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(
            (write(115_050), write(7), write(-100)),
            ("1150.50".into(), "0.07".into(), "-1.00".into())
        );
    }

    #[test]
    fn other_money_becomes_taka() {
        let price = Price::new("19.99", "USD").unwrap();
        assert_eq!((price.requested, price.amount, price.rate()), (1_999, 219_890, "110.0000".to_owned()));
        let price = Price::new("10.01", "INR").unwrap();
        assert_eq!((price.amount, price.rate()), (1_326, "1.3250".to_owned()));
        assert_eq!(Price::new("1150.00", "BDT").unwrap().for_the_shop(), 110_400);
    }

    #[test]
    fn the_limits_are_in_taka() {
        assert!(Price::new("10.00", "BDT").is_ok() && Price::new("9.99", "BDT").is_err());
        assert!(Price::new("500000.00", "BDT").is_ok() && Price::new("500000.01", "BDT").is_err());
        assert!(Price::new("0.10", "USD").is_ok() && Price::new("10", "XYZ").is_err());
        assert!(Price::new("92233720368547758", "USD").is_err());
    }
}
