//! The HTTP face as its callers meet it: the whole router over a real database, with a gateway that
//! does as it is told.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod act;
mod admin;
mod admin_money;
mod admin_orders;
mod analytics;
mod articles;
mod audit;
mod checkout;
mod console_money;
mod console_orders;
mod console_shop;
mod cors;
mod events;
mod first_owner;
mod gateway;
mod limit;
mod live;
mod login;
mod order_act;
mod order_form;
mod order_page;
mod order_texts;
mod orders;
mod pages;
mod queue;
mod session;
mod shop;
mod staff_api;
mod staff_pages;
mod theme;
mod webhooks;
