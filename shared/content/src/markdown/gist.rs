//! What lists, search engines and other sites are told of a text.

use super::Manuscript;
use galley_domain::brief::OrderedLink;

/// Longest description, in characters: what search engines show of one.
const DESCRIPTION_MAX_CHARS: usize = 160;
/// How many words a minute people read.
const WORDS_PER_MINUTE: usize = 230;

/// How many words the running text has.
pub fn word_count(markdown: &str) -> usize {
    Manuscript::parse(markdown).words.len()
}

/// How long it takes to read so many words, in whole minutes, at least one.
pub fn reading_minutes(words: usize) -> usize {
    words.div_ceil(WORDS_PER_MINUTE).max(1)
}

/// The first paragraph, plain, cut between words where it is long.
pub fn description(markdown: &str) -> String {
    let manuscript = Manuscript::parse(markdown);
    let first = manuscript.blocks.iter().find(|block| block.is_plain_paragraph());
    let first = first.map_or("", |block| &manuscript.text[block.text.clone()]);
    let mut words = first.split_whitespace();
    let mut short = words.next().map(cut).unwrap_or_default();
    for word in words {
        // One stays free for the dots.
        if short.chars().count() + 1 + word.chars().count() >= DESCRIPTION_MAX_CHARS {
            short.push('…');
            break;
        }
        short.push(' ');
        short.push_str(word);
    }
    short
}

fn cut(word: &str) -> String {
    word.chars().take(DESCRIPTION_MAX_CHARS - 1).collect()
}

/// How often the text links to the ordered address with the ordered words.
pub fn link_count(markdown: &str, ordered: &OrderedLink) -> usize {
    let manuscript = Manuscript::parse(markdown);
    let as_ordered = |link: &&super::Link| {
        !link.image
            && link.url.as_ref() == Some(&ordered.target_url)
            && manuscript.anchor(link) == ordered.anchor_text
    };
    manuscript.links.iter().filter(as_ordered).count()
}

/// A rendering without the level-one heading that it begins with: for a site that shows the title
/// by itself.
pub fn without_title(html: &str) -> &str {
    let rest = html.strip_prefix("<h1>").and_then(|rest| rest.split_once("</h1>"));
    rest.map_or(html, |(_, rest)| rest.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markdown::{LinkPolicy, render};
    use galley_domain::brief::Rel;

    #[test]
    fn a_description_is_the_first_paragraph_without_markup() {
        let text = "# Tea\n\n- a list\n\nWe *like* [tea](https://a.example).\nVery much.\n\nMore.";
        assert_eq!(description(text), "We like tea. Very much.");
        assert_eq!(description("# Only a title"), "");
    }

    #[test]
    fn a_long_description_ends_between_words() {
        let short = description(&"lovely tea ".repeat(40));
        assert!(short.chars().count() <= DESCRIPTION_MAX_CHARS && short.ends_with("tea…"), "{short}");
        assert!(description(&"茶".repeat(500)).chars().count() <= DESCRIPTION_MAX_CHARS);
    }

    #[test]
    fn words_take_their_time() {
        assert_eq!(word_count("# Two words\n\nand three more\n\n```\nno code\n```"), 5);
        assert_eq!([0, 1, 230, 231].map(reading_minutes), [1, 1, 1, 2]);
    }

    #[test]
    fn only_the_link_as_ordered_counts() {
        let link = OrderedLink {
            target_url: "https://a.example/".parse().unwrap(),
            anchor_text: "good tea".to_owned(),
            rel: Rel::Follow,
        };
        assert_eq!(link_count("[good tea](https://a.example) and [good tea](https://a.example/)", &link), 2);
        assert_eq!(link_count("[tea](https://a.example) ![good tea](https://a.example/)", &link), 0);
        assert_eq!(link_count("`[good tea](https://a.example)` [good tea](https://b.example)", &link), 0);
    }

    #[test]
    fn the_title_comes_off_a_rendering() {
        let html = render("# A *fine* title\n\nText\n\n# Second", &LinkPolicy::default());
        assert_eq!(without_title(&html), "<p>Text</p>\n<h1>Second</h1>\n");
        assert_eq!(without_title("<p>Text</p>"), "<p>Text</p>");
    }
}
