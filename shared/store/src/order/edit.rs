//! An editor's own text, approved in the same moment.

use crate::{
    Store,
    change::{self, Changes, Circumstance, NewVersion},
    error::StoreError,
    text::clean_version,
};
use galley_domain::{
    actor::Actor,
    id::OrderId,
    order::{Command, Decision, decide},
};

impl Store {
    /// Makes `text` the order's newest version and approves it, so that it is published.
    ///
    /// [`StoreError::Refused`] unless the order is in review, and when `edited`, the version that was
    /// edited, is not the newest any more (`version_not_current`). [`StoreError::NotFound`] for an
    /// unknown order.
    pub async fn edit_and_approve(
        &self,
        order: OrderId,
        edited: i32,
        text: NewVersion,
        actor: Actor,
    ) -> Result<Decision, StoreError> {
        let text = clean_version(text);
        let mut tx = self.shared.pools.begin().await?;
        let mut rows = change::find_for_update(&mut tx, &[order]).await?;
        let row = rows.first_mut().ok_or(StoreError::NotFound("order"))?;
        let decision = decide(&row.order, &Command::EditAndApprove { version: edited })?;
        if let Decision::Transition(transition) = &decision {
            let how = Circumstance { version: Some(&text), ..Circumstance::by(actor) };
            let mut changes = Changes::new(&self.shared);
            changes.transition(row, transition.as_ref().clone(), &how);
            let committed = changes.flush(&mut tx).await?;
            tx.commit().await?;
            self.shared.wake.send(committed);
        }
        Ok(decision)
    }
}
