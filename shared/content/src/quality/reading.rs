//! How easily the text reads.

use super::{
    folded::Folded,
    rule::{Explained, Rule, code, counted, number},
};
use crate::markdown::{Block, Manuscript, Shape};
use galley_domain::{
    brief::Brief,
    quality::{Check, QualitySettings, Verdict},
};
use std::ops::Range;

/// Fewer words than this say nothing about how a text reads.
const WORDS_MIN: usize = 30;

const EASE: Rule = Rule { code: code::READING_EASE, title: "Reading ease" };
const SENTENCE: Rule = Rule { code: code::SENTENCE_LENGTH, title: "Length of sentences" };
const PARAGRAPH: Rule = Rule { code: code::PARAGRAPH_LENGTH, title: "Length of paragraphs" };

/// None of these ever fails: how a text reads is for the customer to judge.
pub(super) fn checks(
    brief: &Brief,
    settings: &QualitySettings,
    manuscript: &Manuscript,
    folded: &Folded,
) -> Vec<Check> {
    let text = Reading::of(manuscript, folded);
    let mut checks = Vec::with_capacity(3);
    if brief.language.split('-').next() == Some("en") {
        checks.push(text.ease(settings));
    }
    checks.push(text.sentence(settings));
    checks.push(text.paragraph(settings));
    checks
}

/// The paragraphs of a text, wherever they stand. Headings and tables are no sentences.
struct Reading<'a> {
    manuscript: &'a Manuscript,
    words: usize,
    sentences: usize,
    longest_sentence: Range<usize>,
    longest_paragraph: Option<&'a Block>,
}

impl<'a> Reading<'a> {
    fn of(manuscript: &'a Manuscript, folded: &Folded) -> Self {
        let mut reading =
            Self { manuscript, words: 0, sentences: 0, longest_sentence: 0..0, longest_paragraph: None };
        for block in paragraphs(manuscript) {
            reading.words += block.words.len();
            if reading.longest_paragraph.is_none_or(|longest| longest.words.len() < block.words.len()) {
                reading.longest_paragraph = Some(block);
            }
            let mut start = block.words.start;
            for word in block.words.clone().filter(|word| folded.ends[*word]) {
                reading.sentences += 1;
                if reading.longest_sentence.len() < word + 1 - start {
                    reading.longest_sentence = start..word + 1;
                }
                start = word + 1;
            }
        }
        reading
    }

    /// Flesch, Rudolf (1948): 206.835 - 1.015 words per sentence - 84.6 syllables per word.
    fn ease(&self, settings: &QualitySettings) -> Check {
        let least = settings.reading_ease_min;
        let expected = format!("{least} or more (Flesch reading ease)");
        if self.words < WORDS_MIN {
            return EASE.pass(expected, "too short to measure");
        }
        let spoken =
            paragraphs(self.manuscript).flat_map(|block| &self.manuscript.words[block.words.clone()]);
        let syllables: usize = spoken.map(|word| syllables(&self.manuscript.text[word.text.clone()])).sum();
        let penalty = 1_015 * self.words / self.sentences.max(1) + 84_600 * syllables / self.words;
        let ease = (206_835 - i64::try_from(penalty).unwrap_or(i64::MAX / 2)).div_euclid(1_000);
        if ease >= i64::from(least) {
            return EASE.pass(expected, ease.to_string());
        }
        EASE.judged(Verdict::Warn, expected, ease.to_string())
            .shown(self.text(&self.longest_sentence))
            .mended_by("Use shorter sentences and shorter words.")
    }

    fn sentence(&self, settings: &QualitySettings) -> Check {
        let most = settings.sentence_max_words as usize;
        let expected = format!("at most {} a sentence on average", counted(most, "word", "words"));
        let average = self.words.checked_div(self.sentences).unwrap_or(0);
        let measured = counted(average, "word", "words");
        if average <= most {
            return SENTENCE.pass(expected, measured);
        }
        SENTENCE
            .judged(Verdict::Warn, expected, measured)
            .shown(self.text(&self.longest_sentence))
            .mended_by("Part the longest sentences in two.")
    }

    fn paragraph(&self, settings: &QualitySettings) -> Check {
        let most = settings.paragraph_max_words as usize;
        let expected = format!("at most {} a paragraph", counted(most, "word", "words"));
        let longest = self.longest_paragraph.map_or(0, |block| block.words.len());
        let measured = format!("{} in the longest", counted(longest, "word", "words"));
        match self.longest_paragraph {
            Some(block) if longest > most => PARAGRAPH
                .judged(Verdict::Warn, expected, measured)
                .shown(self.manuscript.text_of(block))
                .mended_by(format!("Part paragraphs of more than {} words.", number(most))),
            _ => PARAGRAPH.pass(expected, measured),
        }
    }

    fn text(&self, words: &Range<usize>) -> &'a str {
        let first = self.manuscript.words.get(words.start);
        let last = words.end.checked_sub(1).and_then(|last| self.manuscript.words.get(last));
        match (first, last) {
            (Some(first), Some(last)) if !words.is_empty() => {
                &self.manuscript.text[first.text.start..last.text.end]
            }
            _ => "",
        }
    }
}

fn paragraphs(manuscript: &Manuscript) -> impl Iterator<Item = &Block> {
    manuscript.blocks.iter().filter(|block| block.shape == Shape::Paragraph)
}

/// Counts groups of vowels; a silent `e` at the end is none. Good to a few percent, as any rule
/// without a dictionary.
fn syllables(word: &str) -> usize {
    let is_vowel = |b: u8| matches!(b.to_ascii_lowercase(), b'a' | b'e' | b'i' | b'o' | b'u' | b'y');
    let (mut groups, mut in_group) = (0, false);
    for b in word.bytes() {
        let vowel = is_vowel(b);
        groups += usize::from(vowel && !in_group);
        in_group = vowel;
    }
    let end = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric()).as_bytes();
    let silent = match end {
        [.., b'l' | b'L', b'e' | b'E'] => false,
        [.., before, b'e' | b'E'] => !is_vowel(*before),
        [.., before, b'e', b'd'] => !is_vowel(*before) && !matches!(before, b't' | b'd'),
        _ => false,
    };
    groups.saturating_sub(usize::from(silent)).max(1)
}

#[cfg(test)]
mod tests {
    use super::syllables;

    #[test]
    fn syllables_are_counted_as_spoken() {
        for (word, spoken) in [
            ("cat", 1),
            ("table", 2),
            ("make", 1),
            ("running", 2),
            ("shoes,", 1),
            ("beautiful", 3),
            ("walked", 1),
            ("wanted", 2),
            ("be", 1),
            ("3,000", 1),
            ("the", 1),
            ("free", 1),
            ("every", 3),
            ("Time.", 1),
        ] {
            assert_eq!(syllables(word), spoken, "{word}");
        }
    }
}
