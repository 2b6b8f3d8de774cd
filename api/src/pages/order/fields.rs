//! The fields of the order form, as data: what stands in them, and what is wrong with it.

use crate::{checkout::Wish, envelope::ErrorDetail, extract::Params};
use galley_domain::{
    brief::{
        ANCHOR_MAX_CHARS, BriefInput, NOTES_MAX_CHARS, PHRASE_MAX_CHARS, ProductKind, Rel, TOPIC_MAX_CHARS,
        URL_MAX_CHARS, WORDS_MAX, WORDS_MIN,
    },
    payment::EMAIL_MAX_CHARS,
};

/// How a field is filled in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// One line; the `type` of its input.
    Line(&'static str),
    /// A whole number, from the one to the other.
    Number(u32, u32),
    /// Several lines.
    Lines,
    /// One of these names.
    Choice(&'static [&'static str]),
}

/// A field with what stands in it.
pub(super) struct Field {
    pub(super) name: &'static str,
    /// What begins with this field.
    pub(super) heading: Option<&'static str>,
    pub(super) label: &'static str,
    pub(super) hint: &'static str,
    pub(super) kind: Kind,
    pub(super) required: bool,
    pub(super) max_chars: usize,
    pub(super) autocomplete: &'static str,
    pub(super) value: String,
    pub(super) errors: Vec<String>,
}

impl Field {
    pub(super) fn is_lines(&self) -> bool {
        self.kind == Kind::Lines
    }

    pub(super) fn choices(&self) -> &'static [&'static str] {
        match self.kind {
            Kind::Choice(names) => names,
            Kind::Line(_) | Kind::Number(..) | Kind::Lines => &[],
        }
    }

    /// The least and the greatest number.
    pub(super) const fn range(&self) -> Option<(u32, u32)> {
        match self.kind {
            Kind::Number(least, greatest) => Some((least, greatest)),
            Kind::Line(_) | Kind::Lines | Kind::Choice(_) => None,
        }
    }

    pub(super) fn is_chosen(&self, choice: &str) -> bool {
        self.value == choice
    }

    pub(super) fn input_type(&self) -> &'static str {
        match self.kind {
            Kind::Line(kind) => kind,
            Kind::Number(..) => "number",
            Kind::Lines | Kind::Choice(_) => "text",
        }
    }
}

/// Those that everybody fills in, and those that few do.
pub(super) struct Fields {
    pub(super) main: Vec<Field>,
    pub(super) more: Vec<Field>,
}

impl Fields {
    /// The form for `product`, with what was sent and what is wrong with it.
    pub(super) fn of(product: ProductKind, sent: &Params, wrong: &[ErrorDetail]) -> Self {
        let filled = |mut field: Field| {
            field.value = sent.get(field.name).unwrap_or_default().to_owned();
            let errors = wrong.iter().filter(|wrong| wrong.field == field.name);
            field.errors = errors.map(|wrong| wrong.message.clone()).collect();
            field
        };
        let (main, more) = layout(product);
        Self { main: main.into_iter().map(filled).collect(), more: more.into_iter().map(filled).collect() }
    }

    /// Whether somebody filled in one of those that few do.
    pub(super) fn is_more_open(&self) -> bool {
        self.more.iter().any(|field| !field.value.is_empty() || !field.errors.is_empty())
    }

    /// What is wrong with fields that this form does not have.
    pub(super) fn stray(&self, wrong: &[ErrorDetail]) -> Vec<String> {
        let shown = |name: &str| self.main.iter().chain(&self.more).any(|field| field.name == name);
        wrong.iter().filter(|wrong| !shown(&wrong.field)).map(|wrong| wrong.message.clone()).collect()
    }
}

fn field(name: &'static str, label: &'static str, hint: &'static str) -> Field {
    Field {
        name,
        heading: None,
        label,
        hint,
        kind: Kind::Line("text"),
        required: false,
        max_chars: 1_000,
        autocomplete: "off",
        value: String::new(),
        errors: Vec::new(),
    }
}

const RELS: [&str; 4] =
    [Rel::Sponsored.as_str(), Rel::Nofollow.as_str(), Rel::Ugc.as_str(), Rel::Follow.as_str()];

