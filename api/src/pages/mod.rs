//! The hosted pages: what a shop has that builds no front end of its own.
//!
//! Everything works without scripts; nothing is inline, so that the policy can forbid all of it.

pub(crate) mod article;
pub(crate) mod assets;
pub(crate) mod checkout;
pub(crate) mod comeback;
mod cookie;
mod facts;
mod frame;
pub(crate) mod front;
pub(crate) mod order;
pub(crate) mod order_status;
pub(crate) mod robots;
pub(crate) mod sitemap;
mod steps;
pub(crate) mod success;
pub(crate) mod theme;
mod trouble;

pub(crate) use assets::Asset;
pub(crate) use frame::{page, policy, see_other};
pub(crate) use trouble::trouble;
