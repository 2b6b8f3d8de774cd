//! The brief: what the customer wants written.
//!
//! A [`BriefInput`] is what came in; [`Brief::parse`] turns it into a [`Brief`] or says, field by
//! field, what is wrong with it. Nothing downstream checks a brief again.

use crate::{id::ArticleId, text_enum::text_enum};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use url::Url;

/// Longest topic, in characters.
pub const TOPIC_MAX_CHARS: usize = 200;
/// Longest keyword, in characters.
pub const KEYWORD_MAX_CHARS: usize = 80;
/// Most keywords of one brief.
pub const KEYWORDS_MAX: usize = 10;
/// Longest anchor text, in characters.
pub const ANCHOR_MAX_CHARS: usize = 120;
/// Longest URL, in characters.
pub const URL_MAX_CHARS: usize = 2_000;
/// Longest tone, audience or language, in characters.
pub const PHRASE_MAX_CHARS: usize = 120;
/// Longest notes, in characters.
pub const NOTES_MAX_CHARS: usize = 5_000;
/// Most entries of a list (outline, must include, avoid).
pub const LIST_MAX: usize = 20;
/// Longest entry of a list, in characters.
pub const LIST_ENTRY_MAX_CHARS: usize = 300;
/// Shortest article that can be ordered, in words.
pub const WORDS_MIN: u32 = 150;
/// Longest article that can be ordered, in words.
pub const WORDS_MAX: u32 = 10_000;
/// What an article has when the brief names no length, in words.
pub const WORDS_DEFAULT: u32 = 1_000;

text_enum! {
    /// What is being sold.
    pub enum ProductKind {
        /// A new article.
        Article = "article",
        /// A link placed into an article that already exists.
        Backlink = "backlink",
    }
}

text_enum! {
    /// The `rel` of the ordered link. Search engines ask that paid links are marked `sponsored`
    /// (<https://developers.google.com/search/docs/crawling-indexing/qualify-outbound-links>).
    pub enum Rel {
        /// Paid for.
        Sponsored = "sponsored",
        /// Not vouched for.
        Nofollow = "nofollow",
        /// Written by a user.
        Ugc = "ugc",
        /// An ordinary link: no `rel` at all.
        Follow = "follow",
    }
}

/// The link that was ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderedLink {
    /// Where it leads: http or https.
    pub target_url: Url,
    /// The words that are linked, exactly.
    pub anchor_text: String,
    /// How it is marked.
    pub rel: Rel,
}

/// What the customer wants, checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Brief {
    /// What was ordered.
    pub product: ProductKind,
    /// The topic or title.
    pub topic: String,
    /// The primary one first; may be empty for a backlink.
    pub keywords: Vec<String>,
    /// The link to be placed; always there for a backlink.
    #[serde(flatten)]
    pub link: Option<OrderedLink>,
    /// BCP 47, lower case (`en`, `pt-br`).
    pub language: String,
    /// For example `friendly`.
    pub tone: Option<String>,
    /// Who will read it.
    pub audience: Option<String>,
    /// Target length in words; the accepted range is a setting of the product.
    pub word_count: u32,
    /// Headings that were asked for.
    #[serde(default)]
    pub outline: Vec<String>,
    /// Facts or phrases that must appear.
    #[serde(default)]
    pub must_include: Vec<String>,
    /// Words or themes to stay away from.
    #[serde(default)]
    pub avoid: Vec<String>,
    /// Anything else.
    pub notes: Option<String>,
    /// The article that receives the link; only for a backlink.
    pub article_id: Option<ArticleId>,
}

/// A brief as it came in: every field optional, nothing checked.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the fields are those of `Brief`")]
pub struct BriefInput {
    pub product: Option<String>,
    pub topic: Option<String>,
    pub keywords: Vec<String>,
    pub target_url: Option<String>,
    pub anchor_text: Option<String>,
    pub rel: Option<String>,
    pub language: Option<String>,
    pub tone: Option<String>,
    pub audience: Option<String>,
    pub word_count: Option<String>,
    pub outline: Vec<String>,
    pub must_include: Vec<String>,
    pub avoid: Vec<String>,
    pub notes: Option<String>,
    pub article_id: Option<String>,
}

/// What is wrong with one field, in words for the person who filled it in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The field's API name (`targetUrl`).
    pub field: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl BriefInput {
    /// Reads the metadata of a storefront's Stripe session: snake-case keys, lists separated by
    /// commas (lines, for those whose entries may hold commas).
    pub fn from_metadata(metadata: &BTreeMap<String, String>) -> Self {
        let text = |key: &str| metadata.get(key).cloned();
        let list = |key: &str, separator: char| {
            metadata.get(key).map_or_else(Vec::new, |all| all.split(separator).map(str::to_owned).collect())
        };
        Self {
            product: text("product"),
            topic: text("topic").or_else(|| text("title")),
            keywords: list("keywords", ','),
            target_url: text("target_url"),
            anchor_text: text("anchor_text"),
            rel: text("rel"),
            language: text("language"),
            tone: text("tone"),
            audience: text("audience"),
            word_count: text("word_count"),
            outline: list("outline", '\n'),
            must_include: list("must_include", '\n'),
            avoid: list("avoid", '\n'),
            notes: text("notes"),
            article_id: text("article_id"),
        }
    }
}

