//! The names of the checks, and how one is written down.

use galley_domain::quality::{Check, Verdict};

/// The codes of all checks. They are stored with reports and named in settings, so they never
/// change.
pub mod code {
    /// The number of words.
    pub const LENGTH: &str = "length";
    /// The language of the text.
    pub const LANGUAGE: &str = "language";
    /// One title, and it comes first.
    pub const TITLE: &str = "title";
    /// No level of headings is skipped.
    pub const HEADING_ORDER: &str = "heading-order";
    /// Every heading has text below it.
    pub const EMPTY_SECTION: &str = "empty-section";
    /// The primary keyword in the title.
    pub const KEYWORD_TITLE: &str = "keyword-title";
    /// The primary keyword in the first words.
    pub const KEYWORD_OPENING: &str = "keyword-opening";
    /// The primary keyword in a heading of level two.
    pub const KEYWORD_HEADING: &str = "keyword-heading";
    /// The share of the primary keyword.
    pub const KEYWORD_DENSITY: &str = "keyword-density";
    /// The ordered link is there exactly once.
    pub const LINK_ONCE: &str = "link-once";
    /// The linked words.
    pub const LINK_ANCHOR: &str = "link-anchor";
    /// The link stands in an ordinary paragraph.
    pub const LINK_PLACE: &str = "link-place";
    /// How the link is marked.
    pub const LINK_REL: &str = "link-rel";
    /// Links that nobody ordered.
    pub const OTHER_LINKS: &str = "other-links";
    /// Links that lead nowhere.
    pub const LINK_FORM: &str = "link-form";
    /// Flesch reading ease.
    pub const READING_EASE: &str = "reading-ease";
    /// The average sentence.
    pub const SENTENCE_LENGTH: &str = "sentence-length";
    /// The longest paragraph.
    pub const PARAGRAPH_LENGTH: &str = "paragraph-length";
    /// Refusals and talk of an assistant.
    pub const ASSISTANT_TALK: &str = "assistant-talk";
    /// Gaps that were never filled.
    pub const PLACEHOLDERS: &str = "placeholders";
    /// The same paragraph twice.
    pub const REPEATED_PARAGRAPHS: &str = "repeated-paragraphs";
    /// HTML, fences and other marks that a reader should not see.
    pub const LEFTOVER_MARKUP: &str = "leftover-markup";
    /// How much it resembles another article of the shop.
    pub const SIMILARITY: &str = "similarity";
    /// Only one paragraph changed, and only a little.
    pub const MINIMAL_INSERTION: &str = "minimal-insertion";

    /// All of them, in the order of a report.
    pub const ALL: &[&str] = &[
        LENGTH,
        LANGUAGE,
        TITLE,
        HEADING_ORDER,
        EMPTY_SECTION,
        KEYWORD_TITLE,
        KEYWORD_OPENING,
        KEYWORD_HEADING,
        KEYWORD_DENSITY,
        LINK_ONCE,
        LINK_ANCHOR,
        LINK_PLACE,
        LINK_REL,
        OTHER_LINKS,
        LINK_FORM,
        READING_EASE,
        SENTENCE_LENGTH,
        PARAGRAPH_LENGTH,
        ASSISTANT_TALK,
        PLACEHOLDERS,
        REPEATED_PARAGRAPHS,
        LEFTOVER_MARKUP,
        SIMILARITY,
        MINIMAL_INSERTION,
    ];
}

/// Longest piece of text shown as evidence, in characters.
const EVIDENCE_MAX_CHARS: usize = 160;

/// A check before it is judged.
#[derive(Clone, Copy)]
pub(super) struct Rule {
    pub(super) code: &'static str,
    pub(super) title: &'static str,
}

impl Rule {
    pub(super) fn pass(self, expected: impl Into<String>, measured: impl Into<String>) -> Check {
        self.judged(Verdict::Pass, expected, measured)
    }

    pub(super) fn judged(
        self,
        verdict: Verdict,
        expected: impl Into<String>,
        measured: impl Into<String>,
    ) -> Check {
        Check {
            code: self.code.to_owned(),
            title: self.title.to_owned(),
            verdict,
            expected: expected.into(),
            measured: measured.into(),
            evidence: None,
            fix: None,
        }
    }
}

/// Adds what only a check has that did not pass.
pub(super) trait Explained {
    fn shown(self, evidence: &str) -> Self;
    fn mended_by(self, fix: impl Into<String>) -> Self;
}

impl Explained for Check {
    fn shown(mut self, evidence: &str) -> Self {
        let evidence = shortened(evidence);
        self.evidence = (!evidence.is_empty()).then_some(evidence);
        self
    }

    fn mended_by(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }
}

/// The beginning of a text on one line.
fn shortened(text: &str) -> String {
    let mut short = String::new();
    for (at, c) in text.trim().chars().enumerate() {
        if at == EVIDENCE_MAX_CHARS {
            short.push('\u{2026}');
            break;
        }
        short.push(if c.is_control() { ' ' } else { c });
    }
    short
}

/// The text around byte `at`.
pub(super) fn around(text: &str, at: usize) -> &str {
    const BEFORE_BYTES: usize = 40;
    let mut start = at.min(text.len()).saturating_sub(BEFORE_BYTES);
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    // Not in the middle of a word.
    let skip = if start == 0 { 0 } else { text[start..].find(' ').map_or(0, |blank| blank + 1) };
    let begin = if start + skip <= at { start + skip } else { start };
    &text[begin..]
}

/// `12,345`.
pub(super) fn number(n: usize) -> String {
    let digits = n.to_string();
    let mut shown = String::with_capacity(digits.len() + 4);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// `1 word`, `2,000 words`.
pub(super) fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{} {}", number(n), if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        let shown: Vec<_> = [0, 999, 1_000, 1_234_567].map(number).into();
        assert_eq!(shown, ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(counted(1, "word", "words"), "1 word");
    }

    #[test]
    fn evidence_is_short_and_whole_characters() {
        let check = Rule { code: "x", title: "X" }.pass("", "").shown(&"\u{e9}\n".repeat(500));
        assert_eq!(check.evidence.unwrap().chars().count(), EVIDENCE_MAX_CHARS + 1);
        let text = "\u{e9}".repeat(100);
        assert!(around(&text, 100).chars().count() <= 71);
        assert_eq!(around("", 0), "");
        assert_eq!(around("short text", 6), "short text");
    }

    #[test]
    fn codes_are_kebab_case_and_none_is_there_twice() {
        let distinct: std::collections::BTreeSet<_> = code::ALL.iter().collect();
        assert_eq!(distinct.len(), code::ALL.len());
        assert!(code::ALL.iter().all(|code| code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')));
    }
}
