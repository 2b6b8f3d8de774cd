//! What staff do, through scripts and consoles, with a token of theirs.

pub(crate) mod analytics;
pub(crate) mod articles;
pub(crate) mod audit;
pub(crate) mod checkouts;
pub(crate) mod customers;
pub(crate) mod dismiss;
pub(crate) mod jobs;
pub(crate) mod mails;
pub(crate) mod members;
pub(crate) mod orders;
pub(crate) mod page;
pub(crate) mod payment;
pub(crate) mod payment_event;
pub(crate) mod payments;
pub(crate) mod products;
pub(crate) mod queues;
pub(crate) mod reconcile;
pub(crate) mod refund;
pub(crate) mod release;
pub(crate) mod search;
pub(crate) mod settings;
mod staff;
pub(crate) mod tokens;
pub(crate) mod workers;

pub(crate) use staff::{Decide, Look, Needs, Own, OwnerStaff, ReadOnlyStaff, ReviewerStaff};
