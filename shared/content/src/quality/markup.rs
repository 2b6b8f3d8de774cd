//! HTML, fences and other marks that a reader should not see.

use super::rule::{Explained, Rule, around, code};
use crate::markdown::{Block, Manuscript, Shape};
use galley_domain::quality::{Check, Verdict};

const MARKUP: Rule = Rule { code: code::LEFTOVER_MARKUP, title: "No leftover markup" };
const EXPECTED: &str = "clean Markdown";

/// Marks that are shown only when they were not understood, and what they were meant to be.
const MARKS: &[(&str, Verdict, &str)] = &[
    ("](http", Verdict::Fail, "a broken link"),
    ("```", Verdict::Fail, "a stray code fence"),
    ("**", Verdict::Warn, "stray asterisks"),
    ("&nbsp;", Verdict::Warn, "an HTML entity"),
    ("&amp;", Verdict::Warn, "an HTML entity"),
    ("&lt;", Verdict::Warn, "an HTML entity"),
    ("</", Verdict::Warn, "what looks like HTML"),
];

pub(super) fn check(manuscript: &Manuscript) -> Check {
    let fail = |measured: &str| MARKUP.judged(Verdict::Fail, EXPECTED, measured);
    if let Some(html) = &manuscript.html {
        return fail("raw HTML").shown(html).mended_by("Write it in Markdown, or leave it out.");
    }
    let code = |block: &&Block| matches!(block.shape, Shape::Code { .. });
    if let Some(block) = manuscript.blocks.first().filter(code) {
        let text = manuscript.text_of(block);
        if manuscript.blocks.len() == 1 || text.starts_with("# ") {
            return fail("a code fence around the article")
                .shown(text)
                .mended_by("Take the fence (```) around the article out.");
        }
    }
    let open = manuscript.blocks.iter().find(|block| block.shape == Shape::Code { closed: false });
    if let Some(block) = open {
        return fail("a code fence that never ends")
            .shown(manuscript.text_of(block))
            .mended_by("Close the fence with ```, or take it out.");
    }
    stray_marks(manuscript).unwrap_or_else(|| MARKUP.pass(EXPECTED, "nothing left over"))
}

fn stray_marks(manuscript: &Manuscript) -> Option<Check> {
    // One look for all: hardly any text holds one of these signs.
    let suspicious = |text: &str| text.bytes().any(|b| matches!(b, b'*' | b'`' | b'&' | b'<' | b']' | b'#'));
    for block in manuscript.running() {
        let text = &manuscript.text[block.text.clone()];
        if !suspicious(text) {
            continue;
        }
        if block.shape == Shape::Paragraph && text.starts_with("##") {
            return Some(
                MARKUP
                    .judged(Verdict::Warn, EXPECTED, "a heading that is none")
                    .shown(text)
                    .mended_by("Put a blank between the # signs and the heading."),
            );
        }
        let in_code = |at: usize| manuscript.in_span(block.text.start + at);
        let stray = MARKS.iter().find_map(|(mark, verdict, name)| {
            let at = text.match_indices(mark).map(|(at, _)| at).find(|at| !in_code(*at))?;
            // `a </ b` is no tag.
            let tag = *mark != "</" || text[at + 2..].starts_with(|c: char| c.is_ascii_alphabetic());
            tag.then_some((at, *verdict, *name))
        });
        if let Some((at, verdict, name)) = stray {
            return Some(
                MARKUP
                    .judged(verdict, EXPECTED, name)
                    .shown(around(text, at))
                    .mended_by("Take these signs out, or write what they were meant to be."),
            );
        }
    }
    manuscript.links.iter().find(|link| link.image).map(|image| {
        MARKUP
            .judged(Verdict::Warn, EXPECTED, "a picture, which will not be shown")
            .shown(&image.href)
            .mended_by("Take the picture out.")
    })
}
