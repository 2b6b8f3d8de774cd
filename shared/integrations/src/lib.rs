//! Clients of the neighbours: payment gateways, the AI service, the mail server, a WordPress site.
//!
//! Each speaks to one neighbour and turns its answers, and its ways to fail, into values of ours.
//! Nothing here knows the database, axum or apalis, decides what an answer means for an order, or
//! tries again: retries are the store's, under persisted keys. Times arrive as arguments; secrets
//! arrive as [`secret::Secret`] and never show in `Debug` or in an error.

pub mod ai;
pub mod gateway;
pub mod http;
pub mod mail;
pub mod secret;
pub mod site;
pub mod sslcommerz;
pub mod stripe;
pub mod wordpress;
