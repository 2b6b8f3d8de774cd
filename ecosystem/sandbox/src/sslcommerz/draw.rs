//! What the gateway makes up: keys, references and dates.

use crate::dice::Dice;
use chrono::{DateTime, FixedOffset, Utc};

const UPPER: &[u8] = b"0123456789ABCDEF";
const LOWER: &[u8] = b"0123456789abcdef";
const MIXED: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Dhaka is six hours ahead of UTC the year round.
const DHAKA_SECONDS: i32 = 6 * 3600;

pub(super) fn session_key(dice: &mut Dice) -> String {
    draw(dice, UPPER, 32)
}

pub(super) fn val_id(dice: &mut Dice, at: DateTime<Utc>) -> String {
    format!("{}{}", local(at, "%y%m%d%H%M%S"), draw(dice, MIXED, 15))
}

pub(super) fn bank_tran_id(dice: &mut Dice, at: DateTime<Utc>) -> String {
    format!("{}{}", local(at, "%y%m%d%H%M%S"), draw(dice, MIXED, 10))
}

pub(super) fn refund_ref_id(dice: &mut Dice) -> String {
    draw(dice, LOWER, 13)
}

/// The gateway's dates say the time in Dhaka, without saying so.
pub(super) fn date(at: DateTime<Utc>) -> String {
    local(at, "%Y-%m-%d %H:%M:%S")
}

fn local(at: DateTime<Utc>, format: &str) -> String {
    match FixedOffset::east_opt(DHAKA_SECONDS) {
        Some(dhaka) => at.with_timezone(&dhaka).format(format).to_string(),
        None => at.format(format).to_string(),
    }
}

fn draw(dice: &mut Dice, letters: &[u8], length: usize) -> String {
    (0..length).map(|_| char::from(letters[dice.below(letters.len())])).collect()
}
