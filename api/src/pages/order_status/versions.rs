//! The versions of a text: who made each, when, and why.

use super::{address, numbers::grouped};
use crate::moment::Moment;
use chrono::{DateTime, Utc};
use galley_domain::{id::OrderId, quality::Verdict};
use galley_store::{OrderPage, VersionLine};

/// All that are shown, newest first.
pub(super) struct Versions<'a> {
    pub(super) rows: Vec<Row<'a>>,
    /// Where two of them are compared.
    pub(super) compare_action: String,
    /// Where the ones before those are.
    pub(super) older_href: Option<String>,
}

/// One of them.
pub(super) struct Row<'a> {
    pub(super) number: i32,
    pub(super) name: String,
    pub(super) is_current: bool,
    /// Who made it, as a sentence without its stop.
    pub(super) story: String,
    pub(super) notes: Option<&'a str>,
    pub(super) made: Moment,
    /// `1,032 words, all checks passed`
    pub(super) facts: String,
    pub(super) read_href: String,
    /// What changed since the one before.
    pub(super) diff_href: Option<String>,
    pub(super) can_be_restored: bool,
}

impl<'a> Versions<'a> {
    /// `open` while the customer decides: then an earlier one can be taken up again.
    pub(super) fn of(page: &'a OrderPage, open: bool, now: DateTime<Utc>) -> Self {
        let order = page.order.id;
        let current = page.order.version.as_ref().map(|version| version.number);
        let oldest = page.versions.last().map(|version| version.number);
        let row = |line: &'a VersionLine| {
            let is_current = current == Some(line.number);
            Row {
                can_be_restored: open && !is_current && line.number >= 1,
                diff_href: has_one_before(line.number, oldest, page.more_versions)
                    .then(|| compare_href(order, line.number - 1, line.number)),
                ..Row::of(order, line, is_current, now)
            }
        };
        Self {
            rows: page.versions.iter().map(row).collect(),
            compare_action: format!("{}/compare", address(order)),
            older_href: page
                .more_versions
                .then_some(oldest)
                .flatten()
                .map(|number| format!("{}?versions_before={number}#versions", address(order))),
        }
    }
}

/// Numbers have no gaps, but an article has no version 0.
fn has_one_before(number: i32, oldest: Option<i32>, more: bool) -> bool {
    more || oldest.is_some_and(|oldest| number > oldest)
}

pub(super) fn compare_href(order: OrderId, from: i32, to: i32) -> String {
    format!("{}/compare?from={from}&to={to}", address(order))
}

/// What a version is called.
pub(super) fn name(number: i32) -> String {
    if number == 0 { "Before your link".to_owned() } else { format!("Version {number}") }
}

impl<'a> Row<'a> {
    fn of(order: OrderId, line: &'a VersionLine, is_current: bool, now: DateTime<Utc>) -> Self {
        let words = line.word_count.map(|words| format!("{} words", grouped(words)));
        let checks = line.verdict.map(|verdict| {
            match verdict {
                Verdict::Pass => "all checks passed",
                Verdict::Warn | Verdict::Fail => "some checks need attention",
            }
            .to_owned()
        });
        Self {
            number: line.number,
            name: name(line.number),
            is_current,
            story: story(line).to_owned(),
            notes: line.notes.as_deref(),
            made: Moment::new(line.created_at, now),
            facts: words.into_iter().chain(checks).collect::<Vec<_>>().join(", "),
            read_href: format!("{}/preview/{}?alone=1", address(order), line.number),
            diff_href: None,
            can_be_restored: false,
        }
    }
}

fn story(line: &VersionLine) -> &'static str {
    match line.made_by.as_str() {
        _ if line.number == 0 => "The article as it was",
        "customer" => "Brought back by you",
        by if by.starts_with("staff:") => "Edited by the editor",
        _ if line.notes.is_some() => "Changed as asked",
        _ => "Written to your brief",
    }
}
