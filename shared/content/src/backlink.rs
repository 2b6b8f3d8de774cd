//! Placing a link into an article that exists already, and the proof that nothing else changed.
//!
//! The AI is shown numbered paragraphs and answers with the number of one and its new text. We put
//! that text in place ourselves, so the rest of the article never passes through the AI.

mod answer;
mod verify;

use crate::{
    diff::{self, Span},
    markdown::{Manuscript, lines_of},
};
use galley_domain::brief::OrderedLink;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{fmt::Write as _, ops::Range};

/// Greatest share of a paragraph's words that may go, in percent.
pub const DELETED_WORDS_MAX_PERCENT: usize = 30;
/// Most words that may be added to a paragraph, those of the link not counted.
pub const INSERTED_WORDS_MAX: usize = 60;

/// A paragraph that may receive a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paragraph<'a> {
    /// Counted from 1.
    pub number: usize,
    /// Its source.
    pub text: &'a str,
    /// Its bytes in the article.
    pub range: Range<usize>,
}

/// The paragraphs of `article` that may receive a link: those of the body, without headings, lists,
/// quotes, code, tables and raw HTML.
pub fn paragraphs(article: &str) -> Vec<Paragraph<'_>> {
    paragraphs_of(article, &Manuscript::parse(article)).map(|(paragraph, _)| paragraph).collect()
}

/// The same, each with the number of its block.
fn paragraphs_of<'a>(
    article: &'a str,
    manuscript: &Manuscript,
) -> impl Iterator<Item = (Paragraph<'a>, usize)> {
    let lines = lines_of(article);
    let plain = manuscript.blocks.iter().enumerate();
    let plain = plain.filter(|(_, block)| block.is_plain_paragraph() && !block.html);
    let ranges: Vec<_> = plain
        .filter_map(|(at, block)| {
            let first = lines.get(block.lines.0.checked_sub(1)?)?;
            let last = lines.get(block.lines.1.checked_sub(1)?)?;
            Some((first.start..last.end, at))
        })
        .collect();
    ranges
        .into_iter()
        .zip(1..)
        .map(|((range, at), number)| (Paragraph { number, text: &article[range.clone()], range }, at))
}

/// A link put into an article, with what is needed to prove it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Insertion {
    /// The paragraph that received the link.
    pub paragraph: usize,
    /// The whole new article.
    pub text: String,
    /// The paragraph as it was.
    pub before: String,
    /// The paragraph as it is now.
    pub after: String,
    /// What changed in it.
    pub diff: Vec<Span>,
    /// The SHA-256 of the article as it was, in hex: lets [`proves_itself`](Self::proves_itself)
    /// do without it.
    pub base_sha256: String,
}

impl Insertion {
    /// The article as it was before, byte for byte; `None` if this is no proof of its own text.
    pub fn base(&self) -> Option<String> {
        let now = paragraphs(&self.text).into_iter().nth(self.paragraph.checked_sub(1)?)?;
        let base = replaced(&self.text, &now.range, &self.before);
        (sha256_hex(&base) == self.base_sha256).then_some(base)
    }

    /// Whether `text`, with the old paragraph put back, is the article that the link was put into.
    pub fn proves_itself(&self, text: &str) -> bool {
        let Some(now) = paragraphs(text).into_iter().nth(self.paragraph.wrapping_sub(1)) else {
            return false;
        };
        let base = replaced(text, &now.range, &self.before);
        sha256_hex(&base) == self.base_sha256 && prove(&base, text, self)
    }
}

/// Why an answer of the AI was not put into the article, in words that help to repair it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InsertionError {
    /// The first line names no paragraph.
    #[error("the first line of the answer must be the number of one paragraph, alone")]
    NoNumber,
    /// There is no such paragraph.
    #[error("there is no paragraph {number}: choose one from 1 to {last}")]
    NoSuchParagraph {
        /// What was named.
        number: usize,
        /// How many there are.
        last: usize,
    },
    /// The new text is missing, or would not stay one paragraph.
    #[error("the new text must be exactly one paragraph: no heading, list, quote, table, code or blank line")]
    NotOneParagraph,
    /// The new text holds HTML.
    #[error("the new text must be Markdown without any HTML")]
    Html,
    /// The article holds the link without our doing.
    #[error("the article links to {url} already")]
    AlreadyLinked {
        /// The ordered address.
        url: String,
    },
    /// The ordered link is not there, or more than once.
    #[error("the new text must hold the link [{anchor}]({url}) exactly once; it holds it {found} times")]
    NotOnce {
        /// The ordered words.
        anchor: String,
        /// The ordered address.
        url: String,
        /// How often it is there.
        found: usize,
    },
    /// The link has other words.
    #[error("the linked words must be exactly \"{anchor}\", not \"{found}\"")]
    WrongAnchor {
        /// The ordered words.
        anchor: String,
        /// The words that are linked.
        found: String,
    },
    /// There is a link or an image that nobody ordered.
    #[error("the new text must not add any other link: take out {url}")]
    ForeignLink {
        /// Where it leads.
        url: String,
    },
    /// A link that the paragraph had is gone.
    #[error("the link to {url} stood in this paragraph before and must stay")]
    LinkLost {
        /// Where it leads.
        url: String,
    },
    /// Too little of the paragraph is left.
    #[error(
        "too much of the paragraph was rewritten: {deleted} of its {words} words are gone; keep its words and change as little as you can"
    )]
    TooMuchDeleted {
        /// Words that are gone.
        deleted: usize,
        /// Words that there were.
        words: usize,
    },
    /// Too much was added.
    #[error("too much was added: {inserted} words, and {} are the most", INSERTED_WORDS_MAX)]
    TooMuchInserted {
        /// Words that were added.
        inserted: usize,
    },
    /// Something beside the one paragraph was changed, or nothing was.
    #[error("exactly one paragraph of the article may be changed, and everything else must stay as it was")]
    NotOneParagraphChanged,
    /// The paragraph of an earlier insertion is not in this article any more.
    #[error("the paragraph that received the link has changed or is gone")]
    ParagraphChanged,
}

