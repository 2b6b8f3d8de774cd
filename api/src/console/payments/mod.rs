//! `/admin/payments`: what came in, what waits for a person, what went back.

pub(crate) mod act;
mod brief;
pub(crate) mod list;
pub(crate) mod show;
mod words;
