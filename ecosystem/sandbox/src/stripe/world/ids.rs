use crate::dice::Dice;

const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// How many characters a session's id has after its prefix.
const SESSION_LENGTH: usize = 58;
/// How many characters the other ids have after their prefix.
const LENGTH: usize = 24;

/// Makes ids that look like Stripe's; the same seed makes the same ones.
#[derive(Debug)]
pub(in crate::stripe) struct Ids {
    dice: Dice,
}

impl Ids {
    pub(in crate::stripe) fn new(seed: u64) -> Self {
        Self { dice: Dice::new(seed) }
    }

    pub(in crate::stripe) fn session(&mut self, livemode: bool) -> String {
        let prefix = if livemode { "cs_live_a1" } else { "cs_test_a1" };
        self.make(prefix, SESSION_LENGTH)
    }

    /// An id with this prefix (`pi_3`, `evt_1`, …).
    pub(in crate::stripe) fn id(&mut self, prefix: &str) -> String {
        self.make(prefix, LENGTH)
    }

    fn make(&mut self, prefix: &str, length: usize) -> String {
        let mut id = prefix.to_owned();
        for _ in 0..length {
            let letter = LETTERS.get(self.dice.below(LETTERS.len())).copied().unwrap_or(b'A');
            id.push(char::from(letter));
        }
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_ids_and_each_only_once() {
        let (mut one, mut same, mut other) = (Ids::new(1), Ids::new(1), Ids::new(2));
        let id = one.session(false);
        assert_eq!((id.len(), &id), (68, &same.session(false)));
        assert!(id.starts_with("cs_test_a1"));
        assert_ne!(id, other.session(false));
        assert_ne!(id, one.session(false));
    }
}
