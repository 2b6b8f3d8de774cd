//! A copy's text: what is sent, and whether what is there says the same.

use super::reading::Reading;
use galley_domain::id::ArticleId;

/// The mark of an article's copy, by which it is found again.
///
/// `kses` lets comments live, but makes one dash of several; an id has only single ones.
pub(super) fn mark(article: ArticleId) -> String {
    format!("galley:{article}")
}

/// What is sent for `html`, which is safe already.
///
/// It stands in a block of HTML, because WordPress turns the line ends of text without blocks into
/// `<br>`. Brackets and the addresses in the text are written so that no plugin's shortcode runs
/// and no address becomes an embedded page: the words are a customer's or a model's, not the
/// site's.
pub(super) fn written(article: ArticleId, html: &str) -> String {
    let html = defused(html.trim());
    format!("<!-- wp:html -->\n{html}\n<!-- /wp:html -->\n\n<!-- {} -->", mark(article))
}

/// Plain text as HTML.
pub(super) fn escaped(text: &str) -> String {
    defused(&text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"))
}

/// Whether a reader finds the same words and the same links in both.
pub(super) fn same(raw: &str, html: &str) -> bool {
    Reading::of(raw) == Reading::of(html)
}

fn defused(html: &str) -> String {
    let mut safe = String::with_capacity(html.len() + 64);
    let (mut tag, mut quote) = (false, None);
    for (at, c) in html.char_indices() {
        match (c, tag, quote) {
            ('<', false, _) => tag = true,
            ('>', true, None) => tag = false,
            ('"' | '\'', true, None) => quote = Some(c),
            (c, true, Some(open)) if c == open => quote = None,
            _ => {}
        }
        match c {
            // Everywhere: shortcodes are looked for in attributes, too.
            '[' => safe.push_str("&#91;"),
            ']' => safe.push_str("&#93;"),
            ':' if !tag && html[at..].starts_with("://") => safe.push_str("&#58;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn nothing_in_the_text_is_a_shortcode_or_an_address_to_embed() {
        assert_eq!(
            defused(
                "<p>[gallery] <a title='a>b' href=\"https://a.example/?x[]=1\">x</a></p><p>https://b.example</p>"
            ),
            "<p>&#91;gallery&#93; <a title='a>b' href=\"https://a.example/?x&#91;&#93;=1\">x</a></p>\
             <p>https&#58;//b.example</p>"
        );
        assert_eq!(escaped("Tea [v] & <milk>"), "Tea &#91;v&#93; &amp; &lt;milk&gt;");
    }

    #[test]
    fn what_is_written_reads_as_before_and_carries_its_mark() {
        let html = "<p>A [x] &amp; <a href=\"https://a.example/\" rel=\"sponsored\">link</a>, https://b.example</p>\n";
        let written = written(ArticleId(Uuid::from_u128(7)), html);
        assert!(same(&written, html), "{written}");
        assert!(written.ends_with("<!-- galley:00000000-0000-0000-0000-000000000007 -->"), "{written}");
        assert!(!same(&written, &html.replace("sponsored", "nofollow")));
        assert!(!same(&written, &html.replace(">link", ">links")));
        assert!(!same(&written, &html.replace("A ", "B ")));
    }
}
