//! Stripe's API, as far as it is used: `/v1/…`.

mod answer;
mod auth;
mod error;
mod form;
mod idempotency;
mod list;
mod others;
mod refunds;
mod route;
mod sessions;

pub(super) use answer::answer;
pub(super) use form::Form;
pub(super) use idempotency::Keys;
