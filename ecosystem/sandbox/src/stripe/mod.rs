//! Stripe's webhooks: events with its real field set, signed the way it signs, delivered the way
//! it delivers: again and again until somebody answers 2xx.
//!
//! The events are plain JSON, so that a test can bend any field before it signs.

mod charge;
mod event;
mod sender;
mod session;
mod sign;

pub use charge::{DisputeSpec, RefundSpec, charge_refunded, dispute_created};
pub use event::API_VERSION;
pub use sender::{Delivery, DeliveryError, RetryPlan, WebhookSender};
pub use session::{
    PaymentStatus, SessionSpec, checkout_session_async_payment_failed,
    checkout_session_async_payment_succeeded, checkout_session_completed, checkout_session_expired, unknown,
};
pub use sign::sign;
