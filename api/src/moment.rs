//! Instants as people read them: how long ago, with the exact time beside it.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

/// An instant for a page: `<time datetime="{iso}" title="{exact}">{words}</time>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// RFC 3339, to the second.
    pub(crate) iso: String,
    /// `21 Nov 2026, 07:45 UTC`
    pub(crate) exact: String,
    /// `5 minutes ago`, `in 2 days`; after a week the day.
    pub(crate) words: String,
}

impl Moment {
    pub(crate) fn new(at: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        Self {
            iso: at.to_rfc3339_opts(SecondsFormat::Secs, true),
            exact: at.format("%-d %b %Y, %H:%M UTC").to_string(),
            words: words(at, now),
        }
    }
}

fn words(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let distance = now - at;
    let (span, past) = if distance < TimeDelta::zero() { (-distance, false) } else { (distance, true) };
    let (count, unit) = match span.num_seconds() {
        ..45 => return if past { "just now" } else { "in a moment" }.to_owned(),
        45..5_400 => ((span.num_seconds() + 30) / 60, "minute"),
        5_400..129_600 => ((span.num_minutes() + 30) / 60, "hour"),
        129_600..604_800 => ((span.num_hours() + 12) / 24, "day"),
        _ => return at.format("%-d %b %Y").to_string(),
    };
    let plural = if count == 1 { "" } else { "s" };
    if past { format!("{count} {unit}{plural} ago") } else { format!("in {count} {unit}{plural}") }
}

/// A stretch of time: `4.2 s`, `3 min`, `1 h 20 min`.
pub(crate) fn duration(milliseconds: i64) -> String {
    match milliseconds {
        ..1_000 => format!("{milliseconds} ms"),
        1_000..60_000 => format!("{}.{} s", milliseconds / 1_000, milliseconds % 1_000 / 100),
        60_000..3_600_000 => format!("{} min", (milliseconds + 30_000) / 60_000),
        _ => {
            let minutes = milliseconds / 60_000;
            format!("{} h {} min", minutes / 60, minutes % 60)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_told_by_their_distance() {
        let now: DateTime<Utc> = "2026-11-21T12:00:00Z".parse().unwrap();
        let told = |seconds: i64| Moment::new(now - TimeDelta::seconds(seconds), now).words;
        let cases = [
            (3, "just now"),
            (-3, "in a moment"),
            (50, "1 minute ago"),
            (400, "7 minutes ago"),
            (5_399, "90 minutes ago"),
            (7_200, "2 hours ago"),
            (-172_800, "in 2 days"),
            (3 * 86_400, "3 days ago"),
            (8 * 86_400, "13 Nov 2026"),
        ];
        for (seconds, words) in cases {
            assert_eq!(told(seconds), words);
        }
        assert_eq!(Moment::new(now, now).exact, "21 Nov 2026, 12:00 UTC");
    }

    #[test]
    fn stretches_are_told_in_their_own_unit() {
        let cases = [(7, "7 ms"), (4_260, "4.2 s"), (170_000, "3 min"), (4_800_000, "1 h 20 min")];
        for (milliseconds, words) in cases {
            assert_eq!(duration(milliseconds), words);
        }
    }
}
