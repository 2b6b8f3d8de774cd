//! Reading the log of mails, and what became of each.

use crate::{
    Store,
    db::{Tx, on},
    error::StoreError,
    shared::Shared,
};
use chrono::{DateTime, Utc};
use galley_domain::id::{EmailId, OrderId};
use sqlx::FromRow;
use uuid::Uuid;

/// A mail that waits to be sent.
#[derive(Clone, Debug, FromRow)]
pub struct QueuedMail {
    /// Its id; the Message-ID is made from it, so that a repetition can be told.
    #[sqlx(try_from = "Uuid")]
    pub id: EmailId,
    /// The recipient's address.
    pub recipient: String,
    /// The subject.
    pub subject: String,
    /// The text part.
    pub text_body: String,
    /// The HTML part.
    pub html_body: String,
    /// When it was queued: its Date header.
    pub created_at: DateTime<Utc>,
}

/// A line of the log.
#[derive(Clone, Debug, FromRow)]
pub struct EmailView {
    /// Which mail.
    pub kind: String,
    /// To whom.
    pub recipient: String,
    /// The subject.
    pub subject: String,
    /// `queued`, `sent` or `failed`.
    pub state: String,
    /// When the mail server took it.
    pub sent_at: Option<DateTime<Utc>>,
}

pub(crate) async fn mark_sent(tx: &mut Tx, ids: &[Uuid], now: DateTime<Utc>) -> Result<(), StoreError> {
    if ids.is_empty() {
        return Ok(());
    }
    on!(tx, |c| {
        let mut sql = sqlx::QueryBuilder::new("UPDATE email SET state = 'sent', error = NULL, sent_at = ");
        sql.push_bind(now).push(" WHERE id IN (");
        let mut list = sql.separated(", ");
        for id in ids {
            list.push_bind(*id);
        }
        sql.push(")");
        sql.build().execute(c).await.map(drop)
    })?;
    Ok(())
}

pub(crate) async fn mark_undeliverable(tx: &mut Tx, failed: &[(Uuid, String)]) -> Result<(), StoreError> {
    for (id, error) in failed {
        on!(&mut *tx, |c| {
            sqlx::query("UPDATE email SET state = 'failed', error = $2 WHERE id = $1")
                .bind(*id)
                .bind(error)
                .execute(c)
                .await
                .map(drop)
        })?;
    }
    Ok(())
}

/// Mails that are tried once more.
pub(crate) async fn mark_queued(tx: &mut Tx, ids: &[Uuid]) -> Result<(), StoreError> {
    if ids.is_empty() {
        return Ok(());
    }
    on!(tx, |c| {
        let mut sql = sqlx::QueryBuilder::new(
            "UPDATE email SET state = 'queued', error = NULL WHERE state = 'failed' AND id IN (",
        );
        let mut list = sql.separated(", ");
        for id in ids {
            list.push_bind(*id);
        }
        sql.push(")");
        sql.build().execute(c).await.map(drop)
    })?;
    Ok(())
}

/// Mails to be sent, by their ids, in one query.
pub(crate) async fn queued(
    shared: &Shared,
    ids: Vec<EmailId>,
) -> Vec<Result<Option<QueuedMail>, StoreError>> {
    match find_queued(shared, &ids).await {
        Ok(found) => ids.iter().map(|id| Ok(found.iter().find(|mail| mail.id == *id).cloned())).collect(),
        Err(error) => ids.iter().map(|_| Err(error.clone())).collect(),
    }
}

async fn find_queued(shared: &Shared, ids: &[EmailId]) -> Result<Vec<QueuedMail>, StoreError> {
    let mut conn = shared.pools.reader().await?;
    Ok(on!(Conn: &mut conn, |c| {
        let mut sql = sqlx::QueryBuilder::new(
            "SELECT id, recipient, subject, text_body, html_body, created_at FROM email \
             WHERE state <> 'sent' AND id IN (",
        );
        let mut list = sql.separated(", ");
        for id in ids {
            list.push_bind(id.0);
        }
        sql.push(")");
        sql.build_query_as().fetch_all(c).await
    })?)
}

impl Store {
    /// A mail to be sent; `None` once it has been. Questions that arrive
    /// together share one query.
    pub async fn find_queued_mail(&self, id: EmailId) -> Result<Option<QueuedMail>, StoreError> {
        self.mails.call(id).await
    }

    /// The mails of an order, oldest first.
    pub async fn mails_of(&self, order: OrderId) -> Result<Vec<EmailView>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        Ok(on!(Conn: &mut conn, |c| {
            sqlx::query_as(
                "SELECT kind, recipient, subject, state, sent_at FROM email WHERE order_id = $1 ORDER BY id",
            )
            .bind(order.0)
            .fetch_all(c)
            .await
        })?)
    }
}
