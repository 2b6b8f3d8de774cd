//! A payment in review that becomes an order after all, because a person says so.

use super::{decided, refuse_open_refund};
use crate::{
    Store, article,
    audit::Action,
    change::{Changes, Circumstance},
    customer,
    db::{Tx, on},
    error::StoreError,
    product,
    settle::{Account, Opening, lock_account},
    text::clean,
};
use galley_domain::{
    actor::Actor,
    brief::{Brief, BriefInput},
    id::{OrderId, PaymentId},
    money::Money,
    order::RefusalCode,
    payment::{Fit, PaymentState, parse_email},
};
use serde_json::json;
use sqlx::{FromRow, types::Json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What staff say of a payment in review; what is left out is taken from its checkout.
#[derive(Clone, Debug)]
pub struct Release {
    /// What shall be written; counts before the checkout's own brief and before the session's
    /// metadata.
    pub brief: Option<Brief>,
    /// Whom to write to; counts before the checkout's address.
    pub email: Option<String>,
    /// Why it is fine: in the order's history, never in a mail.
    pub reason: String,
}

/// The order of a released payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Released {
    /// The order.
    pub order_id: OrderId,
    /// Whether this call made it.
    pub new: bool,
}

impl Store {
    /// Makes the order of a payment in review, as if the payment had been fit: over what was paid,
    /// with history, job and mail. A payment that is an order already is answered with that.
    ///
    /// A part of the money may have gone back. [`StoreError::Declined`] when something is missing
    /// (`payment_unfit`; the message names what to supply), while a refund is under way
    /// (`refund_open`), while a dispute is open or after one was lost (`order_frozen`), and when
    /// somebody decided otherwise or all of the money went back (`payment_already_decided`).
    /// [`StoreError::NotFound`] for an unknown payment.
    pub async fn release(
        &self,
        payment: PaymentId,
        release: Release,
        actor: &Actor,
    ) -> Result<Released, StoreError> {
        let shared = &self.shared;
        let mut tx = shared.pools.begin().await?;
        let mut changes = Changes::new(shared);
        let session = Session::of(&mut tx, payment).await?.ok_or(StoreError::NotFound("payment"))?;
        let (own_brief, own_email) = (release.brief.is_some(), release.email.is_some());
        let email = release.email.as_deref().or(session.email.as_deref()).and_then(parse_email);
        // Before the payment's lock, since settlement takes customers before the payments whose
        // refunds came in with them. Whatever is declined below takes this back.
        let customers = customer::upsert(&mut tx, shared, email.as_deref().into_iter(), changes.now).await?;
        let account = lock_account(&mut tx, payment).await?.ok_or(StoreError::NotFound("payment"))?;
        if let Some(order_id) = order_of(&account)? {
            return Ok(Released { order_id, new: false });
        }
        let paid = releasable(&account)?;
        let brief = release.brief.map_or_else(|| session.brief(), Ok)?;
        let email = email.ok_or_else(|| unfit("there is nobody to write to: supply an e-mail address"))?;
        let opening = opening(&mut tx, Fit { brief, paid, email }).await?;
        let order_id = OrderId(shared.clock.new_id());
        let reason = clean(&release.reason);
        let how = Circumstance { reason: Some(&reason), ..Circumstance::by(actor.clone()) };
        opening.open(&mut changes, payment, order_id, &customers, &how)?;
        become_order(&mut tx, payment, order_id).await?;
        let detail = json!({
            "orderId": order_id,
            "reason": reason,
            "briefSupplied": own_brief,
            "emailSupplied": own_email,
            "refundedMinor": account.returned().gone_minor(),
        });
        changes.audit(actor, Action::PaymentReleased, payment.0, detail);
        let committed = changes.flush(&mut tx).await?;
        tx.commit().await?;
        shared.wake.send(committed);
        Ok(Released { order_id, new: true })
    }
}

