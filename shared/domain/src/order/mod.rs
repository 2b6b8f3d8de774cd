//! Orders and their state machine.
//!
//! [`decide`] answers every command in every state; `tests/state_table.rs` keeps the whole table as
//! a snapshot, so that a change of policy shows as a diff.

mod command;
mod decide;
mod decision;
mod nudge;
mod transition;

pub use command::{Command, DisputeOutcome};
pub use decide::{decide, open};
pub use decision::{Alert, Decision, EventKind, JobsEffect, NewJob, Refusal, RefusalCode, Transition};
pub use nudge::{Nudge, days_until_submitted, first_wait_days, nudge};

use crate::{brief::ProductKind, id::OrderId, text_enum::text_enum};

text_enum! {
    /// Where an order stands.
    pub enum OrderStatus {
        /// Paid; its content is being written or revised.
        Processing = "PROCESSING",
        /// A version is ready and waits for the customer.
        QualityCheck = "QUALITY_CHECK",
        /// Handed in; waits for staff.
        AdminReview = "ADMIN_REVIEW",
        /// Published.
        Completed = "COMPLETED",
        /// Could not be finished, or was cancelled.
        Failed = "FAILED",
        /// The whole payment went back.
        Refunded = "REFUNDED",
    }
}

impl OrderStatus {
    /// The step of five that this status stands for; `None` for FAILED and REFUNDED, which keep the
    /// step that had been reached.
    pub const fn step(self) -> Option<i16> {
        match self {
            Self::Processing => Some(2),
            Self::QualityCheck => Some(3),
            Self::AdminReview => Some(4),
            Self::Completed => Some(5),
            Self::Failed | Self::Refunded => None,
        }
    }
}

text_enum! {
    /// On whose wish the current run was started: decides where a failed revision leads.
    pub enum AskedBy {
        /// The customer (also the first run).
        Customer = "customer",
        /// Staff.
        Staff = "staff",
    }
}

text_enum! {
    /// Why an order is FAILED.
    pub enum Failure {
        /// Every attempt failed.
        Exhausted = "exhausted",
        /// Staff cancelled it.
        Cancelled = "cancelled",
    }
}

/// What [`decide`] needs to know of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// What was ordered.
    pub product: ProductKind,
    /// Where it stands.
    pub status: OrderStatus,
    /// Goes up by one at each entry into PROCESSING.
    pub run: i32,
    /// The number of the newest version; `None` before the first.
    pub current_version: Option<i32>,
    /// An approved version is on its way to being published.
    pub publishing: bool,
    /// A dispute is open.
    pub frozen: bool,
    /// A refund was asked for and has not come to an end.
    pub refund_open: bool,
    /// Who asked for the current run.
    pub asked_by: AskedBy,
    /// Why it is FAILED; `None` otherwise.
    pub failure: Option<Failure>,
    /// The step of its status, 2 to 5; in FAILED and REFUNDED that of the status before.
    pub step: i16,
    /// How many stages of waiting for the customer are over: see [`nudge`].
    pub nudges: i32,
}
