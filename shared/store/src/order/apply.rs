//! Commands of people and of the system that no job and no payment brings.

use super::version;
use crate::{
    Store,
    change::{self, Changes, Circumstance, OrderRow},
    db::Tx,
    error::StoreError,
    shared::Shared,
    text::clean,
    wake::Committed,
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
        let shared = &self.shared;
        let mut tx = shared.pools.begin().await?;
        let mut row = lock(&mut tx, order).await?;
        let (decision, committed) = put(&mut tx, shared, &mut row, command, Circumstance::by(actor)).await?;
        if matches!(decision, Decision::Transition(_)) {
            tx.commit().await?;
            shared.wake.send(committed);
        }
        Ok(decision)
    }
}

/// The order's row, locked until `tx` ends.
pub(super) async fn lock(tx: &mut Tx, order: OrderId) -> Result<OrderRow, StoreError> {
    change::find_for_update(tx, &[order]).await?.pop().ok_or(StoreError::NotFound("order"))
}

/// Decides and writes; the caller commits, and then passes on what was committed.
pub(super) async fn put(
    tx: &mut Tx,
    shared: &Shared,
    row: &mut OrderRow,
    command: &Command,
    how: Circumstance<'_>,
) -> Result<(Decision, Committed), StoreError> {
    let decision = decide(&row.order, command)?;
    let Decision::Transition(transition) = &decision else { return Ok((decision, Committed::default())) };
    let words = Words::of(command);
    let restored = match command {
        Command::Restore { number } => Some(*number),
        _ => None,
    };
    let content = match restored {
        Some(number) => version::find_content(tx, row.order.id, number).await?,
        None => None,
    };
    if content.is_none() && transition.next.current_version != row.order.current_version {
        return Err(StoreError::NotFound("content for the next version"));
    }
    let how = Circumstance {
        reason: words.reason.as_deref(),
        notes: words.notes.as_deref(),
        public_url: words.url.as_deref(),
        version: content.as_ref(),
        restored,
        ..how
    };
    let mut changes = Changes::new(shared);
    changes.transition(row, transition.as_ref().clone(), &how);
    let committed = changes.flush(tx).await?;
    Ok((decision, committed))
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
