//! Checkout sessions: the row whose lock every settlement of one checkout goes through.

use crate::{
    db::{Tx, on},
    error::StoreError,
    shared::Shared,
};
use chrono::{DateTime, Utc};
use galley_domain::{
    id::CheckoutSessionId,
    payment::{CheckoutState, Inbound, SessionFact},
};
use sqlx::{FromRow, types::Json};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// A session's row, locked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) id: CheckoutSessionId,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    external_id: String,
    state: String,
}

/// Makes sure that every session has its row, locked and moved forward; by external id, which is
/// unique across gateways and accounts (`cs_…`).
pub(super) async fn upsert(
    tx: &mut Tx,
    shared: &Shared,
    items: &[Inbound],
    facts: &[(usize, &SessionFact)],
    now: DateTime<Utc>,
) -> Result<HashMap<String, Seen>, StoreError> {
    // By external id, so that batches meet in the same order; the furthest fact of each counts.
    let mut furthest: BTreeMap<&str, (usize, &SessionFact)> = BTreeMap::new();
    for (i, fact) in facts {
        let entry = furthest.entry(&fact.external_id).or_insert((*i, fact));
        if fact.state.rank() > entry.1.state.rank() {
            *entry = (*i, fact);
        }
    }
    let rows: Vec<_> = furthest.values().copied().collect();
    let mut seen = insert(tx, shared, items, &rows, now).await?;
    let known: Vec<_> =
        rows.iter().copied().filter(|(_, fact)| !seen.contains_key(&fact.external_id)).collect();
    if !known.is_empty() {
        for row in lock(tx, items, &known).await? {
            let state: CheckoutState =
                row.state.parse().map_err(|e| StoreError::corrupt("checkout session", e))?;
            if let Some((_, fact)) = furthest.get(row.external_id.as_str())
                && fact.state.rank() > state.rank()
            {
                advance(tx, row.id, fact, now).await?;
            }
            seen.insert(row.external_id, Seen { id: CheckoutSessionId(row.id) });
        }
    }
    Ok(seen)
}

async fn insert(
    tx: &mut Tx,
    shared: &Shared,
    items: &[Inbound],
    rows: &[(usize, &SessionFact)],
    now: DateTime<Utc>,
) -> Result<HashMap<String, Seen>, StoreError> {
    let inserted: Vec<(Uuid, String)> = on!(tx, |c| {
        let mut sql = sqlx::QueryBuilder::new(
            "INSERT INTO checkout_session (id, gateway, account, external_id, state, metadata, email, \
             amount_minor, currency, livemode, created_at, updated_at) ",
        );
        sql.push_values(rows, |mut value, (i, fact)| {
            let sale = &fact.sale;
            value.push_bind(shared.clock.new_id()).push_bind(items[*i].gateway).push_bind(&items[*i].account);
            value.push_bind(&fact.external_id).push_bind(fact.state.as_str()).push_bind(Json(&sale.metadata));
            value.push_bind(&sale.email).push_bind(sale.amount_total_minor);
            value.push_bind(sale.currency.map(|currency| currency.as_str().to_owned()));
            value.push_bind(fact.livemode).push_bind(now).push_bind(now);
        });
        sql.push(" ON CONFLICT (gateway, account, external_id) DO NOTHING RETURNING id, external_id");
        sql.build_query_as().fetch_all(c).await
    })?;
    let seen = |id| Seen { id: CheckoutSessionId(id) };
    Ok(inserted.into_iter().map(|(id, external_id)| (external_id, seen(id))).collect())
}

async fn lock(
    tx: &mut Tx,
    items: &[Inbound],
    known: &[(usize, &SessionFact)],
) -> Result<Vec<Row>, StoreError> {
    let for_update = tx.for_update();
    Ok(on!(tx, |c| {
        let mut sql = sqlx::QueryBuilder::new("SELECT id, external_id, state FROM checkout_session WHERE ");
        let mut any = sql.separated(" OR ");
        for (i, fact) in known {
            any.push("(gateway = ").push_bind_unseparated(items[*i].gateway);
            any.push_unseparated(" AND account = ").push_bind_unseparated(&items[*i].account);
            any.push_unseparated(" AND external_id = ").push_bind_unseparated(&fact.external_id);
            any.push_unseparated(")");
        }
        sql.push(" ORDER BY id").push(for_update);
        sql.build_query_as().fetch_all(c).await
    })?)
}

async fn advance(tx: &mut Tx, id: Uuid, fact: &SessionFact, now: DateTime<Utc>) -> Result<(), StoreError> {
    on!(tx, |c| {
        sqlx::query(
            "UPDATE checkout_session SET state = $2, metadata = $3, email = coalesce($4, email), \
             amount_minor = coalesce($5, amount_minor), currency = coalesce($6, currency), updated_at = $7 \
             WHERE id = $1",
        )
        .bind(id)
        .bind(fact.state.as_str())
        .bind(Json(&fact.sale.metadata))
        .bind(&fact.sale.email)
        .bind(fact.sale.amount_total_minor)
        .bind(fact.sale.currency.map(|currency| currency.as_str().to_owned()))
        .bind(now)
        .execute(c)
        .await
        .map(drop)
    })?;
    Ok(())
}
