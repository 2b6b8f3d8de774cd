//! An article taken apart once: blocks, words and links, shared by every check.

use comrak::{
    Arena,
    arena_tree::NodeEdge,
    nodes::{AstNode, NodeLink, NodeValue},
};
use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;
use url::Url;

/// What a block of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A heading and its level.
    Heading(u8),
    Paragraph,
    Cell,
    /// A code block. An unclosed fence swallows the rest of the article.
    Code {
        closed: bool,
    },
    Html,
}

/// Where a block stands. The outermost container that is not the article itself decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Body,
    Quote,
    List,
    Table,
}

/// One leaf block.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) shape: Shape,
    pub(crate) place: Place,
    /// Its bytes in [`Manuscript::text`].
    pub(crate) text: Range<usize>,
    /// Its words in [`Manuscript::words`]; none for code and HTML.
    pub(crate) words: Range<usize>,
    /// Its first and last line in the source, from 1.
    pub(crate) lines: (usize, usize),
    /// Whether raw HTML stands inside.
    pub(crate) html: bool,
}

impl Block {
    /// Whether this is an ordinary paragraph of the article, where a link may stand.
    pub(crate) fn is_plain_paragraph(&self) -> bool {
        self.shape == Shape::Paragraph && self.place == Place::Body
    }
}

/// A link or an image.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    /// Its block in [`Manuscript::blocks`].
    pub(crate) block: usize,
    /// The linked words in [`Manuscript::text`]; empty for an image.
    pub(crate) text: Range<usize>,
    /// The address as written.
    pub(crate) href: String,
    /// The address, where it is a whole one (with a scheme).
    pub(crate) url: Option<Url>,
    pub(crate) image: bool,
}

/// One word of the running text.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    /// Its bytes in [`Manuscript::text`], punctuation around it included.
    pub(crate) text: Range<usize>,
    /// Whether it stands inside a link.
    pub(crate) linked: bool,
}

/// An article, parsed once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Manuscript {
    /// The text of all blocks without markup, each followed by a line break.
    pub(crate) text: String,
    pub(crate) blocks: Vec<Block>,
    pub(crate) links: Vec<Link>,
    pub(crate) words: Vec<Word>,
    /// The first piece of raw HTML.
    pub(crate) html: Option<String>,
    /// Code spans, in [`Manuscript::text`].
    pub(crate) spans: Vec<Range<usize>>,
    /// The top-level blocks of any kind, containers and rules included.
    pub(crate) top_level: usize,
}

impl Manuscript {
    pub(crate) fn parse(markdown: &str) -> Self {
        let arena = Arena::new();
        let root = comrak::parse_document(&arena, markdown, &super::dialect());
        let mut reader = Reader::default();
        reader.manuscript.text.reserve(markdown.len());
        for edge in root.traverse() {
            match edge {
                NodeEdge::Start(node) => reader.enter(node),
                NodeEdge::End(node) => reader.leave(node),
            }
        }
        reader.manuscript.top_level = root.children().count();
        reader.manuscript
    }

    /// The blocks that hold running text: no code, no HTML.
    pub(crate) fn running(&self) -> impl Iterator<Item = &Block> {
        self.blocks.iter().filter(|block| !matches!(block.shape, Shape::Code { .. } | Shape::Html))
    }

    pub(crate) fn headings(&self) -> impl Iterator<Item = (u8, &Block)> {
        self.blocks.iter().filter_map(|block| match block.shape {
            Shape::Heading(level) if block.place == Place::Body => Some((level, block)),
            _ => None,
        })
    }

    pub(crate) fn text_of(&self, block: &Block) -> &str {
        self.text[block.text.clone()].trim()
    }

    /// Whether byte `at` of the text stands in a code span.
    pub(crate) fn in_span(&self, at: usize) -> bool {
        let span = self.spans.partition_point(|span| span.end <= at);
        self.spans.get(span).is_some_and(|span| span.contains(&at))
    }

    /// The linked words, as a reader sees them.
    pub(crate) fn anchor(&self, link: &Link) -> &str {
        self.text[link.text.clone()].trim()
    }
}

#[derive(Default)]
struct Reader {
    manuscript: Manuscript,
    quotes: usize,
    lists: usize,
    tables: usize,
    /// Text inside an image is its description, not running text.
    images: usize,
    /// Open links: where each stands in `links`.
    open: Vec<usize>,
}