impl Brief {
    /// Checks every field and reports all problems at once.
    pub fn parse(input: BriefInput) -> Result<Self, Vec<FieldError>> {
        let mut form = Form::default();
        let product = form.product(input.product.as_deref());
        let backlink = product == Some(ProductKind::Backlink);
        let topic = form.phrase("topic", input.topic, TOPIC_MAX_CHARS);
        if topic.is_none() && !backlink {
            form.wrong("topic", "Say what the article is about.");
        }
        let keywords = form.list("keywords", input.keywords, KEYWORDS_MAX, KEYWORD_MAX_CHARS);
        let link = form.link(input.target_url, input.anchor_text, input.rel, backlink);
        let language = form.language(input.language);
        let tone = form.phrase("tone", input.tone, PHRASE_MAX_CHARS);
        let audience = form.phrase("audience", input.audience, PHRASE_MAX_CHARS);
        let word_count = form.word_count(input.word_count);
        let outline = form.list("outline", input.outline, LIST_MAX, LIST_ENTRY_MAX_CHARS);
        let must_include = form.list("mustInclude", input.must_include, LIST_MAX, LIST_ENTRY_MAX_CHARS);
        let avoid = form.list("avoid", input.avoid, LIST_MAX, LIST_ENTRY_MAX_CHARS);
        let notes = form.phrase("notes", input.notes, NOTES_MAX_CHARS);
        let article_id = form.article_id(input.article_id, backlink);
        match product {
            Some(product) if form.errors.is_empty() => Ok(Self {
                product,
                topic: topic.unwrap_or_else(|| "Link placement".to_owned()),
                keywords,
                link,
                language,
                tone,
                audience,
                word_count,
                outline,
                must_include,
                avoid,
                notes,
                article_id,
            }),
            _ => Err(form.errors),
        }
    }

    /// The keyword that the title, the opening and a heading must carry.
    pub fn primary_keyword(&self) -> Option<&str> {
        self.keywords.first().map(String::as_str)
    }
}

#[derive(Default)]
struct Form {
    errors: Vec<FieldError>,
}

impl Form {
    fn wrong(&mut self, field: &str, message: impl Into<String>) {
        self.errors.push(FieldError { field: field.to_owned(), message: message.into() });
    }

    fn product(&mut self, given: Option<&str>) -> Option<ProductKind> {
        let parsed = given.map(str::trim).and_then(|name| name.parse().ok());
        if parsed.is_none() {
            self.wrong("product", "Choose a product: article or backlink.");
        }
        parsed
    }

    /// A text without control characters, trimmed; empty counts as missing.
    fn phrase(&mut self, field: &str, given: Option<String>, max_chars: usize) -> Option<String> {
        let text: String = given?.chars().filter(|c| !c.is_control() || *c == '\n').collect();
        let text = text.trim().to_owned();
        if text.chars().count() > max_chars {
            self.wrong(field, format!("Keep this under {max_chars} characters."));
        }
        (!text.is_empty()).then_some(text)
    }

    fn list(&mut self, field: &str, given: Vec<String>, most: usize, max_chars: usize) -> Vec<String> {
        let entries: Vec<String> =
            given.into_iter().filter_map(|entry| self.phrase(field, Some(entry), max_chars)).collect();
        if entries.len() > most {
            self.wrong(field, format!("No more than {most} entries, please."));
        }
        entries
    }

    fn link(
        &mut self,
        target_url: Option<String>,
        anchor_text: Option<String>,
        rel: Option<String>,
        required: bool,
    ) -> Option<OrderedLink> {
        let target_url = self.phrase("targetUrl", target_url, URL_MAX_CHARS);
        let anchor_text = self.phrase("anchorText", anchor_text, ANCHOR_MAX_CHARS);
        let rel = match self.phrase("rel", rel, PHRASE_MAX_CHARS).map(|rel| rel.parse()) {
            None => Rel::Sponsored,
            Some(Ok(rel)) => rel,
            Some(Err(_)) => {
                self.wrong("rel", "Choose sponsored, nofollow, ugc or follow.");
                Rel::Sponsored
            }
        };
        let url = target_url.as_deref().and_then(|text| {
            let parsed = Url::parse(text).ok().filter(|url| {
                matches!(url.scheme(), "http" | "https") && url.host().is_some() && url.username().is_empty()
            });
            if parsed.is_none() {
                self.wrong("targetUrl", "Give the whole address, starting with https://.");
            }
            parsed
        });
        match (target_url.is_some(), &anchor_text) {
            (false, None) if required => {
                self.wrong("targetUrl", "Say where the link leads.");
                self.wrong("anchorText", "Say which words are linked.");
            }
            (false, Some(_)) => self.wrong("targetUrl", "An anchor text needs an address to link to."),
            (true, None) => self.wrong("anchorText", "Say which words are linked."),
            (_, Some(anchor)) if anchor.contains(['[', ']', '<', '>', '\n', '`', '*', '_', '\\']) => {
                self.wrong("anchorText", "Use plain words on one line: no brackets, asterisks or backticks.");
            }
            _ => {}
        }
        Some(OrderedLink { target_url: url?, anchor_text: anchor_text?, rel })
    }

