//! Markdown to HTML that is safe on our own pages.

use ammonia::{Builder, UrlRelative};
use comrak::{
    Arena,
    arena_tree::NodeEdge,
    html::{ChildRendering, Context},
    nodes::{AstNode, NodeLink, NodeValue},
};
use galley_domain::brief::{OrderedLink, Rel};
use std::{
    collections::{HashMap, HashSet},
    fmt::{self, Write},
    sync::LazyLock,
};
use url::Url;

/// Deepest nesting that is still laid out. The HTML parser behind the sanitiser walks its stack of
/// open elements for every new one, so the cost grows with the square of the depth.
const NESTING_MAX_LEVELS: usize = 64;

/// How links are marked.
#[derive(Clone, Copy, Debug, Default)]
pub struct LinkPolicy<'a> {
    /// The links that were paid for; any other link is not vouched for.
    pub ordered: &'a [OrderedLink],
}

impl LinkPolicy<'_> {
    /// The `rel` of a link to `url`: as ordered for an ordered one, `nofollow noopener` else.
    pub fn rel(&self, url: &Url) -> Option<&'static str> {
        match self.ordered.iter().find(|link| link.target_url == *url).map(|link| link.rel) {
            None => Some("nofollow noopener"),
            Some(Rel::Follow) => None,
            Some(rel) => Some(rel.as_str()),
        }
    }
}

static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from([
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "p",
            "ul",
            "ol",
            "li",
            "blockquote",
            "code",
            "pre",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "em",
            "strong",
            "del",
            "a",
            "hr",
            "br",
        ]))
        .clean_content_tags(HashSet::from(["script", "style"]))
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href", "rel", "title"])),
            ("ol", HashSet::from(["start"])),
        ]))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::Deny)
        // `rel` is written by `open_link` below and nowhere else.
        .link_rel(None);
    builder
});

/// Lays `markdown` out as HTML that holds nothing but text, structure and marked links.
///
/// Images, raw HTML and links that lead nowhere safe (`javascript:`, relative ones) are dropped;
/// the words of such a link stay.
pub fn render(markdown: &str, policy: &LinkPolicy<'_>) -> String {
    let arena = Arena::new();
    let options = super::dialect();
    let root = comrak::parse_document(&arena, markdown, &options);
    let mut html = String::with_capacity(markdown.len() * 5 / 4);
    let plugins = comrak::options::Plugins::default();
    let written = !nested_too_deep(root)
        && comrak::html::format_document_with_formatter(
            root,
            &options,
            &mut html,
            &plugins,
            format_node,
            *policy,
        )
        .is_ok();
    if !written {
        return plain_page(markdown);
    }
    SANITISER.clean(&html).to_string()
}

/// Nobody writes quotes in quotes in quotes 64 deep; someone who does gets the source as it is.
fn plain_page(markdown: &str) -> String {
    format!("<pre>{}</pre>", ammonia::clean_text(markdown))
}

fn nested_too_deep<'a>(root: &'a AstNode<'a>) -> bool {
    let mut depth = 0_usize;
    root.traverse().any(|edge| {
        match edge {
            NodeEdge::Start(_) => depth += 1,
            NodeEdge::End(_) => depth -= 1,
        }
        depth > NESTING_MAX_LEVELS
    })
}

fn format_node<'a>(
    context: &mut Context<'_, '_, LinkPolicy<'_>>,
    node: &'a AstNode<'a>,
    entering: bool,
) -> Result<ChildRendering, fmt::Error> {
    match &node.data().value {
        NodeValue::Link(link) => {
            if let Some(url) = safe(&link.url) {
                if entering {
                    open_link(context, link, &url)?;
                } else {
                    context.write_str("</a>")?;
                }
            }
            Ok(ChildRendering::HTML)
        }
        // Only its description: an image is a request to somebody's server.
        NodeValue::Image(_) => Ok(ChildRendering::Plain),
        _ => comrak::html::format_node_default(context, node, entering),
    }
}

fn open_link(context: &mut Context<'_, '_, LinkPolicy<'_>>, link: &NodeLink, url: &Url) -> fmt::Result {
    context.write_str("<a href=\"")?;
    context.escape_href(&link.url)?;
    context.write_str("\"")?;
    if let Some(rel) = context.user.rel(url) {
        write!(context, " rel=\"{rel}\"")?;
    }
    if !link.title.is_empty() {
        context.write_str(" title=\"")?;
        context.escape(&link.title)?;
        context.write_str("\"")?;
    }
    context.write_str(">")
}

