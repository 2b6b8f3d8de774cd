//! Commands of people and of the system that no job and no payment brings.

use super::version;
use crate::{
    Store,
    change::{self, Changes, Circumstance},
    error::StoreError,
    text::clean,
};
use galley_domain::{
    actor::Actor,
    id::OrderId,
    order::{Command, Decision, decide},
};
use std::borrow::Cow;

impl Store {
    /// Puts a command to an order: decides under the order's lock, and writes the transition with
    /// its history, jobs and mails.
    ///
    /// [`StoreError::Refused`] when the state machine does not allow it; [`StoreError::NotFound`] for
    /// an unknown order, and for commands whose content only [`Store::finish`] can bring.
    pub async fn apply(
        &self,
        order: OrderId,
        command: &Command,
        actor: Actor,
    ) -> Result<Decision, StoreError> {
        let mut tx = self.shared.pools.begin().await?;
        let mut rows = change::find_for_update(&mut tx, &[order]).await?;
        let row = rows.first_mut().ok_or(StoreError::NotFound("order"))?;
        let decision = decide(&row.order, command)?;
        if let Decision::Transition(transition) = &decision {
            let words = Words::of(command);
            let content = match command {
                Command::Restore { number } => version::find_content(&mut tx, order, *number).await?,
                _ => None,
            };
            if content.is_none() && transition.next.current_version != row.order.current_version {
                return Err(StoreError::NotFound("content for the next version"));
            }
            let how = Circumstance {
                reason: words.reason.as_deref(),
                notes: words.notes.as_deref(),
                public_url: words.url.as_deref(),
                version: content.as_ref(),
                ..Circumstance::by(actor)
            };
            let mut changes = Changes::new(&self.shared);
            changes.transition(row, transition.as_ref().clone(), &how);
            let committed = changes.flush(&mut tx).await?;
            tx.commit().await?;
            self.shared.wake.send(committed);
        }
        Ok(decision)
    }
}

/// What somebody wrote with a command.
#[derive(Default)]
struct Words<'a> {
    notes: Option<Cow<'a, str>>,
    reason: Option<Cow<'a, str>>,
    url: Option<Cow<'a, str>>,
}

impl<'a> Words<'a> {
    fn of(command: &'a Command) -> Self {
        let said = |text: &'a str| Some(clean(text));
        match command {
            Command::RequestRevision { notes, .. } | Command::RequestChanges { notes, .. } => {
                Self { notes: said(notes), ..Self::default() }
            }
            Command::Cancel { reason }
            | Command::PublicationFailed { reason }
            | Command::Exhausted { reason, .. } => Self { reason: said(reason), ..Self::default() },
            Command::Published { url } => Self { url: said(url), ..Self::default() },
            _ => Self::default(),
        }
    }
}
