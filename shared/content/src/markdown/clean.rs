//! What the AI answered becomes a source we keep.

use super::lines_of;
use comrak::{
    Arena,
    nodes::{AstNode, NodeValue, Sourcepos},
};
use std::ops::Range;

/// Taking HTML out can bring HTML to light (`<<b>script>`), so we look again, but not for ever.
const HTML_ROUNDS_MAX: usize = 8;

/// Elements whose content is no text for readers: it goes with its tags.
const ELEMENTS_WITHOUT_TEXT: [&str; 12] = [
    "script", "style", "iframe", "object", "embed", "svg", "math", "noscript", "template", "textarea",
    "title", "select",
];

/// How far the end of such an element is looked for inside a paragraph. Beyond, only the tag goes, and
/// its content is text: harmless all the same.
const CONTENT_NODES_MAX: usize = 64;

/// The Markdown source to keep of what the AI answered.
///
/// Takes away the byte order mark, control characters, carriage returns, a code fence around the
/// whole and all raw HTML as the Markdown parser sees it (scripts with their content, comments).
/// What merely looks like HTML inside of a code span or block is text and stays.
///
/// The caller refuses answers longer than [`ANSWER_MAX_BYTES`](super::ANSWER_MAX_BYTES).
pub fn clean_answer(raw: &str) -> String {
    let mut text = unwrapped(raw);
    for _ in 0..HTML_ROUNDS_MAX {
        match without_html(&text) {
            None => return text,
            // Trimmed anew: the lines around may have been HTML.
            Some(less) => text = unwrapped(&less),
        }
    }
    // Somebody is playing with us. Without this character there is no HTML at all.
    text.replace('<', "&lt;")
}

/// The answer without control characters, outer blanks and a fence around the whole.
pub(crate) fn unwrapped(raw: &str) -> String {
    let text = printable(raw);
    let mut text = trimmed(&text);
    while let Some(inner) = fenced(text) {
        text = trimmed(inner);
    }
    text.to_owned()
}

/// Blank lines go, and blanks at the end; blanks before the first word would make it code.
fn trimmed(text: &str) -> &str {
    text.trim()
}

fn printable(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                if chars.peek() != Some(&'\n') {
                    text.push('\n');
                }
            }
            '\n' | '\t' => text.push(c),
            // The byte order mark, zero-width blanks that split words unseen, and the overrides of
            // writing direction that make a text read otherwise than it is stored.
            '\u{feff}' | '\u{200b}' | '\u{202d}' | '\u{202e}' => {}
            c if c.is_control() => {}
            c => text.push(c),
        }
    }
    text
}

/// The inside of a fence around the whole, where the inside is an article and not code.
fn fenced(text: &str) -> Option<&str> {
    let (first, rest) = text.split_once('\n')?;
    let fence_char = first.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let info = first.trim_start_matches(fence_char);
    let length = first.len() - info.len();
    let closes = |line: &str| {
        let marks = line.trim();
        marks.len() >= length && marks.chars().all(|c| c == fence_char)
    };
    let (inner, ended) = match rest.rsplit_once('\n') {
        Some((inner, last)) if closes(last) => (inner, true),
        _ if closes(rest) => ("", true),
        _ => (rest, false),
    };
    let is_fence = |line: &str| line.trim_start().starts_with(&first[..length]);
    let article = match info.trim().to_ascii_lowercase().as_str() {
        // Without an end it is a fence around the whole as well: the answer was cut off.
        "markdown" | "md" => ended || !rest.lines().any(closes),
        "" | "text" | "txt" => {
            ended && (inner.trim_start().starts_with("# ") || !inner.lines().any(is_fence))
        }
        _ => false,
    };
    (length >= 3 && article).then_some(inner)
}

/// `text` without the raw HTML that the parser finds in it; nothing, if it finds none.
fn without_html(text: &str) -> Option<String> {
    if !text.contains('<') {
        return None;
    }
    let arena = Arena::new();
    let root = comrak::parse_document(&arena, text, &super::dialect());
    let lines = lines_of(text);
    let mut cuts = Vec::new();
    for node in root.descendants() {
        let data = node.data();
        match &data.value {
            NodeValue::HtmlBlock(_) => cuts.push(block_cut(text, &lines, data.sourcepos)),
            NodeValue::HtmlInline(literal) => {
                let range = inline_range(text, &lines, data.sourcepos);
                cuts.push(match range.filter(|range| text[range.clone()] == **literal) {
                    Some(range) => (through_closing(text, &lines, node, range), String::new()),
                    // The parser's position is off (a line of a quote in between): make the whole
                    // block harmless instead of cutting at the wrong place.
                    None => escaped_block(text, &lines, node),
                });
            }
            _ => {}
        }
    }
    (!cuts.is_empty()).then(|| apply(text, cuts))
}