fn safe(href: &str) -> Option<Url> {
    Url::parse(href).ok().filter(|url| matches!(url.scheme(), "http" | "https" | "mailto"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(rel: Rel) -> OrderedLink {
        OrderedLink {
            target_url: "https://shop.example/shoes?a=1&b=2".parse().unwrap(),
            anchor_text: "shoe guide".to_owned(),
            rel,
        }
    }

    fn page(markdown: &str) -> String {
        render(markdown, &LinkPolicy::default())
    }

    #[test]
    fn the_ordered_link_is_marked_as_ordered_and_no_other_is_vouched_for() {
        let text = "[shoe guide](HTTPS://shop.example:443/shoes?a=1&b=2) and [x](https://b.example \"hi\")";
        let other = "<a href=\"https://b.example\" rel=\"nofollow noopener\" title=\"hi\">x</a>";
        for (rel, attribute) in [
            (Rel::Sponsored, " rel=\"sponsored\""),
            (Rel::Nofollow, " rel=\"nofollow\""),
            (Rel::Ugc, " rel=\"ugc\""),
            (Rel::Follow, ""),
        ] {
            let html = render(text, &LinkPolicy { ordered: &[link(rel)] });
            let ordered =
                format!("<a href=\"HTTPS://shop.example:443/shoes?a=1&amp;b=2\"{attribute}>shoe guide</a>");
            assert_eq!(html, format!("<p>{ordered} and {other}</p>\n"));
        }
    }

    #[test]
    fn each_of_several_ordered_links_is_marked_as_it_was_ordered() {
        let other = OrderedLink { target_url: "https://b.example".parse().unwrap(), ..link(Rel::Nofollow) };
        let policy = LinkPolicy { ordered: &[link(Rel::Follow), other] };
        let html = render(
            "[a](https://shop.example/shoes?a=1&b=2) [b](https://b.example) [c](https://c.example)",
            &policy,
        );
        let expected = "<a href=\"https://shop.example/shoes?a=1&amp;b=2\">a</a> \
                        <a href=\"https://b.example\" rel=\"nofollow\">b</a> \
                        <a href=\"https://c.example\" rel=\"nofollow noopener\">c</a>";
        assert_eq!(html, format!("<p>{expected}</p>\n"));
    }

    #[test]
    fn structure_is_laid_out() {
        let html = page(
            "# T\n\nA *b* **c** ~~d~~ `e`\n\n3. x\n\n> q\n\n---\n\n| h |\n|---|\n| c |\n\n```rust\nfn\n```\n",
        );
        for piece in [
            "<h1>T</h1>",
            "<em>b</em>",
            "<strong>c</strong>",
            "<del>d</del>",
            "<code>e</code>",
            "<ol start=\"3\">",
            "<blockquote>",
            "<hr>",
            "<th>h</th>",
            "<td>c</td>",
            "<pre><code>fn\n</code></pre>",
        ] {
            assert!(html.contains(piece), "{piece} is missing in {html}");
        }
    }

    #[test]
    fn links_that_lead_nowhere_safe_become_their_words() {
        for href in [
            "javascript:alert(1)",
            "data:text/html,x",
            "//evil.example",
            "/path",
            "#top",
            "vbscript:x",
            "java\tscript:x",
        ] {
            let html = page(&format!("[words](<{href}>)"));
            assert_eq!(html, "<p>words</p>\n", "{href}");
        }
        assert!(page("[mail](mailto:a@b.example)").contains("href=\"mailto:a@b.example\""));
    }

    #[test]
    fn images_leave_their_description_and_raw_html_leaves_nothing() {
        assert_eq!(page("![a cat](https://evil.example/pixel.gif)"), "<p>a cat</p>\n");
        assert_eq!(page("a <b onclick=x>b</b>"), "<p>a b</p>\n");
        assert_eq!(page("<script>alert(1)</script>").trim(), "");
    }

    #[test]
    fn absurd_nesting_is_shown_as_it_is_and_costs_little() {
        let html = page(&format!("{} deep", ">".repeat(100_000)));
        assert!(html.starts_with("<pre>&gt;"));
        assert_eq!(page(""), "");
    }
}
