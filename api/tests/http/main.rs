//! The HTTP face as its callers meet it: the whole router over a real database, with a gateway that
//! does as it is told.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod admin;
mod admin_money;
mod checkout;
mod events;
mod gateway;
mod limit;
mod order_form;
mod pages;
mod session;
mod shop;
mod webhooks;
