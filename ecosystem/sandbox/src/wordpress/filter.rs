//! What is taken out of the markup of users without `unfiltered_html`: `kses`, as far as articles
//! meet it.

/// Elements that go, though their text stays.
const UNKNOWN: [&str; 6] = ["script", "style", "iframe", "form", "input", "object"];
/// Attributes that go, whatever they are on.
const HANDLERS: &str = " on";

/// The markup that is kept. Comments stay, with their dashes thinned out; `rel` and `href` stay.
pub(super) fn kses(html: &str) -> String {
    let mut kept = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        kept.push_str(&rest[..start]);
        let from = &rest[start..];
        let comment = from.starts_with("<!--");
        let end =
            if comment { from.find("-->").map(|end| end + 3) } else { from.find('>').map(|end| end + 1) };
        let end = end.unwrap_or(from.len());
        kept.push_str(&if comment { comment_of(&from[..end]) } else { tag(&from[..end]) });
        rest = &from[end..];
    }
    kept + rest
}

fn comment_of(comment: &str) -> String {
    let mut text = comment.replace("<!--", "").replace("-->", "");
    while text.contains("--") {
        text = text.replace("--", "-");
    }
    if text.is_empty() { String::new() } else { format!("<!--{}-->", text.trim_end_matches('-')) }
}

fn tag(tag: &str) -> String {
    let name: String =
        tag.trim_start_matches(['<', '/']).chars().take_while(char::is_ascii_alphanumeric).collect();
    if UNKNOWN.contains(&name.to_ascii_lowercase().as_str()) {
        return String::new();
    }
    match tag.find(HANDLERS) {
        Some(at) => format!("{}>", &tag[..at]),
        None => tag.to_owned(),
    }
}

/// Comments go altogether: some hosts do that.
pub(super) fn without_comments(html: &str) -> String {
    let mut kept = html.to_owned();
    while let Some(start) = kept.find("<!--") {
        let end = kept[start..].find("-->").map_or(kept.len(), |end| start + end + 3);
        kept.replace_range(start..end, "");
    }
    kept
}

/// Links become their words.
pub(super) fn without_links(html: &str) -> String {
    let mut kept = html.replace("</a>", "");
    while let Some(start) = kept.find("<a ") {
        let end = kept[start..].find('>').map_or(kept.len(), |end| start + end + 1);
        kept.replace_range(start..end, "");
    }
    kept
}

/// Links lose what marks them.
pub(super) fn without_rel(html: &str) -> String {
    let mut kept = html.to_owned();
    while let Some(start) = kept.find(" rel=\"") {
        let value = start + " rel=\"".len();
        let end = kept[value..].find('"').map_or(kept.len(), |end| value + end + 1);
        kept.replace_range(start..end, "");
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_and_handlers_go_and_marked_links_and_comments_stay() {
        let link = "<p>See <a href=\"https://a.example/\" rel=\"sponsored\">it</a>.</p><!-- galley:1 -->";
        assert_eq!(kses(link), link);
        assert_eq!(kses("<script>x</script><p onclick=\"x\">y</p><!-- a--b -->"), "x<p>y</p><!-- a-b -->");
        assert_eq!(without_comments(link), link.replace("<!-- galley:1 -->", ""));
        assert_eq!(without_links(link), "<p>See it.</p><!-- galley:1 -->");
        assert_eq!(without_rel(link), link.replace(" rel=\"sponsored\"", ""));
    }
}
