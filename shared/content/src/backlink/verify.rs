//! Whether a new paragraph does what was ordered and nothing else.

use super::{DELETED_WORDS_MAX_PERCENT, INSERTED_WORDS_MAX, InsertionError, Paragraph, paragraphs_of};
use crate::markdown::{Block, Link, Manuscript};
use galley_domain::brief::OrderedLink;
use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::ops::Range;

/// The paragraph that is to receive the link.
pub(super) struct Site<'a> {
    pub(super) range: Range<usize>,
    number: usize,
    block: usize,
    paragraphs: Vec<Paragraph<'a>>,
    manuscript: Manuscript,
}

impl<'a> Site<'a> {
    pub(super) fn find(article: &'a str, number: usize) -> Result<Self, InsertionError> {
        let manuscript = Manuscript::parse(article);
        let (paragraphs, blocks): (Vec<_>, Vec<_>) = paragraphs_of(article, &manuscript).unzip();
        let index = number.checked_sub(1).filter(|index| *index < paragraphs.len());
        let last = paragraphs.len();
        let index = index.ok_or(InsertionError::NoSuchParagraph { number, last })?;
        Ok(Self {
            range: paragraphs[index].range.clone(),
            number,
            block: blocks[index],
            paragraphs,
            manuscript,
        })
    }

    /// Judges the article that `after` makes of this one. All is read from the whole text, because
    /// what a paragraph means depends on what stands around it.
    pub(super) fn verify(&self, text: &str, after: &str, link: &OrderedLink) -> Result<(), InsertionError> {
        if self.manuscript.links.iter().any(|existing| leads_to(existing, link)) {
            return Err(InsertionError::AlreadyLinked { url: link.target_url.to_string() });
        }
        let alone = Manuscript::parse(after);
        if alone.html.is_some() {
            return Err(InsertionError::Html);
        }
        let one = alone.top_level == 1 && alone.blocks.iter().all(Block::is_plain_paragraph);
        let new = Manuscript::parse(text);
        if !one || alone.blocks.len() != 1 || !self.rest_unchanged(text, &new, after) {
            return Err(InsertionError::NotOneParagraph);
        }
        self.verify_links(&new, link)?;
        self.verify_words(&new, link)
    }

    /// The new text neither merges with its neighbours nor changes what they are.
    fn rest_unchanged(&self, text: &str, new: &Manuscript, after: &str) -> bool {
        let same_shapes = self.manuscript.blocks.len() == new.blocks.len()
            && self.manuscript.top_level == new.top_level
            && self.manuscript.blocks.iter().zip(&new.blocks).enumerate().all(|(at, (old, now))| {
                (old.shape, old.place, old.html) == (now.shape, now.place, now.html)
                    && (at == self.block || self.manuscript.text_of(old) == new.text_of(now))
            });
        let elsewhere = |link: &&Link| link.block != self.block;
        let old_links = self.manuscript.links.iter().filter(elsewhere).map(|link| &link.href);
        same_shapes
            && old_links.eq(new.links.iter().filter(elsewhere).map(|link| &link.href))
            && paragraphs_of(text, new)
                .zip(&self.paragraphs)
                .all(|((new, _), old)| new.text == if old.number == self.number { after } else { old.text })
    }

    fn verify_links(&self, new: &Manuscript, ordered: &OrderedLink) -> Result<(), InsertionError> {
        let old_links: Vec<_> =
            self.manuscript.links.iter().filter(|link| link.block == self.block).collect();
        let (mut added, mut kept) = (Vec::new(), vec![false; old_links.len()]);
        for link in new.links.iter().filter(|link| link.block == self.block) {
            let same = |(at, old): &(usize, &&Link)| {
                !kept[*at]
                    && (&old.href, old.image) == (&link.href, link.image)
                    && self.manuscript.anchor(old) == new.anchor(link)
            };
            match old_links.iter().enumerate().find(same) {
                Some((at, _)) => kept[at] = true,
                None => added.push(link),
            }
        }
        let (ours, foreign): (Vec<&Link>, Vec<&Link>) =
            added.into_iter().partition(|link| leads_to(link, ordered));
        if let Some(lost) = kept.iter().position(|kept| !kept) {
            return Err(InsertionError::LinkLost { url: old_links[lost].href.clone() });
        }
        if let Some(link) = foreign.first() {
            return Err(InsertionError::ForeignLink { url: link.href.clone() });
        }
        // Anywhere, because the new text may define what a reference elsewhere leads to.
        let everywhere = new.links.iter().filter(|link| leads_to(link, ordered)).count();
        let [link] = ours[..] else {
            return Err(not_once(ordered, ours.len()));
        };
        if everywhere != 1 || link.image {
            return Err(not_once(ordered, everywhere));
        }
        let found = new.anchor(link);
        if found != ordered.anchor_text {
            let anchor = ordered.anchor_text.clone();
            return Err(InsertionError::WrongAnchor { anchor, found: found.to_owned() });
        }
        Ok(())
    }

    /// Counted in the words that a reader sees, so that linking words that stood there before is
    /// no change at all.
    fn verify_words(&self, new: &Manuscript, ordered: &OrderedLink) -> Result<(), InsertionError> {
        let (old, new) = (words(&self.manuscript, self.block), words(new, self.block));
        let anchor = ordered.anchor_text.split_whitespace().count();
        // Told by the lengths alone; comparing texts of very different length is costly.
        let (mut deleted, mut inserted) =
            (old.len().saturating_sub(new.len()), new.len().saturating_sub(old.len()));
        judge_words(old.len(), deleted, inserted, anchor)?;
        (deleted, inserted) = (0, 0);
        for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
            if !matches!(op, DiffOp::Equal { .. }) {
                deleted += op.old_range().len();
                inserted += op.new_range().len();
            }
        }
        judge_words(old.len(), deleted, inserted, anchor)
    }
}

fn judge_words(words: usize, deleted: usize, inserted: usize, anchor: usize) -> Result<(), InsertionError> {
    if 100 * deleted > DELETED_WORDS_MAX_PERCENT * words {
        return Err(InsertionError::TooMuchDeleted { deleted, words });
    }
    if inserted > INSERTED_WORDS_MAX + anchor {
        return Err(InsertionError::TooMuchInserted { inserted });
    }
    Ok(())
}

fn not_once(ordered: &OrderedLink, found: usize) -> InsertionError {
    InsertionError::NotOnce {
        anchor: ordered.anchor_text.clone(),
        url: ordered.target_url.to_string(),
        found,
    }
}

fn leads_to(link: &Link, ordered: &OrderedLink) -> bool {
    link.url.as_ref() == Some(&ordered.target_url)
}

/// The words of a block, without the punctuation around them.
fn words(manuscript: &Manuscript, block: usize) -> Vec<&str> {
    let words = &manuscript.words[manuscript.blocks[block].words.clone()];
    words
        .iter()
        .map(|word| manuscript.text[word.text.clone()].trim_matches(|c: char| !c.is_alphanumeric()))
        .collect()
}
