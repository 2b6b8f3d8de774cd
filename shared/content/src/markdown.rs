//! Markdown: what the AI answered becomes a source we keep, and that source becomes safe HTML.
//!
//! Both ends are defended. [`clean_answer`] takes raw HTML out of the source, so that what is stored
//! is harmless wherever it is shown later; [`render`] trusts nobody and sanitises again.

mod clean;
mod gist;
mod manuscript;
mod render;

pub use clean::clean_answer;
pub(crate) use clean::unwrapped;
pub use gist::{description, link_count, reading_minutes, without_title, word_count};
pub(crate) use manuscript::{Block, Link, Manuscript, Place, Shape, lines_of, written_without_blanks};
pub use render::{LinkPolicy, render};

/// Longest answer of the AI that we look at.
///
/// The longest article on sale has about 70 kB; whatever is longer than this is refused by the
/// caller before [`clean_answer`] sees it.
pub const ANSWER_MAX_BYTES: usize = 512 * 1024;

/// The dialect: `CommonMark`, tables and strikethrough. No autolinks: a bare address in the text
/// must not become a link that nobody ordered.
pub(crate) fn dialect() -> comrak::Options<'static> {
    let mut options = comrak::Options::default();
    options.extension.table = true;
    options.extension.strikethrough = true;
    options
}

/// The words of the first level-one heading, without their markup.
pub fn title(markdown: &str) -> Option<String> {
    let first = markdown.trim_start().lines().next().unwrap_or_default();
    // Articles begin with their title: then the rest needs no parsing.
    let of_first = first.starts_with("# ").then(|| first_title(first)).flatten();
    of_first.or_else(|| first_title(markdown))
}

fn first_title(markdown: &str) -> Option<String> {
    let manuscript = Manuscript::parse(markdown);
    let heading = manuscript.blocks.iter().find(|block| block.shape == Shape::Heading(1))?;
    let title = manuscript.text[heading.text.clone()].trim();
    (!title.is_empty()).then(|| title.to_owned())
}

/// The running text: headings, paragraphs, lists, quotes and tables, one block a line, without
/// markup, code blocks and addresses of links.
pub fn plain_text(markdown: &str) -> String {
    let manuscript = Manuscript::parse(markdown);
    let mut plain = String::with_capacity(manuscript.text.len());
    for block in manuscript.running() {
        plain.push_str(manuscript.text[block.text.clone()].trim());
        plain.push('\n');
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_is_the_first_level_one_heading_without_its_markup() {
        assert_eq!(title("# A *plain* look at `tea`\n\nText").as_deref(), Some("A plain look at tea"));
        assert_eq!(title("Intro\n\nTitle\n=====\n").as_deref(), Some("Title"));
        assert_eq!(title("\n\n# [Linked](https://a.example)\n").as_deref(), Some("Linked"));
        assert_eq!(title("## Only a section\n"), None);
        assert_eq!(title("# \n\ntext"), None);
        assert_eq!(title(""), None);
    }

    #[test]
    fn plain_text_keeps_words_and_drops_addresses_and_code_blocks() {
        let plain =
            plain_text("# T\n\nSee [here](https://a.example) *now*.\n\n```\ncode\n```\n\n- one\n- two\n");
        assert_eq!(plain, "T\nSee here now.\none\ntwo\n");
    }
}
