//! What an order's status means, in words for its customer.

use galley_domain::order::{Failure, OrderStatus};
use galley_store::OrderView;

/// One line: where it stands.
pub(super) const fn status_message(view: &OrderView) -> &'static str {
    match view.status {
        OrderStatus::Processing if view.version.is_some() => "Your changes are being worked in",
        OrderStatus::Processing => "Your content is being written",
        OrderStatus::QualityCheck => "Content ready for review",
        OrderStatus::AdminReview if view.publishing => "Approved, and being published",
        OrderStatus::AdminReview => "With the editor",
        OrderStatus::Completed => "Published",
        OrderStatus::Failed => match view.failure {
            Some(Failure::Cancelled) => "Cancelled",
            _ => "We could not finish it",
        },
        OrderStatus::Refunded => "Refunded",
    }
}

/// A sentence: what happens next.
pub(super) const fn next_step(status: OrderStatus) -> &'static str {
    match status {
        OrderStatus::Processing => {
            "We are writing it now and mail you when it is ready. You can close this page."
        }
        OrderStatus::QualityCheck => {
            "Read it, ask for changes as often as you like, or send it to the editor."
        }
        OrderStatus::AdminReview => {
            "An editor looks at it next. You can take it back until they have decided."
        }
        OrderStatus::Completed => "It is public, and the link is in our mail.",
        OrderStatus::Failed => "Nothing more is charged. Somebody looks at your order and writes to you.",
        OrderStatus::Refunded => "The money is on its way back to you. The order has ended.",
    }
}
