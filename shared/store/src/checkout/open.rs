//! Opening a checkout: our row and its idempotency key first, then the gateway's page.
//!
//! The row is on disk before the gateway hears of it, so a webhook can never come too early. A job
//! makes the page if the request that opened the checkout did not get that far, under the same key.

use crate::{
    Store, article,
    change::{AlertNote, Changes, checkout_key},
    db::{Tx, on},
    error::StoreError,
    idempotency::{self, ClientKey},
    product,
    text::clean,
};
use chrono::{DateTime, TimeDelta, Utc};
use galley_domain::{
    brief::Brief,
    id::CheckoutSessionId,
    money::Money,
    order::Alert,
    payment::{CheckoutIntent, Gateway, HostedCheckout},
};
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

/// How long whoever opened a checkout may take to have its page made, before the job does it.
const INLINE_PATIENCE: TimeDelta = TimeDelta::seconds(12);
/// By when the job has done what it can; the reconciler takes it up again after that.
const JOB_PATIENCE: TimeDelta = TimeDelta::seconds(90);

/// What a customer wants to pay for.
#[derive(Clone, Debug)]
pub struct NewCheckout {
    /// Who takes the money.
    pub gateway: Gateway,
    /// What shall be written.
    pub brief: Brief,
    /// Whom to write to, as [`galley_domain::payment::parse_email`] left it.
    pub email: String,
    /// The client's key.
    pub key: Option<ClientKey>,
}

/// A checkout that is on disk.
#[derive(Clone, Debug)]
pub struct OpenedCheckout {
    /// Its id; the one it was opened under before, if the client's key was repeated.
    pub id: CheckoutSessionId,
    /// What the gateway has to be asked; `None` for a repeated key: whoever sent it first is at it,
    /// or its job is.
    pub intent: Option<CheckoutIntent>,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    gateway: String,
    attempt: i32,
    title: String,
    expected_minor: i64,
    expected_currency: String,
    email: String,
    created_at: DateTime<Utc>,
}

impl Store {
    /// Opens a checkout at today's price. [`StoreError::NotFound`] for a product that is not sold or
    /// an article that does not exist; [`StoreError::KeyReused`] for a key of another request.
    pub async fn open_checkout(&self, new: NewCheckout) -> Result<OpenedCheckout, StoreError> {
        let shared = &self.shared;
        let id = CheckoutSessionId(shared.clock.new_id());
        let mut tx = shared.pools.begin().await?;
        let mut changes = Changes::new(shared);
        if let Some(made) = idempotency::take(&mut tx, new.key.as_ref(), id.0, changes.now).await? {
            return Ok(OpenedCheckout { id: CheckoutSessionId(made), intent: None });
        }
        let products = product::list_in(&mut tx).await?;
        let product = products.into_iter().find(|product| product.kind == new.brief.product);
        let product = product.ok_or(StoreError::NotFound("product"))?;
        if let Some(article) = new.brief.article_id
            && article::find_many(&mut tx, &[article.0]).await?.is_empty()
        {
            return Err(StoreError::NotFound("article"));
        }
        insert(&mut tx, id, &new, &product.title, product.price, changes.now).await?;
        changes.create_checkout(id, changes.now + INLINE_PATIENCE);
        let intent = CheckoutIntent {
            checkout: id,
            gateway: new.gateway,
            attempt: 1,
            title: product.title,
            price: product.price,
            email: new.email,
            token: shared.letterhead.links.signer.sign_checkout(id),
            created_at: changes.now,
        };
        let committed = changes.flush(&mut tx).await?;
        tx.commit().await?;
        shared.wake.send(committed);
        Ok(OpenedCheckout { id, intent: Some(intent) })
    }

