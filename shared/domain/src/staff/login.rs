//! The names that members of staff log in with.

use super::RESERVED;
use std::{fmt, str::FromStr};

/// Shortest and longest login, in characters.
const LOGIN_MIN_CHARS: usize = 2;
/// Longest login, in characters.
pub const LOGIN_MAX_CHARS: usize = 40;

/// A login: 2 to 40 of `a-z 0-9 . _ -`, beginning with a letter or a digit.
///
/// It stands in histories, so it is no e-mail address; and it reads the same to everybody, so that
/// nobody can take a name that looks like another's.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Login(String);

/// Why a text is no login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// It is written in another way.
    #[error(
        "Use 2 to {LOGIN_MAX_CHARS} of a-z, 0-9, dot, hyphen and underscore; begin with a letter or a digit."
    )]
    Shape,
    /// It means something else in histories.
    #[error("This name is kept for the command line. Choose another one.")]
    Reserved,
}

impl Login {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Login {
    type Err = LoginError;

    /// Capitals are taken for small letters, and spaces around it are nothing.
    fn from_str(text: &str) -> Result<Self, LoginError> {
        let login = text.trim().to_ascii_lowercase();
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-');
        if !(LOGIN_MIN_CHARS..=LOGIN_MAX_CHARS).contains(&login.len())
            || !login.chars().all(plain)
            || !login.starts_with(|c: char| c.is_ascii_alphanumeric())
        {
            return Err(LoginError::Shape);
        }
        if login == RESERVED {
            return Err(LoginError::Reserved);
        }
        Ok(Self(login))
    }
}

impl fmt::Display for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_a_plain_word_in_small_letters() {
        for (text, login) in [("ann", "ann"), (" Ann.B_2 ", "ann.b_2"), ("7-up", "7-up")] {
            assert_eq!(text.parse::<Login>().unwrap().as_str(), login);
        }
        assert!("x".repeat(LOGIN_MAX_CHARS).parse::<Login>().is_ok());
    }

    #[test]
    fn what_is_none_is_told_why() {
        let long = "x".repeat(LOGIN_MAX_CHARS + 1);
        for text in
            ["", "a", "-ann", ".ann", "ann@shop.example", "an n", "añn", "аnn", "ann\0", long.as_str()]
        {
            assert_eq!(text.parse::<Login>(), Err(LoginError::Shape), "{text}");
        }
        assert_eq!("Command-Line".parse::<Login>(), Err(LoginError::Reserved));
    }
}
