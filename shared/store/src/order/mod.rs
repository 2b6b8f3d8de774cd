//! Orders: commands in, views out.

mod apply;
mod links;
mod stamp;
mod version;
mod view;

pub use links::OrderLink;
pub use stamp::Stamp;
pub(crate) use stamp::stamps;
pub use version::VersionView;
pub use view::OrderView;
