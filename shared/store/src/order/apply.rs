//! Commands of people and of the system that no job and no payment brings.

use crate::{
    Store,
    change::{self, Changes, Circumstance},
    error::StoreError,
};
use galley_domain::{
    actor::Actor,
    id::OrderId,
    order::{Command, Decision, decide},
};

impl Store {
    /// Puts a command to an order: decides under the order's lock, and writes the transition with
    /// its history, jobs and mails.
    ///
    /// [`StoreError::Refused`] when the state machine does not allow it.
    pub async fn apply(&self, order: OrderId, command: &Command, actor: Actor) -> Result<Decision, StoreError> {
        let mut tx = self.shared.pools.begin().await?;
        let mut rows = change::find_for_update(&mut tx, &[order]).await?;
        let row = rows.first_mut().ok_or(StoreError::NotFound("order"))?;
        let decision = decide(&row.order, command)?;
        if let Decision::Transition(transition) = &decision {
            let mut how = Circumstance::by(actor);
            match command {
                Command::RequestRevision { notes, .. } | Command::RequestChanges { notes, .. } => {
                    how.notes = Some(notes);
                }
                Command::Cancel { reason }
                | Command::PublicationFailed { reason }
                | Command::Exhausted { reason, .. } => how.reason = Some(reason),
                Command::Published { url } => how.public_url = Some(url),
                _ => {}
            }
            let mut changes = Changes::new(&self.shared);
            changes.transition(row, transition.as_ref().clone(), &how);
            let committed = changes.flush(&mut tx).await?;
            tx.commit().await?;
            self.shared.wake.send(committed);
        }
        Ok(decision)
    }
}
