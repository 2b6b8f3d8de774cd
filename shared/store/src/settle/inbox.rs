//! The inbox: every authentic event of a gateway, once.

use crate::{
    db::{Tx, on},
    error::StoreError,
    shared::Shared,
};
use chrono::{DateTime, Utc};
use galley_domain::{
    id::PaymentEventId,
    payment::{Fact, Inbound, MoneyFact, Observation, PaymentEventState},
};
use sqlx::types::Json;
use std::collections::HashMap;
use uuid::Uuid;

/// Inserts events that are not in the inbox yet; returns the id of each new one by its place in
/// `items`.
pub(super) async fn insert(
    tx: &mut Tx,
    shared: &Shared,
    items: &[Inbound],
    now: DateTime<Utc>,
) -> Result<HashMap<usize, PaymentEventId>, StoreError> {
    // Sorted, so that two batches that share events wait for each other instead of deadlocking;
    // and each key once, since one statement may not insert the same key twice.
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by_key(|&i| (items[i].gateway, &items[i].account, &items[i].dedupe_key, i));
    order.dedup_by_key(|i| (items[*i].gateway, &items[*i].account, &items[*i].dedupe_key));
    let ids: HashMap<Uuid, usize> = order.iter().map(|&i| (shared.clock.new_id(), i)).collect();
    let mut rows: Vec<(Uuid, usize)> = ids.iter().map(|(id, i)| (*id, *i)).collect();
    rows.sort_by_key(|(_, i)| order.iter().position(|place| place == i));
    let inserted: Vec<(Uuid,)> = on!(tx, |c| {
        let mut sql = sqlx::QueryBuilder::new(
            "INSERT INTO payment_event (id, gateway, account, dedupe_key, kind, object_ref, payment_ref, \
             api_version, livemode, gateway_created_at, received_at, payload, state, last_error, processed_at, \
             fact) ",
        );
        sql.push_values(&rows, |mut value, (id, i)| {
            let item = &items[*i];
            let state = item.fact.state();
            let why = if let Fact::Ignored { why, .. } = item.fact { Some(why) } else { None };
            let processed = (state != PaymentEventState::Pending).then_some(now);
            value.push_bind(*id).push_bind(item.gateway.as_str()).push_bind(&item.account);
            value.push_bind(&item.dedupe_key).push_bind(&item.kind).push_bind(&item.object_ref);
            value.push_bind(&item.payment_ref).push_bind(&item.api_version).push_bind(item.livemode);
            value.push_bind(item.created_at).push_bind(now).push_bind(&item.payload);
            value.push_bind(state.as_str()).push_bind(why).push_bind(processed);
            value.push_bind(kept(&item.fact).map(Json));
        });
        sql.push(" ON CONFLICT (gateway, account, dedupe_key) DO NOTHING RETURNING id");
        sql.build_query_as().fetch_all(c).await
    })?;
    Ok(inserted.into_iter().filter_map(|(id,)| Some((*ids.get(&id)?, PaymentEventId(id)))).collect())
}

/// What of an event has to be kept while it waits for its payment.
const fn kept(fact: &Fact) -> Option<&MoneyFact> {
    match fact {
        Fact::Observed(Observation::Money(fact)) => Some(fact),
        _ => None,
    }
}

/// Events that wait for any of these payments, oldest first, with what they say.
pub(super) async fn waiting(
    tx: &mut Tx,
    payment_refs: &[&str],
) -> Result<Vec<(PaymentEventId, MoneyFact)>, StoreError> {
    if payment_refs.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(Uuid, Json<MoneyFact>)> = on!(tx, |c| {
        let mut sql = sqlx::QueryBuilder::new(
            "SELECT id, fact FROM payment_event WHERE state = 'pending' AND fact IS NOT NULL AND payment_ref IN (",
        );
        let mut list = sql.separated(", ");
        for payment_ref in payment_refs {
            list.push_bind(*payment_ref);
        }
        sql.push(") ORDER BY id");
        sql.build_query_as().fetch_all(c).await
    })?;
    Ok(rows.into_iter().map(|(id, fact)| (PaymentEventId(id), fact.0)).collect())
}

/// Marks events whose payment was there.
pub(super) async fn mark_done(
    tx: &mut Tx,
    events: &[PaymentEventId],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    if events.is_empty() {
        return Ok(());
    }
    on!(tx, |c| {
        let mut sql = sqlx::QueryBuilder::new("UPDATE payment_event SET state = 'done', processed_at = ");
        sql.push_bind(now).push(" WHERE state = 'pending' AND id IN (");
        let mut list = sql.separated(", ");
        for event in events {
            list.push_bind(event.0);
        }
        sql.push(")");
        sql.build().execute(c).await.map(drop)
    })?;
    Ok(())
}

/// Marks an event that could not be worked on.
pub(super) async fn mark_failed(
    tx: &mut Tx,
    event: PaymentEventId,
    error: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    on!(tx, |c| {
        sqlx::query(
            "UPDATE payment_event SET state = 'failed', attempts = attempts + 1, last_error = $2, \
             processed_at = $3 WHERE id = $1",
        )
        .bind(event.0)
        .bind(error)
        .bind(now)
        .execute(c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// Takes a failed event out of the inbox to be worked on again, and leaves it in the state of what
/// it turned out to mean; false if it has been taken already.
pub(super) async fn take_failed(
    tx: &mut Tx,
    event: PaymentEventId,
    fact: &Fact,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let state = fact.state();
    let processed = (state != PaymentEventState::Pending).then_some(now);
    Ok(on!(tx, |c| {
        sqlx::query(
            "UPDATE payment_event SET state = $2, attempts = attempts + 1, processed_at = $3, fact = $4 \
             WHERE id = $1 AND state = 'failed'",
        )
        .bind(event.0)
        .bind(state.as_str())
        .bind(processed)
        .bind(kept(fact).map(Json))
        .execute(c)
        .await
        .map(|done| done.rows_affected() > 0)
    })?)
}
