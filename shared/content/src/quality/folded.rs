//! Words as they are compared: lower case, without plural and hyphens.
//!
//! A word is folded into parts (`Trail-Runners'` into `trail`, `runner`), and the parts stand one
//! after the other without blanks. So `e-mail` finds `email` and `e mail`, and `running shoe` finds
//! `Running Shoes`; that a hit begins and ends with a part is checked by the offsets.

use crate::markdown::Manuscript;
use std::ops::Range;

/// Parts nothing can run across: ends of sentences and of blocks.
const BREAK: char = '\n';

/// One part of a word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    /// Where it begins in the folded text.
    at: usize,
    /// Its word in the manuscript.
    pub(super) word: usize,
    /// Tells parts apart without comparing them.
    pub(super) hash: u64,
}

/// All words of an article, folded.
#[derive(Debug, Default)]
pub(super) struct Folded {
    text: String,
    pub(super) parts: Vec<Part>,
    /// For each word of the manuscript: its first part.
    firsts: Vec<usize>,
    /// For each word of the manuscript: whether a sentence ends with it.
    pub(super) ends: Vec<bool>,
}

impl Folded {
    pub(super) fn of(manuscript: &Manuscript) -> Self {
        let mut folded = Self {
            text: String::with_capacity(manuscript.text.len()),
            parts: Vec::with_capacity(manuscript.words.len() * 9 / 8),
            firsts: Vec::with_capacity(manuscript.words.len() + 1),
            ends: Vec::with_capacity(manuscript.words.len()),
        };
        for block in &manuscript.blocks {
            let words = &manuscript.words[block.words.clone()];
            for (at, word) in words.iter().enumerate() {
                let text = &manuscript.text[word.text.clone()];
                let until = words.get(at + 1).map_or(block.text.end, |next| next.text.start);
                folded.firsts.push(folded.parts.len());
                folded.push_word(text, block.words.start + at);
                let last = at + 1 == words.len();
                let ends = last || ends_sentence(text, &manuscript.text[word.text.end..until]);
                folded.ends.push(ends);
                if ends {
                    folded.text.push(BREAK);
                }
            }
        }
        folded.firsts.push(folded.parts.len());
        folded
    }

    fn push_word(&mut self, word: &str, index: usize) {
        let mut start = self.text.len();
        for c in word.chars() {
            if c.is_ascii_alphanumeric() || matches!(c, '+' | '#') {
                self.text.push(c.to_ascii_lowercase());
            } else if c.is_alphanumeric() || is_mark(c) {
                self.text.extend(c.to_lowercase());
            } else if !matches!(c, '\'' | '\u{2019}') {
                start = self.close_part(start, index);
            }
        }
        self.close_part(start, index);
    }

    fn close_part(&mut self, start: usize, word: usize) -> usize {
        if self.text.len() > start {
            singular(&mut self.text, start);
            let hash = hash_bytes(&self.text.as_bytes()[start..]);
            self.parts.push(Part { at: start, word, hash });
        }
        self.text.len()
    }

    /// The parts of the words in `range`.
    pub(super) fn parts_of(&self, words: Range<usize>) -> &[Part] {
        let first = self.firsts.get(words.start).copied().unwrap_or(self.parts.len());
        let last = self.firsts.get(words.end).copied().unwrap_or(self.parts.len());
        &self.parts[first..last.max(first)]
    }

    /// Where `phrase` stands, as ranges of words.
    pub(super) fn find(&self, phrase: &Phrase) -> Vec<Range<usize>> {
        let mut hits = Vec::new();
        let mut from = 0;
        while let Some(at) = self.text[from..].find(phrase.text.as_str()).map(|at| from + at) {
            let end = at + phrase.text.len();
            match (self.part_at(at), self.part_before(end)) {
                (Some(first), Some(last)) => {
                    hits.push(self.parts[first].word..self.parts[last].word + 1);
                    from = end;
                }
                _ => from = at + self.text[at..].chars().next().map_or(1, char::len_utf8),
            }
        }
        hits
    }

    fn part_at(&self, at: usize) -> Option<usize> {
        self.parts.binary_search_by_key(&at, |part| part.at).ok()
    }

    /// The part that ends at byte `end`.
    fn part_before(&self, end: usize) -> Option<usize> {
        let next = self.parts.partition_point(|part| part.at < end);
        let ends = self.parts.get(next).is_some_and(|part| part.at == end)
            || self.text[end..].chars().next().is_none_or(|c| c == BREAK);
        if ends { next.checked_sub(1) } else { None }
    }
}

/// Something to look for.
#[derive(Debug)]
pub(super) struct Phrase {
    text: String,
    pub(super) hashes: Vec<u64>,
}

