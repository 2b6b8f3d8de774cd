//! What staff look at: lists that no customer sees.

mod articles;
mod checkouts;
mod counts;
mod customers;

pub use articles::{DeskArticle, NewArticle};
pub use checkouts::CheckoutLine;
pub use counts::DeskCounts;
pub use customers::CustomerLine;
