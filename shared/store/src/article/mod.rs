//! Articles: what backlinks are placed into, how they become public, and how they are read.
//!
//! The row is there before anything outside is told, unpublished; its text, its links and its date
//! are written together with the end of the order that they are for.

mod base;
mod begin;
mod edition;
mod import;
mod list;
mod remote;
mod view;
mod withdraw;

pub(crate) use base::{Base, find_many, read_many};
pub use begin::{Approved, Begun, HeldArticle, Publication};
pub use edition::Edition;
pub(crate) use edition::{lock, write};
pub use list::{ArticleAddress, ArticleLine};
pub(crate) use remote::write_seen;
pub use remote::{RemoteCopy, SeenCopy};
pub use view::ArticleView;
