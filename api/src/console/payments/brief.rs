//! What was bought, as a form that staff complete: the fields of a storefront's metadata, under the same
//! names.

use crate::{envelope::ErrorDetail, extract::Params};
use galley_domain::brief::{Brief, BriefInput};
use std::collections::BTreeMap;

/// A field of the brief, with what stands in it.
pub(super) struct Entry {
    /// Its metadata key.
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    /// Several lines.
    pub(super) long: bool,
    pub(super) value: String,
    pub(super) errors: Vec<String>,
}

/// Metadata key, API name, label, whether it has several lines.
const FIELDS: [(&str, &str, &str, bool); 15] = [
    ("product", "product", "Product: article or backlink", false),
    ("topic", "topic", "Topic", false),
    ("keywords", "keywords", "Keywords, separated by commas", false),
    ("target_url", "targetUrl", "Link to", false),
    ("anchor_text", "anchorText", "Words that are linked", false),
    ("rel", "rel", "How the link is marked", false),
    ("article_id", "articleId", "Id of the article for the link", false),
    ("word_count", "wordCount", "Length in words", false),
    ("language", "language", "Language", false),
    ("tone", "tone", "Tone", false),
    ("audience", "audience", "Readers", false),
    ("outline", "outline", "Headings, one per line", true),
    ("must_include", "mustInclude", "Must appear, one per line", true),
    ("avoid", "avoid", "Stay away from, one per line", true),
    ("notes", "notes", "Notes", true),
];

/// The form, filled with what came with the payment or, after it was sent, with what was typed.
pub(super) fn entries(
    came: &BTreeMap<String, String>,
    sent: Option<&Params>,
    wrong: &[ErrorDetail],
) -> Vec<Entry> {
    let entry = |(name, field, label, long): (&'static str, &str, &'static str, bool)| {
        let value = match sent {
            Some(sent) => sent.get(name).unwrap_or_default().to_owned(),
            None => came.get(name).cloned().unwrap_or_default(),
        };
        let errors = wrong.iter().filter(|wrong| wrong.field == field);
        Entry { name, label, long, value, errors: errors.map(|wrong| wrong.message.clone()).collect() }
    };
    FIELDS.into_iter().map(entry).collect()
}

/// The brief that was typed in.
pub(super) fn typed(sent: &Params) -> Result<Brief, Vec<ErrorDetail>> {
    let metadata = FIELDS
        .iter()
        .filter_map(|(name, ..)| Some(((*name).to_owned(), sent.get(name)?.to_owned())))
        .collect::<BTreeMap<_, _>>();
    let parsed = Brief::parse(BriefInput::from_metadata(&metadata));
    parsed.map_err(|errors| errors.into_iter().map(ErrorDetail::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_with_the_payment_stands_in_the_form_until_it_is_sent() {
        let came = BTreeMap::from([("topic".to_owned(), "Tea".to_owned())]);
        let value =
            |entries: &[Entry]| entries.iter().find(|entry| entry.name == "topic").unwrap().value.clone();
        assert_eq!(value(&entries(&came, None, &[])), "Tea");
        assert_eq!(value(&entries(&came, Some(&Params::of(b"topic=Coffee")), &[])), "Coffee");
        assert_eq!(value(&entries(&came, Some(&Params::of(b"")), &[])), "");
    }

    #[test]
    fn a_typed_brief_is_checked_like_any_other() {
        let brief =
            typed(&Params::of(b"product=article&topic=Tea&word_count=300&keywords=green,black")).unwrap();
        assert_eq!((brief.word_count, brief.keywords.len()), (300, 2));
        let wrong = typed(&Params::of(b"product=article&target_url=nowhere&topic=Tea")).unwrap_err();
        let entries = entries(&BTreeMap::new(), None, &wrong);
        assert!(entries.iter().any(|entry| entry.name == "target_url" && !entry.errors.is_empty()));
    }
}
