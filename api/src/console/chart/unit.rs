//! What the numbers of a chart are, and how they are written.

use galley_domain::money::{Currency, Money};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Things.
    Count,
    /// A stretch of time, in milliseconds.
    Time,
    /// Minor units of a currency.
    Money(Currency),
    /// Millionths of the currency in which the AI service is billed.
    Micros,
}

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

impl Unit {
    /// Distances that lead to round numbers, least first.
    pub(super) fn steps(self) -> Box<dyn Iterator<Item = i64>> {
        let powers = |from: i64| std::iter::successors(Some(from), |power| power.checked_mul(10));
        let decimal =
            move |from| powers(from).flat_map(|power| [1, 2, 5].map(|digit| power.saturating_mul(digit)));
        match self {
            Self::Count => Box::new(decimal(1)),
            Self::Money(currency) => Box::new(decimal(10_i64.pow(decimals(currency)))),
            Self::Micros => Box::new(decimal(100)),
            Self::Time => {
                let short = decimal(1).take_while(|step| *step < SECOND);
                let clock =
                    [SECOND, MINUTE].into_iter().flat_map(|unit| [1, 2, 5, 10, 15, 30].map(|n| n * unit));
                let hours = [1, 2, 3, 6, 12].map(|n| n * HOUR);
                Box::new(short.chain(clock).chain(hours).chain(decimal(DAY)))
            }
        }
    }

    /// A round number, where there is little room.
    pub(super) fn on_axis(self, value: i64) -> String {
        match self {
            _ if value == 0 => "0".to_owned(),
            Self::Count => grouped(value),
            Self::Time => time(value),
            Self::Money(currency) => grouped(value / 10_i64.pow(decimals(currency))),
            Self::Micros => {
                let text = micros(value);
                if text.contains('.') {
                    text.trim_end_matches('0').trim_end_matches('.').to_owned()
                } else {
                    text
                }
            }
        }
    }

    /// A number as it is read.
    pub(crate) fn in_full(self, value: i64) -> String {
        match self {
            Self::Count => grouped(value),
            Self::Time => time(value),
            Self::Money(currency) => money(value, currency),
            Self::Micros => micros(value),
        }
    }
}

fn decimals(currency: Currency) -> u32 {
    u32::try_from(currency.decimals()).unwrap_or(0)
}

/// `12,900`
pub(crate) fn grouped(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut text = String::from(if value < 0 { "-" } else { "" });
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `41,111.00 USD`
fn money(minor: i64, currency: Currency) -> String {
    let text = Money { minor, currency }.to_string();
    let whole = minor.unsigned_abs() / 10_u64.pow(decimals(currency));
    let plain = whole.to_string();
    text.replacen(&plain, &grouped(i64::try_from(whole).unwrap_or(i64::MAX)), 1)
}

/// `0.0042`: millionths as a decimal, to the ten-thousandth.
fn micros(value: i64) -> String {
    let tenths_of_a_thousandth = (value.unsigned_abs() + 50) / 100;
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{}.{:04}", tenths_of_a_thousandth / 10_000, tenths_of_a_thousandth % 10_000)
}

/// `850 ms`, `12.5 s`, `4 min 10 s`, `2 h 5 min`, `3 d 4 h`: two units, and only where both say something.
fn time(milliseconds: i64) -> String {
    let two = |big: i64, unit: &str, small: i64, part: &str| {
        let whole = milliseconds / big;
        match milliseconds % big / small {
            0 => format!("{whole} {unit}"),
            rest => format!("{whole} {unit} {rest} {part}"),
        }
    };
    match milliseconds {
        ..SECOND => format!("{milliseconds} ms"),
        SECOND..MINUTE => {
            let tenth = milliseconds % SECOND / 100;
            let tenth = if tenth == 0 { String::new() } else { format!(".{tenth}") };
            format!("{}{tenth} s", milliseconds / SECOND)
        }
        MINUTE..HOUR => two(MINUTE, "min", SECOND, "s"),
        HOUR..DAY => two(HOUR, "h", MINUTE, "min"),
        _ => two(DAY, "d", HOUR, "h"),
    }
}
