//! The stand-in Stripe over its socket: the API, the pay page, its webhooks, and how it misbehaves
//! on command.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod desk;

mod control;
mod faults;
mod idempotency;
mod lists;
mod pages;
mod refunds;
mod sessions;
mod webhooks;
