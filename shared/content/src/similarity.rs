//! How much two texts have in common, measured by the runs of five words that they share.
//!
//! A [`Sketch`] stands for a text in half a kilobyte, an [`Index`] finds the nearest of thousands of
//! texts without reading them. Hashes are written down with the sketches, so they never change.

mod index;

pub use index::Index;

use crate::markdown::written_without_blanks;

/// Words of one shingle.
const SHINGLE_WORDS: usize = 5;

/// Hashes of one sketch. The estimate is off by about 4 percentage points (one standard deviation)
/// at the default threshold of 20 %.
pub const SKETCH_HASHES_MAX: usize = 128;

/// The smallest hashes of a text's shingles, in rising order: a fair sample of them, and the same
/// one for whoever draws it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sketch {
    hashes: Vec<u32>,
}

impl Sketch {
    /// Sketches running text (see [`plain_text`](crate::markdown::plain_text)).
    pub fn of(text: &str) -> Self {
        // Half of each hash is enough to tell some thousand shingles apart.
        let mut hashes: Vec<u32> =
            shingles(text).into_iter().filter_map(|hash| u32::try_from(hash >> 32).ok()).collect();
        if hashes.len() > 4 * SKETCH_HASHES_MAX {
            // Leaves room for those that occur twice.
            hashes.select_nth_unstable(4 * SKETCH_HASHES_MAX);
            let mut least = hashes[..4 * SKETCH_HASHES_MAX].to_vec();
            least.sort_unstable();
            least.dedup();
            if least.len() >= SKETCH_HASHES_MAX {
                least.truncate(SKETCH_HASHES_MAX);
                return Self { hashes: least };
            }
        }
        hashes.sort_unstable();
        hashes.dedup();
        hashes.truncate(SKETCH_HASHES_MAX);
        Self { hashes }
    }

    /// The form on disk: four bytes a hash, the least significant first.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.hashes.iter().flat_map(|hash| hash.to_le_bytes()).collect()
    }

    /// Reads what [`Sketch::to_bytes`] wrote; nothing, if it cannot have written this.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (chunks, []) = bytes.as_chunks::<4>() else { return None };
        let hashes: Vec<u32> = chunks.iter().map(|chunk| u32::from_le_bytes(*chunk)).collect();
        let sound = hashes.len() <= SKETCH_HASHES_MAX && hashes.is_sorted_by(|a, b| a < b);
        sound.then_some(Self { hashes })
    }

    /// The estimated share of common shingles (Jaccard), in percent.
    pub fn percent(&self, other: &Self) -> u32 {
        // The smallest hashes of both together are a sample of the union.
        let (mut a, mut b) = (self.hashes.iter().peekable(), other.hashes.iter().peekable());
        let (mut seen, mut common) = (0, 0);
        while seen < SKETCH_HASHES_MAX {
            let step = match (a.peek(), b.peek()) {
                (None, None) => break,
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some(a), Some(b)) => a.cmp(b),
            };
            if step.is_le() {
                a.next();
            }
            if step.is_ge() {
                b.next();
            }
            common += usize::from(step.is_eq());
            seen += 1;
        }
        percent(common, seen)
    }
}

/// The share of common shingles (Jaccard) in percent, counted and not estimated.
pub fn jaccard_percent(a: &str, b: &str) -> u32 {
    let distinct = |text: &str| {
        let mut shingles = shingles(text);
        shingles.sort_unstable();
        shingles.dedup();
        shingles
    };
    let (a, b) = (distinct(a), distinct(b));
    let common = a.iter().filter(|hash| b.binary_search(hash).is_ok()).count();
    percent(common, a.len() + b.len() - common)
}

fn percent(part: usize, whole: usize) -> u32 {
    let rounded = (100 * part + whole / 2).checked_div(whole).unwrap_or(0);
    u32::try_from(rounded).unwrap_or(100)
}

/// One hash for every run of five words; a shorter text is one run.
fn shingles(text: &str) -> Vec<u64> {
    let words = word_hashes(text);
    if words.is_empty() {
        return Vec::new();
    }
    let length = SHINGLE_WORDS.min(words.len());
    words.windows(length).map(|run| run.iter().fold(0, |hash, word| mix(hash ^ word))).collect()
}

