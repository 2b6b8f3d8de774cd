//! How often anybody may try a password: five times in a quarter of an hour, counted for the address and
//! for the login that is tried. A right one does not count.

use crate::{
    envelope::ApiError,
    limit::{Address, Limit},
};
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};

/// Tries that are free at once.
const AT_ONCE: u32 = 5;
/// After which all of them are free again.
const WINDOW: TimeDelta = TimeDelta::minutes(15);

/// Counts them.
pub(crate) struct Tries {
    addresses: Limit<Address>,
    logins: Limit<[u8; 32]>,
}

/// One of them.
pub(super) struct Try {
    address: Address,
    login: [u8; 32],
}

impl Tries {
    pub(crate) fn new() -> Self {
        Self { addresses: Limit::new(AT_ONCE, WINDOW), logins: Limit::new(AT_ONCE, WINDOW) }
    }

    /// Counts a try, whether there is such a login or not; or says when the next one may be.
    pub(super) fn admit(&self, address: Address, login: &str, now: DateTime<Utc>) -> Result<Try, ApiError> {
        let login = Sha256::digest(login.trim().to_ascii_lowercase()).into();
        let admitted = self
            .addresses
            .admit(address, now)
            .and_then(|()| self.logins.admit(login, now).inspect_err(|_| self.addresses.give_back(address)));
        match admitted {
            Ok(()) => Ok(Try { address, login }),
            Err(wait) => {
                let minutes = wait.as_secs().div_ceil(60).max(1);
                let unit = if minutes == 1 { "minute" } else { "minutes" };
                let message =
                    format!("There were too many wrong passwords. Wait {minutes} {unit}, then try again.");
                Err(ApiError::too_many(&message, wait))
            }
        }
    }

    /// The password was right.
    pub(super) fn right(&self, one: &Try) {
        self.addresses.give_back(one.address);
        self.logins.give_back(one.login);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_767_225_600 + seconds, 0).unwrap()
    }

    fn address(number: u8) -> Address {
        Address::of([192, 0, 2, number].into())
    }

    #[test]
    fn an_address_has_five_tries_whomever_it_says_it_is() {
        let tries = Tries::new();
        for login in ["a", "b", "c", "d", "e"] {
            assert!(tries.admit(address(1), login, at(0)).is_ok());
        }
        let refused = tries.admit(address(1), "f", at(0)).err().unwrap();
        assert_eq!(refused.message, "There were too many wrong passwords. Wait 3 minutes, then try again.");
        assert!(tries.admit(address(2), "f", at(0)).is_ok());
        assert!(tries.admit(address(1), "f", at(180)).is_ok());
    }

    #[test]
    fn a_login_has_five_tries_wherever_they_come_from_and_however_it_is_written() {
        let tries = Tries::new();
        for (n, login) in (1..).zip(["ann", "Ann", " ann", "ANN ", "ann"]) {
            assert!(tries.admit(address(n), login, at(0)).is_ok());
        }
        assert!(tries.admit(address(9), "ann", at(0)).is_err());
        // What was not tried does not count against the address.
        for login in ["a", "b", "c", "d", "e"] {
            assert!(tries.admit(address(9), login, at(0)).is_ok());
        }
    }

    #[test]
    fn right_passwords_do_not_count() {
        let tries = Tries::new();
        for _ in 0..20 {
            let one = tries.admit(address(1), "ann", at(0)).unwrap_or_else(|error| panic!("{error:?}"));
            tries.right(&one);
        }
    }
}
