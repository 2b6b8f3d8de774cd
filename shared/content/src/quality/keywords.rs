//! The primary keyword: where it stands and how often.

use super::{
    folded::{Folded, Phrase},
    rule::{Explained, Rule, code, counted, number},
};
use crate::markdown::{Manuscript, Place};
use galley_domain::{
    brief::Brief,
    quality::{Check, QualitySettings, Verdict},
};
use std::ops::Range;

/// The words that count as the opening, after the title.
const OPENING_WORDS: usize = 100;

const TITLE: Rule = Rule { code: code::KEYWORD_TITLE, title: "Keyword in the title" };
const OPENING: Rule = Rule { code: code::KEYWORD_OPENING, title: "Keyword in the opening" };
const HEADING: Rule = Rule { code: code::KEYWORD_HEADING, title: "Keyword in a section heading" };
const DENSITY: Rule = Rule { code: code::KEYWORD_DENSITY, title: "Keyword density" };

/// None without a keyword.
pub(super) fn checks(
    brief: &Brief,
    settings: &QualitySettings,
    manuscript: &Manuscript,
    folded: &Folded,
) -> Vec<Check> {
    let found = brief.primary_keyword().and_then(|keyword| Some((keyword, Phrase::of(keyword)?)));
    let Some((keyword, phrase)) = found else { return Vec::new() };
    let search = Search { keyword, hits: folded.find(&phrase), phrase, manuscript, folded };
    vec![search.title(), search.opening(), search.heading(), search.density(settings)]
}

struct Search<'a> {
    keyword: &'a str,
    phrase: Phrase,
    hits: Vec<Range<usize>>,
    manuscript: &'a Manuscript,
    folded: &'a Folded,
}

/// How well a stretch of words serves the keyword.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Match {
    None,
    /// All its words, but not together.
    Apart,
    Whole,
}

impl Search<'_> {
    /// The hits that begin in `words`; they are in order.
    fn hits_in(&self, words: &Range<usize>) -> &[Range<usize>] {
        let first = self.hits.partition_point(|hit| hit.start < words.start);
        let end = self.hits.partition_point(|hit| hit.start < words.end);
        &self.hits[first..end.max(first)]
    }

    fn find_in(&self, words: &Range<usize>) -> Match {
        if self.hits_in(words).first().is_some_and(|hit| hit.end <= words.end) {
            return Match::Whole;
        }
        let parts = self.folded.parts_of(words.clone());
        let all = self.phrase.hashes.iter().all(|hash| parts.iter().any(|part| part.hash == *hash));
        if all { Match::Apart } else { Match::None }
    }

    fn judged(&self, rule: Rule, found: Match, place: &str, evidence: &str) -> Check {
        let expected = format!("\"{}\" in {place}", self.keyword);
        let check = match found {
            Match::Whole => return rule.pass(expected, "found"),
            Match::Apart => rule.judged(Verdict::Warn, expected, "its words, but not side by side"),
            Match::None => rule.judged(Verdict::Fail, expected, "not found"),
        };
        check.shown(evidence).mended_by(format!("Use \"{}\" in {place}.", self.keyword))
    }

    fn title(&self) -> Check {
        let title = self.manuscript.headings().find(|(level, _)| *level == 1);
        let found = title.map_or(Match::None, |(_, block)| self.find_in(&block.words));
        let evidence = title.map_or("", |(_, block)| self.manuscript.text_of(block));
        self.judged(TITLE, found, "the title", evidence)
    }

    fn opening(&self) -> Check {
        let title = self.manuscript.headings().find(|(level, _)| *level == 1);
        let start = title.map_or(0, |(_, block)| block.words.end);
        let words = start..(start + OPENING_WORDS).min(self.manuscript.words.len());
        let first =
            self.manuscript.words.get(start).map_or("", |word| &self.manuscript.text[word.text.start..]);
        let place = format!("the first {OPENING_WORDS} words");
        self.judged(OPENING, self.find_in(&words), &place, first)
    }

    fn heading(&self) -> Check {
        let sections = self.manuscript.headings().filter(|(level, _)| *level == 2);
        let best = sections.map(|(_, block)| self.find_in(&block.words)).max();
        if best.is_none() {
            // A short text may do without sections.
            let expected = format!("\"{}\" in a section heading", self.keyword);
            return HEADING
                .judged(Verdict::Warn, expected, "no section heading")
                .mended_by("Part the text by headings (\"## \") and use the keyword in one of them.");
        }
        self.judged(HEADING, best.unwrap_or(Match::None), "a section heading", "")
    }

    /// Occurrences per hundred words. Words of a link count on neither side, nor do those of code.
    fn density(&self, settings: &QualitySettings) -> Check {
        let free =
            |words: &Range<usize>| !self.manuscript.words[words.clone()].iter().any(|word| word.linked);
        let hits = self.hits.iter().filter(|hit| free(hit)).count();
        let words = self.manuscript.words.iter().filter(|word| !word.linked).count();
        let share = (10_000 * hits).checked_div(words).unwrap_or(0);
        let (least, most) = (settings.density_min_bp as usize, settings.density_max_bp as usize);
        let expected = format!("{} to {} of the text", percent(least), percent(most));
        let measured = format!(
            "{}: {} in {}",
            percent(share),
            counted(hits, "time", "times"),
            counted(words, "word", "words"),
        );
        if (least..=most).contains(&share) {
            return DENSITY.pass(expected, measured);
        }
        // Twice too rare or half as much again too often is clear; between is a matter of taste.
        let clear = 2 * share < least || 2 * share > 3 * most;
        let verdict = if clear { Verdict::Fail } else { Verdict::Warn };
        let aim = (words * usize::midpoint(least, most)).div_ceil(10_000).max(1);
        DENSITY.judged(verdict, expected, measured).shown(&self.crowded()).mended_by(format!(
            "Use \"{}\" about {} in the whole text, spread evenly.",
            self.keyword,
            if aim == 1 { "once".to_owned() } else { format!("{} times", number(aim)) },
        ))
    }

    /// The paragraph with the most hits.
    fn crowded(&self) -> String {
        let body = self.manuscript.running().filter(|block| block.place == Place::Body);
        let most = body.map(|block| (self.hits_in(&block.words).len(), block)).max_by_key(|(hits, _)| *hits);
        match most {
            Some((hits, block)) if hits > 1 => self.manuscript.text_of(block).to_owned(),
            _ => String::new(),
        }
    }
}

/// Basis points as `1.25 %`.
fn percent(basis_points: usize) -> String {
    let (whole, rest) = (basis_points / 100, basis_points % 100);
    match (rest, rest % 10) {
        (0, _) => format!("{whole} %"),
        (_, 0) => format!("{whole}.{} %", rest / 10),
        _ => format!("{whole}.{rest:02} %"),
    }
}
