//! What stands between what is stored and what is shown: the filters of `the_content`.

/// The text of a post as visitors get it.
pub(super) fn content(stored: &str) -> String {
    // Content with blocks in it is spared `wpautop`, which makes breaks of line ends.
    let has_blocks = stored.contains("<!-- wp:");
    let shown = without_block_marks(stored);
    let shown = if has_blocks { shown } else { autop(&shown) };
    texturize(&embeds(&shortcodes(&shown)))
}

/// Straight quotes become curly ones, and a bare `&` a number, outside tags.
pub(super) fn texturize(html: &str) -> String {
    outside_tags(html, |text| {
        let mut shown = String::with_capacity(text.len());
        let mut before = ' ';
        for c in text.chars() {
            match c {
                '\'' if before.is_alphanumeric() => shown.push_str("&#8217;"),
                '\'' => shown.push_str("&#8216;"),
                '"' if before.is_whitespace() => shown.push_str("&#8220;"),
                '"' => shown.push_str("&#8221;"),
                c => shown.push(c),
            }
            before = c;
        }
        shown.replace("--", "&#8211;").replace("...", "&#8230;").replace("&amp;", "&#038;")
    })
}

fn without_block_marks(html: &str) -> String {
    let mut shown = html.to_owned();
    for mark in ["<!-- wp:", "<!-- /wp:"] {
        while let Some(start) = shown.find(mark) {
            let end = shown[start..].find("-->").map_or(shown.len(), |end| start + end + 3);
            shown.replace_range(start..end, "");
        }
    }
    shown
}

fn autop(html: &str) -> String {
    outside_tags(
        html,
        |text| {
            if text.trim().is_empty() { text.to_owned() } else { text.replace('\n', "<br />\n") }
        },
    )
}

/// Every site knows `[gallery]`; plugins add worse.
fn shortcodes(html: &str) -> String {
    html.replace("[gallery]", "<div class=\"gallery\">shortcode was run</div>")
}

/// A paragraph that is an address and nothing else becomes what stands there.
fn embeds(html: &str) -> String {
    let mut shown = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(start) = rest.find("<p>http") {
        let (before, from) = rest.split_at(start);
        shown.push_str(before);
        let end = from.find("</p>").map_or(from.len(), |end| end + 4);
        let (paragraph, after) = from.split_at(end);
        let address = paragraph.trim_start_matches("<p>").trim_end_matches("</p>").trim();
        if address.contains("://") && !address.contains([' ', '<', '"']) {
            shown.push_str("<figure><iframe title=\"embedded\" src=\"");
            shown.push_str(address);
            shown.push_str("\"></iframe></figure>");
        } else {
            shown.push_str(paragraph);
        }
        rest = after;
    }
    shown + rest
}

/// Puts `change` to the text between tags and comments.
fn outside_tags(html: &str, change: impl Fn(&str) -> String) -> String {
    let mut shown = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        shown.push_str(&change(&rest[..start]));
        let from = &rest[start..];
        let end = if from.starts_with("<!--") { from.find("-->").map(|end| end + 3) } else { None };
        let end = end.or_else(|| from.find('>').map(|end| end + 1)).unwrap_or(from.len());
        shown.push_str(&from[..end]);
        rest = &from[end..];
    }
    shown + &change(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_dressed_up_and_tags_are_not() {
        assert_eq!(
            content("<p>It's \"tea\" &amp; milk <a href=\"https://a.example/?a=1&amp;b='2'\">here</a></p>"),
            "<p>It&#8217;s &#8220;tea&#8221; &#038; milk <a href=\"https://a.example/?a=1&amp;b='2'\">here</a></p>"
        );
    }

    #[test]
    fn only_content_without_blocks_gets_breaks() {
        assert_eq!(content("<p>one\ntwo</p>"), "<p>one<br />\ntwo</p>");
        assert_eq!(content("<!-- wp:html -->\n<p>one\ntwo</p>\n<!-- /wp:html -->"), "\n<p>one\ntwo</p>\n");
    }

    #[test]
    fn shortcodes_run_and_lone_addresses_are_embedded() {
        assert!(content("<p>A [gallery] here</p>").contains("shortcode was run"));
        assert!(content("<p>https://video.example/1</p>").contains("<iframe"));
        assert!(!content("<p>https://video.example/1 is it</p>").contains("<iframe"));
        assert!(!content("<p>https&#58;//video.example/1</p>").contains("<iframe"));
    }
}
