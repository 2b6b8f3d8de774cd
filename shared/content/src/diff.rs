//! What changed between two texts, word by word.
//!
//! No clock bounds the work (this crate has none): the effort is counted instead, so that the same
//! two texts give the same answer on every machine. Where it would be exceeded the answer gets
//! coarser, never wrong.

use serde::{Deserialize, Serialize};
use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::{collections::HashMap, ops::Range};
use unicode_segmentation::UnicodeSegmentation;

/// Greatest effort of one comparison: pieces of the one text times pieces of the other, summed
/// over all stretches that are compared piece by piece. About a tenth of a second.
const EFFORT_MAX: usize = 24_000_000;

/// Lengths of the runs that hold two long texts together: five words and the blanks between them, two
/// words, one word.
const ANCHOR_PIECES: [usize; 3] = [9, 3, 1];

/// What became of a stretch of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// In both texts.
    Equal,
    /// Only in the new one.
    Insert,
    /// Only in the old one.
    Delete,
}

/// A stretch of text and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// What became of it.
    pub op: Op,
    /// The stretch.
    pub text: String,
}

/// Compares two texts by words.
///
/// The equal and deleted spans together are exactly `old`, the equal and inserted ones exactly
/// `new`; neighbouring spans differ in their `op`, and a deletion stands before its insertion.
pub fn words(old: &str, new: &str) -> Vec<Span> {
    let mut comparison = Comparison {
        old: old.split_word_bounds().collect(),
        new: new.split_word_bounds().collect(),
        effort_left: EFFORT_MAX,
        spans: Vec::new(),
    };
    comparison.run();
    comparison.spans
}

struct Comparison<'a> {
    old: Vec<&'a str>,
    new: Vec<&'a str>,
    effort_left: usize,
    spans: Vec<Span>,
}

impl Comparison<'_> {
    fn run(&mut self) {
        let (old, new) = (self.old.len(), self.new.len());
        let head = common(self.old.iter().zip(&self.new));
        let tail = common(self.old[head..].iter().rev().zip(self.new[head..].iter().rev()));
        self.push_old(Op::Equal, 0..head);
        self.compare(head..old - tail, head..new - tail, &ANCHOR_PIECES);
        self.push_old(Op::Equal, old - tail..old);
    }

    /// Compares piece by piece where that is affordable. Where it is not, runs of `lengths[0]` pieces
    /// that occur once in either text hold the two together, and only what lies between is compared,
    /// held together by shorter runs in its turn.
    fn compare(&mut self, old: Range<usize>, new: Range<usize>, lengths: &[usize]) {
        if old.len().saturating_mul(new.len()) <= self.effort_left {
            return self.by_piece(old, new);
        }
        let Some((length, shorter)) = lengths.split_first() else {
            self.push_old(Op::Delete, old);
            return self.push_new(new);
        };
        let (mut old_at, mut new_at) = (old.start, new.start);
        for (in_old, in_new) in anchors(&self.old[old.clone()], &self.new[new.clone()], *length) {
            let (in_old, in_new) = (old.start + in_old, new.start + in_new);
            self.compare(old_at..in_old, new_at..in_new, shorter);
            self.push_old(Op::Equal, in_old..in_old + 1);
            (old_at, new_at) = (in_old + 1, in_new + 1);
        }
        self.compare(old_at..old.end, new_at..new.end, shorter);
    }

    fn by_piece(&mut self, old: Range<usize>, new: Range<usize>) {
        self.effort_left = self.effort_left.saturating_sub(old.len() * new.len());
        let (from_old, from_new) = (old.start, new.start);
        for op in capture_diff_slices(Algorithm::Myers, &self.old[old], &self.new[new]) {
            let (in_old, in_new) = (op.old_range(), op.new_range());
            let in_old = from_old + in_old.start..from_old + in_old.end;
            let in_new = from_new + in_new.start..from_new + in_new.end;
            if matches!(op, DiffOp::Equal { .. }) {
                self.push_old(Op::Equal, in_old);
            } else {
                self.push_old(Op::Delete, in_old);
                self.push_new(in_new);
            }
        }
    }

    fn push_old(&mut self, op: Op, range: Range<usize>) {
        push(&mut self.spans, op, &self.old[range]);
    }

    fn push_new(&mut self, range: Range<usize>) {
        push(&mut self.spans, Op::Insert, &self.new[range]);
    }
}

fn push(spans: &mut Vec<Span>, op: Op, pieces: &[&str]) {
    if pieces.is_empty() {
        return;
    }
    match spans.last_mut() {
        Some(last) if last.op == op => last.text.extend(pieces.iter().copied()),
        _ => spans.push(Span { op, text: pieces.concat() }),
    }
}

fn common<'a>(pairs: impl Iterator<Item = (&'a &'a str, &'a &'a str)>) -> usize {
    pairs.take_while(|(old, new)| old == new).count()
}

