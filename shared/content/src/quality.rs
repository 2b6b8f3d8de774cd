//! Quality checks: measured, explained, and the same on every machine.
//!
//! The article is parsed once into a manuscript and its words are folded once; every check reads
//! those two. One family of checks is one file. A check fails only where the case is clear, because a
//! failure costs a repair call; what is doubtful warns and goes to the customer with the report.

mod folded;
mod insertion;
mod keywords;
mod language;
mod length;
mod links;
mod markup;
mod originality;
mod placeholders;
mod reading;
mod rule;
mod structure;
mod talk;

pub use rule::code;

use crate::{backlink::Insertion, markdown::Manuscript};
use folded::Folded;
use galley_domain::{
    brief::{Brief, ProductKind},
    quality::{QualityReport, QualitySettings},
};

/// The other article of the shop that is most like this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nearest {
    /// Its title.
    pub title: String,
    /// How much both have in common (Jaccard, shingles of 5 words).
    pub percent: u32,
}

/// What is judged, and against what.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// What was ordered.
    pub brief: &'a Brief,
    /// Thresholds and weights.
    pub settings: &'a QualitySettings,
    /// The article's source; for a backlink the whole article with the link in it.
    pub markdown: &'a str,
    /// The most similar other article, where there is one.
    pub nearest: Option<Nearest>,
    /// How the link came into the article; only for a backlink.
    pub insertion: Option<&'a Insertion>,
}

/// Judges an article, or a link that was placed into one.
///
/// A backlink order is judged by its link, the paragraph that received it and the proof that nothing
/// else changed: length, keywords and structure of that article are somebody else's order.
pub fn review(subject: &Subject<'_>) -> QualityReport {
    let manuscript = Manuscript::parse(subject.markdown);
    let words = u32::try_from(manuscript.words.len()).unwrap_or(u32::MAX);
    let checks = if subject.brief.product == ProductKind::Backlink || subject.insertion.is_some() {
        placed_link(subject, &manuscript)
    } else {
        article(subject, &manuscript)
    };
    QualityReport::of(checks, words, subject.settings)
}

type Checks = Vec<galley_domain::quality::Check>;

fn article(subject: &Subject<'_>, manuscript: &Manuscript) -> Checks {
    let (brief, settings) = (subject.brief, subject.settings);
    let folded = Folded::of(manuscript);
    let mut checks = Vec::with_capacity(24);
    checks.push(length::check(brief, settings, manuscript));
    checks.push(language::check(brief, manuscript));
    checks.extend(structure::checks(manuscript));
    checks.extend(keywords::checks(brief, settings, manuscript, &folded));
    if let Some(link) = &brief.link {
        checks.extend(links::ordered(link, manuscript));
    }
    checks.extend(links::others(brief, settings, manuscript, &[]));
    checks.extend(reading::checks(brief, settings, manuscript, &folded));
    checks.push(talk::check(manuscript, &folded));
    checks.push(placeholders::check(manuscript));
    checks.push(originality::repeated(manuscript, &folded));
    checks.push(markup::check(manuscript));
    checks.push(originality::similarity(subject.nearest.as_ref(), settings));
    checks
}

fn placed_link(subject: &Subject<'_>, manuscript: &Manuscript) -> Checks {
    let (brief, settings) = (subject.brief, subject.settings);
    let mut checks = Vec::with_capacity(12);
    if let Some(link) = &brief.link {
        checks.extend(links::ordered(link, manuscript));
    }
    if let Some(insertion) = subject.insertion {
        let paragraph = Manuscript::parse(&insertion.after);
        let before = Manuscript::parse(&insertion.before);
        checks.extend(links::others(brief, settings, &paragraph, &before.links));
        checks.push(talk::check(&paragraph, &Folded::of(&paragraph)));
        checks.push(placeholders::check(&paragraph));
        checks.push(markup::check(&paragraph));
    }
    checks.push(insertion::check(subject.insertion, subject.markdown));
    checks
}

#[cfg(test)]
mod tests;
