//! What stands above every tab of an order.

use super::{
    act::done,
    actions::{Actions, Back},
    refused::Refused,
    words::{State, product, states},
};
use crate::{
    Api,
    console::{
        desk::{Desk, Needs},
        frame::{Console, Section},
    },
    envelope::ApiError,
    moment::Moment,
};
use galley_domain::id::OrderId;
use galley_store::OrderSummary;

/// A tab of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tab {
    Article,
    Versions,
    Timeline,
    Brief,
}

/// A link to a tab.
pub(super) struct TabLink {
    pub(super) label: &'static str,
    pub(super) href: String,
    pub(super) here: bool,
}

/// The head of an order's pages.
pub(super) struct Head<'a> {
    pub(super) id: String,
    pub(super) topic: String,
    pub(super) product: &'static str,
    pub(super) states: Vec<State>,
    pub(super) email: String,
    pub(super) customer: String,
    pub(super) amount: String,
    pub(super) payment: String,
    pub(super) paid: Moment,
    pub(super) changed: Moment,
    /// Why it failed, or what the customer reads on top of the page.
    pub(super) remark: Option<String>,
    pub(super) tabs: Vec<TabLink>,
    pub(super) actions: Actions<'a>,
}

impl<'a> Head<'a> {
    pub(super) async fn of<N: Needs>(
        api: &Api,
        desk: &Desk<N>,
        order: &OrderSummary,
        tab: Option<Tab>,
        refused: &'a Refused<'a>,
    ) -> Result<Self, ApiError> {
        let now = api.store.clock().now();
        let notice = order.notice.as_ref().map(|notice| format!("The customer reads: {}", notice.message));
        let id = order.id.to_string();
        let link = |label, path: &str, this| TabLink {
            label,
            href: format!("/admin/orders/{id}{path}"),
            here: tab == Some(this),
        };
        Ok(Self {
            topic: order.brief.topic.clone(),
            product: product(order.brief.product),
            states: states(order),
            email: order.email.clone(),
            customer: order.customer_id.to_string(),
            amount: order.amount.to_string(),
            payment: order.payment_id.to_string(),
            paid: Moment::new(order.created_at, now),
            changed: Moment::new(order.updated_at, now),
            remark: order.reason.clone().or(notice),
            tabs: vec![
                link("Article", "", Tab::Article),
                link("Versions", "/versions", Tab::Versions),
                link("Timeline", "/timeline", Tab::Timeline),
                link("Brief", "/brief", Tab::Brief),
            ],
            actions: Actions::of(api, desk, order, Back::Order, refused).await?,
            id,
        })
    }
}

/// The order, and the frame of its page.
pub(super) async fn open<'a, N: Needs>(
    api: &'a Api,
    desk: &'a Desk<N>,
    id: OrderId,
    word: Option<&str>,
) -> Result<(OrderSummary, Console<'a>), ApiError> {
    let order = api.store.order_summary(id).await?.ok_or_else(ApiError::not_found)?;
    let console = Console::new(api, desk, Section::Orders).await?.done(done(word));
    Ok((order, console))
}
