//! The payment gateway over its sockets: a shop's way through it, and how it misbehaves.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod control;
mod faults;
mod payments;
mod refunds;
mod shop;
