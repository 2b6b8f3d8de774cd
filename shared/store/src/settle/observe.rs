//! What gateways answer when they are asked: the same facts as in events, without the event.

use super::{Received, inbox, money, receive::apply};
use crate::{Store, change::Changes, db::on, error::StoreError, shared::Shared, text};
use galley_domain::{
    id::PaymentEventId,
    payment::{CheckoutState, Gateway, Observation},
};
use std::collections::HashSet;

/// Most observations that share one transaction.
const BATCH_MAX: usize = 64;
/// Most waiting facts that are met at a time.
const MEET_MAX: i64 = 200;

impl Store {
    /// Takes in what a gateway answered: one outcome per observation, in order. Payments that are
    /// known already cost one small query for all of them.
    pub async fn observe(
        &self,
        observations: Vec<Observation>,
    ) -> Result<Vec<Result<Received, StoreError>>, StoreError> {
        let observations: Vec<_> = observations.into_iter().map(text::clean_observation).collect();
        let known = known_payments(&self.shared, &observations).await?;
        let is_known = |observation: &Observation| match observation {
            Observation::Session(fact) => {
                fact.state == CheckoutState::Paid
                    && known.contains(&(fact.gateway, fact.account.clone(), fact.payment_ref.clone()))
            }
            Observation::Money(_) => false,
        };
        let mut outcomes: Vec<Result<Received, StoreError>> =
            observations.iter().map(|_| Ok(Received::Duplicate)).collect();
        let new: Vec<(usize, &Observation)> =
            observations.iter().enumerate().filter(|(_, observation)| !is_known(observation)).collect();
        for batch in new.chunks(BATCH_MAX) {
            for (i, outcome) in together_or_alone(&self.shared, batch).await {
                outcomes[i] = outcome;
            }
        }
        Ok(outcomes)
    }

    /// Applies what waits in the inbox for payments that are there by now: two transactions beside
    /// each other, one with the payment and one with its refund, do not see each other.
    pub async fn meet_waiting(&self) -> Result<usize, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        let waiting: Vec<(String,)> = on!(Conn: &mut conn, |c| {
            sqlx::query_as(
                "SELECT DISTINCT p.payment_ref FROM payment_event e JOIN payment p ON p.payment_ref = e.payment_ref \
                 AND p.gateway = e.gateway AND p.account = e.account \
                 WHERE e.state = 'pending' AND e.fact IS NOT NULL LIMIT $1",
            )
            .bind(MEET_MAX)
            .fetch_all(c)
            .await
        })?;
        drop(conn);
        if waiting.is_empty() {
            return Ok(0);
        }
        let refs: Vec<&str> = waiting.iter().map(|(payment_ref,)| payment_ref.as_str()).collect();
        let shared = &self.shared;
        let mut tx = shared.pools.begin().await?;
        let mut changes = Changes::new(shared);
        money::meet(&mut tx, shared, &mut changes, &refs).await?;
        let committed = changes.flush(&mut tx).await?;
        tx.commit().await?;
        shared.wake.send(committed);
        Ok(refs.len())
    }

    /// Marks an event that only said "look": somebody has looked.
    pub async fn event_looked_into(&self, event: PaymentEventId) -> Result<(), StoreError> {
        let now = self.shared.clock.now();
        let mut tx = self.shared.pools.begin().await?;
        inbox::mark_done(&mut tx, &[event], now).await?;
        tx.commit().await
    }
}

/// One transaction for all; if it fails for one's sake, each by itself.
async fn together_or_alone(
    shared: &Shared,
    batch: &[(usize, &Observation)],
) -> Vec<(usize, Result<Received, StoreError>)> {
    if let Ok(outcomes) = once(shared, batch).await {
        return outcomes.into_iter().map(|(i, received)| (i, Ok(received))).collect();
    }
    let mut outcomes = Vec::with_capacity(batch.len());
    for one in batch {
        let outcome = once(shared, std::slice::from_ref(one)).await;
        let outcome = outcome.map(|all| all.into_iter().next().map_or(Received::Ignored, |(_, one)| one));
        outcomes.push((one.0, outcome));
    }
    outcomes
}

async fn once(
    shared: &Shared,
    batch: &[(usize, &Observation)],
) -> Result<Vec<(usize, Received)>, StoreError> {
    let mut tx = shared.pools.begin().await?;
    let mut changes = Changes::new(shared);
    let outcomes = apply(&mut tx, shared, &mut changes, batch).await?;
    let committed = changes.flush(&mut tx).await?;
    fail::fail_point!("observe.before-commit");
    tx.commit().await?;
    fail::fail_point!("observe.after-commit");
    shared.wake.send(committed);
    Ok(outcomes)
}

/// The payments among those observed that are recorded.
async fn known_payments(
    shared: &Shared,
    observations: &[Observation],
) -> Result<HashSet<(Gateway, String, String)>, StoreError> {
    let paid: Vec<(Gateway, &str, &str)> = observations
        .iter()
        .filter_map(|observation| match observation {
            Observation::Session(fact) if fact.state == CheckoutState::Paid => {
                Some((fact.gateway, fact.account.as_str(), fact.payment_ref.as_str()))
            }
            _ => None,
        })
        .collect();
    if paid.is_empty() {
        return Ok(HashSet::new());
    }
    let mut conn = shared.pools.reader().await?;
    let rows: Vec<(String, String, String)> = on!(Conn: &mut conn, |c| {
        let mut sql = sqlx::QueryBuilder::new("SELECT gateway, account, payment_ref FROM payment WHERE ");
        let mut any = sql.separated(" OR ");
        for (gateway, account, payment_ref) in &paid {
            any.push("(gateway = ").push_bind_unseparated(gateway.as_str());
            any.push_unseparated(" AND account = ").push_bind_unseparated(*account);
            any.push_unseparated(" AND payment_ref = ").push_bind_unseparated(*payment_ref);
            any.push_unseparated(")");
        }
        sql.build_query_as().fetch_all(c).await
    })?;
    rows.into_iter()
        .map(|(gateway, account, payment_ref)| {
            let gateway = gateway.parse().map_err(|error| StoreError::corrupt("payment", error))?;
            Ok((gateway, account, payment_ref))
        })
        .collect()
}
