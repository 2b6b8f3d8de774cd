//! One batch of events, in one transaction.

use super::{
    Received, inbox, money,
    payment::{self, Verdicts},
    session,
};
use crate::{
    Store,
    change::{AlertNote, Changes},
    db::{Tx, on},
    error::StoreError,
    product,
    shared::Shared,
    text,
    wake::Committed,
};
use galley_domain::{
    id::PaymentEventId,
    order::Alert,
    payment::{CheckoutState, Fact, Inbound, Observation, SessionFact},
};

/// Takes in a batch. If the batch fails for one item's sake, each is done again by itself, so that
/// the others do not suffer; if the database is away, all fail and the gateway sends them again.
pub(crate) async fn receive(shared: &Shared, items: Vec<Inbound>) -> Vec<Result<Received, StoreError>> {
    let mut away = match batch(shared, &items).await {
        Ok(outcomes) => return outcomes.into_iter().map(Ok).collect(),
        Err(error) => Some(error).filter(StoreError::is_away),
    };
    let mut outcomes = Vec::with_capacity(items.len());
    for item in &items {
        let outcome = match away.clone() {
            Some(error) => Err(error),
            None => one(shared, item).await,
        };
        away = away.or_else(|| outcome.as_ref().err().filter(|error| error.is_away()).cloned());
        outcomes.push(outcome);
    }
    outcomes
}

async fn one(shared: &Shared, item: &Inbound) -> Result<Received, StoreError> {
    match batch(shared, std::slice::from_ref(item)).await {
        Ok(mut outcomes) => outcomes.pop().ok_or(StoreError::Closed),
        Err(error) if error.is_unavailable() => Err(error),
        Err(error) => keep(shared, item, &error).await,
    }
}

async fn batch(shared: &Shared, items: &[Inbound]) -> Result<Vec<Received>, StoreError> {
    let mut tx = shared.pools.begin().await?;
    let mut changes = Changes::new(shared);
    let new = inbox::insert(&mut tx, shared, items, changes.now).await?;
    let mut outcomes = vec![Received::Duplicate; items.len()];
    if !new.is_empty() {
        let mut seen = Vec::new();
        let mut fresh: Vec<usize> = new.keys().copied().collect();
        fresh.sort_unstable();
        for i in fresh {
            match &items[i].fact {
                Fact::Observed(observation) => seen.push((i, observation)),
                Fact::Refetch { external_id, detail } => {
                    outcomes[i] = Received::Pending;
                    changes.refetch(items[i].gateway, external_id, detail.as_deref(), new.get(&i).copied());
                }
                Fact::Ignored { why, alert } => {
                    outcomes[i] = Received::Ignored;
                    if *alert {
                        changes.alert(&odd(&items[i], why));
                    }
                }
            }
        }
        let outcome = apply(&mut tx, shared, &mut changes, &seen).await?;
        let done: Vec<PaymentEventId> = outcome
            .iter()
            .filter(|(_, received)| *received == Received::Applied)
            .filter_map(|(i, _)| new.get(i).copied())
            .collect();
        inbox::mark_done(&mut tx, &done, changes.now).await?;
        for (i, received) in outcome {
            outcomes[i] = received;
        }
    }
    let committed = changes.flush(&mut tx).await?;
    commit(tx, shared, committed).await?;
    Ok(outcomes)
}

/// Writes down what was observed: sessions first, then payments, then orders; then what becomes of
/// the money of payments, also of those that were waited for.
pub(super) async fn apply(
    tx: &mut Tx,
    shared: &Shared,
    changes: &mut Changes<'_>,
    seen: &[(usize, &Observation)],
) -> Result<Vec<(usize, Received)>, StoreError> {
    let (mut facts, mut moneys) = (Vec::new(), Vec::new());
    for (i, observation) in seen {
        match observation {
            Observation::Session(fact) => facts.push((*i, fact.as_ref())),
            Observation::Money(fact) => moneys.push((*i, fact.as_ref())),
        }
    }
    let mut outcomes = Vec::with_capacity(seen.len());
    if !facts.is_empty() {
        let settled = settle(tx, shared, changes, &facts).await?;
        outcomes.extend(settled.outcomes);
        let fresh: Vec<&str> = settled.fresh.iter().map(String::as_str).collect();
        money::meet(tx, shared, changes, &fresh).await?;
    }
    outcomes.extend(money::apply(tx, shared, changes, &moneys).await?);
    Ok(outcomes)
}