/// Puts the paragraph that the AI answered with into `article`, if it does what was ordered and
/// nothing else.
pub fn insert(article: &str, answer: &str, link: &OrderedLink) -> Result<Insertion, InsertionError> {
    let (number, after) = answer::parse(answer)?;
    place(article, number, &after, link)
}

/// The insertion in `article` as it is now: the same one if nothing has changed since, else made
/// and proved again.
pub fn onto(article: &str, insertion: &Insertion, link: &OrderedLink) -> Result<Insertion, InsertionError> {
    if sha256_hex(article) == insertion.base_sha256 && prove(article, &insertion.text, insertion) {
        return Ok(insertion.clone());
    }
    reapply(article, insertion, link)
}

/// Makes the same insertion in an article that has changed meanwhile, where the paragraph is intact.
///
/// Of several equal paragraphs the one nearest to the old place is taken.
pub fn reapply(
    article: &str,
    insertion: &Insertion,
    link: &OrderedLink,
) -> Result<Insertion, InsertionError> {
    let all = paragraphs(article);
    let intact = all.iter().filter(|paragraph| paragraph.text == insertion.before);
    let number = intact
        .map(|paragraph| paragraph.number)
        .min_by_key(|number| number.abs_diff(insertion.paragraph))
        .ok_or(InsertionError::ParagraphChanged)?;
    place(article, number, &insertion.after, link)
}

/// The insertion that somebody made by hand: `text` is the article with the ordered link in it.
///
/// Only one paragraph may differ from `article`, and in that one only what an insertion may change.
/// How lines end makes no difference: forms send them another way than they got them.
pub fn by_hand(article: &str, text: &str, link: &OrderedLink) -> Result<Insertion, InsertionError> {
    let unified = text.replace("\r\n", "\n");
    let text = if article.contains('\r') { text } else { unified.as_str() };
    let (old, new) = (paragraphs(article), paragraphs(text));
    let same = |one: &str, other: &str| one.lines().eq(other.lines());
    let pairs = old.iter().zip(&new).filter(|(old, new)| !same(old.text, new.text));
    let [(changed, after)] = pairs.collect::<Vec<_>>()[..] else {
        return Err(InsertionError::NotOneParagraphChanged);
    };
    let insertion = place(article, changed.number, after.text, link)?;
    let lines = |text: &str| text.trim_end().lines().map(str::to_owned).collect::<Vec<_>>();
    if old.len() != new.len() || lines(&insertion.text) != lines(text) {
        return Err(InsertionError::NotOneParagraphChanged);
    }
    Ok(insertion)
}

fn place(article: &str, number: usize, after: &str, link: &OrderedLink) -> Result<Insertion, InsertionError> {
    let old = verify::Site::find(article, number)?;
    let text = replaced(article, &old.range, after);
    old.verify(&text, after, link)?;
    let before = &article[old.range];
    Ok(Insertion {
        paragraph: number,
        before: before.to_owned(),
        after: after.to_owned(),
        diff: diff::words(before, after),
        base_sha256: sha256_hex(article),
        text,
    })
}

fn replaced(article: &str, range: &Range<usize>, with: &str) -> String {
    [&article[..range.start], with, &article[range.end..]].concat()
}

/// Whether `text` is `base` byte for byte but for the paragraph that `insertion` changed, and that
/// one is as `insertion` says.
pub fn prove(base: &str, text: &str, insertion: &Insertion) -> bool {
    let (old, new) = (paragraphs(base), paragraphs(text));
    let Some(index) = insertion.paragraph.checked_sub(1) else { return false };
    let (Some(before), Some(after)) = (old.get(index), new.get(index)) else { return false };
    old.len() == new.len()
        && before.text == insertion.before
        && after.text == insertion.after
        && text == insertion.text
        && text == replaced(base, &before.range, &insertion.after)
}

pub(crate) fn sha256_hex(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests;