/// FNV-1a over the lower-cased letters and digits of each word; blanks and punctuation part words,
/// an apostrophe does not. In scripts without blanks every letter is a word.
fn word_hashes(text: &str) -> Vec<u64> {
    const START: u64 = 0xcbf2_9ce4_8422_2325;
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let mut words = Vec::with_capacity(text.len() / 5);
    let mut hash = START;
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            hash = step(hash, c.to_ascii_lowercase() as u8);
        } else if written_without_blanks(c) {
            if hash != START {
                words.push(hash);
                hash = START;
            }
            words.push(c.encode_utf8(&mut [0; 4]).bytes().fold(START, step));
        } else if c.is_alphanumeric() {
            let mut bytes = [0; 4];
            for lower in c.to_lowercase() {
                hash = lower.encode_utf8(&mut bytes).bytes().fold(hash, step);
            }
        } else if hash != START && !matches!(c, '\'' | '\u{2019}') {
            words.push(hash);
            hash = START;
        }
    }
    if hash != START {
        words.push(hash);
    }
    words
}

/// Spreads every bit of `hash` over all others (the finaliser of splitmix64).
fn mix(hash: u64) -> u64 {
    let hash = hash.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text of `words` words, each of them its own.
    fn text(words: std::ops::Range<usize>) -> String {
        words.map(|n| format!("w{n}")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_same_text_is_all_the_same_whatever_its_case_and_punctuation() {
        let (a, b) = ("The cat's on the mat, asleep.", "the CAT\u{2019}S on the mat \u{2013} asleep");
        assert_eq!(jaccard_percent(a, b), 100);
        assert_eq!(Sketch::of(a), Sketch::of(b));
        assert_eq!(Sketch::of(a).percent(&Sketch::of(b)), 100);
    }

    #[test]
    fn texts_without_five_words_in_common_share_nothing() {
        assert_eq!(jaccard_percent(&text(0..500), &text(500..1_000)), 0);
        assert_eq!(jaccard_percent("one two three four five", "one two three four six"), 0);
        assert_eq!(jaccard_percent("", ""), 0);
        assert_eq!(jaccard_percent("short text", "Short text!"), 100);
    }

    #[test]
    fn scripts_without_blanks_are_compared_letter_by_letter() {
        let (a, b) =
            ("\u{6211}\u{559c}\u{6b22}\u{8dd1}\u{6b65}\u{978b}", "\u{6211}\u{559c}\u{6b22}\u{8dd1}\u{6b65}");
        assert_eq!(jaccard_percent(a, b), 50);
    }

    #[test]
    fn the_estimate_is_near_the_truth() {
        for overlap in [100, 200, 400, 800, 950] {
            let (a, b) = (text(0..1_000), text(1_000 - overlap..2_000 - overlap));
            let (exact, estimate) = (jaccard_percent(&a, &b), Sketch::of(&a).percent(&Sketch::of(&b)));
            assert!(exact.abs_diff(estimate) <= 12, "{estimate} % estimated, {exact} % in truth");
        }
    }

    #[test]
    fn a_sketch_has_a_fixed_form_on_disk() {
        let sketch = Sketch::of("one two three four five six");
        let bytes = sketch.to_bytes();
        assert_eq!(Sketch::from_bytes(&bytes), Some(sketch));
        // Must never change: sketches are stored.
        assert_eq!(bytes, [52, 69, 155, 36, 145, 226, 82, 124]);
        assert_eq!(Sketch::from_bytes(&[]), Some(Sketch::default()));
        assert_eq!(Sketch::from_bytes(&[1, 2, 3]), None);
        assert_eq!(Sketch::from_bytes(&[2, 0, 0, 0, 1, 0, 0, 0]), None);
        assert_eq!(Sketch::from_bytes(&[0; 4 * (SKETCH_HASHES_MAX + 1)]), None);
    }

    #[test]
    fn a_text_that_repeats_itself_is_sketched_by_what_it_says_once() {
        let once = text(0..300);
        assert_eq!(Sketch::of(&once.repeat(40)).hashes.len(), SKETCH_HASHES_MAX);
        assert_eq!(Sketch::of(&"one two three four five ".repeat(1_000)).hashes.len(), 5);
    }
}
