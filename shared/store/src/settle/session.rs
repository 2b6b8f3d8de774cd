//! Checkout sessions: the row whose lock every settlement of one checkout goes through.
//!
//! One of ours is found by our id in the gateway's metadata, whatever session it was paid in; a
//! storefront's by the gateway's id. Never by a reference that a customer can set.

use crate::{
    db::{Tx, on},
    error::StoreError,
    shared::Shared,
};
use chrono::{DateTime, TimeDelta, Utc};
use galley_domain::{
    brief::Brief,
    id::CheckoutSessionId,
    money::Money,
    payment::{Agreed, CheckoutState, SessionFact},
};
use sqlx::{FromRow, types::Json};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// How long a session that was completed without money is left alone before it is asked about.
const PROCESSING_PAUSE: TimeDelta = TimeDelta::minutes(15);

/// A session's row, locked.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) id: CheckoutSessionId,
    /// Of a checkout of ours: what was agreed on.
    pub(super) agreed: Option<Agreed>,
}

const COLUMNS: &str = "SELECT id, gateway, account, external_id, state, brief, email, expected_minor, \
     expected_currency FROM checkout_session";

#[derive(FromRow)]
struct Row {
    id: Uuid,
    gateway: String,
    account: String,
    external_id: Option<String>,
    state: String,
    brief: Option<Json<Brief>>,
    email: Option<String>,
    expected_minor: Option<i64>,
    expected_currency: Option<String>,
}

impl Row {
    fn seen(&self) -> Result<Seen, StoreError> {
        let unreadable = |error| StoreError::corrupt("checkout session", error);
        let agreed = match (&self.brief, &self.email, self.expected_minor, &self.expected_currency) {
            (Some(brief), Some(email), Some(minor), Some(currency)) => {
                let currency = currency.parse().map_err(unreadable)?;
                let price = Money { minor, currency };
                Some(Agreed { brief: brief.0.clone(), price, email: email.clone() })
            }
            _ => None,
        };
        Ok(Seen { id: CheckoutSessionId(self.id), agreed })
    }

    fn is_of(&self, fact: &SessionFact) -> bool {
        self.gateway == fact.gateway.as_str() && self.account == fact.account
    }

    /// A gateway may have made several sessions of one checkout of ours. Money counts in whichever
    /// it comes; all else only in the one that the customer was sent to: the end of another is not
    /// the end of the checkout, and as long as there is none its page has still to be made.
    fn is_moved_by(&self, fact: &SessionFact) -> bool {
        matches!(fact.state, CheckoutState::Paid | CheckoutState::Processing)
            || self.external_id.as_ref() == Some(&fact.external_id)
    }
}

/// Makes sure that every session has its row, locked and moved forward; by the facts' places.
pub(super) async fn upsert(
    tx: &mut Tx,
    shared: &Shared,
    facts: &[(usize, &SessionFact)],
    now: DateTime<Utc>,
) -> Result<HashMap<usize, Seen>, StoreError> {
    let ours = lock_ours(tx, facts).await?;
    let of_ours = |fact: &SessionFact| {
        let id = fact.checkout?;
        ours.iter().find(|row| row.id == id.0 && row.is_of(fact))
    };
    let mut seen = HashMap::with_capacity(facts.len());
    let mut furthest = Furthest::new();
    let mut others: BTreeMap<_, &SessionFact> = BTreeMap::new();
    for (i, fact) in facts {
        if let Some(row) = of_ours(fact) {
            seen.insert(*i, row.seen()?);
            if row.is_moved_by(fact) {
                further(&mut furthest, row, fact);
            }
        } else {
            let entry = others.entry(key(fact)).or_insert(*fact);
            if fact.state.rank() > entry.state.rank() {
                *entry = fact;
            }
        }
    }
    let others: Vec<&SessionFact> = others.into_values().collect();
    let mut known = insert(tx, shared, &others, now).await?;
    let left: Vec<_> = others.iter().copied().filter(|fact| !known.contains_key(&key(fact))).collect();
    let rows = lock(tx, &left).await?;
    for fact in left {
        let external_id = Some(fact.external_id.as_str());
        let Some(row) = rows.iter().find(|row| row.is_of(fact) && row.external_id.as_deref() == external_id)
        else {
            continue;
        };
        known.insert(key(fact), row.seen()?);
        further(&mut furthest, row, fact);
    }
    for (row, fact) in furthest.values() {
        let state: CheckoutState =
            row.state.parse().map_err(|error| StoreError::corrupt("checkout session", error))?;
        if fact.state.rank() > state.rank() {
            advance(tx, row.id, fact, now).await?;
        }
    }
    for (i, fact) in facts {
        if !seen.contains_key(i)
            && let Some(row) = known.get(&key(fact))
        {
            seen.insert(*i, row.clone());
        }
    }
    Ok(seen)
}

/// Of each row, the fact that goes furthest; by id, as rows are locked and written.
type Furthest<'a> = BTreeMap<Uuid, (&'a Row, &'a SessionFact)>;

fn further<'a>(furthest: &mut Furthest<'a>, row: &'a Row, fact: &'a SessionFact) {
    let entry = furthest.entry(row.id).or_insert((row, fact));
    if fact.state.rank() > entry.1.state.rank() {
        entry.1 = fact;
    }
}

