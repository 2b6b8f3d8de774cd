//! A payment in review that shall become no order.

use super::{decided, refuse_open_refund};
use crate::{Store, audit::Action, change::Changes, error::StoreError, settle::lock_account, text::clean};
use galley_domain::{actor::Actor, id::PaymentId, payment::PaymentState};
use serde_json::json;

impl Store {
    /// Sets a payment in review aside; again changes nothing. Its money stays where it is: what shall
    /// go back is asked for with [`Store::request_refund`], before or after.
    ///
    /// [`StoreError::Declined`] while a refund is under way, and for a payment that became an order
    /// or is a second one. [`StoreError::NotFound`] for an unknown payment.
    pub async fn dismiss(&self, payment: PaymentId, reason: &str, actor: &Actor) -> Result<(), StoreError> {
        let shared = &self.shared;
        let mut tx = shared.pools.begin().await?;
        let mut account = lock_account(&mut tx, payment).await?.ok_or(StoreError::NotFound("payment"))?;
        match account.state {
            PaymentState::NeedsReview => refuse_open_refund(&account)?,
            PaymentState::Dismissed => return Ok(()),
            PaymentState::Paid => {
                return Err(decided("the payment became an order: cancel or refund that"));
            }
            PaymentState::Duplicate => {
                return Err(decided("it is the second payment of its checkout, which goes back by itself"));
            }
        }
        let mut changes = Changes::new(shared);
        account.set_state(&mut tx, PaymentState::Dismissed).await?;
        changes.audit(actor, Action::PaymentDismissed, payment.0, json!({ "reason": clean(reason) }));
        let committed = changes.flush(&mut tx).await?;
        tx.commit().await?;
        shared.wake.send(committed);
        Ok(())
    }
}
