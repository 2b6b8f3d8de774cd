//! Stripe: its webhooks by themselves, and a stand-in for all of it.
//!
//! Events have its real field set, are signed the way it signs, and delivered the way it delivers:
//! again and again until somebody answers 2xx. They are plain JSON, so that a test can bend any
//! field before it signs.
//!
//! [`StripeServer`] is the rest: the API, the hosted pay page, and a dashboard for tests, with
//! everything that Stripe does on a bad day.

mod api;
mod bend;
mod charge;
mod control;
mod courier;
mod dispute;
mod event;
mod intent;
mod money;
mod pay;
mod refund;
mod sender;
mod server;
mod session;
mod sign;
mod world;

pub use charge::{RefundSpec, charge_refunded};
pub use control::{
    Action, EventChoice, REQUESTS_KEPT_MAX, StripeControl, StripeCounters, StripeMode, StripeRequest,
};
pub use courier::WebhookPlan;
pub use dispute::{DisputeSpec, dispute_closed, dispute_created, dispute_updated};
pub use event::API_VERSION;
pub use refund::{SingleRefundSpec, refund_created, refund_failed, refund_updated};
pub use sender::{Delivery, DeliveryError, RetryPlan, WebhookSender};
pub use server::{StripeOptions, StripeServer};
pub use session::{
    PaymentStatus, SessionSpec, checkout_session_async_payment_failed,
    checkout_session_async_payment_succeeded, checkout_session_completed, checkout_session_expired, unknown,
};
pub use sign::sign;
pub use world::{
    EVENTS_KEPT_MAX, LineItem, NewSession, RefundStatus, SessionStatus, StripeDispute, StripeEvent,
    StripePayment, StripeRefund, StripeRefusal, StripeSession,
};
