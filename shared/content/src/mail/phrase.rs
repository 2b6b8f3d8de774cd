//! Words that others wrote, made fit for a line of ours.

use galley_domain::quality::QualityReport;
use unicode_segmentation::UnicodeSegmentation as _;

/// One line: no control characters, no line breaks of any kind, no invisible marks that turn the
/// direction of the text around it.
///
/// Everything that comes from outside passes here before it enters a subject or a sentence, so no
/// topic can end a header and start the next one, or add a line that we seem to have written.
pub(super) fn one_line(text: &str) -> String {
    let kept: String = text
        .chars()
        .filter(|c| !turns_direction(*c))
        .map(|c| if c.is_control() || c.is_whitespace() { ' ' } else { c })
        .collect();
    kept.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The bidirectional embeddings, overrides and isolates, and the byte order mark.
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

/// The lines of a longer text, each made safe; at most one empty line in a row.
pub(super) fn lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.trim().lines().map(one_line) {
        if !(line.is_empty() && lines.last().is_none_or(String::is_empty)) {
            lines.push(line);
        }
    }
    lines
}

/// At most `max_chars` characters, cut between words where there is a fair place for it, never
/// inside of what a reader sees as one character.
pub(super) fn shortened(text: &str, max_chars: usize) -> String {
    if text.chars().count() <= max_chars {
        return text.to_owned();
    }
    let mut room = max_chars.saturating_sub(1);
    let mut cut = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        let Some(left) = room.checked_sub(grapheme.chars().count()) else { break };
        room = left;
        cut = at + grapheme.len();
    }
    let head = &text[..cut];
    let at_word = head.rfind(' ').filter(|space| 2 * space >= cut).unwrap_or(cut);
    let cut = if text[cut..].starts_with(' ') { cut } else { at_word };
    format!("{}…", text[..cut].trim_end_matches([' ', ',', ';', ':', '.', '-', '–', '—']))
}

/// A sentence: one line that starts with a capital and ends with a stop.
pub(super) fn sentence(text: &str) -> String {
    let line = one_line(text);
    let mut chars = line.chars();
    let Some(first) = chars.next() else { return line };
    let mut sentence: String = first.to_uppercase().chain(chars).collect();
    if !sentence.ends_with(['.', '!', '?', '…']) {
        sentence.push('.');
    }
    sentence
}

/// A number with its thousands apart (`1,032`).
pub(super) fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// How a report came out, in a few words.
pub(super) fn checks(report: &QualityReport) -> String {
    use galley_domain::quality::Verdict;
    let total = report.checks.len();
    let passed = report.checks.iter().filter(|check| check.verdict == Verdict::Pass).count();
    match total - passed {
        0 => format!("all {total} passed"),
        1 => format!("{passed} of {total} passed, 1 needs attention"),
        open => format!("{passed} of {total} passed, {open} need attention"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_break_survives() {
        let hostile = "Notes\r\nBcc: all@example.com\u{2028}x\u{85}y\u{b}z\0\t\u{202e}evil";
        assert_eq!(one_line(hostile), "Notes Bcc: all@example.com x y z evil");
        assert_eq!(one_line("  \n "), "");
        assert_eq!(one_line("علم 👩‍👩‍👧 ni\u{f1}o"), "علم 👩‍👩‍👧 ni\u{f1}o");
    }

    #[test]
    fn long_texts_end_at_a_word() {
        assert_eq!(shortened("Better notes", 12), "Better notes");
        assert_eq!(shortened("Better notes for teams", 16), "Better notes…");
        assert_eq!(shortened("Better notes, for small teams", 14), "Better notes…");
        assert_eq!(shortened("Better notes for", 13), "Better notes…");
        assert_eq!(shortened("Donaudampfschifffahrtsgesellschaft", 10), "Donaudamp…");
        assert_eq!(shortened("A Donaudampfschifffahrtsgesellschaft", 12), "A Donaudamp…");
    }

    #[test]
    fn what_a_reader_sees_as_one_character_is_never_torn() {
        let families = "👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧";
        assert_eq!(shortened(families, 14), "👩‍👩‍👧👩‍👩‍👧…");
        let zalgo = format!("a{}", "\u{301}".repeat(500));
        assert!(shortened(&zalgo, 60).chars().count() <= 60);
    }

    #[test]
    fn notes_keep_their_lines() {
        assert_eq!(lines("\n a \r\n\n\n\nb\u{7}\n"), ["a", "", "b"]);
        assert!(lines(" \n ").is_empty());
    }

    #[test]
    fn reasons_become_sentences() {
        assert_eq!(sentence("the writing service\nwas busy"), "The writing service was busy.");
        assert_eq!(sentence("Done."), "Done.");
        assert_eq!(sentence(""), "");
    }

    #[test]
    fn thousands_stand_apart() {
        let shown: Vec<_> = [0, 999, 1000, 10_000, 1_234_567].map(grouped).into();
        assert_eq!(shown, ["0", "999", "1,000", "10,000", "1,234,567"]);
    }
}
