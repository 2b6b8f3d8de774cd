//! A version as a reviewer looks at it: the text, what was checked, what changed.

use super::words::{actor, verdict};
use crate::{
    Api,
    envelope::ApiError,
    moment::{Moment, duration},
};
use galley_content::diff::{Op, Span, words};
use galley_domain::{
    brief::ProductKind,
    quality::{QualityReport, Verdict},
};
use galley_store::{OrderSummary, VersionView};

/// Of a stretch that did not change, this much is shown around what did, in characters.
const AROUND_CHARS: usize = 160;

/// A version with its report and its difference.
pub(crate) struct Text {
    pub(crate) number: i32,
    /// Only where it is not what the order is called.
    pub(crate) title: Option<String>,
    pub(crate) frame: String,
    pub(crate) made: Moment,
    pub(crate) by: String,
    pub(crate) notes: Option<String>,
    /// `gpt-5, 2 calls, 1,200 + 900 tokens, 4.2 s`
    pub(crate) provenance: String,
    pub(crate) report: Option<Report>,
    pub(crate) diff: Option<Diff>,
}

/// What was checked: first what needs attention, then the rest.
pub(crate) struct Report {
    pub(crate) summary: String,
    pub(crate) class: &'static str,
    pub(crate) score: u8,
    pub(crate) words: u32,
    pub(crate) open: Vec<Check>,
    pub(crate) passed: Vec<Check>,
}

pub(crate) struct Check {
    pub(crate) class: &'static str,
    pub(crate) word: &'static str,
    pub(crate) title: String,
    pub(crate) expected: String,
    pub(crate) measured: String,
    pub(crate) evidence: Option<String>,
    pub(crate) fix: Option<String>,
}

/// What changed from one version to another.
pub(crate) struct Diff {
    pub(crate) from: i32,
    pub(crate) added: usize,
    pub(crate) removed: usize,
    pub(crate) pieces: Vec<Piece>,
}

/// A stretch of text that stayed, came or went; or one that is left out because nothing changed there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) kind: &'static str,
    pub(crate) text: String,
}

impl Text {
    pub(crate) async fn find(api: &Api, order: &OrderSummary, number: i32) -> Result<Option<Self>, ApiError> {
        let Some(version) = api.store.find_version(order.id, number).await? else { return Ok(None) };
        // A backlink is judged against the article as it was, everything else against the version before.
        let before = if order.brief.product == ProductKind::Backlink { 0 } else { number - 1 };
        let before = if before < 0 { None } else { api.store.find_version(order.id, before).await? };
        let diff = match before {
            Some(before) => Some(Diff::between(&before, &version, true).await?),
            None => None,
        };
        let now = api.store.clock().now();
        Ok(Some(Self {
            number,
            frame: format!("/admin/orders/{}/preview/{number}", order.id),
            made: Moment::new(version.created_at, now),
            by: actor(&version.made_by),
            provenance: provenance(&version),
            report: version.report.as_ref().map(|report| Report::of(&report.0)),
            diff,
            title: Some(version.title).filter(|title| *title != order.brief.topic),
            notes: version.notes,
        }))
    }
}

/// Which model wrote it, at what cost; nothing for what people wrote.
pub(super) fn provenance(version: &VersionView) -> String {
    let made = &version.provenance.0;
    if made.calls == 0 {
        return String::new();
    }
    let calls = if made.calls == 1 { "1 call".to_owned() } else { format!("{} calls", made.calls) };
    let mut facts = vec![made.model.clone(), calls];
    facts.push(format!("{} + {} tokens", made.prompt_tokens, made.completion_tokens));
    facts.extend(made.cost_micros.map(|micros| format!("cost {}", cost(micros))));
    facts.push(duration(i64::try_from(made.duration_ms).unwrap_or(i64::MAX)));
    facts.retain(|fact| !fact.is_empty());
    facts.join(", ")
}

/// Millionths as a number.
pub(super) fn cost(micros: i64) -> String {
    format!("{}.{:04}", micros / 1_000_000, micros % 1_000_000 / 100)
}

