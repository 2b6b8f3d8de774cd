//! The ordered link in a rendered text: marked, and shown where it stands.

use galley_domain::brief::{OrderedLink, Rel};
use url::Url;

/// How the renderer begins a link. Within texts and attributes it writes `<` and `"` as entities, so
/// this is always one.
const OPENING: &str = "<a href=\"";

/// The ordered link with its proof.
pub(super) struct Placed<'a> {
    pub(super) anchor: &'a str,
    pub(super) target: &'a str,
    /// What its `rel` says.
    pub(super) rel: &'static str,
    /// The paragraph around it, as safe HTML in which it is marked; `None` where it stands in none.
    pub(super) paragraph: Option<String>,
}

impl<'a> Placed<'a> {
    /// Where `link` stands in the safe rendering of a text; `None` if it does not.
    pub(super) fn find(html: &str, link: &'a OrderedLink) -> Option<Self> {
        let at = positions(html, link).next()?;
        let paragraph = paragraph_around(html, at).map(|paragraph| marked(paragraph, link));
        Some(Self {
            anchor: &link.anchor_text,
            target: link.target_url.as_str(),
            rel: rel_words(link.rel),
            paragraph,
        })
    }
}

/// The rendering with the ordered link marked for the stylesheet. Nothing else is added.
pub(super) fn marked(html: &str, link: &OrderedLink) -> String {
    let mut marked = String::with_capacity(html.len() + 32);
    let mut done = 0;
    for at in positions(html, link) {
        marked.push_str(&html[done..at]);
        marked.push_str("<a class=\"ordered\" href=\"");
        done = at + OPENING.len();
    }
    marked.push_str(&html[done..]);
    marked
}

/// Where links to the ordered address begin.
fn positions<'h>(html: &'h str, link: &OrderedLink) -> impl Iterator<Item = usize> + use<'h> {
    let target = link.target_url.clone();
    html.match_indices(OPENING).map(|(at, _)| at).filter(move |at| {
        let address = html[at + OPENING.len()..].split('"').next().unwrap_or_default();
        Url::parse(&address.replace("&amp;", "&")).is_ok_and(|address| address == target)
    })
}

/// Paragraphs hold no other ones, so the nearest tags on both sides are those of one.
fn paragraph_around(html: &str, at: usize) -> Option<&str> {
    let (open, close) = ("<p>", "</p>");
    let start = html[..at].rfind(open)?;
    let end = start + html[start..].find(close)? + close.len();
    (end > at).then(|| &html[start..end])
}

const fn rel_words(rel: Rel) -> &'static str {
    match rel {
        Rel::Sponsored => "marked as paid for (sponsored)",
        Rel::Nofollow => "marked as not vouched for (nofollow)",
        Rel::Ugc => "marked as written by a user (ugc)",
        Rel::Follow => "an ordinary link, without a mark",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(url: &str) -> OrderedLink {
        OrderedLink {
            target_url: url.parse().unwrap(),
            anchor_text: "teapots".to_owned(),
            rel: Rel::Sponsored,
        }
    }

    const HTML: &str = "<h1>Tea</h1>\n<p>One <a href=\"https://b.example/\" rel=\"nofollow noopener\">b</a>.</p>\n\
        <p>See <a href=\"https://a.example?x=1&amp;y=2\" rel=\"sponsored\">teapots</a> now.</p>\n<ul><li>x</li></ul>";

    #[test]
    fn the_ordered_link_is_marked_and_no_other() {
        let link = link("https://a.example/?x=1&y=2");
        let marked = marked(HTML, &link);
        assert_eq!(marked.matches("class=\"ordered\"").count(), 1);
        assert!(marked.contains(
            "See <a class=\"ordered\" href=\"https://a.example?x=1&amp;y=2\" rel=\"sponsored\">teapots</a>"
        ));
        assert_eq!(marked.replace(" class=\"ordered\"", ""), HTML);
    }

    #[test]
    fn it_is_shown_with_the_paragraph_that_it_stands_in() {
        let link = link("https://a.example/?x=1&y=2");
        let placed = Placed::find(HTML, &link).unwrap();
        let paragraph = placed.paragraph.unwrap();
        assert!(paragraph.starts_with("<p>See <a class=") && paragraph.ends_with(" now.</p>"), "{paragraph}");
        assert_eq!(placed.rel, "marked as paid for (sponsored)");
        let outside = "<p>x</p><ul><li><a href=\"https://a.example/?x=1&amp;y=2\">t</a></li></ul><p>y</p>";
        assert!(Placed::find(outside, &link).unwrap().paragraph.is_none());
    }

    #[test]
    fn a_link_that_is_not_there_is_not_shown() {
        assert!(Placed::find(HTML, &link("https://c.example/")).is_none());
        let text = "<p>&lt;a href=\"https://c.example/\"&gt; is text</p>";
        assert!(Placed::find(text, &link("https://c.example/")).is_none());
    }
}
