//! Money comes in: the inbox of gateway events, and `settle`, which turns a paid checkout into
//! exactly one order, whoever saw it first and however often.
//!
//! The inbox row is written first. Then, under the lock of the checkout's row: the session, the
//! payment, and, if it was new and fit, the order with its history, job and mail. Unique
//! constraints carry the guarantee; locks only keep the losers waiting.

mod inbox;
mod payment;
mod receive;
mod session;

pub(crate) use receive::receive;

use galley_domain::{id::OrderId, payment::ReviewReason};

/// What became of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// It had come in before; nothing was written.
    Duplicate,
    /// Its payment became this order, now or earlier.
    Settled {
        /// The order.
        order_id: OrderId,
        /// Whether this very event made it.
        new: bool,
    },
    /// Its payment is kept for a person to look at.
    NeedsReview(ReviewReason),
    /// A second payment for a checkout that was paid already.
    SecondPayment,
    /// The session is remembered; there is no money yet.
    Remembered,
    /// It waits for the payment it speaks of.
    Pending,
    /// Kept for the record; none of our business.
    Ignored,
    /// It could not be worked on; a job tries again and staff were told.
    Kept,
}
