//! What was paid, and what of it went back.

use crate::{moment::Moment, pages::facts::gateway_name};
use chrono::{DateTime, Utc};
use galley_domain::payment::RefundState;
use galley_store::{OrderPage, OrderRefund};

/// The receipt of an order.
pub(super) struct Receipt {
    pub(super) amount: String,
    pub(super) paid: Moment,
    pub(super) gateway: &'static str,
    pub(super) order: String,
    pub(super) returned: Vec<Returned>,
}

/// Money on its way back.
pub(super) struct Returned {
    pub(super) amount: String,
    pub(super) words: &'static str,
    pub(super) at: Moment,
}

impl Receipt {
    pub(super) fn of(page: &OrderPage, now: DateTime<Utc>) -> Self {
        let returned = page.refunds.iter().filter(|refund| refund.state != RefundState::Failed);
        Self {
            amount: page.order.amount.to_string(),
            paid: Moment::new(page.paid_at, now),
            gateway: gateway_name(page.gateway),
            order: page.order.id.to_string(),
            returned: returned.map(|refund| Returned::of(refund, now)).collect(),
        }
    }
}

impl Returned {
    fn of(refund: &OrderRefund, now: DateTime<Utc>) -> Self {
        let words = match refund.state {
            RefundState::Requested | RefundState::Unknown => "asked for",
            RefundState::Pending => "on its way to you",
            RefundState::Succeeded => "sent back to you",
            RefundState::Failed => "refused",
        };
        Self { amount: refund.amount.to_string(), words, at: Moment::new(refund.updated_at, now) }
    }
}
