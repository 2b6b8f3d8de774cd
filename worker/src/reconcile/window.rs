//! Which windows of time are listed so that every due checkout is in one. Pure.

use chrono::{DateTime, Utc};
use galley_integrations::gateway::Window;
use std::ops::Range;

/// How much earlier than ours a gateway's clock may say that a session was made, in seconds.
pub(super) const BEFORE_SECONDS: i64 = 5;
/// How much later: its clock, and the time that passes until the gateway is asked for the page. Those
/// that a job made later are asked about one by one.
pub(super) const AFTER_SECONDS: i64 = 15;
/// Windows no further apart than this are one: a list costs the same for an hour as for a second,
/// as long as little was completed in it.
pub(super) const GAP_SECONDS: i64 = 300;
/// Most due checkouts in one window: a page holds a hundred, and other sessions are on it, too.
pub(super) const DUE_MAX: usize = 50;
/// So few due checkouts are not worth a list.
pub(super) const SINGLES_MAX: usize = 2;

/// What is asked of a gateway that has lists.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Apart from each other, oldest first.
    pub(super) lists: Vec<Listing>,
    /// Checkouts that are in none of them, by their places.
    pub(super) singles: Vec<usize>,
}

/// One window, and the due checkouts whose session may be in it.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) window: Window,
    /// Places.
    pub(super) due: Vec<usize>,
}

/// Seconds, and whether they are listed whoever is due in them.
struct Span {
    seconds: Range<i64>,
    always: bool,
}

/// Covers the due checkouts, given by their places and when they were opened, and the windows that
/// are listed `always`.
pub(super) fn plan(due: &[(usize, DateTime<Utc>)], always: &[Window]) -> Plan {
    let mut due: Vec<(i64, usize)> = due.iter().map(|(place, at)| (at.timestamp(), *place)).collect();
    due.sort_unstable();
    let mut plan = Plan::default();
    for span in spans(&due, always) {
        let inside: Vec<(i64, usize)> =
            due.iter().copied().filter(|(second, _)| span.seconds.contains(second)).collect();
        if !span.always && inside.len() <= SINGLES_MAX {
            plan.singles.extend(inside.iter().map(|(_, place)| place));
            continue;
        }
        for seconds in cut(&span.seconds, &inside, always) {
            let due = inside.iter().filter(|(second, _)| overlap(&around(*second), &seconds));
            let due = due.map(|(_, place)| *place).collect();
            plan.lists.extend(window(&seconds).map(|window| Listing { window, due }));
        }
    }
    plan
}

/// Where the session of a checkout of this second is.
const fn around(second: i64) -> Range<i64> {
    second - BEFORE_SECONDS..second + AFTER_SECONDS + 1
}

const fn overlap(one: &Range<i64>, other: &Range<i64>) -> bool {
    one.start < other.end && other.start < one.end
}

/// All that has to be listed, with what overlaps or is near joined together.
fn spans(due: &[(i64, usize)], always: &[Window]) -> Vec<Span> {
    let of_due = due.iter().map(|(second, _)| Span { seconds: around(*second), always: false });
    let of_always = always.iter().map(|window| Span { seconds: seconds_of(window), always: true });
    let mut all: Vec<Span> = of_due.chain(of_always).filter(|span| !span.seconds.is_empty()).collect();
    all.sort_by_key(|span| span.seconds.start);
    let mut joined: Vec<Span> = Vec::new();
    for span in all {
        match joined.last_mut() {
            Some(last) if span.seconds.start <= last.seconds.end + GAP_SECONDS => {
                last.seconds.end = last.seconds.end.max(span.seconds.end);
                last.always |= span.always;
            }
            _ => joined.push(span),
        }
    }
    joined
}

/// Cuts a span so that few due checkouts are in each part, as far as whole seconds allow; and where
/// a window begins that is always listed, so that a day's list does not keep the last half hour's
/// waiting.
fn cut(span: &Range<i64>, due: &[(i64, usize)], always: &[Window]) -> Vec<Range<i64>> {
    let mut marks: Vec<i64> = always.iter().map(|window| window.from.timestamp()).collect();
    let mut held = 0;
    for group in due.chunk_by(|one, other| one.0 == other.0) {
        if held > 0 && held + group.len() > DUE_MAX {
            marks.extend(group.first().map(|(second, _)| second));
            held = 0;
        }
        held += group.len();
    }
    marks.retain(|mark| span.start < *mark && *mark < span.end);
    marks.sort_unstable();
    marks.dedup();
    let starts = std::iter::once(span.start).chain(marks.iter().copied());
    let ends = marks.iter().copied().chain(std::iter::once(span.end));
    starts.zip(ends).map(|(start, end)| start..end).collect()
}

fn seconds_of(window: &Window) -> Range<i64> {
    window.from.timestamp()..window.until.timestamp()
}

fn window(seconds: &Range<i64>) -> Option<Window> {
    let from = DateTime::from_timestamp(seconds.start, 0)?;
    Some(Window { from, until: DateTime::from_timestamp(seconds.end, 0)? })
}

/// The window in two; `None` when it is a single second.
pub(super) fn halves(whole: &Window) -> Option<[Window; 2]> {
    let seconds = seconds_of(whole);
    let middle = seconds.start + (seconds.end - seconds.start) / 2;
    if middle <= seconds.start {
        return None;
    }
    Some([window(&(seconds.start..middle))?, window(&(middle..seconds.end))?])
}
