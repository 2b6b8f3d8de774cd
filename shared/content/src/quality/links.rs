//! The ordered link, and all links that were not ordered.

use super::rule::{Explained, Rule, code, counted};
use crate::markdown::{Link, LinkPolicy, Manuscript, Place, Shape};
use galley_domain::{
    brief::{Brief, OrderedLink, Rel},
    quality::{Check, QualitySettings, Verdict},
};

const ONCE: Rule = Rule { code: code::LINK_ONCE, title: "The ordered link" };
const ANCHOR: Rule = Rule { code: code::LINK_ANCHOR, title: "Linked words" };
const PLACE: Rule = Rule { code: code::LINK_PLACE, title: "Place of the link" };
const REL: Rule = Rule { code: code::LINK_REL, title: "Marking of the link" };
const OTHERS: Rule = Rule { code: code::OTHER_LINKS, title: "No other links" };
const FORM: Rule = Rule { code: code::LINK_FORM, title: "Working links" };

/// Judges the ordered link. What it says and where it stands is left out while there is none: one
/// problem is one failed check.
pub(super) fn ordered(link: &OrderedLink, manuscript: &Manuscript) -> Vec<Check> {
    let leads_there = |found: &&Link| found.url.as_ref() == Some(&link.target_url);
    let found: Vec<&Link> = manuscript.links.iter().filter(leads_there).collect();
    let mut checks = vec![once(link, manuscript, &found)];
    if !found.is_empty() {
        checks.push(anchor(link, manuscript, &found));
        checks.push(place(manuscript, &found));
        checks.push(marking(link));
    }
    checks
}

fn once(link: &OrderedLink, manuscript: &Manuscript, found: &[&Link]) -> Check {
    let expected = format!("exactly one link to {}", link.target_url);
    let written = format!("[{}]({})", link.anchor_text, link.target_url);
    match found {
        [only] if !only.image => ONCE.pass(expected, "one link"),
        [_] => ONCE
            .judged(Verdict::Fail, expected, "a picture instead of a link")
            .mended_by(format!("Write {written} inside a paragraph.")),
        [] => {
            // The likeliest slip: the right words with another address.
            let astray = manuscript.links.iter().find(|other| manuscript.anchor(other) == link.anchor_text);
            let measured = match astray {
                Some(other) => format!("\"{}\" leads to {}", link.anchor_text, other.href),
                None => "no link to it".to_owned(),
            };
            ONCE.judged(Verdict::Fail, expected, measured)
                .mended_by(format!("Write {written} once, inside a paragraph."))
        }
        [_, second, ..] => ONCE
            .judged(Verdict::Fail, expected, counted(found.len(), "link", "links"))
            .shown(context(manuscript, second))
            .mended_by("Keep the link once and leave the other places as plain words."),
    }
}

fn anchor(link: &OrderedLink, manuscript: &Manuscript, found: &[&Link]) -> Check {
    let expected = format!("\"{}\"", link.anchor_text);
    let wrong = found.iter().find(|found| manuscript.anchor(found) != link.anchor_text);
    match wrong {
        None => ANCHOR.pass(expected.clone(), expected),
        Some(found) => {
            let measured = format!("\"{}\"", manuscript.anchor(found));
            ANCHOR
                .judged(Verdict::Fail, expected, measured)
                .shown(context(manuscript, found))
                .mended_by(format!("Link exactly the words \"{}\".", link.anchor_text))
        }
    }
}

fn place(manuscript: &Manuscript, found: &[&Link]) -> Check {
    const EXPECTED: &str = "in an ordinary paragraph";
    let misplaced = found.iter().find_map(|found| {
        let block = manuscript.blocks.get(found.block)?;
        (!block.is_plain_paragraph()).then_some((found, block))
    });
    let Some((link, block)) = misplaced else { return PLACE.pass(EXPECTED, EXPECTED) };
    let measured = match (block.place, block.shape) {
        (Place::Quote, _) => "in a quote",
        (Place::List, _) => "in a list",
        (Place::Table, _) => "in a table",
        (Place::Body, Shape::Heading(_)) => "in a heading",
        (Place::Body, _) => "outside the text",
    };
    PLACE
        .judged(Verdict::Fail, EXPECTED, measured)
        .shown(context(manuscript, link))
        .mended_by("Move the link into an ordinary paragraph of the text.")
}

