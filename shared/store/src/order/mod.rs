//! Orders: commands in, views out.

mod apply;
mod edit;
mod links;
mod list;
mod many;
mod nudge;
mod outline;
mod page;
mod retry;
mod revise;
mod search;
mod stamp;
mod timeline;
mod version;
mod view;

pub use links::OrderLink;
pub use list::{OrderFilter, OrderListPage, OrderSummary};
pub use nudge::Nudged;
pub use page::{
    ORDER_PAGE_MAX, OrderEvent, OrderHistory, OrderPage, OrderPageFrom, OrderRefund, VersionLine,
};
pub use retry::RetriedOrders;
pub use search::OrderSearch;
pub(crate) use search::behind_all;
pub use stamp::Stamp;
pub(crate) use stamp::stamps;
pub use timeline::{TimelineCursor, TimelineEntry, TimelineSource};
pub use version::VersionView;
pub use view::OrderView;