async fn settle(
    tx: &mut Tx,
    shared: &Shared,
    changes: &mut Changes<'_>,
    facts: &[(usize, &SessionFact)],
) -> Result<payment::Settled, StoreError> {
    let catalogue = product::offers_in(tx, changes.now).await?;
    let sessions = session::upsert(tx, shared, facts, changes.now).await?;
    let (payable, others): (Vec<_>, Vec<_>) =
        facts.iter().copied().partition(|(_, fact)| fact.state == CheckoutState::Paid);
    let verdicts = Verdicts::judge(tx, &catalogue, &payable, &sessions).await?;
    let mut settled = payment::settle(tx, shared, changes, &payable, &sessions, &verdicts).await?;
    settled.outcomes.extend(others.into_iter().map(|(i, _)| (i, Received::Remembered)));
    Ok(settled)
}

/// An event that cannot be worked on is kept, with a job that tries again; the gateway gets its 200,
/// since sending the same bytes again would not help.
async fn keep(shared: &Shared, item: &Inbound, error: &StoreError) -> Result<Received, StoreError> {
    let mut tx = shared.pools.begin().await?;
    let mut changes = Changes::new(shared);
    let new = inbox::insert(&mut tx, shared, std::slice::from_ref(item), changes.now).await?;
    let Some(event) = new.get(&0).copied() else { return Ok(Received::Duplicate) };
    fail(&mut tx, &mut changes, item, event, error).await?;
    let committed = changes.flush(&mut tx).await?;
    commit(tx, shared, committed).await?;
    Ok(Received::Kept)
}

async fn fail(
    tx: &mut Tx,
    changes: &mut Changes<'_>,
    item: &Inbound,
    event: PaymentEventId,
    error: &StoreError,
) -> Result<(), StoreError> {
    inbox::mark_failed(tx, event, &error.to_string(), changes.now).await?;
    changes.retry_event(event);
    let lines =
        vec![format!("{} event {} ({})", item.gateway, item.dedupe_key, item.kind), error.to_string()];
    changes.alert(&AlertNote { alert: Alert::PaymentEventFailed, lines });
    Ok(())
}

fn odd(item: &Inbound, why: &str) -> AlertNote {
    let lines = vec![format!("{} event {} ({})", item.gateway, item.dedupe_key, item.kind), why.to_owned()];
    AlertNote { alert: Alert::PaymentEventOdd, lines }
}

async fn commit(tx: Tx, shared: &Shared, committed: Committed) -> Result<(), StoreError> {
    fail::fail_point!("settle.before-commit");
    tx.commit().await?;
    fail::fail_point!("settle.after-commit");
    shared.wake.send(committed);
    Ok(())
}

impl Store {
    /// The payload of an event that could not be worked on; `None` once it has been.
    pub async fn find_failed_event(&self, event: PaymentEventId) -> Result<Option<String>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        let row: Option<(String,)> = on!(Conn: &mut conn, |c| {
            sqlx::query_as("SELECT payload FROM payment_event WHERE id = $1 AND state = 'failed'")
                .bind(event.0)
                .fetch_optional(c)
                .await
        })?;
        Ok(row.map(|(payload,)| payload))
    }

    /// Works on such an event again.
    pub async fn rework_event(&self, event: PaymentEventId, item: Inbound) -> Result<Received, StoreError> {
        let item = text::clean_inbound(item);
        let shared = &self.shared;
        let mut tx = shared.pools.begin().await?;
        let mut changes = Changes::new(shared);
        if !inbox::take_failed(&mut tx, event, &item.fact, changes.now).await? {
            return Ok(Received::Duplicate);
        }
        let outcome = match &item.fact {
            Fact::Observed(observation) => {
                let applied = apply(&mut tx, shared, &mut changes, &[(0, observation)]).await?;
                applied.into_iter().next().map_or(Received::Ignored, |(_, outcome)| outcome)
            }
            Fact::Refetch { external_id, detail } => {
                changes.refetch(item.gateway, external_id, detail.as_deref(), Some(event));
                Received::Pending
            }
            Fact::Ignored { .. } => Received::Ignored,
        };
        if outcome == Received::Applied {
            inbox::mark_done(&mut tx, &[event], changes.now).await?;
        }
        let committed = changes.flush(&mut tx).await?;
        commit(tx, shared, committed).await?;
        Ok(outcome)
    }
}
