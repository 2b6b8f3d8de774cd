//! `/order-status/{orderId}`: where the links in our mails lead. What its customer sees of an order, and
//! can do with it.

mod act;
mod article;
mod compare;
mod download;
mod link;
mod numbers;
mod plain;
mod preview;
mod receipt;
mod report;
mod show;
mod state;
mod timeline;
mod versions;

pub(crate) use act::{
    __path_request_revision, __path_restore_version, __path_submit_for_review, __path_take_back,
    request_revision, restore_version, submit_for_review, take_back,
};
pub(crate) use compare::{__path_compare, compare};
pub(crate) use download::{__path_html, __path_markdown, html, markdown};
pub(crate) use preview::{__path_preview, preview};
pub(crate) use show::{__path_show, show};

use galley_domain::id::OrderId;

/// The page of an order, without its token.
fn address(order: OrderId) -> String {
    format!("/order-status/{order}")
}
