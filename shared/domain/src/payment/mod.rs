//! Payments: what a gateway says was paid, whether it fits what we sell, and what goes back.

mod checkout;
mod email;
mod inbound;
mod refund;
mod sale;
mod state;

pub use checkout::{CheckoutIntent, HostedCheckout};
pub use email::{EMAIL_MAX_CHARS, parse_email};
pub use inbound::{
    ChargeFact, DisputeFact, Fact, Inbound, MoneyChange, MoneyFact, Observation, RefundFact, SessionFact,
};
pub use refund::{RefundAnswer, RefundIntent, Returned};
pub use sale::{Agreed, Fit, Sale, Unfit, judge};
pub use state::{
    CheckoutState, DisputeState, Gateway, PaymentEventState, PaymentState, RefundOrigin, RefundState,
    ReviewReason, SessionStatus,
};
