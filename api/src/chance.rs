//! Secrets that nobody can guess.

use galley_content::password::SALT_BYTES;

/// What a password that we make is written with: no letter or digit looks like another.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Characters of it: 100 random bits.
const PASSWORD_CHARS: usize = 20;
/// In groups, so that it can be read out.
const GROUP_CHARS: usize = 4;

/// 256 random bits in hex.
pub(crate) fn token() -> String {
    hex::encode(rand::random::<[u8; 32]>())
}

pub(crate) fn salt() -> [u8; SALT_BYTES] {
    rand::random()
}

/// A password to begin with.
pub(crate) fn password() -> String {
    let bytes: [u8; PASSWORD_CHARS] = rand::random();
    let letters: Vec<u8> = bytes.iter().map(|byte| ALPHABET[usize::from(byte % 32)]).collect();
    let groups: Vec<_> = letters.chunks(GROUP_CHARS).map(String::from_utf8_lossy).collect();
    groups.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use galley_domain::staff::password_fault;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_are_alike() {
        let all: BTreeSet<_> = (0..100).flat_map(|_| [token(), password()]).collect();
        assert_eq!(all.len(), 200);
        assert!(all.iter().all(|secret| secret.len() == 64 || secret.len() == 24), "{all:?}");
    }

    #[test]
    fn a_password_of_ours_is_taken() {
        let ann = "ann".parse().unwrap();
        assert!((0..100).all(|_| password_fault(&ann, &password()).is_none()));
        assert_eq!(ALPHABET.iter().collect::<BTreeSet<_>>().len(), 32, "each as likely as any other");
    }
}
