//! What staff do, through scripts and consoles, with a token of theirs.

pub(crate) mod dismiss;
pub(crate) mod payment;
pub(crate) mod payments;
pub(crate) mod reconcile;
pub(crate) mod refund;
pub(crate) mod release;
mod staff;

pub(crate) use staff::{OwnerStaff, ReadOnlyStaff, ReviewerStaff};
