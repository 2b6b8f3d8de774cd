use super::{
    article::{article, link_text, passage, plain, target_words},
    measure::{occurrences, words},
    voice::Voice,
};
use crate::ai::brief::Brief;

/// A section that takes up the notes, in words.
const SECTION_WORDS: usize = 45;
/// Longest theme, in words.
const THEME_MAX_WORDS: usize = 5;
/// How far a text may be from its ordered length, in percent, before it is written anew.
const LENGTH_TOLERANCE_PERCENT: usize = 8;

/// What comes before the theme in people's notes, the clearest sign first.
const MARKERS: [&str; 12] = [
    "about ",
    "regarding ",
    "focus on ",
    "more on ",
    "section on ",
    "mention ",
    "explain ",
    "discuss ",
    "include ",
    "cover ",
    "describe ",
    "add ",
];
/// What belongs to the request and not to the theme.
const FILLERS: [&str; 16] = [
    "more",
    "some",
    "also",
    "please",
    "section",
    "paragraph",
    "sentence",
    "part",
    "words",
    "word",
    "bit",
    "little",
    "on",
    "about",
    "how",
    "that",
];

/// What the notes want to hear about, if that can be told.
pub(super) fn theme_of(notes: &str) -> Option<String> {
    let notes = plain(notes);
    let lower = notes.to_lowercase();
    // Lower case may be longer than the original in rare scripts; then there is no theme.
    let after = MARKERS.iter().find_map(|marker| notes.get(lower.find(marker)? + marker.len()..))?;
    let clause = after.split(['.', ',', ';', ':', '!', '?', '(', '"']).next()?;
    let mut theme: Vec<&str> = clause.split_whitespace().collect();
    while let Some(first) = theme.first() {
        let filler = |word: &str| FILLERS.contains(&word.to_lowercase().as_str());
        let article = ["a", "an", "the"].contains(&first.to_lowercase().as_str());
        if filler(first) || (article && theme.get(1).is_some_and(|second| filler(second))) {
            theme.remove(0);
        } else {
            break;
        }
    }
    theme.truncate(THEME_MAX_WORDS);
    while theme
        .last()
        .is_some_and(|word| ["and", "or", "the", "a", "of", "for", "in", "to", "with"].contains(word))
    {
        theme.pop();
    }
    Some(theme.join(" ")).filter(|theme| !theme.is_empty())
}

/// Acts on the notes and leaves the rest as it was: a new section on their theme, a shorter text,
/// or, when they can't be understood, a few more words after the opening.
pub(super) fn revise(brief: &Brief, voice: &mut Voice) -> String {
    let mut blocks: Vec<String> = blocks_of(&brief.current_text);
    let target = target_words(brief);
    let longest = target * (100 + LENGTH_TOLERANCE_PERCENT) / 100;
    let notes = brief.revision_notes.to_lowercase();
    let theme = theme_of(&brief.revision_notes);
    let shorter = ["shorter", "too long", "trim", "condense", "cut "].iter().any(|word| notes.contains(word));
    let now = words(&blocks.join("\n\n"));
    if shorter && theme.is_none() {
        let shortest = target - target * LENGTH_TOLERANCE_PERCENT / 100;
        cut(&mut blocks, brief, target / 25, now.saturating_sub(shortest));
        return blocks.join("\n\n");
    }
    // A short text gets a short section; its heading takes some words, too.
    let section = SECTION_WORDS.min(target / 6);
    let surplus = (now + section + 10).saturating_sub(longest);
    cut(&mut blocks, brief, surplus, surplus + section / 2);
    if let Some(theme) = theme {
        let heading = format!("## {}", voice.say("notes-heading", 0, &[("theme", &theme)]));
        let text = passage(voice, "notes-sentence", &[("theme", &theme)], section);
        let last_heading = blocks.iter().rposition(|block| block.starts_with("## "));
        let at = last_heading.unwrap_or(blocks.len());
        blocks.splice(at..at, [heading, text]);
    } else {
        let at = blocks.iter().position(|block| is_prose(block)).map_or(blocks.len(), |first| first + 1);
        blocks.insert(at, passage(voice, "", &[], section));
    }
    blocks.join("\n\n")
}

