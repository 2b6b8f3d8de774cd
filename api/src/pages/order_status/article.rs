//! The text as it stands, for the order's page.

use super::{
    address,
    link::Placed,
    numbers::grouped,
    plain::{Piece, pieces},
    report::Report,
};
use crate::moment::Moment;
use chrono::{DateTime, Utc};
use galley_domain::brief::ProductKind;
use galley_store::{OrderView, VersionView};

/// How fast people read, in words a minute.
const WORDS_PER_MINUTE: u32 = 220;

/// A version and what is to be said of it.
pub(super) struct Article<'a> {
    pub(super) number: i32,
    pub(super) title: &'a str,
    /// `1,032 words`
    pub(super) length: Option<String>,
    /// `5 minutes to read`
    pub(super) reading: Option<String>,
    pub(super) made: Moment,
    /// The text alone, to be framed.
    pub(super) frame_href: String,
    /// The same as a page of its own.
    pub(super) read_href: String,
    pub(super) report: Option<Report<'a>>,
    pub(super) placed: Option<Placed<'a>>,
    /// For a backlink: the one paragraph that changed.
    pub(super) change: Option<Change>,
}

/// A paragraph before and after, word by word.
pub(super) struct Change {
    pub(super) paragraph: usize,
    pub(super) pieces: Vec<Piece>,
}

impl<'a> Article<'a> {
    pub(super) fn of(order: &'a OrderView, version: &'a VersionView, now: DateTime<Utc>) -> Self {
        let report = version.report.as_ref().map(|report| &report.0);
        let words = report.map(|report| report.word_count);
        let link = order.brief.link.as_ref();
        let change = version.insertion.as_ref().filter(|_| order.brief.product == ProductKind::Backlink);
        let frame_href = format!("{}/preview/{}", address(order.id), version.number);
        Self {
            number: version.number,
            title: &version.title,
            length: words.map(|words| format!("{} words", grouped(words.into()))),
            reading: words.map(reading),
            made: Moment::new(version.created_at, now),
            read_href: format!("{frame_href}?alone=1"),
            frame_href,
            report: report.map(Report::of),
            placed: link.and_then(|link| Placed::find(&version.html, link)),
            change: change
                .map(|insertion| Change { paragraph: insertion.paragraph, pieces: pieces(&insertion.diff) }),
        }
    }
}

fn reading(words: u32) -> String {
    match words.div_ceil(WORDS_PER_MINUTE) {
        0 | 1 => "1 minute to read".to_owned(),
        minutes => format!("{minutes} minutes to read"),
    }
}
