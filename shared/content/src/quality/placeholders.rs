//! Gaps that were never filled.

use super::rule::{Explained, Rule, around, code};
use crate::markdown::{Manuscript, Shape};
use galley_domain::quality::{Check, Verdict};

const PLACEHOLDERS: Rule = Rule { code: code::PLACEHOLDERS, title: "No placeholders" };

/// Longest text in brackets that is looked at, in bytes.
const BRACKETS_MAX_BYTES: usize = 120;

/// What begins a gap in square brackets, and no editor's remark.
const GAPS: &[&str] = &[
    "insert ",
    "insert:",
    "your name",
    "your company",
    "your brand",
    "your business",
    "your product",
    "your city",
    "your email",
    "your website",
    "your link",
    "company name",
    "brand name",
    "product name",
    "business name",
    "placeholder",
    "todo",
    "tbd",
    "add link",
    "add your",
    "link here",
    "url here",
    "name here",
    "text here",
    "anchor text",
    "target url",
];

/// What an editor might leave in brackets, too.
const DOUBTFUL_GAPS: &[&str] =
    &["insert", "add ", "your ", "image", "citation needed", "source needed", "keyword", "link", "url"];

pub(super) fn check(manuscript: &Manuscript) -> Check {
    const EXPECTED: &str = "no gap left to fill";
    let mut worst: Option<(Verdict, usize)> = None;
    for hit in brackets(manuscript).chain(braces(manuscript)).chain(words(manuscript)) {
        if worst.is_none_or(|(verdict, _)| verdict < hit.0) {
            worst = Some(hit);
        }
    }
    let Some((verdict, at)) = worst else { return PLACEHOLDERS.pass(EXPECTED, "none") };
    let measured = if verdict == Verdict::Fail { "a placeholder" } else { "what might be a placeholder" };
    let block = manuscript.blocks.iter().find(|block| block.text.contains(&at));
    let evidence =
        block.map_or("", |block| around(&manuscript.text[block.text.clone()], at - block.text.start));
    PLACEHOLDERS
        .judged(verdict, EXPECTED, measured)
        .shown(evidence)
        .mended_by("Write what belongs there, or leave the sentence out.")
}

/// Whether byte `at` is text of the article: code shows what it likes.
fn is_text(manuscript: &Manuscript, at: usize) -> bool {
    let block = manuscript.blocks.partition_point(|block| block.text.end <= at);
    let running = manuscript
        .blocks
        .get(block)
        .is_some_and(|block| !matches!(block.shape, Shape::Code { .. } | Shape::Html));
    running && !manuscript.in_span(at)
}

/// The text from `start` up to the first of `ends`, where that is near: a look to the end of the text
/// for every bracket would cost the square of its length.
fn within<'a>(manuscript: &'a Manuscript, start: usize, ends: &[u8]) -> Option<&'a str> {
    let rest = &manuscript.text.as_bytes()[start..];
    let near = &rest[..rest.len().min(BRACKETS_MAX_BYTES)];
    let length = near.iter().position(|b| ends.contains(b))?;
    manuscript.text.get(start..start + length)
}

/// `[insert name]`. Brackets of links are no text any more, so these are meant to be seen.
fn brackets(manuscript: &Manuscript) -> impl Iterator<Item = (Verdict, usize)> {
    manuscript.text.match_indices('[').filter_map(|(at, _)| {
        let inside = within(manuscript, at + 1, b"\n]")?;
        if !is_text(manuscript, at) {
            return None;
        }
        let inside = inside.trim().to_lowercase();
        let is = |gap: &&str| {
            inside
                .strip_prefix(*gap)
                .is_some_and(|rest| gap.ends_with([' ', ':']) || !rest.starts_with(char::is_alphanumeric))
        };
        let clear = GAPS.iter().any(is);
        let doubtful = || DOUBTFUL_GAPS.iter().any(is);
        if clear { Some((Verdict::Fail, at)) } else { doubtful().then_some((Verdict::Warn, at)) }
    })
}

/// `{{name}}`.
fn braces(manuscript: &Manuscript) -> impl Iterator<Item = (Verdict, usize)> {
    manuscript.text.match_indices("{{").filter_map(|(at, _)| {
        let inside = within(manuscript, at + 2, b"\n{}")?;
        let name = !inside.is_empty()
            && inside.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '_' | '-' | '.'));
        (name && is_text(manuscript, at)).then_some((Verdict::Fail, at))
    })
}

/// `TODO`, `TBD` and `lorem ipsum`.
fn words(manuscript: &Manuscript) -> impl Iterator<Item = (Verdict, usize)> {
    let word =
        |index: usize| manuscript.words.get(index).map_or("", |word| &manuscript.text[word.text.clone()]);
    let bare = move |index: usize| word(index).trim_matches(|c: char| !c.is_alphanumeric());
    (0..manuscript.words.len()).filter_map(move |index| {
        // The first letter tells nearly all of them apart.
        let text = word(index);
        if !text.starts_with(['T', 'F', 'L', 'l', '[', '(', '*', '"']) {
            return None;
        }
        let at = manuscript.words[index].text.start;
        let verdict = match bare(index) {
            "TODO" | "FIXME" if text.ends_with(':') => Verdict::Fail,
            // Named, not left: `a TODO list`.
            "TODO" | "FIXME"
                if ["list", "app", "item", "comment", "note"]
                    .contains(&bare(index + 1).trim_end_matches('s')) =>
            {
                return None;
            }
            "TODO" | "FIXME" | "TBD" => Verdict::Warn,
            lorem if lorem.eq_ignore_ascii_case("lorem") && bare(index + 1).eq_ignore_ascii_case("ipsum") => {
                // An article on typesetting may name it; it does not quote the rest.
                if bare(index + 2).eq_ignore_ascii_case("dolor") { Verdict::Fail } else { Verdict::Warn }
            }
            _ => return None,
        };
        is_text(manuscript, at).then_some((verdict, at))
    })
}
