//! `/admin/queue/jobs…`: jobs one by one.

pub(crate) mod act;
pub(crate) mod list;
pub(crate) mod show;
mod words;

pub(super) use words::{kind_words, list_words};
