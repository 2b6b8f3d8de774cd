//! Stripe: signatures over raw bodies, and events decoded into our own small, lenient structs.
//!
//! Stripe's generated types refuse a body for the sake of fields that nobody reads; a refusal here
//! would mean that money arrived and no order was made. So each field that we do read is read by
//! itself, and what we don't read can't hurt.

mod body;
pub mod event;
mod field;
pub mod inbound;
mod session;
pub mod signature;