impl Report {
    pub(crate) fn of(report: &QualityReport) -> Self {
        let check = |check: &galley_domain::quality::Check| Check {
            class: class(check.verdict),
            word: verdict(check.verdict),
            title: check.title.clone(),
            expected: check.expected.clone(),
            measured: check.measured.clone(),
            evidence: check.evidence.clone(),
            fix: check.fix.clone(),
        };
        let (passed, mut open): (Vec<_>, Vec<_>) =
            report.checks.iter().partition(|check| check.verdict == Verdict::Pass);
        open.sort_by_key(|check| std::cmp::Reverse(check.verdict));
        let all = report.checks.len();
        Self {
            summary: match open.len() {
                0 => format!("All {all} checks passed"),
                1 => format!("1 of {all} checks needs attention"),
                some => format!("{some} of {all} checks need attention"),
            },
            class: class(report.verdict),
            score: report.score,
            words: report.word_count,
            open: open.into_iter().map(check).collect(),
            passed: passed.into_iter().map(check).collect(),
        }
    }
}

const fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "ok",
        Verdict::Warn => "warn",
        Verdict::Fail => "bad",
    }
}

impl Diff {
    /// With `short`, long stretches that did not change are left out.
    pub(crate) async fn between(old: &VersionView, new: &VersionView, short: bool) -> Result<Self, ApiError> {
        let from = old.number;
        let (old, new) = (old.source.clone(), new.source.clone());
        // Long texts take a moment; the other requests of this thread do not wait for it.
        let spans =
            tokio::task::spawn_blocking(move || words(&old, &new)).await.map_err(ApiError::internal)?;
        let count = |op| {
            let spans = spans.iter().filter(|span| span.op == op);
            spans.map(|span| span.text.split_whitespace().count()).sum()
        };
        let (added, removed) = (count(Op::Insert), count(Op::Delete));
        let last = spans.len().saturating_sub(1);
        let pieces = spans.into_iter().enumerate();
        let pieces = pieces.flat_map(|(at, span)| pieces_of(span, short, at == 0, at == last)).collect();
        Ok(Self { from, added, removed, pieces })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.added == 0 && self.removed == 0
    }
}

fn pieces_of(span: Span, short: bool, first: bool, last: bool) -> Vec<Piece> {
    let kind = match span.op {
        Op::Equal => "same",
        Op::Insert => "came",
        Op::Delete => "went",
    };
    let chars = span.text.chars().count();
    if !short || span.op != Op::Equal || chars <= 3 * AROUND_CHARS {
        return vec![Piece { kind, text: span.text }];
    }
    let head: String = span.text.chars().take(AROUND_CHARS).collect();
    let tail: String = span.text.chars().skip(chars - AROUND_CHARS).collect();
    // No word is cut in two, where there are words.
    let head = head.rfind(char::is_whitespace).map_or(head.as_str(), |at| &head[..at]).to_owned();
    let tail = tail.find(char::is_whitespace).map_or(tail.as_str(), |at| &tail[at..]).to_owned();
    let gap = Piece { kind: "gap", text: String::new() };
    match (first, last) {
        (true, true) => vec![gap],
        (true, false) => vec![gap, Piece { kind, text: tail }],
        (false, true) => vec![Piece { kind, text: head }, gap],
        (false, false) => vec![Piece { kind, text: head }, gap, Piece { kind, text: tail }],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_did_not_change_is_left_out_where_it_is_long() {
        let kinds = |span: Span, first, last| {
            pieces_of(span, true, first, last).iter().map(|piece| piece.kind).collect::<Vec<_>>()
        };
        let equal = |chars: usize| Span { op: Op::Equal, text: "é".repeat(chars) };
        assert_eq!(kinds(equal(480), false, false), ["same"]);
        assert_eq!(kinds(equal(481), false, false), ["same", "gap", "same"]);
        assert_eq!(kinds(equal(481), true, false), ["gap", "same"]);
        assert_eq!(kinds(equal(481), false, true), ["same", "gap"]);
        assert_eq!(kinds(equal(481), true, true), ["gap"]);
        assert_eq!(kinds(Span { op: Op::Insert, text: "x".repeat(900) }, false, false), ["came"]);
        let words = Span { op: Op::Equal, text: "word ".repeat(200) };
        let texts: Vec<_> =
            pieces_of(words, true, false, false).into_iter().map(|piece| piece.text).collect();
        assert!(
            texts[0].ends_with("word") && texts[1].is_empty() && texts[2].starts_with(" word"),
            "{texts:?}"
        );
        let whole = pieces_of(equal(900), false, false, false);
        assert_eq!((whole.len(), whole[0].text.chars().count()), (1, 900));
    }

    #[test]
    fn a_cost_is_told_to_a_ten_thousandth() {
        for (micros, told) in [(0, "0.0000"), (1_234, "0.0012"), (12_345_678, "12.3456")] {
            assert_eq!(cost(micros), told);
        }
    }
}