    /// What the gateway has to be asked to make; `None` when it has been made, or refused.
    pub async fn checkout_intent(&self, id: CheckoutSessionId) -> Result<Option<CheckoutIntent>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        let row: Option<Row> = on!(Conn: &mut conn, |c| {
            sqlx::query_as(
                "SELECT id, gateway, attempt, title, expected_minor, expected_currency, email, created_at \
                 FROM checkout_session WHERE id = $1 AND state = 'creating'",
            )
            .bind(id.0)
            .fetch_optional(c)
            .await
        })?;
        let Some(row) = row else { return Ok(None) };
        let id = CheckoutSessionId(row.id);
        Ok(Some(CheckoutIntent {
            checkout: id,
            gateway: row.gateway.parse().map_err(|error| StoreError::corrupt("checkout session", error))?,
            attempt: row.attempt,
            title: row.title,
            price: Money {
                minor: row.expected_minor,
                currency: row
                    .expected_currency
                    .parse()
                    .map_err(|error| StoreError::corrupt("checkout session", error))?,
            },
            email: row.email,
            token: self.shared.letterhead.links.signer.sign_checkout(id),
            created_at: row.created_at,
        }))
    }

    /// The gateway made the page. The checkout can be paid, and its job has nothing left to do.
    pub async fn checkout_created(
        &self,
        id: CheckoutSessionId,
        hosted: &HostedCheckout,
    ) -> Result<(), StoreError> {
        let now = self.shared.clock.now();
        let mut tx = self.shared.pools.begin().await?;
        // Money that came in meanwhile has moved it further; the page's address is kept all the same.
        on!(&mut tx, |c| {
            sqlx::query(
                "UPDATE checkout_session SET url = $2, expires_at = $3, opened_at = $5, \
                 external_id = coalesce(external_id, $4), updated_at = $5, \
                 next_poll_at = CASE WHEN state = 'creating' THEN $5 ELSE next_poll_at END, \
                 state = CASE WHEN state = 'creating' THEN 'open' ELSE state END WHERE id = $1",
            )
            .bind(id.0)
            .bind(&hosted.url)
            .bind(hosted.expires_at)
            .bind(&hosted.external_id)
            .bind(now)
            .execute(c)
            .await
            .map(drop)
        })?;
        end_job(&mut tx, id, now).await?;
        tx.commit().await
    }

    /// The gateway refused, and will refuse again.
    pub async fn checkout_refused(&self, id: CheckoutSessionId, detail: &str) -> Result<(), StoreError> {
        let shared = &self.shared;
        let mut tx = shared.pools.begin().await?;
        let mut changes = Changes::new(shared);
        let failed = on!(&mut tx, |c| {
            sqlx::query(
                "UPDATE checkout_session SET state = 'failed', next_poll_at = NULL, updated_at = $2 \
                 WHERE id = $1 AND state = 'creating'",
            )
            .bind(id.0)
            .bind(changes.now)
            .execute(c)
            .await
            .map(|done| done.rows_affected() > 0)
        })?;
        if failed {
            let lines = vec![format!("Checkout {id}"), clean(detail).into_owned()];
            changes.alert(&AlertNote { alert: Alert::CheckoutFailed, lines });
        }
        end_job(&mut tx, id, changes.now).await?;
        let committed = changes.flush(&mut tx).await?;
        tx.commit().await?;
        shared.wake.send(committed);
        Ok(())
    }

    /// The key of `attempt` is spent without an effect: the next one counts from now on.
    pub async fn next_checkout_attempt(
        &self,
        id: CheckoutSessionId,
        attempt: i32,
    ) -> Result<Option<CheckoutIntent>, StoreError> {
        let mut conn = self.shared.pools.writer().await?;
        on!(Conn: &mut conn, |c| {
            sqlx::query(
                "UPDATE checkout_session SET attempt = attempt + 1 \
                 WHERE id = $1 AND attempt = $2 AND state = 'creating'",
            )
            .bind(id.0)
            .bind(attempt)
            .execute(c)
            .await
            .map(drop)
        })?;
        drop(conn);
        self.checkout_intent(id).await
    }
}

async fn insert(
    tx: &mut Tx,
    id: CheckoutSessionId,
    new: &NewCheckout,
    title: &str,
    price: Money,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    on!(tx, |c| {
        sqlx::query(
            "INSERT INTO checkout_session (id, gateway, state, metadata, product, brief, title, email, \
             expected_minor, expected_currency, next_poll_at, created_at, updated_at) \
             VALUES ($1, $2, 'creating', $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)",
        )
        .bind(id.0)
        .bind(new.gateway.as_str())
        .bind(Json(serde_json::Map::new()))
        .bind(new.brief.product.as_str())
        .bind(Json(&new.brief))
        .bind(title)
        .bind(&new.email)
        .bind(price.minor)
        .bind(price.currency.as_str())
        .bind(now + JOB_PATIENCE)
        .bind(now)
        .execute(c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// The job that would have made the page, unless a worker is at it: then it ends by itself.
async fn end_job(tx: &mut Tx, id: CheckoutSessionId, now: DateTime<Utc>) -> Result<(), StoreError> {
    on!(tx, |c| {
        sqlx::query(
            "UPDATE job SET state = 'completed', run_at = NULL, finished_at = $2, change_seq = change_seq + 1 \
             WHERE dedupe_key = $1 AND state IN ('waiting', 'delayed')",
        )
        .bind(checkout_key(id))
        .bind(now)
        .execute(c)
        .await
        .map(drop)
    })?;
    Ok(())
}
