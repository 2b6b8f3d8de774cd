//! Finding the nearest of thousands of texts by the hashes that they share.

use super::Sketch;
use std::{
    collections::{BTreeMap, HashMap},
    hash::{BuildHasherDefault, Hasher},
};
use uuid::Uuid;

/// Most texts that one hash leads to; the latest stay. A run of words that more articles than this
/// have in common is a phrase of the shop and tells nothing.
const POSTING_MAX: usize = 64;

/// Sketches by id, and for each hash the texts that hold it.
///
/// A look-up costs as much as the sketch has hashes, however many texts there are. Memory: about
/// 5 kB a text.
#[derive(Debug)]
pub struct Index {
    capacity: usize,
    entries: HashMap<Uuid, Entry>,
    /// When each came, for the eviction of the oldest.
    arrivals: BTreeMap<u64, Uuid>,
    next_arrival: u64,
    postings: HashMap<u32, Posting, BuildHasherDefault<AlreadyHashed>>,
}

#[derive(Debug)]
struct Entry {
    arrival: u64,
    sketch: Sketch,
}

/// Nearly every hash belongs to one text, so that one needs no list.
#[derive(Debug)]
enum Posting {
    One(u64),
    Many(Vec<u64>),
}

impl Posting {
    fn arrivals(&self) -> &[u64] {
        match self {
            Self::One(arrival) => std::slice::from_ref(arrival),
            Self::Many(arrivals) => arrivals,
        }
    }

    fn push(&mut self, arrival: u64) {
        match self {
            Self::One(first) => *self = Self::Many(vec![*first, arrival]),
            Self::Many(arrivals) => {
                if arrivals.len() == POSTING_MAX {
                    arrivals.remove(0);
                }
                arrivals.push(arrival);
            }
        }
    }
}

impl Index {
    /// An empty index that keeps the latest `capacity` texts.
    pub fn with_capacity_limit(capacity: usize) -> Self {
        Self {
            capacity: capacity.max(1),
            entries: HashMap::new(),
            arrivals: BTreeMap::new(),
            next_arrival: 0,
            postings: HashMap::default(),
        }
    }

    /// The number of texts.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Adds a text, in place of the one with the same id; the oldest goes when it gets too many.
    pub fn insert(&mut self, id: Uuid, sketch: &Sketch) {
        self.remove(id);
        if self.entries.len() >= self.capacity
            && let Some((_, &oldest)) = self.arrivals.first_key_value()
        {
            self.remove(oldest);
        }
        let arrival = self.next_arrival;
        self.next_arrival += 1;
        for hash in &sketch.hashes {
            self.postings
                .entry(*hash)
                .and_modify(|posting| posting.push(arrival))
                .or_insert(Posting::One(arrival));
        }
        self.arrivals.insert(arrival, id);
        self.entries.insert(id, Entry { arrival, sketch: sketch.clone() });
    }

    /// Takes a text out; an unknown one is out already.
    pub fn remove(&mut self, id: Uuid) {
        let Some(entry) = self.entries.remove(&id) else { return };
        self.arrivals.remove(&entry.arrival);
        for hash in &entry.sketch.hashes {
            let emptied = match self.postings.get_mut(hash) {
                Some(Posting::One(arrival)) => *arrival == entry.arrival,
                Some(Posting::Many(arrivals)) => {
                    arrivals.retain(|arrival| *arrival != entry.arrival);
                    arrivals.is_empty()
                }
                None => false,
            };
            if emptied {
                self.postings.remove(hash);
            }
        }
    }

