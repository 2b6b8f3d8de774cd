//! `/admin/orders/…`: orders, what is known of each, and what is decided about it.

pub(crate) mod act;
mod actions;
pub(crate) mod article;
pub(crate) mod brief;
pub(crate) mod edit;
pub(crate) mod event;
pub(crate) mod export;
mod head;
mod line;
pub(crate) mod list;
pub(crate) mod preview;
mod refused;
mod text;
pub(crate) mod timeline;
pub(crate) mod versions;
mod words;

pub(super) use act::done;
pub(super) use actions::{Actions, Back};
pub(super) use refused::Refused;
pub(super) use text::Text;
pub(super) use words::{product, states};
