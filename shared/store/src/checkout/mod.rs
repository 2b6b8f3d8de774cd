//! Checkouts of ours: opened here first, then at the gateway; and what the reconciler asks about.

mod due;
mod open;
mod schedule;
mod view;

pub use due::DueCheckout;
pub use open::{NewCheckout, OpenedCheckout};
pub use view::{CheckoutRef, CheckoutView};