    /// The text that has most in common with `sketch`, and how much, in percent (estimated).
    ///
    /// `except` is the article itself when a revision of it is measured. Of texts that are equally
    /// near the one that shares most hashes is named. Nothing, if no text shares anything.
    pub fn nearest(&self, sketch: &Sketch, except: Option<Uuid>) -> Option<(Uuid, u32)> {
        let excepted = except.and_then(|id| self.entries.get(&id)).map(|entry| entry.arrival);
        let mut arrivals: Vec<u64> = Vec::new();
        for hash in &sketch.hashes {
            arrivals.extend_from_slice(self.postings.get(hash).map_or(&[], Posting::arrivals));
        }
        arrivals.sort_unstable();
        let mut candidates: Vec<(usize, u64)> = arrivals
            .chunk_by(|a, b| a == b)
            .map(|same| (same.len(), same[0]))
            .filter(|(_, arrival)| Some(*arrival) != excepted)
            .collect();
        // Most in common first, then the oldest.
        candidates.sort_unstable_by_key(|(shared, arrival)| (std::cmp::Reverse(*shared), *arrival));
        let mut best: Option<(Uuid, u32)> = None;
        for (shared, arrival) in candidates {
            // The share cannot be greater than this, so nobody further down is nearer.
            let most = super::percent(shared, sketch.hashes.len());
            if best.is_some_and(|(_, percent)| most <= percent) {
                break;
            }
            let Some((id, entry)) = self.arrivals.get(&arrival).and_then(|id| self.entries.get_key_value(id))
            else {
                continue;
            };
            let percent = sketch.percent(&entry.sketch);
            if percent > best.map_or(0, |(_, percent)| percent) {
                best = Some((*id, percent));
            }
        }
        best
    }
}

/// The keys are hashes already.
#[derive(Default)]
struct AlreadyHashed(u64);

impl Hasher for AlreadyHashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 << 8) | u64::from(*byte);
        }
    }

    fn write_u32(&mut self, hash: u32) {
        // The table reads both ends of the number.
        self.0 = u64::from(hash).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    /// Five hundred words of which the first `own` are nobody else's.
    fn sketch(author: &str, own: usize) -> Sketch {
        let text: String =
            (0..500).map(|n| if n < own { format!("{author}{n} ") } else { format!("w{n} ") }).collect();
        Sketch::of(&text)
    }

    #[test]
    fn the_nearest_text_is_found_and_an_article_is_not_its_own_neighbour() {
        let mut index = Index::with_capacity_limit(10);
        assert!(index.is_empty());
        index.insert(id(1), &sketch("a", 400));
        index.insert(id(2), &sketch("b", 100));
        index.insert(id(3), &sketch("c", 500));
        let asked = sketch("b", 100);
        assert_eq!(index.nearest(&asked, None), Some((id(2), 100)));
        let (found, percent) = index.nearest(&asked, Some(id(2))).unwrap();
        assert_eq!(found, id(1));
        assert!((4..20).contains(&percent), "{percent} % estimated, 11 % in truth");
        assert_eq!(index.nearest(&sketch("d", 500), None), None);
        assert_eq!(index.nearest(&Sketch::default(), None), None);
    }

    #[test]
    fn what_was_removed_or_replaced_is_found_no_more() {
        let mut index = Index::with_capacity_limit(10);
        index.insert(id(1), &sketch("a", 500));
        index.insert(id(1), &sketch("b", 500));
        assert_eq!(index.len(), 1);
        assert_eq!(index.nearest(&sketch("a", 500), None), None);
        index.remove(id(1));
        index.remove(id(1));
        assert_eq!(index.nearest(&sketch("b", 500), None), None);
        assert!(index.postings.is_empty() && index.arrivals.is_empty());
    }

    #[test]
    fn the_oldest_goes_when_there_are_too_many() {
        let mut index = Index::with_capacity_limit(3);
        for n in 1..=5 {
            index.insert(id(n), &sketch(&format!("t{n}x"), 500));
        }
        assert_eq!(index.len(), 3);
        let known: Vec<_> =
            (1..=5).map(|n| index.nearest(&sketch(&format!("t{n}x"), 500), None).is_some()).collect();
        assert_eq!(known, [false, false, true, true, true]);
        assert!(index.postings.len() <= 3 * super::super::SKETCH_HASHES_MAX);
    }

    #[test]
    fn a_phrase_that_everyone_uses_does_not_slow_the_search_down() {
        let mut index = Index::with_capacity_limit(5_000);
        for n in 0..2_000 {
            index.insert(id(n), &Sketch::of("the same short text for all of them"));
        }
        assert!(index.postings.values().all(|posting| posting.arrivals().len() <= POSTING_MAX));
        assert_eq!(index.nearest(&Sketch::of("the same short text for all of them"), None).unwrap().1, 100);
    }
}
