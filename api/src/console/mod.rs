//! The console: where staff see what waits, decide, and look after the shop.
//!
//! Pages for people who are logged in. Everything works without scripts: links, forms that ask and
//! forms that do.

pub(crate) mod analytics;
pub(crate) mod articles;
pub(crate) mod audit;
mod chart;
pub(crate) mod checkouts;
pub(crate) mod customers;
pub(crate) mod desk;
mod door;
pub(crate) mod first;
pub(crate) mod frame;
mod input;
pub(crate) mod jobs;
pub(crate) mod login;
pub(crate) mod mails;
pub(crate) mod orders;
pub(crate) mod password;
mod passwords;
pub(crate) mod payments;
pub(crate) mod products;
pub(crate) mod queue;
mod refund;
pub(crate) mod review;
pub(crate) mod search;
mod secret;
pub(crate) mod session;
pub(crate) mod settings;
pub(crate) mod staff;
pub(crate) mod tokens;
mod tries;

pub(crate) use first::FirstLink;
pub(crate) use passwords::Passwords;
pub(crate) use tries::Tries;