impl Phrase {
    /// Folds a keyword; nothing, if no letter or digit is in it.
    pub(super) fn of(keyword: &str) -> Option<Self> {
        let mut folded = Folded::default();
        for (at, word) in keyword.split_whitespace().enumerate() {
            folded.push_word(word, at);
        }
        let hashes = folded.parts.iter().map(|part| part.hash).collect();
        (!folded.parts.is_empty()).then_some(Self { text: folded.text, hashes })
    }
}

/// FNV-1a.
fn hash_bytes(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Takes the plural off the part that begins at `start`. Simple on purpose: both sides of a
/// comparison go through it, so a wrong stem does no harm unless two words share it.
fn singular(text: &mut String, start: usize) {
    let word = &text.as_bytes()[start..];
    let length = word.len();
    if length < 4 || !word.ends_with(b"s") {
        return;
    }
    if length > 4 && word.ends_with(b"ies") {
        text.truncate(text.len() - 3);
        text.push('y');
    } else if [&b"sses"[..], b"shes", b"ches", b"xes", b"zes"].iter().any(|end| word.ends_with(end)) {
        text.truncate(text.len() - 2);
    } else if ![&b"ss"[..], b"us", b"is"].iter().any(|end| word.ends_with(end)) {
        text.truncate(text.len() - 1);
    }
}

/// Vowel signs and accents of their own, which belong to the letter before them.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{900}'..='\u{dff}' | '\u{e30}'..='\u{e4f}')
}

/// Whether a sentence ends after `word`, which is followed by `gap` and then by another word.
fn ends_sentence(word: &str, gap: &str) -> bool {
    const ABBREVIATIONS: [&str; 14] = [
        "e.g.", "i.e.", "mr.", "mrs.", "ms.", "dr.", "prof.", "vs.", "no.", "st.", "approx.", "z.b.", "bzw.",
        "ca.",
    ];
    let is_end = |c: char| matches!(c, '.' | '!' | '?' | '\u{2026}' | '\u{3002}' | '\u{ff01}' | '\u{ff1f}');
    if gap.chars().any(is_end) {
        return true;
    }
    let bare = word.trim_end_matches(|c: char| {
        matches!(c, '"' | '\'' | ')' | ']' | '*' | '\u{201d}' | '\u{2019}' | '\u{bb}' | '\u{201c}')
    });
    if !bare.ends_with(is_end) {
        return false;
    }
    let bare = bare.trim_start_matches(|c: char| !c.is_alphanumeric());
    let initial = bare.len() == 2 && bare.ends_with('.') && bare.as_bytes()[0].is_ascii_uppercase();
    !initial && !ABBREVIATIONS.iter().any(|known| known.eq_ignore_ascii_case(bare))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(text: &str, keyword: &str) -> usize {
        Folded::of(&Manuscript::parse(text)).find(&Phrase::of(keyword).unwrap()).len()
    }

    #[test]
    fn case_plural_and_hyphens_make_no_difference() {
        assert_eq!(hits("Running Shoes, running-shoes and a running shoe.", "running shoes"), 3);
        assert_eq!(hits("E-mail, email and e mail: emails!", "e-mail"), 4);
        assert_eq!(hits("Batteries and a battery", "battery"), 2);
        assert_eq!(hits("The runner\u{2019}s shoes, the runners' shoes", "runner shoes"), 2);
        assert_eq!(hits("CAF\u{c9} culture", "caf\u{e9}"), 1);
    }

    #[test]
    fn only_whole_words_are_found_and_never_across_sentences() {
        assert_eq!(hits("Steamed tea, teams and a tea-pot.", "tea"), 2);
        assert_eq!(hits("We like running. Shoes are fine.", "running shoes"), 0);
        assert_eq!(hits("# Running\n\nShoes", "running shoes"), 0);
        assert_eq!(hits("C is not C++ nor C#.", "c++"), 1);
    }

    #[test]
    fn a_keyword_without_letters_is_none() {
        assert!(Phrase::of(" ?! ").is_none());
    }

    #[test]
    fn sentences_end_where_a_reader_stops() {
        let ends = |text: &str| {
            let folded = Folded::of(&Manuscript::parse(text));
            folded.ends.iter().filter(|ends| **ends).count()
        };
        assert_eq!(ends("One. Two! Three? \"Four.\" Five"), 5);
        assert_eq!(ends("Dr. Smith, e.g. in node.js 3.5, met J. Doe."), 1);
        assert_eq!(ends("# Head\n\nText"), 2);
        assert_eq!(ends("\u{6211}\u{559c}\u{6b22}\u{3002}\u{4f60}\u{597d}\u{3002}"), 2);
    }
}
