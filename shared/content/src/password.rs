//! Passwords as they are kept: argon2id as a PHC string
//! (`$argon2id$v=19$m=19456,t=2,p=1$salt$hash`).
//!
//! Slow on purpose (tens of milliseconds and 19 MiB each): not for a thread that others wait for.

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version,
    password_hash::phc::PasswordHash,
};

/// Bytes of salt; new and random for each password.
pub const SALT_BYTES: usize = 16;
/// OWASP's first choice of parameters for argon2id (Password Storage Cheat Sheet): 19 MiB, two passes,
/// one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// No password's hash. Held against what is typed for a login that does not exist, so that finding out
/// takes as long as it does for one that does.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$Z2FsbGV5LW5vYm9keXMxNg$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A password cannot be hashed, or a kept hash cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the password's hash: {0}")]
pub struct HashError(String);

/// The hash of a password, as it is kept.
pub fn hash(password: &str, salt: &[u8; SALT_BYTES]) -> Result<String, HashError> {
    let params =
        Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| HashError(error.to_string()))?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash: PasswordHash = argon2
        .hash_password_with_salt(password.as_bytes(), salt)
        .map_err(|error| HashError(error.to_string()))?;
    Ok(hash.to_string())
}

/// Whether a password is the one that was hashed, under the parameters that the hash names. `None` is
/// nobody's: never true, and takes as long.
pub fn is_right(password: &str, kept: Option<&str>) -> bool {
    let right = Argon2::default().verify_password(password.as_bytes(), kept.unwrap_or(NOBODYS)).is_ok();
    right && kept.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_right_for_its_own_hash_alone() {
        let kept = hash("the blue kettle sings", &[7; SALT_BYTES]).unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(is_right("the blue kettle sings", Some(&kept)));
        for wrong in ["the blue kettle sing", "The blue kettle sings", "", "the blue kettle sings "] {
            assert!(!is_right(wrong, Some(&kept)), "{wrong}");
        }
        assert_ne!(kept, hash("the blue kettle sings", &[8; SALT_BYTES]).unwrap(), "the salt counts");
    }

    #[test]
    fn nobodys_password_is_never_right_and_costs_as_much() {
        assert!(!is_right("the blue kettle sings", None));
        let nobodys = PasswordHash::new(NOBODYS).unwrap();
        let kept = PasswordHash::new(&hash("a", &[7; SALT_BYTES]).unwrap()).unwrap();
        assert_eq!((nobodys.algorithm, nobodys.version), (kept.algorithm, kept.version));
        assert_eq!(nobodys.params, kept.params);
        let bytes = |hash: &PasswordHash| (hash.salt.unwrap().len(), hash.hash.unwrap().len());
        assert_eq!(bytes(&nobodys), bytes(&kept));
    }

    #[test]
    fn what_is_no_hash_is_right_for_nobody() {
        for kept in ["", "x", "$argon2id$", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ"] {
            assert!(!is_right("", Some(kept)), "{kept}");
        }
    }
}
