//! `/api/v1/admin/orders/…`: orders as staff see them, and what staff decide.

pub(crate) mod approve;
pub(super) mod body;
pub(crate) mod cancel;
pub(crate) mod edit;
pub(crate) mod edited;
pub(crate) mod filter;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod request_changes;
pub(crate) mod retry;
pub(crate) mod retry_all;
mod standing;
pub(crate) mod timeline;
pub(crate) mod version;
