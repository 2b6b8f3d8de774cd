//! Payments, and the orders they become.

use super::{Received, opening::Opening, session::Seen};
use crate::{
    article,
    change::{AlertNote, Changes, Circumstance, NewRefund},
    customer,
    db::{Tx, on},
    error::StoreError,
    shared::Shared,
};
use galley_domain::{
    actor::Actor,
    id::{CheckoutSessionId, OrderId, PaymentId, RefundId},
    order::Alert,
    payment::{PaymentState, RefundOrigin, SessionFact, Unfit, judge},
    product::Offer,
};
use sqlx::FromRow;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// What each paid fact comes to, by its place in the batch.
pub(super) struct Verdicts(HashMap<usize, Result<Opening, Unfit>>);

impl Verdicts {
    pub(super) async fn judge(
        tx: &mut Tx,
        catalogue: &[Offer],
        facts: &[(usize, &SessionFact)],
        sessions: &HashMap<usize, Seen>,
    ) -> Result<Self, StoreError> {
        let agreed = |i: &usize| sessions.get(i).and_then(|seen| seen.agreed.as_ref());
        let judged: Vec<_> =
            facts.iter().map(|(i, fact)| (*i, judge(&fact.sale, agreed(i), catalogue))).collect();
        let wanted: Vec<Uuid> = judged
            .iter()
            .filter_map(|(_, verdict)| Some(verdict.as_ref().ok()?.brief.article_id?.0))
            .collect();
        let articles = article::find_many(tx, &wanted).await?;
        let verdicts =
            judged.into_iter().map(|(i, verdict)| (i, verdict.and_then(|fit| Opening::new(fit, &articles))));
        Ok(Self(verdicts.collect()))
    }
}

struct PaymentRow<'a> {
    id: PaymentId,
    order_id: OrderId,
    session: CheckoutSessionId,
    fact: &'a SessionFact,
    verdict: &'a Result<Opening, Unfit>,
}

impl PaymentRow<'_> {
    const fn state(&self) -> PaymentState {
        if self.verdict.is_ok() { PaymentState::Paid } else { PaymentState::NeedsReview }
    }
}