impl Reader {
    fn enter<'a>(&mut self, node: &'a AstNode<'a>) {
        let data = node.data();
        match &data.value {
            NodeValue::BlockQuote => self.quotes += 1,
            NodeValue::List(_) => self.lists += 1,
            NodeValue::Table(_) => self.tables += 1,
            NodeValue::Paragraph => self.open_block(Shape::Paragraph, node),
            NodeValue::Heading(heading) => self.open_block(Shape::Heading(heading.level), node),
            NodeValue::TableCell => self.open_block(Shape::Cell, node),
            NodeValue::CodeBlock(code) => {
                self.open_block(Shape::Code { closed: code.closed }, node);
                self.write(&code.literal);
            }
            NodeValue::HtmlBlock(html) => {
                self.open_block(Shape::Html, node);
                self.note_html(&html.literal);
                self.write(&html.literal);
            }
            NodeValue::HtmlInline(html) => self.note_html(html),
            NodeValue::Text(text) => self.write(text),
            NodeValue::Code(code) => {
                let start = self.manuscript.text.len();
                self.write(&code.literal);
                self.manuscript.spans.push(start..self.manuscript.text.len());
            }
            NodeValue::SoftBreak | NodeValue::LineBreak => self.write(" "),
            NodeValue::Link(link) => self.open_link(link, false),
            NodeValue::Image(link) => {
                self.open_link(link, true);
                self.images += 1;
            }
            _ => {}
        }
    }

    fn leave<'a>(&mut self, node: &'a AstNode<'a>) {
        match &node.data().value {
            NodeValue::BlockQuote => self.quotes -= 1,
            NodeValue::List(_) => self.lists -= 1,
            NodeValue::Table(_) => self.tables -= 1,
            NodeValue::Paragraph | NodeValue::Heading(_) | NodeValue::TableCell => {
                self.close_block(true);
            }
            NodeValue::CodeBlock(_) | NodeValue::HtmlBlock(_) => self.close_block(false),
            NodeValue::Link(_) => self.close_link(),
            NodeValue::Image(_) => {
                self.images -= 1;
                self.close_link();
            }
            _ => {}
        }
    }

    fn write(&mut self, text: &str) {
        if self.images == 0 {
            self.manuscript.text.push_str(text);
        }
    }

    fn note_html(&mut self, html: &str) {
        if self.manuscript.html.is_none() {
            self.manuscript.html = Some(html.trim().to_owned());
        }
        if let Some(block) = self.manuscript.blocks.last_mut() {
            block.html = true;
        }
    }

    fn open_block<'a>(&mut self, shape: Shape, node: &'a AstNode<'a>) {
        let place = match (self.quotes, self.lists, self.tables) {
            (0, 0, 0) => Place::Body,
            (0, 0, _) => Place::Table,
            (0, _, _) => Place::List,
            _ => Place::Quote,
        };
        let (at, word) = (self.manuscript.text.len(), self.manuscript.words.len());
        let sourcepos = node.data().sourcepos;
        self.manuscript.blocks.push(Block {
            shape,
            place,
            text: at..at,
            words: word..word,
            lines: (sourcepos.start.line, sourcepos.end.line),
            html: false,
        });
    }

    fn close_block(&mut self, running: bool) {
        let Self { manuscript, .. } = self;
        let Some(block) = manuscript.blocks.last_mut() else { return };
        block.text.end = manuscript.text.len();
        if running {
            let text = &manuscript.text[block.text.clone()];
            split_words(text, block.text.start, &mut manuscript.words);
            block.words.end = manuscript.words.len();
            mark_linked(&mut manuscript.words[block.words.clone()], &manuscript.links);
        }
        manuscript.text.push('\n');
    }

    fn open_link(&mut self, link: &NodeLink, image: bool) {
        let at = self.manuscript.text.len();
        self.open.push(self.manuscript.links.len());
        self.manuscript.links.push(Link {
            block: self.manuscript.blocks.len().saturating_sub(1),
            text: at..at,
            href: link.url.clone(),
            url: Url::parse(&link.url).ok(),
            image,
        });
    }

    fn close_link(&mut self) {
        if let Some(link) = self.open.pop() {
            self.manuscript.links[link].text.end = self.manuscript.text.len();
        }
    }
}