    fn language(&mut self, given: Option<String>) -> String {
        let language = self.phrase("language", given, PHRASE_MAX_CHARS).unwrap_or_else(|| "en".to_owned());
        let language = language.to_ascii_lowercase().replace('_', "-");
        let mut parts = language.split('-');
        let primary = parts.next().unwrap_or_default();
        let known = (2..=3).contains(&primary.len())
            && primary.bytes().all(|b| b.is_ascii_lowercase())
            && parts.all(|p| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()));
        if !known {
            self.wrong("language", "Give a language code, for example en, de or pt-br.");
        }
        language
    }

    fn word_count(&mut self, given: Option<String>) -> u32 {
        let Some(text) = self.phrase("wordCount", given, PHRASE_MAX_CHARS) else {
            return WORDS_DEFAULT;
        };
        match text.parse() {
            Ok(words) if (WORDS_MIN..=WORDS_MAX).contains(&words) => words,
            _ => {
                self.wrong("wordCount", format!("Give a whole number from {WORDS_MIN} to {WORDS_MAX}."));
                WORDS_DEFAULT
            }
        }
    }

    fn article_id(&mut self, given: Option<String>, required: bool) -> Option<ArticleId> {
        match self.phrase("articleId", given, PHRASE_MAX_CHARS) {
            Some(text) => match text.parse() {
                Ok(id) => return Some(id),
                Err(_) => self.wrong("articleId", "This is not the id of an article."),
            },
            None if required => self.wrong("articleId", "Say which article receives the link."),
            None => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(pairs: &[(&str, &str)]) -> BriefInput {
        BriefInput::from_metadata(&pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn a_storefronts_metadata_becomes_a_brief() {
        let brief = Brief::parse(metadata(&[
            ("product", "article"),
            ("topic", " Better notes "),
            ("keywords", "note taking, notes,, team notes"),
            ("target_url", "https://example.com/notes"),
            ("anchor_text", "our guide"),
            ("word_count", "800"),
            ("language", "EN_us"),
        ]))
        .unwrap();
        assert_eq!(brief.topic, "Better notes");
        assert_eq!(brief.keywords, ["note taking", "notes", "team notes"]);
        assert_eq!(brief.language, "en-us");
        assert_eq!(brief.word_count, 800);
        let link = brief.link.clone().unwrap();
        assert_eq!((link.anchor_text.as_str(), link.rel), ("our guide", Rel::Sponsored));
        let stored = serde_json::to_string(&brief).unwrap();
        assert_eq!(serde_json::from_str::<Brief>(&stored).unwrap(), brief);
    }

    #[test]
    fn an_article_needs_no_link() {
        let brief = Brief::parse(metadata(&[("product", "article"), ("topic", "Tea")])).unwrap();
        assert_eq!(brief.link, None);
        let stored = serde_json::to_string(&brief).unwrap();
        assert_eq!(serde_json::from_str::<Brief>(&stored).unwrap(), brief);
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let long = "x".repeat(NOTES_MAX_CHARS + 1);
        let errors = Brief::parse(metadata(&[
            ("product", "poem"),
            ("topic", "  "),
            ("target_url", "javascript:alert(1)"),
            ("anchor_text", "a [b]"),
            ("word_count", "many"),
            ("language", "English please"),
            ("notes", &long),
            ("article_id", "7"),
            ("rel", "dofollow"),
        ]))
        .unwrap_err();
        let fields: Vec<_> = errors.iter().map(|e| e.field.as_str()).collect();
        let expected = "product topic rel targetUrl anchorText language wordCount notes articleId";
        assert_eq!(fields.join(" "), expected);
    }

    #[test]
    fn a_backlink_needs_its_link_and_its_article() {
        let errors = Brief::parse(metadata(&[("product", "backlink")])).unwrap_err();
        let fields: Vec<_> = errors.iter().map(|e| e.field.as_str()).collect();
        assert_eq!(fields, ["targetUrl", "anchorText", "articleId"]);
    }
}