/// Records each payment once; a new and fit one becomes an order.
pub(super) async fn settle(
    tx: &mut Tx,
    shared: &Shared,
    changes: &mut Changes<'_>,
    paid: &[(usize, &SessionFact)],
    sessions: &HashMap<usize, Seen>,
    verdicts: &Verdicts,
) -> Result<Settled, StoreError> {
    let mut rows: Vec<(usize, PaymentRow<'_>)> = Vec::with_capacity(paid.len());
    for (i, fact) in paid {
        let (Some(seen), Some(verdict)) = (sessions.get(i), verdicts.0.get(i)) else {
            continue;
        };
        let ids = (PaymentId(shared.clock.new_id()), OrderId(shared.clock.new_id()));
        rows.push((*i, PaymentRow { id: ids.0, order_id: ids.1, session: seen.id, fact, verdict }));
    }
    // The first event of a payment in this batch writes it; the others find it there.
    let mut first = HashSet::new();
    let mut writing: Vec<&PaymentRow<'_>> =
        rows.iter().map(|(_, row)| row).filter(|row| first.insert(row.session)).collect();
    // Sorted, as two sessions of batches beside each other may name the same payment.
    writing.sort_by_key(|row| &row.fact.payment_ref);
    let inserted = insert(tx, &writing, changes).await?;
    let fresh: Vec<&PaymentRow<'_>> =
        writing.into_iter().filter(|row| inserted.contains(&row.id.0)).collect();
    open_orders(tx, shared, changes, &fresh).await?;
    let others: Vec<&(usize, PaymentRow<'_>)> =
        rows.iter().filter(|(_, row)| !inserted.contains(&row.id.0)).collect();
    let mut outcomes: Vec<_> = rows
        .iter()
        .filter(|(_, row)| inserted.contains(&row.id.0))
        .map(|(i, row)| (*i, row.outcome(true)))
        .collect();
    for (i, row) in others {
        outcomes.push((*i, earlier(tx, shared, changes, row).await?));
    }
    let seconds: Vec<usize> = outcomes
        .iter()
        .filter(|(_, received)| *received == Received::SecondPayment)
        .map(|(i, _)| *i)
        .collect();
    let seconds = rows.iter().filter(|(i, _)| seconds.contains(i)).map(|(_, row)| row);
    let fresh = fresh.into_iter().chain(seconds).map(|row| row.fact.payment_ref.clone()).collect();
    Ok(Settled { outcomes, fresh })
}

/// What became of each fact, and which payments may have been waited for.
pub(super) struct Settled {
    pub(super) outcomes: Vec<(usize, Received)>,
    pub(super) fresh: Vec<String>,
}

impl PaymentRow<'_> {
    fn outcome(&self, new: bool) -> Received {
        match self.verdict {
            Ok(_) => Received::Settled { order_id: self.order_id, new },
            Err(unfit) => Received::NeedsReview(unfit.reason),
        }
    }
}

async fn insert(
    tx: &mut Tx,
    rows: &[&PaymentRow<'_>],
    changes: &Changes<'_>,
) -> Result<HashSet<Uuid>, StoreError> {
    if rows.is_empty() {
        return Ok(HashSet::new());
    }
    let inserted: Vec<(Uuid,)> = on!(tx, |c| {
        let mut sql = sqlx::QueryBuilder::new(
            "INSERT INTO payment (id, checkout_session_id, order_id, gateway, account, payment_ref, amount_minor, \
             currency, state, review_reason, review_detail, paid_at) ",
        );
        sql.push_values(rows, |mut value, row| {
            let unfit = row.verdict.as_ref().err();
            value.push_bind(row.id.0).push_bind(row.session.0);
            value.push_bind(row.verdict.is_ok().then_some(row.order_id.0));
            value.push_bind(row.fact.gateway.as_str()).push_bind(&row.fact.account);
            value.push_bind(&row.fact.payment_ref);
            value.push_bind(row.fact.sale.amount_total_minor);
            value.push_bind(row.fact.sale.currency.map(|currency| currency.as_str().to_owned()));
            value.push_bind(row.state().as_str()).push_bind(unfit.map(|unfit| unfit.reason.as_str()));
            value.push_bind(unfit.map(|unfit| &unfit.detail)).push_bind(changes.now);
        });
        sql.push(" ON CONFLICT DO NOTHING RETURNING id");
        sql.build_query_as().fetch_all(c).await
    })?;
    Ok(inserted.into_iter().map(|(id,)| id).collect())
}

async fn open_orders(
    tx: &mut Tx,
    shared: &Shared,
    changes: &mut Changes<'_>,
    fresh: &[&PaymentRow<'_>],
) -> Result<(), StoreError> {
    let emails = fresh.iter().filter_map(|row| Some(row.verdict.as_ref().ok()?.email()));
    let customers = customer::upsert(tx, shared, emails, changes.now).await?;
    for row in fresh {
        match row.verdict {
            Ok(opening) => {
                let how = Circumstance::by(Actor::Gateway(row.fact.gateway.to_string()));
                opening.open(changes, row.id, row.order_id, &customers, &how)?;
            }
            Err(unfit) => {
                let lines = vec![
                    format!("Payment {} of checkout {}", row.id, row.fact.external_id),
                    format!("{}: {}", unfit.reason, unfit.detail),
                ];
                changes.alert(&AlertNote { alert: Alert::PaymentNeedsReview, lines });
            }
        }
    }
    Ok(())
}

#[derive(FromRow)]
struct Earlier {
    payment_ref: String,
    order_id: Option<Uuid>,
    review_reason: Option<String>,
}

/// The checkout has a payment already: this one is the same, or a second one.
async fn earlier(
    tx: &mut Tx,
    shared: &Shared,
    changes: &mut Changes<'_>,
    row: &PaymentRow<'_>,
) -> Result<Received, StoreError> {
    let before: Option<Earlier> = on!(tx, |c| {
        sqlx::query_as(
            "SELECT payment_ref, order_id, review_reason FROM payment \
             WHERE checkout_session_id = $1 AND state <> 'duplicate'",
        )
        .bind(row.session.0)
        .fetch_optional(c)
        .await
    })?;
    let Some(before) = before else {
        // The payment is known under another checkout: whatever it pays for, it pays for that one.
        // Gateways give each session a payment of its own, so somebody should look.
        let lines = vec![format!(
            "Checkout {} says that payment {} is its own, which is another checkout's",
            row.fact.external_id, row.fact.payment_ref
        )];
        changes.alert(&AlertNote { alert: Alert::PaymentEventOdd, lines });
        return Ok(Received::Ignored);
    };
    if before.payment_ref == row.fact.payment_ref {
        return match (before.order_id, before.review_reason) {
            (Some(order), _) => Ok(Received::Settled { order_id: OrderId(order), new: false }),
            (None, Some(reason)) => {
                let reason = reason.parse().map_err(|error| StoreError::corrupt("payment", error))?;
                Ok(Received::NeedsReview(reason))
            }
            (None, None) => Err(StoreError::corrupt("payment", "neither an order nor a reason")),
        };
    }
    second(tx, shared, changes, row).await?;
    Ok(Received::SecondPayment)
}

/// Records the second payment for a checkout and sends it back.
async fn second(
    tx: &mut Tx,
    shared: &Shared,
    changes: &mut Changes<'_>,
    row: &PaymentRow<'_>,
) -> Result<(), StoreError> {
    let id = PaymentId(shared.clock.new_id());
    let sale = &row.fact.sale;
    let recorded = on!(tx, |c| {
        sqlx::query(
            "INSERT INTO payment (id, checkout_session_id, gateway, account, payment_ref, amount_minor, currency, \
             state, paid_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 'duplicate', $8) ON CONFLICT DO NOTHING",
        )
        .bind(id.0)
        .bind(row.session.0)
        .bind(row.fact.gateway.as_str())
        .bind(&row.fact.account)
        .bind(&row.fact.payment_ref)
        .bind(sale.amount_total_minor)
        .bind(sale.currency.map(|currency| currency.as_str().to_owned()))
        .bind(changes.now)
        .execute(c)
        .await
        .map(|done| done.rows_affected())
    })?;
    if recorded == 0 {
        return Ok(());
    }
    let mut lines =
        vec![format!("Checkout {} was paid twice: {}", row.fact.external_id, row.fact.payment_ref)];
    match sale.amount_total_minor.filter(|minor| *minor > 0 && sale.currency.is_some()) {
        Some(amount_minor) => {
            lines.push("The second payment goes back by itself.".to_owned());
            changes.refund(NewRefund {
                id: RefundId(shared.clock.new_id()),
                payment_id: id,
                amount_minor,
                reason: "This checkout had been paid already.".to_owned(),
                origin: RefundOrigin::Auto,
                actor: Actor::System,
            });
        }
        None => lines.push("Nobody knows how much it was: send it back by hand.".to_owned()),
    }
    changes.alert(&AlertNote { alert: Alert::PaidTwice, lines });
    Ok(())
}