fn layout(product: ProductKind) -> (Vec<Field>, Vec<Field>) {
    let backlink = product == ProductKind::Backlink;
    let lines = |field: Field| Field { kind: Kind::Lines, max_chars: NOTES_MAX_CHARS, ..field };
    let topic = Field {
        heading: Some("What to write"),
        required: true,
        max_chars: TOPIC_MAX_CHARS,
        ..field("topic", "What is it about?", "A topic or a working title.")
    };
    let article = Field {
        required: true,
        max_chars: 36,
        ..field(
            "articleId",
            "Article number",
            "Only if we have given you one: choosing the article fills it in.",
        )
    };
    let target = Field {
        heading: Some("Your link"),
        kind: Kind::Line("url"),
        required: backlink,
        max_chars: URL_MAX_CHARS,
        ..field("targetUrl", "Link to", "The whole address, starting with https://.")
    };
    let anchor = Field {
        required: backlink,
        max_chars: ANCHOR_MAX_CHARS,
        ..field("anchorText", "Words that are linked", "Exactly as they are to appear.")
    };
    let keywords = field("keywords", "Keywords", "Separated by commas, the most important one first.");
    let words = Field {
        kind: Kind::Number(WORDS_MIN, WORDS_MAX),
        max_chars: 6,
        ..field("wordCount", "Length in words", "From 150 to 10,000; 1,000 unless you say.")
    };
    let email = Field {
        heading: Some("You"),
        kind: Kind::Line("email"),
        required: true,
        max_chars: EMAIL_MAX_CHARS,
        autocomplete: "email",
        ..field("email", "Your e-mail address", "We send the link to your order there.")
    };
    let rel = Field {
        kind: Kind::Choice(&RELS),
        ..field("rel", "How the link is marked", "Search engines ask that paid links are marked sponsored.")
    };
    let phrase = |field: Field| Field { max_chars: PHRASE_MAX_CHARS, ..field };
    let language =
        phrase(field("language", "Language", "A code such as en, de or pt-br; en unless you say."));
    let notes = lines(field("notes", "Anything else", "What we should know."));
    if backlink {
        return (vec![article, target, anchor, email], vec![keywords, rel, notes]);
    }
    let more = vec![
        language,
        phrase(field("tone", "Tone", "For example: friendly, matter-of-fact.")),
        phrase(field("audience", "Readers", "Who will read it.")),
        rel,
        lines(field("outline", "Headings", "One per line.")),
        lines(field("mustInclude", "Must appear", "Facts or phrases, one per line.")),
        lines(field("avoid", "Stay away from", "Words or themes, one per line.")),
        notes,
    ];
    (vec![topic, keywords, words, target, anchor, email], more)
}

/// The brief that a form describes; lists come as lines, keywords with commas.
pub(super) fn brief_input(sent: &Params) -> BriefInput {
    let text = |name| sent.get(name).map(str::to_owned);
    let list = |name, separators: &[char]| {
        sent.get(name).map_or_else(Vec::new, |all| all.split(separators).map(str::to_owned).collect())
    };
    BriefInput {
        product: text("product"),
        topic: text("topic"),
        keywords: list("keywords", &[',', '\n']),
        target_url: text("targetUrl"),
        anchor_text: text("anchorText"),
        rel: text("rel"),
        language: text("language"),
        tone: text("tone"),
        audience: text("audience"),
        word_count: text("wordCount"),
        outline: list("outline", &['\n']),
        must_include: list("mustInclude", &['\n']),
        avoid: list("avoid", &['\n']),
        notes: text("notes"),
        article_id: text("articleId"),
    }
}

/// What it says beside the brief.
pub(super) fn wish(sent: &Params) -> Wish {
    Wish { email: sent.get("email").map(str::to_owned), gateway: sent.get("gateway").map(str::to_owned) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_ways_to_mark_a_link_can_be_chosen() {
        assert!(Rel::ALL.iter().map(|rel| rel.as_str()).eq(RELS));
    }

    #[test]
    fn what_was_sent_stands_in_its_field_and_what_is_wrong_beside_it() {
        let sent = Params::of(b"topic=Tea&tone=dry&product=article");
        let wrong = [ErrorDetail::new("email", "No."), ErrorDetail::new("product", "Not sold.")];
        let fields = Fields::of(ProductKind::Article, &sent, &wrong);
        let find =
            |name: &str| fields.main.iter().chain(&fields.more).find(|field| field.name == name).unwrap();
        assert_eq!(find("topic").value, "Tea");
        assert_eq!(find("email").errors, ["No."]);
        assert!(fields.is_more_open());
        assert_eq!(fields.stray(&wrong), ["Not sold."]);
    }

    #[test]
    fn lists_come_as_lines_and_keywords_with_commas() {
        let input = brief_input(&Params::of(b"keywords=a,b%0D%0Ac&outline=One,+two%0D%0AThree"));
        assert_eq!(input.keywords, ["a", "b\r", "c"]);
        assert_eq!(input.outline, ["One, two\r", "Three"]);
    }
}
