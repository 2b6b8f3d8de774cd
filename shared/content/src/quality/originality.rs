//! The article does not repeat itself, nor another one.

use super::{
    Nearest,
    folded::Folded,
    rule::{Explained, Rule, code, counted},
};
use crate::markdown::{Manuscript, Shape};
use galley_domain::quality::{Check, QualitySettings, Verdict};
use std::collections::HashSet;

const REPEATED: Rule = Rule { code: code::REPEATED_PARAGRAPHS, title: "No paragraph twice" };
const SIMILARITY: Rule = Rule { code: code::SIMILARITY, title: "Unlike other articles" };

/// Shorter paragraphs may be said twice (`Read on.`).
const REPEATED_WORDS_MIN: usize = 6;

/// Paragraphs that are the same but for case, plural and punctuation.
pub(super) fn repeated(manuscript: &Manuscript, folded: &Folded) -> Check {
    const EXPECTED: &str = "every paragraph once";
    let mut seen = HashSet::new();
    let long = |words: usize| words >= REPEATED_WORDS_MIN;
    let paragraphs =
        manuscript.blocks.iter().filter(|block| block.shape == Shape::Paragraph && long(block.words.len()));
    let again: Vec<_> = paragraphs
        .filter(|block| {
            let parts = folded.parts_of(block.words.clone()).iter();
            !seen.insert(parts.map(|part| part.hash).collect::<Vec<_>>())
        })
        .collect();
    match again.first() {
        None => REPEATED.pass(EXPECTED, "no paragraph twice"),
        Some(block) => REPEATED
            .judged(
                Verdict::Fail,
                EXPECTED,
                counted(again.len(), "repeated paragraph", "repeated paragraphs"),
            )
            .shown(manuscript.text_of(block))
            .mended_by("Take the repetition out, or say something new there."),
    }
}

pub(super) fn similarity(nearest: Option<&Nearest>, settings: &QualitySettings) -> Check {
    let most = settings.similarity_max_percent;
    let expected = format!("at most {most} % in common with any other article");
    match nearest {
        None => SIMILARITY.pass(expected, "nothing in common"),
        Some(nearest) if nearest.percent <= most => {
            SIMILARITY.pass(expected, format!("{} %", nearest.percent))
        }
        Some(nearest) => SIMILARITY
            .judged(Verdict::Fail, expected, format!("{} %", nearest.percent))
            .shown(&nearest.title)
            .mended_by("Write it anew, with other examples and other words than that article."),
    }
}
