//! What customers do with their purchases, and see of them.

pub(crate) mod act;
mod cache;
pub(crate) mod checkout;
pub(crate) mod events;
pub(crate) mod session;
pub(crate) mod status;
pub(crate) mod versions;
mod words;

pub(crate) use cache::StatusCache;
pub(crate) use status::outline_json;
