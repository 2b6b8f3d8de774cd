//! What customers see of their orders.

mod cache;
mod status;
mod versions;
mod words;

pub(crate) use cache::StatusCache;
pub(crate) use status::status;
pub(crate) use versions::{diff_versions, get_version, list_versions};