/// Puts the replacements in; of two that overlap the one that begins first wins.
fn apply(text: &str, mut cuts: Vec<(Range<usize>, String)>) -> String {
    cuts.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
    let mut result = String::with_capacity(text.len());
    let mut at = 0;
    for (range, replacement) in cuts {
        if range.start >= at {
            result.push_str(&text[at..range.start]);
            result.push_str(&replacement);
            at = range.end;
        }
    }
    result.push_str(&text[at..]);
    result
}

fn line_range(lines: &[Range<usize>], first: usize, last: usize) -> Range<usize> {
    let of = |line: usize| lines.get(line.saturating_sub(1).min(lines.len().saturating_sub(1)));
    let start = of(first).map_or(0, |line| line.start);
    start..of(last).map_or(start, |line| line.end.max(start))
}

fn inline_range(text: &str, lines: &[Range<usize>], at: Sourcepos) -> Option<Range<usize>> {
    let start = lines.get(at.start.line.checked_sub(1)?)?.start + at.start.column.checked_sub(1)?;
    let end = lines.get(at.end.line.checked_sub(1)?)?.start + at.end.column;
    text.get(start..end).map(|_| start..end)
}

/// A block of HTML becomes the text between its tags.
fn block_cut(text: &str, lines: &[Range<usize>], at: Sourcepos) -> (Range<usize>, String) {
    let range = line_range(lines, at.start.line, at.end.line);
    let source = &text[range.clone()];
    let stripped = without_tags(source);
    // No tag that we know, and HTML all the same: it stays, as text.
    let kept = if stripped == source { source.replace('<', "&lt;") } else { stripped };
    let unindented: Vec<_> = kept.lines().map(str::trim).collect();
    (range, unindented.join("\n"))
}

fn escaped_block<'a>(text: &str, lines: &[Range<usize>], node: &'a AstNode<'a>) -> (Range<usize>, String) {
    let block = node.ancestors().find(|ancestor| ancestor.data().value.block());
    let at = block.map_or_else(|| node.data().sourcepos, |block| block.data().sourcepos);
    let range = line_range(lines, at.start.line, at.end.line);
    let escaped = text[range.clone()].replace('<', "&lt;");
    (range, escaped)
}

/// The tag at `range`, and where it opens an element without text, all up to its end.
fn through_closing<'a>(
    text: &str,
    lines: &[Range<usize>],
    node: &'a AstNode<'a>,
    range: Range<usize>,
) -> Range<usize> {
    let Some(name) = textless_name(&text[range.clone()]) else { return range };
    let closing = node.following_siblings().skip(1).take(CONTENT_NODES_MAX).find_map(|sibling| {
        let data = sibling.data();
        let NodeValue::HtmlInline(literal) = &data.value else { return None };
        let closes = literal.strip_prefix("</").is_some_and(|tag| tag_name(tag) == name);
        closes.then(|| inline_range(text, lines, data.sourcepos)).flatten()
    });
    match closing {
        Some(closing) if closing.end > range.end => range.start..closing.end,
        _ => range,
    }
}

fn tag_name(tag: &str) -> String {
    tag.bytes().take_while(u8::is_ascii_alphanumeric).map(|b| b.to_ascii_lowercase() as char).collect()
}

fn textless_name(tag: &str) -> Option<String> {
    let name = tag_name(tag.strip_prefix('<')?);
    ELEMENTS_WITHOUT_TEXT.contains(&name.as_str()).then_some(name)
}

/// The text between the tags of a piece of HTML.
fn without_tags(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = tag_length(rest);
        if length == 0 {
            text.push('<');
            rest = &rest[1..];
        } else {
            rest = &rest[length..];
        }
    }
    text.push_str(rest);
    text
}

/// The bytes of the tag, comment or declaration that `html` begins with; 0 where it is only a sign.
fn tag_length(html: &str) -> usize {
    let through = |end: &str| html.find(end).map_or(html.len(), |at| at + end.len());
    if html.starts_with("<!--") {
        return through("-->");
    }
    if html.starts_with("<![CDATA[") {
        return through("]]>");
    }
    let after = html[1..].strip_prefix('/').unwrap_or(&html[1..]);
    match after.bytes().next() {
        Some(b'!' | b'?') => through(">"),
        Some(b) if b.is_ascii_alphabetic() => match textless_name(html) {
            Some(name) => element_length(html, &name),
            None => quoted_length(html),
        },
        _ => 0,
    }
}

/// Up to the `>` that no quotes enclose.
fn quoted_length(html: &str) -> usize {
    let mut quote = None;
    for (at, b) in html.bytes().enumerate() {
        match (quote, b) {
            (None, b'>') => return at + 1,
            (None, b'"' | b'\'') => quote = Some(b),
            (Some(open), b) if open == b => quote = None,
            _ => {}
        }
    }
    // An open quote: take the next sign there is.
    html.find('>').map_or(html.len(), |at| at + 1)
}

fn element_length(html: &str, name: &str) -> usize {
    let lower = html.to_ascii_lowercase();
    match lower.find(&format!("</{name}")) {
        Some(at) => at + lower[at..].find('>').map_or(lower.len() - at, |end| end + 1),
        None => quoted_length(html),
    }
}

#[cfg(test)]
mod tests;
