//! Money comes in: the inbox of gateway events, and `settle`, which turns a paid checkout into
//! exactly one order, whoever saw it first and however often.
//!
//! An event's row in the inbox is written first. Then, under the lock of the checkout's row: the
//! session, the payment, and, if it was new and fit, the order with its history, job and mail. Then
//! whatever had come in before about that payment: refunds, disputes. Unique constraints carry the
//! guarantee; locks only keep the losers waiting.

mod account;
mod inbox;
mod money;
mod observe;
mod opening;
mod payment;
mod receive;
mod session;

pub(crate) use account::{Account, REFUND_PAUSE, lock_account};
pub(crate) use money::apply as apply_money;
pub(crate) use opening::Opening;
pub(crate) use receive::receive;

use galley_domain::{id::OrderId, payment::ReviewReason};

/// What became of one event, or of one answer of a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// It was known before; nothing was written.
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
    /// A second payment for a checkout that was paid already; it goes back.
    SecondPayment,
    /// The session is remembered; there is no money yet.
    Remembered,
    /// What it says of a payment's money is written down.
    Applied,
    /// It waits for the payment it speaks of, or for the gateway's answer.
    Pending,
    /// Kept for the record; none of our business.
    Ignored,
    /// It could not be worked on; a job tries again and staff were told.
    Kept,
}