/// Mends what failed: a missing link is put in, anything else is written anew.
pub(super) fn mend(brief: &Brief, voice: &mut Voice) -> String {
    let mut text = brief.current_text.trim().to_owned();
    if let Some((url, anchor)) = brief.link()
        && !text.contains("](")
    {
        let sentence = voice.say("link", 0, &[("link", &link_text(url, anchor))]);
        let mut blocks = blocks_of(&text);
        let prose: Vec<usize> = (0..blocks.len()).filter(|at| is_prose(&blocks[*at])).collect();
        if let Some(at) = prose.get(prose.len() / 2) {
            blocks[*at] = format!("{} {sentence}", blocks[*at].trim_end());
            text = blocks.join("\n\n");
            if is_sound(&text, brief) {
                return text;
            }
        }
    }
    let anew = article(brief, voice, target_words(brief), true);
    if brief.revision_notes.is_empty() {
        return anew;
    }
    revise(&Brief { current_text: anew, ..brief.clone() }, voice)
}

/// Whether a text passes the checks that can be made here.
fn is_sound(text: &str, brief: &Brief) -> bool {
    let (count, target) = (words(text), target_words(brief));
    let keyword = brief.keywords.first().map(String::as_str).unwrap_or_default();
    let has = |block: &str| keyword.is_empty() || occurrences(block, keyword) > 0;
    text.starts_with("# ")
        && !text.contains(['<', '`'])
        && !text.contains("javascript:")
        && count.abs_diff(target) * 100 <= target * LENGTH_TOLERANCE_PERCENT
        && text.lines().next().is_some_and(has)
        && text.lines().any(|line| line.starts_with("## ") && has(line))
}

pub(super) fn blocks_of(text: &str) -> Vec<String> {
    let normal = text.trim().replace("\r\n", "\n");
    normal.split("\n\n").map(str::trim_end).filter(|block| !block.is_empty()).map(str::to_owned).collect()
}

/// A plain paragraph: no heading, list, quote, table, code or HTML.
pub(super) fn is_prose(block: &str) -> bool {
    let first = block.trim_start();
    let list = first.split_once(['.', ')']).is_some_and(|(number, _)| {
        !number.is_empty() && number.len() <= 3 && number.bytes().all(|byte| byte.is_ascii_digit())
    });
    !list && !first.starts_with(['#', '-', '*', '+', '>', '|', '`', '~', '<', '!']) && !first.ends_with(':')
}

/// Takes the last sentence from the longest paragraph until `surplus` words are gone, and never
/// more than `most`; neither the link nor the keyword goes with them.
fn cut(blocks: &mut [String], brief: &Brief, surplus: usize, most: usize) {
    let keyword = brief.keywords.first().map(String::as_str).unwrap_or_default();
    let mut gone = 0;
    while gone < surplus {
        let candidates = blocks.iter_mut().filter(|block| is_prose(block)).filter_map(|block| {
            let at = block.rfind(". ")?;
            let last = &block[at..];
            let free = occurrences(last, keyword) == 0 && !last.contains("](") && gone + words(last) <= most;
            free.then_some((words(block), at, block))
        });
        let Some((_, at, longest)) = candidates.max_by_key(|(words, ..)| *words) else { return };
        gone += words(&longest[at..]);
        longest.truncate(at + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_theme_is_found_in_peoples_notes() {
        let theme = |notes| theme_of(notes).unwrap_or_default();
        assert_eq!(theme("Please add a section about remote teams."), "remote teams");
        assert_eq!(theme("Could you mention the price of pots? Thanks"), "the price of pots");
        assert_eq!(theme("add more on water and"), "water");
        assert_eq!(theme("Make it shorter"), "");
        assert_eq!(theme("Tell us about <b>it</b>"), "b it /b");
    }

    #[test]
    fn prose_is_told_from_the_rest() {
        for block in ["# A", "- a", "1. a", "> a", "| a |", "```\na", "<p>a</p>", "A few things:"] {
            assert!(!is_prose(block), "{block}");
        }
        assert!(is_prose("Tea is good. In 2020 it was too."));
    }
}
