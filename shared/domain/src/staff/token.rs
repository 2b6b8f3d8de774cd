//! Tokens for the admin API: what they look like, and what they are called.

use super::RESERVED;

/// How every token begins, so that a lost one is recognised.
pub const TOKEN_PREFIX: &str = "gly_";
/// Longest name of a token, in characters.
pub const TOKEN_NAME_MAX_CHARS: usize = 80;

/// Whether a text can be a token's name: it stands in histories.
pub fn is_token_name(name: &str) -> bool {
    let sound = !name.is_empty() && name.trim() == name && !name.chars().any(char::is_control);
    sound && name != RESERVED && name.chars().count() <= TOKEN_NAME_MAX_CHARS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_can_be_read() {
        assert!(is_token_name("a") && is_token_name("The bookkeeping’s script"));
        assert!(is_token_name(&"é".repeat(TOKEN_NAME_MAX_CHARS)));
        for name in ["", " ", " a", "command-line", "a\n", "a\0b", &"x".repeat(TOKEN_NAME_MAX_CHARS + 1)] {
            assert!(!is_token_name(name), "{name:?}");
        }
    }
}
