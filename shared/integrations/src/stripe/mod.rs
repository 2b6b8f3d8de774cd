//! Stripe: signatures over raw bodies, events decoded into our own small, lenient structs, and the
//! client, whose answers are decoded the same way.
//!
//! Stripe's generated types refuse a body for the sake of fields that nobody reads; a refusal here
//! would mean that money arrived and no order was made. So each field that we do read is read by
//! itself, and what we don't read can't hurt.

mod body;
pub mod client;
pub mod event;
mod field;
pub mod inbound;
mod money;
mod session;
pub mod signature;
#[cfg(test)]
mod unread;
