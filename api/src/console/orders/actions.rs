//! What can be decided about an order, as buttons and forms.

use super::refused::Refused;
use crate::{
    Api,
    console::desk::{Desk, Needs},
    envelope::ApiError,
};
use galley_domain::{
    money::Money,
    order::{Failure, OrderStatus},
    staff::Role,
};
use galley_store::{OrderSummary, TimelineSource};

/// Where a decision leads back to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Back {
    /// To the order.
    #[default]
    Order,
    /// To the next one that waits for review.
    Review,
    /// To the orders that failed.
    Failed,
}

impl Back {
    pub(super) fn parse(name: Option<&str>) -> Self {
        match name {
            Some("review") => Self::Review,
            Some("failed") => Self::Failed,
            _ => Self::Order,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Review => "review",
            Self::Failed => "failed",
        }
    }
}

/// The buttons that whoever is logged in may use now.
pub(crate) struct Actions<'a> {
    pub(crate) id: String,
    pub(crate) back: &'static str,
    /// What can be approved, edited and sent back.
    pub(crate) version: Option<i32>,
    /// Why it could not be published the last time.
    pub(crate) unpublished: Option<String>,
    pub(crate) retry: bool,
    pub(crate) cancel: bool,
    pub(crate) refund: Option<Refund>,
    /// What was typed and could not be done.
    pub(crate) refused: &'a Refused<'a>,
}

/// What may go back.
pub(crate) struct Refund {
    /// `129.00 USD`
    pub(crate) left: String,
    /// `129.00`
    pub(crate) amount: String,
    /// Sending the form twice is one refund.
    pub(crate) key: String,
}

impl<'a> Actions<'a> {
    pub(crate) async fn of<N: Needs>(
        api: &Api,
        desk: &Desk<N>,
        order: &OrderSummary,
        back: Back,
        refused: &'a Refused<'a>,
    ) -> Result<Self, ApiError> {
        let decides = desk.role.may(Role::Reviewer) && !order.frozen;
        let in_review = order.status == OrderStatus::AdminReview && !order.publishing;
        let over = matches!(order.status, OrderStatus::Completed | OrderStatus::Refunded)
            || order.failure == Some(Failure::Cancelled);
        let owns = desk.role.may(Role::Owner) && !order.frozen;
        Ok(Self {
            id: order.id.to_string(),
            back: back.name(),
            version: order.current_version.filter(|_| decides && in_review),
            unpublished: if in_review { unpublished(api, order).await? } else { None },
            retry: decides && order.status == OrderStatus::Failed && !order.refund_open,
            cancel: decides && !over,
            refund: if owns { refund(api, order).await? } else { None },
            refused,
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.version.is_none() && !self.retry && !self.cancel && self.refund.is_none()
    }
}

async fn unpublished(api: &Api, order: &OrderSummary) -> Result<Option<String>, ApiError> {
    let last = api.store.timeline(order.id, &[TimelineSource::Event], None, 1).await?;
    let last = last.first().filter(|event| event.name == "publication_failed");
    let reason = last.and_then(|event| event.detail.as_ref()?.get("reason")?.as_str());
    Ok(reason.map(str::to_owned))
}

async fn refund(api: &Api, order: &OrderSummary) -> Result<Option<Refund>, ApiError> {
    let Some(payment) = api.store.payment(order.payment_id).await? else { return Ok(None) };
    let refunds = api.store.refunds_of(order.payment_id).await?;
    let open: i64 =
        refunds.iter().filter(|refund| refund.state.is_open()).map(|refund| refund.amount_minor).sum();
    let paid = payment.amount_minor.unwrap_or(0);
    let left = Money { minor: paid - payment.refunded_minor - open, currency: order.amount.currency };
    if left.minor <= 0 || payment.disputed {
        return Ok(None);
    }
    let text = left.to_string();
    let amount = text.split(' ').next().unwrap_or_default().to_owned();
    Ok(Some(Refund { amount, key: api.store.clock().new_id().simple().to_string(), left: text }))
}
