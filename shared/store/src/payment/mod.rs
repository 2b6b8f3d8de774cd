//! Payments as staff see them, and what staff decide of those that wait for a person.

mod dismiss;
mod event;
mod release;
mod view;

pub use event::PaymentEventView;
pub use release::{Release, Released};
pub use view::PaymentView;

use crate::{error::StoreError, settle::Account};
use galley_domain::order::RefusalCode;

/// A payment of which a part may be gone tomorrow is not decided today.
fn refuse_open_refund(account: &Account) -> Result<(), StoreError> {
    if account.others_open() {
        let message = "a refund of the payment is under way: wait until the gateway has answered";
        return Err(StoreError::declined(RefusalCode::RefundOpen, message));
    }
    Ok(())
}

fn decided(message: &str) -> StoreError {
    StoreError::declined(RefusalCode::PaymentDecided, message)
}
