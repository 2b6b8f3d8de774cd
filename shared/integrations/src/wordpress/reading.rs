//! What a reader gets of a page or a text: its words, and its links.

use html5ever::{
    tendril::StrTendril,
    tokenizer::{
        BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
        states::RawKind,
    },
};
use std::cell::RefCell;

/// The parts of `rel` that say something to search engines; browsers' ones are left out.
const MARKS: [&str; 3] = ["sponsored", "nofollow", "ugc"];
/// Elements whose content is no text.
const UNREAD: [&str; 8] = ["script", "style", "noscript", "template", "textarea", "title", "iframe", "svg"];

/// A link, as it stands on the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SeenLink {
    pub(super) href: String,
    /// The marks among its `rel`, sorted.
    pub(super) marks: Vec<&'static str>,
    /// What a reader can tell of its words: [`spoken`].
    pub(super) words: String,
}

/// Words and links, in their order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) words: String,
    pub(super) links: Vec<SeenLink>,
}

impl Reading {
    /// Reads HTML, whole pages and parts alike.
    pub(super) fn of(html: &str) -> Self {
        let sink = Sink::default();
        let input = BufferQueue::default();
        input.push_back(StrTendril::from_slice(html));
        let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
        let _ = tokenizer.feed(&input);
        tokenizer.end();
        tokenizer.sink.seen.into_inner().finish()
    }
}

/// Letters and digits only: WordPress curls quotes, lengthens dashes and moves spaces.
pub(super) fn spoken(text: &str) -> String {
    text.replace('×', "x").replace('™', "tm").chars().filter(|c| c.is_alphanumeric()).collect()
}

#[derive(Default)]
struct Sink {
    seen: RefCell<Seen>,
}

#[derive(Default)]
struct Seen {
    text: String,
    links: Vec<SeenLink>,
    /// The link that is open, and where its words begin.
    open: Option<(SeenLink, usize)>,
    /// The element whose content is being left out, and how deep in it we are.
    unread: Option<(String, usize)>,
}

impl Seen {
    fn close(&mut self) {
        if let Some((mut link, start)) = self.open.take() {
            link.words = spoken(&self.text[start..]);
            self.links.push(link);
        }
    }

    fn finish(mut self) -> Reading {
        self.close();
        Reading { words: spoken(&self.text), links: self.links }
    }

    fn tag(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        let name = &*tag.name;
        if let Some((left_out, depth)) = &mut self.unread {
            if left_out == name {
                match tag.kind {
                    TagKind::StartTag => *depth += 1,
                    TagKind::EndTag => *depth -= 1,
                }
            }
            if *depth == 0 {
                self.unread = None;
            }
            return TokenSinkResult::Continue;
        }
        match (tag.kind, name) {
            (TagKind::StartTag, "a") => {
                self.close();
                let value = |name: &str| {
                    let attribute = tag.attrs.iter().find(|attribute| &*attribute.name.local == name);
                    attribute.map(|attribute| attribute.value.trim().to_owned())
                };
                if let Some(href) = value("href") {
                    let rel = value("rel").unwrap_or_default().to_ascii_lowercase();
                    let given: Vec<&str> = rel.split_whitespace().collect();
                    let marks = MARKS.into_iter().filter(|mark| given.contains(mark)).collect();
                    self.open = Some((SeenLink { href, marks, words: String::new() }, self.text.len()));
                }
            }
            (TagKind::EndTag, "a") => self.close(),
            (TagKind::StartTag, name) if UNREAD.contains(&name) && !tag.self_closing => {
                self.unread = Some((name.to_owned(), 1));
                return match name {
                    "script" => TokenSinkResult::RawData(RawKind::ScriptData),
                    "style" | "noscript" | "iframe" => TokenSinkResult::RawData(RawKind::Rawtext),
                    "textarea" | "title" => TokenSinkResult::RawData(RawKind::Rcdata),
                    _ => TokenSinkResult::Continue,
                };
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        let mut seen = self.seen.borrow_mut();
        match token {
            Token::TagToken(tag) => return seen.tag(&tag),
            Token::CharacterTokens(text) if seen.unread.is_none() => seen.text.push_str(&text),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_read_with_their_marks_and_words() {
        let reading = Reading::of(
            "<p>It&#8217;s <a rel='Noopener SPONSORED' HREF=\"https://a.example/?a=1&#038;b=2\">the <b>tea</b> \
             guide</a>.<a name=x>none</a>",
        );
        assert_eq!(reading.words, "Itstheteaguidenone");
        let link = SeenLink {
            href: "https://a.example/?a=1&b=2".to_owned(),
            marks: vec!["sponsored"],
            words: "theteaguide".to_owned(),
        };
        assert_eq!(reading.links, [link]);
    }

    #[test]
    fn what_nobody_sees_is_no_link() {
        let hidden = "<!-- <a href='/c'>c</a> --><script>'<a href=\"/s\">s</a>'</script>\
                      <noscript><a href='/n'>n</a></noscript><template><a href='/t'>t</a><template></template>\
                      </template><title><a href='/h'></title><textarea><a href='/x'>x</a></textarea>";
        assert_eq!(Reading::of(hidden), Reading::default());
        assert_eq!(Reading::of(&format!("{hidden}<a href=/y>y</a>")).links.len(), 1);
    }

    #[test]
    fn a_link_that_is_never_closed_ends_at_the_next_one() {
        let links = Reading::of("<a href=/one>one<a href=/two>two").links;
        assert_eq!(links.iter().map(|link| link.words.as_str()).collect::<Vec<_>>(), ["one", "two"]);
    }
}
