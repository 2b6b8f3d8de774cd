//! What customers see of their orders.

mod cache;
pub(crate) mod link;
pub(crate) mod status;
pub(crate) mod versions;
mod words;

pub(crate) use cache::StatusCache;