/// What a session is known by at its gateway; batches sort by it, so that they meet in one order.
fn key(fact: &SessionFact) -> (&str, &str, &str) {
    (fact.gateway.as_str(), &fact.account, &fact.external_id)
}

async fn lock_ours(tx: &mut Tx, facts: &[(usize, &SessionFact)]) -> Result<Vec<Row>, StoreError> {
    let ids: Vec<Uuid> = facts.iter().filter_map(|(_, fact)| Some(fact.checkout?.0)).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let for_update = tx.for_update();
    Ok(on!(tx, |c| {
        let mut sql = sqlx::QueryBuilder::new(COLUMNS);
        sql.push(" WHERE brief IS NOT NULL AND id IN (");
        let mut list = sql.separated(", ");
        for id in &ids {
            list.push_bind(*id);
        }
        sql.push(") ORDER BY id").push(for_update);
        sql.build_query_as().fetch_all(c).await
    })?)
}

type Known<'a> = HashMap<(&'a str, &'a str, &'a str), Seen>;

async fn insert<'a>(
    tx: &mut Tx,
    shared: &Shared,
    facts: &[&'a SessionFact],
    now: DateTime<Utc>,
) -> Result<Known<'a>, StoreError> {
    if facts.is_empty() {
        return Ok(Known::new());
    }
    let inserted: Vec<(Uuid, String, String, String)> = on!(tx, |c| {
        let mut sql = sqlx::QueryBuilder::new(
            "INSERT INTO checkout_session (id, gateway, account, external_id, state, metadata, email, \
             amount_minor, currency, livemode, next_poll_at, created_at, updated_at) ",
        );
        sql.push_values(facts, |mut value, fact| {
            let sale = &fact.sale;
            value.push_bind(shared.clock.new_id()).push_bind(fact.gateway.as_str()).push_bind(&fact.account);
            value.push_bind(&fact.external_id).push_bind(fact.state.as_str()).push_bind(Json(&sale.metadata));
            value.push_bind(&sale.email).push_bind(sale.amount_total_minor);
            value.push_bind(sale.currency.map(|currency| currency.as_str().to_owned()));
            value.push_bind(fact.livemode).push_bind(poll_at(fact.state, now)).push_bind(now).push_bind(now);
        });
        sql.push(
            " ON CONFLICT (gateway, account, external_id) DO NOTHING RETURNING id, gateway, account, external_id",
        );
        sql.build_query_as().fetch_all(c).await
    })?;
    let of = |row: &(Uuid, String, String, String)| {
        let fact = facts.iter().find(|fact| key(fact) == (&*row.1, &*row.2, &*row.3))?;
        Some((key(fact), Seen { id: CheckoutSessionId(row.0), agreed: None }))
    };
    Ok(inserted.iter().filter_map(of).collect())
}

async fn lock(tx: &mut Tx, facts: &[&SessionFact]) -> Result<Vec<Row>, StoreError> {
    if facts.is_empty() {
        return Ok(Vec::new());
    }
    let for_update = tx.for_update();
    Ok(on!(tx, |c| {
        let mut sql = sqlx::QueryBuilder::new(COLUMNS);
        sql.push(" WHERE ");
        let mut any = sql.separated(" OR ");
        for fact in facts {
            any.push("(gateway = ").push_bind_unseparated(fact.gateway.as_str());
            any.push_unseparated(" AND account = ").push_bind_unseparated(&fact.account);
            any.push_unseparated(" AND external_id = ").push_bind_unseparated(&fact.external_id);
            any.push_unseparated(")");
        }
        sql.push(" ORDER BY id").push(for_update);
        sql.build_query_as().fetch_all(c).await
    })?)
}

/// When the gateway is asked next about a session that has come this far: not at all once it is
/// over, seldom while its money is on its way.
fn poll_at(state: CheckoutState, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    match state {
        CheckoutState::Processing => Some(now + PROCESSING_PAUSE),
        CheckoutState::Creating | CheckoutState::Open => Some(now),
        CheckoutState::Paid | CheckoutState::Failed | CheckoutState::Expired => None,
    }
}

/// Moves a session forward. Of ours, what was agreed on stays; and the session that was paid is the
/// one that counts, should the gateway have made two.
async fn advance(tx: &mut Tx, id: Uuid, fact: &SessionFact, now: DateTime<Utc>) -> Result<(), StoreError> {
    on!(tx, |c| {
        sqlx::query(
            "UPDATE checkout_session SET state = $2, \
             metadata = CASE WHEN brief IS NULL THEN $3 ELSE metadata END, \
             email = CASE WHEN brief IS NULL THEN coalesce($4, email) ELSE email END, \
             amount_minor = coalesce($5, amount_minor), currency = coalesce($6, currency), \
             livemode = coalesce($7, livemode), \
             external_id = CASE WHEN $2 = 'paid' THEN $8 ELSE coalesce(external_id, $8) END, \
             next_poll_at = $9, updated_at = $10 WHERE id = $1",
        )
        .bind(id)
        .bind(fact.state.as_str())
        .bind(Json(&fact.sale.metadata))
        .bind(&fact.sale.email)
        .bind(fact.sale.amount_total_minor)
        .bind(fact.sale.currency.map(|currency| currency.as_str().to_owned()))
        .bind(fact.livemode)
        .bind(&fact.external_id)
        .bind(poll_at(fact.state, now))
        .bind(now)
        .execute(c)
        .await
        .map(drop)
    })?;
    Ok(())
}
