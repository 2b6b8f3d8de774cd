//! Members of staff: what they may do, what they are called, and what a password must be like.

mod login;
mod password;
mod token;

pub use login::{LOGIN_MAX_CHARS, Login, LoginError};
pub use password::{PASSWORD_MAX_CHARS, PASSWORD_MIN_CHARS, PasswordFault, password_fault};
pub use token::{TOKEN_NAME_MAX_CHARS, TOKEN_PREFIX, is_token_name};

use crate::text_enum::text_enum;

/// Stands in histories for whoever has a shell on the server.
const RESERVED: &str = "command-line";

text_enum! {
    /// What a token or a member of staff may do; each role may do what those before it may.
    pub enum Role {
        /// Look.
        ReadOnly = "read-only",
        /// Decide on orders and payments in review.
        Reviewer = "reviewer",
        /// Give money back, and everything else.
        Owner = "owner",
    }
}

impl Role {
    /// Whether the role includes `needed`.
    pub fn may(self, needed: Self) -> bool {
        self >= needed
    }
}

#[cfg(test)]
mod tests {
    use super::Role;

    #[test]
    fn each_role_includes_those_before_it() {
        assert!(Role::Owner.may(Role::Reviewer) && Role::Reviewer.may(Role::ReadOnly));
        assert!(!Role::ReadOnly.may(Role::Reviewer) && !Role::Reviewer.may(Role::Owner));
        assert!(Role::Reviewer.may(Role::Reviewer));
    }
}
