//! How long work usually takes, told in whole minutes.

use std::{fmt, time::Duration};

/// Fewer measured durations than that say nothing yet.
pub const ESTIMATE_MEASURED_MIN: usize = 5;
/// From there on minutes are told as hours.
const HOURS_FROM_MINUTES: u64 = 120;

/// From when to when something is to be expected: half of the measured ones were done by the first,
/// nine in ten by the second. Written "4-9 minutes".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    from_minutes: u64,
    to_minutes: u64,
}

impl Estimate {
    /// What is said until something was measured.
    pub const UNMEASURED: Self = Self { from_minutes: 10, to_minutes: 30 };

    /// The estimate that follows from how long it took of late, in any order.
    pub fn of(mut measured: Vec<Duration>) -> Self {
        if measured.len() < ESTIMATE_MEASURED_MIN {
            return Self::UNMEASURED;
        }
        measured.sort_unstable();
        let minutes = |percent: usize| {
            let rank = (measured.len() * percent).div_ceil(100).max(1) - 1;
            measured.get(rank).map_or(0, |took| took.as_secs().div_ceil(60))
        };
        let from_minutes = minutes(50).max(1);
        Self { from_minutes, to_minutes: minutes(90).max(from_minutes + 1) }
    }

    /// The same to be read aloud: "4 to 9 minutes".
    pub fn words(self) -> String {
        self.written(" to ")
    }

    fn written(self, between: &str) -> String {
        let (from, to) = (self.from_minutes, self.to_minutes);
        if from < HOURS_FROM_MINUTES {
            return format!("{from}{between}{to} minutes");
        }
        let from = from / 60;
        format!("{from}{between}{} hours", to.div_ceil(60).max(from + 1))
    }
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written("-"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(seconds: impl IntoIterator<Item = u64>) -> String {
        Estimate::of(seconds.into_iter().map(Duration::from_secs).collect()).to_string()
    }

    #[test]
    fn four_measurements_are_too_few() {
        assert_eq!(of([60; 4]), "10-30 minutes");
        assert_eq!(of([60; 5]), "1-2 minutes");
    }

    #[test]
    fn half_are_done_by_the_first_and_nine_in_ten_by_the_second() {
        let hundred = (1..=100).rev().map(|minutes| minutes * 60);
        assert_eq!(of(hundred), "50-90 minutes");
        assert_eq!(of([230, 235, 240, 500, 510]), "4-9 minutes");
    }

    #[test]
    fn what_took_no_time_is_told_as_a_minute_or_two() {
        assert_eq!(of([0; 50]), "1-2 minutes");
    }

    #[test]
    fn one_that_hung_for_a_day_does_not_frighten_anybody() {
        let quick = std::iter::repeat_n(200, 99);
        assert_eq!(of(quick.chain([86_400])), "4-5 minutes");
    }

    #[test]
    fn long_work_is_told_in_hours() {
        assert_eq!(of([2 * 3_600; 9]), "2-3 hours");
        assert_eq!(Estimate::of(vec![Duration::from_mins(150); 9]).words(), "2 to 3 hours");
    }

    #[test]
    fn it_can_be_read_aloud() {
        assert_eq!(Estimate::UNMEASURED.words(), "10 to 30 minutes");
    }
}
