//! What becomes of a payment's money after it came in: refunds, whoever made them, and disputes.
//!
//! Facts arrive in any order and again and again. A refund and a dispute only move forward; what
//! has gone back is derived from them and from what the gateway reports, and the order is told when
//! that sum grows.

use super::{
    Received,
    account::{Account, By, RefundRow, advance_refund, insert_foreign, lock, upsert_dispute},
    inbox,
};
use crate::{
    change::{self, AlertNote, Changes, Circumstance, NewRefund, OrderRow},
    db::Tx,
    error::StoreError,
    shared::Shared,
};
use galley_domain::{
    actor::Actor,
    id::{OrderId, RefundId},
    order::{Alert, Command, Decision, DisputeOutcome, decide},
    payment::{
        ChargeFact, DisputeFact, DisputeState, MoneyChange, MoneyFact, PaymentState, RefundFact,
        RefundOrigin, RefundState,
    },
};
use std::collections::BTreeSet;

/// Applies what waited for payments that have just come in.
pub(super) async fn meet(
    tx: &mut Tx,
    shared: &Shared,
    changes: &mut Changes<'_>,
    payment_refs: &[&str],
) -> Result<(), StoreError> {
    let waiting = inbox::waiting(tx, payment_refs).await?;
    let facts: Vec<(usize, &MoneyFact)> =
        waiting.iter().enumerate().map(|(i, (_, fact))| (i, fact)).collect();
    let outcomes = apply(tx, shared, changes, &facts).await?;
    let done: Vec<_> = outcomes
        .iter()
        .filter(|(_, received)| *received == Received::Applied)
        .map(|(i, _)| waiting[*i].0)
        .collect();
    inbox::mark_done(tx, &done, changes.now).await
}

/// Applies facts to payments that are there; the others are `Pending`.
pub(crate) async fn apply(
    tx: &mut Tx,
    shared: &Shared,
    changes: &mut Changes<'_>,
    facts: &[(usize, &MoneyFact)],
) -> Result<Vec<(usize, Received)>, StoreError> {
    if facts.is_empty() {
        return Ok(Vec::new());
    }
    let keys: BTreeSet<_> = facts
        .iter()
        .map(|(_, fact)| (fact.gateway, fact.account.as_str(), fact.payment_ref.as_str()))
        .collect();
    let mut accounts = Vec::with_capacity(keys.len());
    // One by one in the order of their keys: money goes back seldom, and locks must not cross.
    for (gateway, account, payment_ref) in keys {
        let by = By::Ref(gateway, account, payment_ref);
        if let Some(mut account) = lock(tx, by).await? {
            // A second payment that has just come in: its refund is asked for, but not on disk yet.
            account.refunds.extend(changes.refunds_of(account.id).map(|new| RefundRow {
                id: new.id.0,
                external_id: None,
                amount_minor: new.amount_minor,
                state: RefundState::Requested,
            }));
            accounts.push(account);
        }
    }
    let orders: BTreeSet<OrderId> = accounts.iter().filter_map(|account| account.order_id).collect();
    let orders: Vec<OrderId> = orders.into_iter().collect();
    let mut rows = change::find_for_update(tx, &orders).await?;
    rows.extend(orders.iter().filter_map(|id| changes.opened_row(*id)));
    let mut outcomes = Vec::with_capacity(facts.len());
    for (i, fact) in facts {
        let Some(account) = accounts.iter_mut().find(|account| {
            (account.gateway, &account.account, &account.payment_ref)
                == (fact.gateway, &fact.account, &fact.payment_ref)
        }) else {
            outcomes.push((*i, Received::Pending));
            continue;
        };
        let order = account.order_id.and_then(|id| rows.iter_mut().find(|row| row.order.id == id));
        let mut told = Told { shared, changes, account, order };
        match &fact.change {
            MoneyChange::Refund(fact) => {
                told.refund(tx, fact).await?;
                told.send_back_the_rest();
            }
            MoneyChange::Charge(fact) => {
                told.charge(tx, fact).await?;
                told.send_back_the_rest();
            }
            MoneyChange::Dispute(fact) => told.dispute(tx, fact).await?,
        }
        outcomes.push((*i, Received::Applied));
    }
    Ok(outcomes)
}

/// A payment that is told something, with its order.
struct Told<'a, 'b> {
    shared: &'a Shared,
    changes: &'a mut Changes<'b>,
    account: &'a mut Account,
    order: Option<&'a mut OrderRow>,
}

impl Told<'_, '_> {
    async fn refund(&mut self, tx: &mut Tx, fact: &RefundFact) -> Result<(), StoreError> {
        let before = self.account.returned();
        let known = self.account.refunds.iter().position(|refund| {
            refund.external_id.as_deref() == Some(&fact.external_id) && !fact.external_id.is_empty()
                || fact.refund.is_some_and(|id| id.0 == refund.id)
        });
        let known = if let Some(place) = known {
            let refund = &mut self.account.refunds[place];
            let was = refund.state;
            if fact.state.rank() <= was.rank() {
                return Ok(());
            }
            refund.state = fact.state;
            advance_refund(tx, refund.id, fact, self.changes.now).await?;
            Some((was, refund.amount_minor))
        } else {
            let refund = RefundRow {
                id: self.shared.clock.new_id(),
                external_id: Some(fact.external_id.clone()),
                amount_minor: fact.amount_minor,
                state: fact.state,
            };
            if fact.amount_minor > 0 {
                insert_foreign(tx, self.account, &refund, fact, self.changes.now).await?;
                self.account.refunds.push(refund);
            }
            None
        };
        if fact.state == RefundState::Failed {
            let Some((was, amount_minor)) = known else { return Ok(()) };
            // The gateway's sum may not count it yet.
            let counted = was.is_accepted() && before.reported_minor >= before.accepted_minor;
            if counted {
                self.account.set_reported(tx, (before.reported_minor - amount_minor).max(0)).await?;
            }
            return self.failed(fact, was);
        }
        let was_open = known.is_some_and(|(was, _)| was.is_open());
        let grown = self.account.returned().gone_minor() > before.gone_minor();
        if fact.state.is_accepted() && (was_open || grown) {
            self.went_back(tx).await?;
        }
        Ok(())
    }

