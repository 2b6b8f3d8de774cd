//! Durations as figures: percentiles, rates, and how they are written.

use std::{fmt, time::Duration};

/// Durations, sorted once.
pub(crate) struct Latencies(Vec<Duration>);

impl FromIterator<Duration> for Latencies {
    fn from_iter<I: IntoIterator<Item = Duration>>(durations: I) -> Self {
        let mut sorted: Vec<Duration> = durations.into_iter().collect();
        sorted.sort_unstable();
        Self(sorted)
    }
}

impl Latencies {
    /// The smallest duration that so many percent do not exceed; zero when there is none.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0.get(rank - 1).copied().unwrap_or_default()
    }

    /// The longest.
    pub(crate) fn worst(&self) -> Duration {
        self.0.last().copied().unwrap_or_default()
    }
}

impl fmt::Display for Latencies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (half, most) = (Shown(self.percentile(50)), Shown(self.percentile(99)));
        write!(f, "p50 {half:>9}   p99 {most:>9}")
    }
}

/// A duration with three digits or so.
pub(crate) struct Shown(pub(crate) Duration);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.0.as_secs_f64() * 1e3;
        let text = match ms {
            ..10.0 => format!("{ms:.2} ms"),
            ..1_000.0 => format!("{ms:.0} ms"),
            _ => format!("{:.2} s", ms / 1e3),
        };
        f.pad(&text)
    }
}

/// How many there were in a second.
pub(crate) fn per_second(count: usize, time: Duration) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / time.as_secs_f64().max(1e-9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_durations() {
        let latencies: Latencies = (1..=200).rev().map(Duration::from_millis).collect();
        let ms = |percent| latencies.percentile(percent).as_millis();
        assert_eq!((ms(50), ms(99), latencies.worst().as_millis()), (100, 198, 200));
        let none: Latencies = [].into_iter().collect();
        assert_eq!(none.percentile(99), Duration::ZERO);
        let one: Latencies = [Duration::from_secs(1)].into_iter().collect();
        assert_eq!(
            (one.percentile(50), one.percentile(99)),
            (Duration::from_secs(1), Duration::from_secs(1))
        );
    }

    #[test]
    fn durations_have_a_fitting_unit() {
        let shown = |us| Shown(Duration::from_micros(us)).to_string();
        assert_eq!(shown(340), "0.34 ms");
        assert_eq!(shown(85_400), "85 ms");
        assert_eq!(shown(4_123_000), "4.12 s");
    }

    #[test]
    fn a_rate_is_per_second() {
        assert!((per_second(500, Duration::from_millis(250)) - 2_000.0).abs() < 1e-6);
    }
}
