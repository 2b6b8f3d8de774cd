//! What changed, for people who do not read Markdown: links as their words, lists with bullets.

use galley_content::diff::{Op, Span};
use std::ops::Range;

/// A stretch of text that stayed, came or went.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) came: bool,
    pub(super) went: bool,
}

/// A link in one of the two texts, in bytes.
struct Link {
    /// From the first bracket to the last.
    whole: Range<usize>,
    words: Range<usize>,
    /// Its marks or its address are in this text only.
    changed: bool,
}

/// One of the two texts, with its links in the order they stand in.
struct Side {
    links: Vec<Link>,
    /// How far it has been read.
    at: usize,
}

/// How a text shows the stretch at which it is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Hidden,
    Plain,
    /// Words whose link is in this text only.
    Relinked,
}

impl Side {
    fn of(spans: &[Span], own: Op) -> Self {
        let spans = || spans.iter().filter(|span| span.op == own || span.op == Op::Equal);
        let text: String = spans().map(|span| span.text.as_str()).collect();
        let mut links = links(&text);
        let mut at = 0;
        for span in spans() {
            let here = at..at + span.text.len();
            at = here.end;
            if span.op == own {
                let meets = |range: Range<usize>| range.start < here.end && here.start < range.end;
                for link in &mut links {
                    link.changed |=
                        meets(link.whole.start..link.words.start) || meets(link.words.end..link.whole.end);
                }
            }
        }
        Self { links, at: 0 }
    }

    fn read(&mut self, length: usize) -> Shown {
        let at = self.at;
        self.at += length;
        let next = self.links.partition_point(|link| link.whole.end <= at);
        match self.links.get(next).filter(|link| link.whole.contains(&at)) {
            Some(link) if !link.words.contains(&at) => Shown::Hidden,
            Some(link) if link.changed => Shown::Relinked,
            Some(_) | None => Shown::Plain,
        }
    }
}

/// The stretches in words alone. Words that stayed while their link came or changed are shown as new; those
/// whose link went or changed as gone, too.
pub(super) fn pieces(spans: &[Span]) -> Vec<Piece> {
    let (mut old, mut new) = (Side::of(spans, Op::Delete), Side::of(spans, Op::Insert));
    let mut pieces = Pieces::default();
    for span in spans {
        for char in span.text.chars() {
            let length = char.len_utf8();
            let (was, is) = match span.op {
                Op::Equal => (old.read(length), new.read(length)),
                Op::Delete => (old.read(length), Shown::Hidden),
                Op::Insert => (Shown::Hidden, new.read(length)),
            };
            match (was, is) {
                (Shown::Hidden, Shown::Hidden) => {}
                (Shown::Plain, Shown::Plain) => pieces.stay(char),
                (was, is) => {
                    pieces.went.extend((was == Shown::Relinked || is == Shown::Hidden).then_some(char));
                    pieces.came.extend((is != Shown::Hidden).then_some(char));
                }
            }
        }
    }
    pieces.close();
    let mut pieces = pieces.done;
    bullets(&mut pieces);
    pieces
}

#[derive(Default)]
struct Pieces {
    done: Vec<Piece>,
    /// What has gone and come since the last that stayed.
    went: String,
    came: String,
}

impl Pieces {
    fn stay(&mut self, char: char) {
        self.close();
        match self.done.last_mut() {
            Some(last) if !last.came && !last.went => last.text.push(char),
            _ => self.done.push(Piece { text: char.into(), came: false, went: false }),
        }
    }

    fn close(&mut self) {
        for (text, came) in [(&mut self.went, false), (&mut self.came, true)] {
            if !text.is_empty() {
                self.done.push(Piece { text: std::mem::take(text), came, went: !came });
            }
        }
    }
}

/// `[words](address)`, but no images and no footnotes.
fn links(text: &str) -> Vec<Link> {
    let mut links = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find('[').map(|at| from + at) {
        from = start + 1;
        if text[..start].ends_with(['!', '\\']) {
            continue;
        }
        let Some(end) = text[from..].find(['[', ']', '\n']).map(|at| from + at) else { break };
        if !text[end..].starts_with("](") {
            continue;
        }
        let Some(close) = closing(&text[end + 2..]) else { continue };
        let whole = start..end + 2 + close + 1;
        from = whole.end;
        links.push(Link { words: start + 1..end, whole, changed: false });
    }
    links
}

/// Where the bracket is that closes an address; those inside come in pairs.
fn closing(text: &str) -> Option<usize> {
    let mut open = 0_usize;
    for (at, char) in text.char_indices() {
        match char {
            '\n' => return None,
            '(' => open += 1,
            ')' if open == 0 => return Some(at),
            ')' => open -= 1,
            _ => {}
        }
    }
    None
}

/// Entries of lists begin with a bullet, in either text.
fn bullets(pieces: &mut [Piece]) {
    let (mut old, mut new) = (true, true);
    for piece in pieces {
        let begins = if piece.went { old } else { new };
        let lines = piece.text.split('\n').enumerate().map(|(line, text)| {
            match text.trim_start_matches(' ').strip_prefix("- ") {
                Some(entry) if begins || line > 0 => format!("• {entry}"),
                _ => text.to_owned(),
            }
        });
        let text = lines.collect::<Vec<_>>().join("\n");
        let ends = text.ends_with('\n');
        old = if piece.came { old } else { ends };
        new = if piece.went { new } else { ends };
        piece.text = text;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use galley_content::diff::words;

    fn told(old: &str, new: &str) -> String {
        let mark = |piece: Piece| match (piece.came, piece.went) {
            (true, _) => format!("+{}+", piece.text),
            (_, true) => format!("-{}-", piece.text),
            _ => piece.text,
        };
        pieces(&words(old, new)).into_iter().map(mark).collect()
    }

    #[test]
    fn links_are_their_words() {
        let text = "Take [good paper](https://a.example/x_(y)) along.";
        assert_eq!(told(text, text), "Take good paper along.");
        assert_eq!(told("Take it.", "Take it, and [pots](https://a.example)."), "Take it+, and pots+.");
        let image = "![a pot](pot.png) and [1] (no link)";
        assert_eq!(told(image, image), image);
    }

    #[test]
    fn words_whose_link_changed_are_marked() {
        let (plain, a, b) =
            ("Take pots.", "Take [pots](https://a.example).", "Take [pots](https://b.example).");
        assert_eq!(told(plain, a), "Take +pots+.");
        assert_eq!(told(a, plain), "Take -pots-+pots+.");
        assert_eq!(told(a, b), "Take -pots-+pots+.");
    }

    #[test]
    fn entries_of_lists_have_bullets() {
        assert_eq!(told("- one\n- two\n", "- one\n- three\n"), "• one\n• -two-+three+\n");
        assert_eq!(told("a\n", "a\n- b - c\n"), "a\n+• b - c\n+");
    }
}
