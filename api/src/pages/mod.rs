//! The hosted pages: what a shop has that builds no front end of its own.
//!
//! Everything works without scripts; nothing is inline, so that the policy can forbid all of it.

pub(crate) mod assets;
pub(crate) mod checkout;
pub(crate) mod comeback;
mod cookie;
mod facts;
mod frame;
pub(crate) mod front;
pub(crate) mod order;
pub(crate) mod success;
mod trouble;

pub(crate) use frame::policy;
pub(crate) use trouble::trouble;
