//! The letter: what a mail says, before it is text or HTML.

use super::{RenderedMail, phrase::one_line};
use askama::Template;

/// A piece of a letter's body.
pub(super) enum Block {
    /// A paragraph.
    Paragraph(String),
    /// Labels with their values.
    Facts(Vec<Fact>),
    /// What somebody wrote, under a line that says who.
    Quote { lead: String, lines: Vec<String> },
    /// A list under its line.
    List { lead: String, entries: Vec<String> },
}

/// A label with its value.
pub(super) struct Fact {
    pub(super) label: &'static str,
    pub(super) value: String,
}

/// Something to open.
pub(super) struct Link {
    pub(super) label: &'static str,
    pub(super) url: String,
}

/// Everything that a mail says.
pub(super) struct Letter {
    pub(super) subject: String,
    pub(super) shop_name: String,
    pub(super) title: String,
    pub(super) blocks: Vec<Block>,
    /// The one thing to do, as a button with the plain address under it.
    pub(super) button: Option<Link>,
    /// A second address, plain and small.
    pub(super) aside: Option<Link>,
    /// Why this mail came.
    pub(super) why: String,
}

impl Letter {
    /// A letter without a body yet.
    pub(super) fn new(shop_name: &str, subject: &str, title: &str) -> Self {
        Self {
            subject: one_line(subject),
            shop_name: one_line(shop_name),
            title: one_line(title),
            blocks: Vec::new(),
            button: None,
            aside: None,
            why: String::new(),
        }
    }

    /// Adds a paragraph; an empty one is left out.
    pub(super) fn say(&mut self, paragraph: impl Into<String>) {
        let paragraph = paragraph.into();
        if !paragraph.is_empty() {
            self.blocks.push(Block::Paragraph(paragraph));
        }
    }

    /// Adds labelled values; an empty table is left out.
    pub(super) fn facts(&mut self, facts: Vec<Fact>) {
        if !facts.is_empty() {
            self.blocks.push(Block::Facts(facts));
        }
    }

    /// What mail clients show beside the subject in their lists.
    fn preview(&self) -> &str {
        match self.blocks.first() {
            Some(Block::Paragraph(text)) => text,
            _ => &self.title,
        }
    }

    /// Both parts, from this one letter.
    pub(super) fn rendered(self) -> RenderedMail {
        let (mut text, mut html) = (String::new(), String::new());
        // A `String` takes whatever is written to it, and the templates hold no filter of ours
        // that could refuse: there is no error to hand on.
        let _ = TextPart { letter: &self }.render_into(&mut text);
        let _ = HtmlPart { letter: &self }.render_into(&mut html);
        RenderedMail { subject: self.subject, text, html }
    }
}

#[derive(Template)]
#[template(path = "mail/letter.txt")]
struct TextPart<'a> {
    letter: &'a Letter,
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct HtmlPart<'a> {
    letter: &'a Letter,
}