/// Where the runs of `length` pieces begin that occur exactly once in either text, in the longest
/// order that both share.
fn anchors(old: &[&str], new: &[&str], length: usize) -> Vec<(usize, usize)> {
    /// Where a run stands, or that it stands in several places.
    #[derive(Clone, Copy, Default)]
    struct Seen {
        times: (u32, u32),
        at: (usize, usize),
    }
    let mut seen: HashMap<&[&str], Seen> = HashMap::new();
    for (at, run) in old.windows(length).enumerate() {
        let seen = seen.entry(run).or_default();
        seen.times.0 += 1;
        seen.at.0 = at;
    }
    for (at, run) in new.windows(length).enumerate() {
        let seen = seen.entry(run).or_default();
        seen.times.1 += 1;
        seen.at.1 = at;
    }
    let mut pairs: Vec<_> =
        seen.into_values().filter(|seen| seen.times == (1, 1)).map(|seen| seen.at).collect();
    pairs.sort_unstable();
    longest_increasing(&pairs)
}

/// The longest run of pairs (sorted by their first half) whose second halves increase as well.
fn longest_increasing(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // Patience sorting: `piles[n]` ends the best run of length n + 1, `before` leads back.
    let mut piles: Vec<usize> = Vec::new();
    let mut before = vec![None; pairs.len()];
    for (at, pair) in pairs.iter().enumerate() {
        let pile = piles.partition_point(|&top| pairs[top].1 < pair.1);
        before[at] = pile.checked_sub(1).map(|left| piles[left]);
        if pile == piles.len() {
            piles.push(at);
        } else {
            piles[pile] = at;
        }
    }
    let mut run = Vec::with_capacity(piles.len());
    let mut next = piles.last().copied();
    while let Some(at) = next {
        run.push(pairs[at]);
        next = before[at];
    }
    run.reverse();
    run
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rebuilt(spans: &[Span], without: Op) -> String {
        spans.iter().filter(|span| span.op != without).map(|span| span.text.as_str()).collect()
    }

    fn shown(spans: &[Span]) -> String {
        let mark = |span: &Span| match span.op {
            Op::Equal => span.text.clone(),
            Op::Insert => format!("{{+{}+}}", span.text),
            Op::Delete => format!("{{-{}-}}", span.text),
        };
        spans.iter().map(mark).collect()
    }

    #[test]
    fn a_changed_word_is_one_deletion_and_one_insertion() {
        let spans = words("The quick brown fox.", "The slow brown fox!");
        assert_eq!(shown(&spans), "The {-quick-}{+slow+} brown fox{-.-}{+!+}");
    }

    #[test]
    fn a_link_around_a_word_leaves_the_word_alone() {
        let spans = words("Read the guide today.", "Read the [guide](https://a.example) today.");
        assert_eq!(shown(&spans), "Read the {+[+}guide{+](https://a.example)+} today.");
    }

    #[test]
    fn equal_and_empty_texts_are_no_difference() {
        assert_eq!(words("", ""), []);
        assert_eq!(shown(&words("same", "same")), "same");
        assert_eq!(shown(&words("", "new text")), "{+new text+}");
        assert_eq!(shown(&words("old", "")), "{-old-}");
    }

    #[test]
    fn a_span_has_a_stable_form() {
        let span = Span { op: Op::Insert, text: "a".to_owned() };
        assert_eq!(serde_json::to_string(&span).unwrap(), r#"{"op":"insert","text":"a"}"#);
    }

    #[test]
    fn long_texts_stay_exact_and_small_changes_stay_small() {
        let line = |n: usize| format!("Line {n} of the long text speaks of thing{n}.\n");
        let old: String = (0..4_000).map(line).collect();
        let new: String =
            (0..4_000).map(|n| if n % 100 == 7 { format!("A new line {n}.\n") } else { line(n) }).collect();
        let spans = words(&old, &new);
        assert_eq!((rebuilt(&spans, Op::Insert), rebuilt(&spans, Op::Delete)), (old, new));
        let kept: usize = spans.iter().filter(|span| span.op == Op::Equal).map(|span| span.text.len()).sum();
        assert!(kept > 160_000, "only {kept} bytes were recognised");
    }

    #[test]
    fn long_texts_without_anything_in_common_are_replaced_as_a_whole() {
        let (old, new) = ("a b ".repeat(25_000), "c d\n".repeat(25_000));
        let spans = words(&old, &new);
        assert_eq!((rebuilt(&spans, Op::Insert), rebuilt(&spans, Op::Delete)), (old, new));
    }

    proptest! {
        #[test]
        fn both_texts_can_be_read_from_the_spans(old in "([a-c\u{e9}.\n ]|ab|https://x ){0,60}", new in "([a-c\u{e9}.\n ]|ab|https://x ){0,60}") {
            let spans = words(&old, &new);
            prop_assert_eq!(rebuilt(&spans, Op::Insert), old);
            prop_assert_eq!(rebuilt(&spans, Op::Delete), new);
            prop_assert!(spans.windows(2).all(|pair| pair[0].op != pair[1].op && (pair[0].op, pair[1].op) != (Op::Insert, Op::Delete)));
            prop_assert!(spans.iter().all(|span| !span.text.is_empty()));
        }

        #[test]
        fn both_texts_can_be_read_from_the_spans_when_the_effort_runs_out(old in "([a-f] ){0,60}", new in "([a-f] ){0,60}", effort_left in 0_usize..400) {
            let mut comparison = Comparison { old: old.split_word_bounds().collect(), new: new.split_word_bounds().collect(), effort_left, spans: Vec::new() };
            comparison.run();
            let (was, is) = (rebuilt(&comparison.spans, Op::Insert), rebuilt(&comparison.spans, Op::Delete));
            prop_assert_eq!((was, is), (old.clone(), new.clone()));
        }
    }
}
