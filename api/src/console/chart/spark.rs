use super::{count, px};
use std::fmt::Write as _;

/// The drawing, in its own units.
const WIDTH: f64 = 120.0;
const HEIGHT: f64 = 24.0;
/// The least height of something that is there.
const LEAST: f64 = 2.0;

/// Some numbers in a row, as thin bars between words.
pub(crate) struct Spark {
    /// Of an SVG path: a stroke for each number above zero.
    pub(crate) path: String,
    /// What is to be seen, in words.
    pub(crate) words: String,
}

impl Spark {
    pub(crate) fn of(values: &[i64], words: String) -> Self {
        let slot = WIDTH / count(values.len().max(1));
        let most = values.iter().copied().max().unwrap_or(0).max(1);
        let mut path = String::new();
        for (place, value) in values.iter().enumerate().filter(|(_, value)| **value > 0) {
            let height = (HEIGHT * share(*value, most)).max(LEAST);
            let _ = write!(path, "M{} {HEIGHT}V{}", px(slot * (count(place) + 0.5)), px(HEIGHT - height));
        }
        Self { path, words }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a sparkline is 24 points high")]
fn share(part: i64, whole: i64) -> f64 {
    part as f64 / whole as f64
}
