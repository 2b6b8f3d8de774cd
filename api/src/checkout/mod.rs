//! Checkouts: what the JSON API and the hosted pages do with them alike.

mod open;
mod page;
mod token;
mod wish;

pub(crate) use open::{CLIENT_SCOPE, FORM_SCOPE, open};
pub(crate) use token::{Holder, find};
pub(crate) use wish::{Wanted, Wish};