/// The source has no marking: it is written when the page is laid out, so this says what a page
/// will show.
fn marking(link: &OrderedLink) -> Check {
    let shown = |rel: Option<&str>| rel.map_or("no mark".to_owned(), |rel| format!("rel=\"{rel}\""));
    let ordered = (link.rel != Rel::Follow).then(|| link.rel.as_str());
    let written = LinkPolicy { ordered: std::slice::from_ref(link) }.rel(&link.target_url);
    let verdict = if ordered == written { Verdict::Pass } else { Verdict::Fail };
    REL.judged(verdict, shown(ordered), shown(written))
}

/// Judges all links beside the ordered one, those that were there `before` left out.
pub(super) fn others(
    brief: &Brief,
    settings: &QualitySettings,
    manuscript: &Manuscript,
    before: &[Link],
) -> [Check; 2] {
    let new = manuscript.links.iter().filter(|link| !before.iter().any(|old| old.href == link.href));
    let new: Vec<&Link> = new.collect();
    [allowed(brief, settings, manuscript, &new), form(manuscript, &new)]
}

fn allowed(brief: &Brief, settings: &QualitySettings, manuscript: &Manuscript, links: &[&Link]) -> Check {
    let expected = match (&brief.link, settings.allowed_hosts.as_slice()) {
        (Some(_), []) => "no link but the ordered one".to_owned(),
        (None, []) => "no links".to_owned(),
        (_, hosts) => format!("no other links than to {}", hosts.join(", ")),
    };
    let ordered = brief.link.as_ref().map(|link| &link.target_url);
    let (mut foreign, mut mail) = (Vec::new(), None);
    for link in links.iter().filter(|link| !link.image) {
        let Some(url) = link.url.as_ref().filter(|url| Some(*url) != ordered) else { continue };
        match (url.scheme(), url.host_str()) {
            ("http" | "https", Some(host)) if !host_allowed(host, settings) => foreign.push(*link),
            ("mailto", _) => mail = Some(*link),
            _ => {}
        }
    }
    if let Some(first) = foreign.first() {
        return OTHERS
            .judged(Verdict::Fail, expected, counted(foreign.len(), "other link", "other links"))
            .shown(&first.href)
            .mended_by(format!("Take out the link to {} and keep its words.", first.href));
    }
    match mail {
        Some(link) => OTHERS
            .judged(Verdict::Warn, expected, "a link to an e-mail address")
            .shown(context(manuscript, link))
            .mended_by("Take out the link and keep its words."),
        None => OTHERS.pass(expected, "no other link"),
    }
}

fn host_allowed(host: &str, settings: &QualitySettings) -> bool {
    let bare = |host: &str| host.strip_prefix("www.").unwrap_or(host).to_ascii_lowercase();
    let host = bare(host);
    settings.allowed_hosts.iter().any(|allowed| bare(allowed.trim()) == host)
}

fn form(manuscript: &Manuscript, links: &[&Link]) -> Check {
    const EXPECTED: &str = "every link is a whole address";
    let (mut dead, mut inner) = (Vec::new(), None);
    for link in links {
        let works = link.url.as_ref().is_some_and(|url| match url.scheme() {
            "http" | "https" => url.host().is_some(),
            scheme => scheme == "mailto" && !link.image,
        });
        match link.href.strip_prefix('#') {
            // A jump within the page is dropped when the page is laid out: no harm, no use.
            Some(name) if !name.is_empty() => inner = Some(*link),
            _ if !works => dead.push(*link),
            _ => {}
        }
    }
    if let Some(first) = dead.first() {
        let measured = counted(dead.len(), "link that leads nowhere", "links that lead nowhere");
        let evidence = format!("[{}]({})", manuscript.anchor(first), first.href);
        return FORM
            .judged(Verdict::Fail, EXPECTED, measured)
            .shown(&evidence)
            .mended_by("Take out the link and keep its words.");
    }
    match inner {
        Some(link) => FORM
            .judged(Verdict::Warn, EXPECTED, "a link within the page, which will not be shown")
            .shown(&link.href)
            .mended_by("Take out the link and keep its words."),
        None => FORM.pass(EXPECTED, "nothing to mend"),
    }
}

fn context<'a>(manuscript: &'a Manuscript, link: &Link) -> &'a str {
    manuscript.blocks.get(link.block).map_or("", |block| manuscript.text_of(block))
}
