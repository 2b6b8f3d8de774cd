//! From numbers to heights.

use super::{BOTTOM, TOP, Unit};

/// Most steps from the lowest to the highest line across a chart.
const STEPS_MAX: i64 = 5;

/// Round numbers from below the least value to above the greatest; zero is one of them.
pub(super) struct Scale {
    low: i64,
    high: i64,
    step: i64,
}

impl Scale {
    /// Over values from `low`, at most 0, to `high`, at least 0.
    pub(super) fn over(low: i64, high: i64, unit: Unit) -> Self {
        // Where everything is zero there is still one step, or there would be nothing to see.
        let steps = |step: i64| -low.div_euclid(step) + up(high, step);
        let step = unit.steps().find(|step| steps(*step) <= STEPS_MAX).unwrap_or(i64::MAX);
        let high = up(high, step).max(i64::from(low == 0));
        Self { low: low.div_euclid(step) * step, high: high.saturating_mul(step), step }
    }

    pub(super) fn levels(&self) -> impl Iterator<Item = i64> {
        let (high, step) = (self.high, self.step);
        std::iter::successors(Some(self.low), move |level| {
            level.checked_add(step).filter(|next| *next <= high)
        })
    }

    pub(super) fn y(&self, value: i64) -> f64 {
        BOTTOM - (BOTTOM - TOP) * share(value.saturating_sub(self.low), self.high.saturating_sub(self.low))
    }
}

/// How many steps it takes to be at or above a value.
fn up(value: i64, step: i64) -> i64 {
    value.div_euclid(step) + i64::from(value.rem_euclid(step) > 0)
}

#[expect(clippy::cast_precision_loss, reason = "a chart is some hundred points high")]
fn share(part: i64, whole: i64) -> f64 {
    part as f64 / whole.max(1) as f64
}
