/// Currencies whose minor unit is the major one.
const ZERO_DECIMALS: [&str; 16] = [
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof",
    "xpf",
];
/// Currencies with a thousand minor units.
const THREE_DECIMALS: [&str; 5] = ["bhd", "jod", "kwd", "omr", "tnd"];

/// How many digits an amount has after its point.
fn decimals(currency: &str) -> usize {
    if ZERO_DECIMALS.contains(&currency) {
        0
    } else if THREE_DECIMALS.contains(&currency) {
        3
    } else {
        2
    }
}

/// An amount for people: `129.00 USD`.
pub(super) fn formatted(minor: i64, currency: &str) -> String {
    let decimals = decimals(currency);
    let sign = if minor < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", minor.unsigned_abs(), width = decimals + 1);
    let (major, minor) = digits.split_at(digits.len() - decimals);
    let point = if decimals == 0 { "" } else { "." };
    format!("{sign}{major}{point}{minor} {}", currency.to_uppercase())
}

/// The least that Stripe takes, in minor units, where it says so.
pub(super) fn smallest(currency: &str) -> i64 {
    match currency {
        "usd" | "eur" | "cad" | "aud" | "chf" | "brl" | "inr" | "nzd" | "sgd" | "jpy" => 50,
        "gbp" => 30,
        "sek" | "nok" => 300,
        "dkk" => 250,
        "hkd" => 400,
        "mxn" => 1_000,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_the_decimals_of_their_currency() {
        let cases = [
            (12_900, "usd", "129.00 USD"),
            (5, "usd", "0.05 USD"),
            (500, "jpy", "500 JPY"),
            (1_234, "kwd", "1.234 KWD"),
            (-7, "eur", "-0.07 EUR"),
        ];
        for (minor, currency, text) in cases {
            assert_eq!(formatted(minor, currency), text);
        }
    }
}
