//! What customers do with their purchases, and see of them.

mod cache;
pub(crate) mod checkout;
pub(crate) mod link;
pub(crate) mod session;
pub(crate) mod status;
pub(crate) mod versions;
mod words;

pub(crate) use cache::StatusCache;
