//! What a password must be like. Length is what makes one strong; rules about its characters are not
//! (NIST SP 800-63B, section 3.1.1.2).

use super::Login;

/// Shortest password, in characters.
pub const PASSWORD_MIN_CHARS: usize = 12;
/// Longest password, in characters.
pub const PASSWORD_MAX_CHARS: usize = 200;
/// Fewest different characters.
const DIFFERENT_MIN: usize = 5;
/// What is guessed first, of those that are long enough and not caught by the other rules: without
/// what is no letter, without the digits at the end, in small letters.
const COMMON: [&str; 28] = [
    "password",
    "passwort",
    "passw",
    "mypassword",
    "thispassword",
    "newpassword",
    "adminpassword",
    "secretpassword",
    "changeme",
    "changemenow",
    "letmein",
    "letmeinplease",
    "admin",
    "administrator",
    "welcome",
    "welcomehome",
    "iloveyou",
    "correcthorsebatterystaple",
    "qwertyuiop",
    "qwertyuiopasdf",
    "qwertyuiopasdfghjkl",
    "asdfghjkl",
    "abcdefghijkl",
    "abcdefghijklm",
    "abcdefghijklmnop",
    "abcdefghijklmnopqrstuvwxyz",
    "galley",
    "galleyadmin",
];

/// Why a password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    /// Fewer than [`PASSWORD_MIN_CHARS`].
    #[error("Use at least {PASSWORD_MIN_CHARS} characters. A few words in a row are easy to remember.")]
    TooShort,
    /// More than [`PASSWORD_MAX_CHARS`].
    #[error("Use at most {PASSWORD_MAX_CHARS} characters.")]
    TooLong,
    /// It is the login, or little more.
    #[error("This is too close to the login. Choose something that nobody would guess.")]
    LikeLogin,
    /// Whoever guesses tries it early.
    #[error("This is one of the first that anybody would try. Choose something that nobody would guess.")]
    Common,
}

/// What is wrong with a password for this login, if anything.
pub fn password_fault(login: &Login, password: &str) -> Option<PasswordFault> {
    let chars = password.chars().count();
    if chars < PASSWORD_MIN_CHARS {
        return Some(PasswordFault::TooShort);
    }
    if chars > PASSWORD_MAX_CHARS {
        return Some(PasswordFault::TooLong);
    }
    let small = password.to_lowercase();
    let rest = small.replace(login.as_str(), "");
    if rest.len() < small.len() && rest.chars().count() < PASSWORD_MIN_CHARS / 2 {
        return Some(PasswordFault::LikeLogin);
    }
    let mut different: Vec<char> = small.chars().collect();
    different.sort_unstable();
    different.dedup();
    let stem: String =
        small.trim_end_matches(|c: char| !c.is_alphabetic()).replace(|c: char| !c.is_alphanumeric(), "");
    let common = COMMON.contains(&stem.as_str()) || COMMON.contains(&plain(&stem).as_str());
    (different.len() < DIFFERENT_MIN || is_repeated(&small) || is_counted(&small) || common)
        .then_some(PasswordFault::Common)
}

/// As it would be without the digits that stand for letters.
fn plain(text: &str) -> String {
    let letter = |c| match c {
        '0' => 'o',
        '1' => 'l',
        '3' => 'e',
        '4' => 'a',
        '5' => 's',
        '7' => 't',
        other => other,
    };
    text.chars().map(letter).collect()
}

/// The same few characters over and over.
fn is_repeated(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    (1..=chars.len() / 2).any(|period| chars.iter().zip(&chars[period..]).all(|(a, b)| a == b))
}

/// Digits or letters in a row, up or down: `123456789012`, `fedcba987654`.
fn is_counted(text: &str) -> bool {
    let codes: Vec<i64> = text.chars().map(|c| i64::from(u32::from(c))).collect();
    let steps = codes.windows(2).filter(|pair| matches!(pair[1] - pair[0], 1 | -1 | 9 | -9)).count();
    10 * steps >= 8 * (codes.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(password: &str) -> Option<PasswordFault> {
        password_fault(&"ann.miller".parse().unwrap(), password)
    }

    #[test]
    fn long_ones_of_any_kind_are_taken() {
        for password in [
            "the blue kettle sings",
            "correct horse battery",
            "Xk9#vLq2!mRt",
            "ein Boot auf dem See",
            "éàüöñçßøåœæþ",
        ] {
            assert_eq!(fault(password), None, "{password}");
        }
        assert_eq!(fault(&"kettle sings ".repeat(15)[..194]), Some(PasswordFault::Common));
    }

    #[test]
    fn short_ones_and_endless_ones_are_not() {
        assert_eq!(fault("Xk9#vLq2!mR"), Some(PasswordFault::TooShort));
        assert_eq!(fault(""), Some(PasswordFault::TooShort));
        assert_eq!(fault(&"x".repeat(PASSWORD_MAX_CHARS + 1)), Some(PasswordFault::TooLong));
    }

    #[test]
    fn what_is_guessed_first_is_not() {
        for password in [
            "password1234",
            "Password!2026",
            "P4ssw0rd1234",
            "Passwort12345",
            "changeme-now!!",
            "administrator1",
            "Correct-Horse-Battery-Staple",
            "qwertyuiop12",
            "letmeinplease",
            "123456789012",
            "210987654321",
            "abcdefghijkl1",
            "aaaaaaaaaaaa",
            "abcdabcdabcd",
            "kettlekettle",
            "            ",
        ] {
            assert_eq!(fault(password), Some(PasswordFault::Common), "{password}");
        }
    }

    #[test]
    fn the_login_with_a_little_more_is_not() {
        for password in ["ann.miller2026", "Ann.Miller!!", "1ann.millerann.miller"] {
            assert_eq!(fault(password), Some(PasswordFault::LikeLogin), "{password}");
        }
        assert_eq!(fault("ann.miller and her kettle"), None);
    }
}