    /// A second payment goes back whole. When somebody at the gateway sent a part back first, the
    /// refund of the whole is refused: then the rest is asked for, once.
    fn send_back_the_rest(&mut self) {
        let account = &mut *self.account;
        let sum = account.returned();
        let left = sum.left_minor();
        // The gateway has not counted yet what it took on: its next word decides.
        let behind = sum.reported_minor > 0 && sum.reported_minor < sum.accepted_minor;
        let refused = |refund: &RefundRow| refund.state == RefundState::Failed && refund.amount_minor == left;
        let tried = account.refunds.iter().any(refused);
        let whole = account.amount_minor.is_none_or(|amount| left >= amount);
        let settled = account.state != PaymentState::Duplicate || account.is_disputed();
        if settled || left == 0 || whole || tried || behind || account.others_open() {
            return;
        }
        let id = RefundId(self.shared.clock.new_id());
        account.refunds.push(RefundRow {
            id: id.0,
            external_id: None,
            amount_minor: left,
            state: RefundState::Requested,
        });
        self.changes.refund(NewRefund {
            id,
            payment_id: account.id,
            amount_minor: left,
            reason: "This checkout had been paid already.".to_owned(),
            origin: RefundOrigin::Auto,
            actor: Actor::System,
        });
    }

    /// A refund that was refused frees what it had reserved; one that came back has to be looked at.
    fn failed(&mut self, fact: &RefundFact, was: RefundState) -> Result<(), StoreError> {
        let mut lines = vec![format!("Payment {}", self.account.payment_ref)];
        lines.extend(fact.reason.clone());
        if was.is_accepted() {
            lines.insert(0, "A refund came back after it had been accepted".to_owned());
        } else {
            lines.insert(0, "A refund was refused".to_owned());
            let others_open = self.account.others_open();
            if self.order.is_some() {
                return self.command(&Command::RefundRefused { others_open }, fact.reason.as_deref());
            }
        }
        self.changes.alert(&AlertNote { alert: Alert::RefundFailed, lines });
        Ok(())
    }

    /// What the gateway reports counts when it is more than we know of, and nothing of ours is on its
    /// way that it could be.
    async fn charge(&mut self, tx: &mut Tx, fact: &ChargeFact) -> Result<(), StoreError> {
        if fact.refunded_minor <= self.account.reported_minor {
            return Ok(());
        }
        let before = self.account.returned();
        self.account.set_reported(tx, fact.refunded_minor).await?;
        let after = self.account.returned();
        let grown = after.gone_minor() > before.gone_minor();
        if grown && (after.is_full() || !self.account.others_open()) {
            self.went_back(tx).await?;
        }
        Ok(())
    }

    async fn went_back(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        let full = self.account.returned().is_full();
        if full && self.account.state == PaymentState::NeedsReview {
            self.account.set_state(tx, PaymentState::Dismissed).await?;
        }
        let others_open = self.account.others_open();
        let command = if full { Command::FullyRefunded } else { Command::PartlyRefunded { others_open } };
        self.command(&command, None)
    }

    async fn dispute(&mut self, tx: &mut Tx, fact: &DisputeFact) -> Result<(), StoreError> {
        let known = self.account.disputes.iter_mut().find(|(id, _)| *id == fact.external_id);
        match known {
            Some((_, state)) if *state != DisputeState::Open || fact.state == DisputeState::Open => {
                return Ok(());
            }
            Some((_, state)) => *state = fact.state,
            None => self.account.disputes.push((fact.external_id.clone(), fact.state)),
        }
        upsert_dispute(tx, self.shared, self.account.id, fact, self.changes.now).await?;
        let outcome = match fact.state {
            DisputeState::Open => None,
            DisputeState::Won => Some(DisputeOutcome::Won),
            DisputeState::WarningClosed => Some(DisputeOutcome::WarningClosed),
            DisputeState::Lost => Some(DisputeOutcome::Lost),
        };
        if fact.state == DisputeState::Lost && self.account.state == PaymentState::NeedsReview {
            self.account.set_state(tx, PaymentState::Dismissed).await?;
        }
        let others = self.account.disputes.iter().any(|(_, state)| *state == DisputeState::Open);
        match outcome {
            None if self.order.is_none() => {
                let lines = vec![format!("Payment {} is disputed", self.account.payment_ref)];
                self.changes.alert(&AlertNote { alert: Alert::DisputeOpened, lines });
                Ok(())
            }
            None => self.command(&Command::DisputeOpened, fact.reason.as_deref()),
            // Another one is still open: the order stays frozen for its sake.
            Some(outcome) if others && outcome != DisputeOutcome::Lost => Ok(()),
            Some(outcome) => self.command(&Command::DisputeClosed { outcome }, None),
        }
    }

    fn command(&mut self, command: &Command, reason: Option<&str>) -> Result<(), StoreError> {
        let Some(row) = self.order.as_deref_mut() else { return Ok(()) };
        let how =
            Circumstance { reason, ..Circumstance::by(Actor::Gateway(self.account.gateway.to_string())) };
        if let Decision::Transition(transition) = decide(&row.order, command)? {
            self.changes.transition(row, *transition, &how);
        }
        Ok(())
    }
}