/// What the checkout of a payment knows. It is read without a lock: a session that was paid has
/// come as far as it can, and does not change any more.
#[derive(FromRow)]
struct Session {
    email: Option<String>,
    metadata: Json<BTreeMap<String, String>>,
    brief: Option<Json<Brief>>,
}

impl Session {
    async fn of(tx: &mut Tx, payment: PaymentId) -> Result<Option<Self>, StoreError> {
        Ok(on!(tx, |c| {
            sqlx::query_as(
                "SELECT s.email, s.metadata, s.brief FROM payment p \
                 JOIN checkout_session s ON s.id = p.checkout_session_id WHERE p.id = $1",
            )
            .bind(payment.0)
            .fetch_optional(c)
            .await
        })?)
    }

    fn brief(&self) -> Result<Brief, StoreError> {
        if let Some(brief) = &self.brief {
            return Ok(brief.0.clone());
        }
        Brief::parse(BriefInput::from_metadata(&self.metadata.0)).map_err(|errors| {
            let errors: Vec<_> =
                errors.iter().map(|error| format!("{}: {}", error.field, error.message)).collect();
            unfit(format!("the session's metadata are no brief: supply one. {}", errors.join(" ")))
        })
    }
}

fn unfit(message: impl Into<String>) -> StoreError {
    StoreError::declined(RefusalCode::PaymentUnfit, message)
}

/// The order that the payment is already.
fn order_of(account: &Account) -> Result<Option<OrderId>, StoreError> {
    match (account.state, account.order_id) {
        (PaymentState::Paid, None) => Err(StoreError::corrupt("payment", "it is paid, but has no order")),
        (PaymentState::Paid, order) => Ok(order),
        _ => Ok(None),
    }
}

/// What was paid, if nothing stands against making an order of it.
fn releasable(account: &Account) -> Result<Money, StoreError> {
    match account.state {
        PaymentState::NeedsReview | PaymentState::Paid => {}
        PaymentState::Dismissed => {
            return Err(decided("the payment was set aside, or all of it went back"));
        }
        PaymentState::Duplicate => {
            return Err(decided("it is the second payment of its checkout, which goes back by itself"));
        }
    }
    if account.is_disputed() {
        let message = "the payment is disputed: the money may be gone for good";
        return Err(StoreError::declined(RefusalCode::Frozen, message));
    }
    refuse_open_refund(account)?;
    let returned = account.returned();
    // Of a payment of nothing, nothing went back.
    if returned.gone_minor() > 0 && returned.is_full() {
        return Err(decided("all of the payment went back"));
    }
    let unknown = || unfit("nobody knows how much was paid: look it up at the gateway, and refund it there");
    let minor = account.amount_minor.filter(|minor| *minor >= 0).ok_or_else(unknown)?;
    let currency = account.currency.as_deref().ok_or_else(unknown)?;
    let currency = currency.parse().map_err(|error| StoreError::corrupt("payment", error))?;
    Ok(Money { minor, currency })
}

/// Looks up what the order stands on: a product that is sold, the article of a backlink.
async fn opening(tx: &mut Tx, fit: Fit) -> Result<Opening, StoreError> {
    let product = fit.brief.product;
    if !product::list_in(tx).await?.iter().any(|sold| sold.kind == product) {
        return Err(unfit(format!("the shop sells no {product}: supply a brief of something that it sells")));
    }
    let wanted: Vec<Uuid> = fit.brief.article_id.iter().map(|id| id.0).collect();
    let articles = article::find_many(tx, &wanted).await?;
    Opening::new(fit, &articles)
        .map_err(|unknown| unfit(format!("{}: supply a brief with another article", unknown.detail)))
}

/// The rule that the payment met stays on record.
async fn become_order(tx: &mut Tx, payment: PaymentId, order: OrderId) -> Result<(), StoreError> {
    on!(tx, |c| {
        sqlx::query("UPDATE payment SET state = 'paid', order_id = $2 WHERE id = $1")
            .bind(payment.0)
            .bind(order.0)
            .execute(c)
            .await
            .map(drop)
    })?;
    Ok(())
}