/// Finds the words of `text`, which begins at byte `offset` of the manuscript.
///
/// A word is what stands between blanks and holds a letter or a digit, as word processors count:
/// `well-known` is one. Scripts without blanks are split by the rules of Unicode.
fn split_words(text: &str, offset: usize, words: &mut Vec<Word>) {
    let mut push = |start: usize, piece: &str| {
        if piece.is_ascii() {
            if piece.bytes().any(|b| b.is_ascii_alphanumeric()) {
                words.push(Word { text: start..start + piece.len(), linked: false });
            }
        } else if piece.chars().any(written_without_blanks) {
            let pieces = piece.unicode_word_indices();
            words.extend(
                pieces.map(|(at, word)| Word { text: start + at..start + at + word.len(), linked: false }),
            );
        } else if piece.chars().any(char::is_alphanumeric) {
            words.push(Word { text: start..start + piece.len(), linked: false });
        }
    };
    let mut start = None;
    for (at, c) in text.char_indices() {
        if c.is_whitespace() || matches!(c, '\u{2013}' | '\u{2014}') {
            if let Some(begin) = start.take() {
                push(offset + begin, &text[begin..at]);
            }
        } else if start.is_none() {
            start = Some(at);
        }
    }
    if let Some(begin) = start {
        push(offset + begin, &text[begin..]);
    }
}

/// Thai to Khmer, and from the CJK radicals to the end of the compatibility ideographs; Korean
/// writes blanks.
pub(crate) fn written_without_blanks(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{2e80}'..='\u{a4cf}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Marks the words of the last block that stand inside a link. Links are few and in order.
fn mark_linked(words: &mut [Word], links: &[Link]) {
    let Some(first) = words.first().map(|word| word.text.start) else { return };
    for link in links.iter().rev().take_while(|link| link.text.end > first) {
        let from = words.partition_point(|word| word.text.end <= link.text.start);
        for word in words[from..].iter_mut().take_while(|word| word.text.start < link.text.end) {
            word.linked = true;
        }
    }
}

/// The byte range of each line, without its ending, split as `CommonMark` does.
pub(crate) fn lines_of(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut lines = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < bytes.len() {
        let ending = match bytes[at] {
            b'\r' if bytes.get(at + 1) == Some(&b'\n') => 2,
            b'\r' | b'\n' => 1,
            _ => 0,
        };
        if ending > 0 {
            lines.push(start..at);
            start = at + ending;
        }
        at += ending.max(1);
    }
    if start < bytes.len() {
        lines.push(start..bytes.len());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{Place::*, *};

    fn count(markdown: &str) -> usize {
        Manuscript::parse(markdown).words.len()
    }

    #[test]
    fn words_are_counted_as_a_word_processor_does() {
        assert_eq!(count("A well-known baker's dozen: 12 + 1 - 0."), 7);
        assert_eq!(count("this\u{2014}that and \u{2026} so"), 4);
        assert_eq!(count("# Title\n\nSee [the guide](https://a.example/long/path)."), 4);
        assert_eq!(count("```\nno words here\n```\n\n![not this](https://a.example/i.png)"), 0);
        assert_eq!(count("caf\u{e9} cr\u{e8}me"), 2);
        assert_eq!(count(""), 0);
    }

    #[test]
    fn scripts_without_blanks_have_words_too() {
        assert!(count("\u{6211}\u{559c}\u{6b22}\u{8dd1}\u{6b65}\u{978b}") >= 3);
    }

    #[test]
    fn a_block_knows_its_place_and_its_links_their_block() {
        let text = "# H\n\nP [a b](https://a.example) c\n\n> Q [x](https://b.example)\n\n- L\n\n| T |\n|---|\n| c |\n";
        let manuscript = Manuscript::parse(text);
        let places: Vec<_> = manuscript.blocks.iter().map(|block| block.place).collect();
        assert_eq!(places, [Body, Body, Quote, List, Table, Table]);
        assert_eq!(manuscript.links.len(), 2);
        assert!(manuscript.blocks[manuscript.links[0].block].is_plain_paragraph());
        assert_eq!(manuscript.anchor(&manuscript.links[0]), "a b");
        let linked: Vec<_> = manuscript
            .words
            .iter()
            .filter(|word| word.linked)
            .map(|word| &manuscript.text[word.text.clone()])
            .collect();
        assert_eq!(linked, ["a", "b", "x"]);
    }

    #[test]
    fn lines_end_as_commonmark_says() {
        assert_eq!(lines_of("a\r\nb\rc\n\nd"), [0..1, 3..4, 5..6, 7..7, 8..9]);
        assert_eq!(lines_of(""), Vec::<Range<usize>>::new());
    }
}
