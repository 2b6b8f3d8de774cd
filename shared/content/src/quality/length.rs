//! The ordered length.

use super::rule::{Explained, Rule, code, counted, number};
use crate::markdown::Manuscript;
use galley_domain::{
    brief::Brief,
    quality::{Check, QualitySettings, Verdict},
};

const LENGTH: Rule = Rule { code: code::LENGTH, title: "Length" };

/// Words of running text, headings included; a link counts as its words.
pub(super) fn check(brief: &Brief, settings: &QualitySettings, manuscript: &Manuscript) -> Check {
    let ordered = brief.word_count as usize;
    let tolerance = ordered * settings.length_tolerance_percent as usize / 100;
    let (least, most) = (ordered.saturating_sub(tolerance), ordered + tolerance);
    let found = manuscript.words.len();
    let expected = format!("{} to {} words", number(least), number(most));
    let measured = counted(found, "word", "words");
    let missing = |by: usize, what: &str| format!("{what} about {}.", counted(by, "word", "words"));
    if found < least {
        let fix = missing(ordered - found, "Say more: add");
        LENGTH.judged(Verdict::Fail, expected, measured).mended_by(fix)
    } else if found > most {
        let fix = missing(found - ordered, "Tighten the text: take out");
        LENGTH.judged(Verdict::Fail, expected, measured).mended_by(fix)
    } else {
        LENGTH.pass(expected, measured)
    }
}
