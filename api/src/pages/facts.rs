//! What was ordered, as labels with their values.

use galley_domain::{
    brief::{Brief, ProductKind},
    payment::Gateway,
};
use galley_store::CheckoutView;

/// A label with its value.
pub(super) struct Fact {
    pub(super) label: &'static str,
    pub(super) value: String,
}

/// The order as its customer gave it to us.
pub(super) fn facts(view: &CheckoutView) -> Vec<Fact> {
    let mut facts = view.brief.as_ref().map(brief_facts).unwrap_or_default();
    let email = view.email.clone().filter(|email| !email.is_empty());
    facts.extend(email.map(|value| Fact { label: "E-mail", value }));
    facts
}

/// What is to be written, or linked.
pub(super) fn brief_facts(brief: &Brief) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut add = |label, value: String| {
        if !value.is_empty() {
            facts.push(Fact { label, value });
        }
    };
    if brief.product == ProductKind::Article {
        add("Topic", brief.topic.clone());
        add("Length", format!("{} words", brief.word_count));
    }
    add("Keywords", brief.keywords.join(", "));
    if let Some(link) = &brief.link {
        add("Link", format!("“{}” to {}", link.anchor_text, link.target_url));
        add("Marked", link.rel.to_string());
    }
    add("Article", brief.article_id.map(|id| id.to_string()).unwrap_or_default());
    add("Language", language_name(&brief.language).to_owned());
    add("Tone", brief.tone.clone().unwrap_or_default());
    add("Readers", brief.audience.clone().unwrap_or_default());
    add("Headings", brief.outline.join("\n"));
    add("Must appear", brief.must_include.join("\n"));
    add("Stay away from", brief.avoid.join("\n"));
    add("Notes", brief.notes.clone().unwrap_or_default());
    facts
}

/// The name of a common language, otherwise its code.
fn language_name(code: &str) -> &str {
    match code {
        "ar" => "Arabic",
        "bn" => "Bengali",
        "cs" => "Czech",
        "da" => "Danish",
        "de" => "German",
        "en" => "English",
        "en-gb" => "British English",
        "en-us" => "American English",
        "es" => "Spanish",
        "fi" => "Finnish",
        "fr" => "French",
        "hi" => "Hindi",
        "hu" => "Hungarian",
        "it" => "Italian",
        "ja" => "Japanese",
        "nl" => "Dutch",
        "no" => "Norwegian",
        "pl" => "Polish",
        "pt" => "Portuguese",
        "pt-br" => "Brazilian Portuguese",
        "ro" => "Romanian",
        "sv" => "Swedish",
        "tr" => "Turkish",
        "uk" => "Ukrainian",
        "zh" => "Chinese",
        _ => code,
    }
}

/// What a customer calls what they buy.
pub(super) fn noun(brief: Option<&Brief>) -> &'static str {
    match brief.map(|brief| brief.product) {
        Some(ProductKind::Article) => "article",
        Some(ProductKind::Backlink) => "link",
        None => "order",
    }
}

/// What a customer calls a gateway.
pub(super) const fn gateway_name(gateway: Gateway) -> &'static str {
    match gateway {
        Gateway::Stripe => "Stripe",
        Gateway::Sslcommerz => "SSLCommerz",
    }
}

/// Where the same is ordered once more.
pub(super) fn again_href(brief: Option<&Brief>) -> String {
    brief.map_or_else(|| "/order".to_owned(), |brief| format!("/order?product={}", brief.product))
}
