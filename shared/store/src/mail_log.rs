//! The log of mails as staff see it, and sending one again.

use crate::{
    Store,
    audit::Action,
    change::{self, Changes, OrderRow},
    db::on,
    error::StoreError,
    text::clean,
};
use chrono::{DateTime, Utc};
use galley_domain::{
    actor::Actor,
    id::{EmailId, OrderId},
    order::RefusalCode,
};
use serde_json::json;
use sqlx::FromRow;
use uuid::Uuid;

/// Which mails.
#[derive(Clone, Debug, Default)]
pub struct MailFilter {
    /// Only those that could not be delivered.
    pub failed: bool,
    /// Only those about this customer's orders, by their address as we keep it (lower case).
    pub customer: Option<String>,
}

/// A mail of the log, without its text.
#[derive(Clone, Debug, FromRow)]
pub struct MailLine {
    /// Its id.
    #[sqlx(try_from = "Uuid")]
    pub id: EmailId,
    /// The order that it is about; none for what staff are told of.
    pub order_id: Option<Uuid>,
    /// Which mail.
    pub kind: String,
    /// To whom.
    pub recipient: String,
    /// The subject.
    pub subject: String,
    /// `queued`, `sent` or `failed`.
    pub state: String,
    /// What the mail server said when it failed for good.
    pub error: Option<String>,
    /// When it was queued.
    pub created_at: DateTime<Utc>,
    /// When the mail server took it.
    pub sent_at: Option<DateTime<Utc>>,
}

/// A mail with its texts.
#[derive(Clone, Debug, FromRow)]
pub struct MailView {
    /// The line of the log.
    #[sqlx(flatten)]
    pub line: MailLine,
    /// The text part.
    pub text_body: String,
    /// The HTML part.
    pub html_body: String,
}

const LINE: &str = "id, order_id, kind, recipient, subject, state, error, created_at, sent_at";

impl Store {
    /// Mails, newest first: those before `before`, at most `limit`.
    pub async fn mails(
        &self,
        filter: &MailFilter,
        before: Option<EmailId>,
        limit: i64,
    ) -> Result<Vec<MailLine>, StoreError> {
        let before = before.map_or_else(Uuid::max, |id| id.0);
        let mut conn = self.shared.pools.reader().await?;
        Ok(on!(Conn: &mut conn, |c| {
            let mut sql = sqlx::QueryBuilder::new("SELECT ");
            sql.push(LINE).push(" FROM email WHERE id < ").push_bind(before);
            if filter.failed {
                sql.push(" AND state = 'failed'");
            }
            if let Some(customer) = &filter.customer {
                sql.push(" AND order_id IN (SELECT o.id FROM orders o JOIN customer c ON c.id = o.customer_id ");
                sql.push("WHERE c.email = ").push_bind(clean(customer)).push(")");
            }
            sql.push(" ORDER BY id DESC LIMIT ").push_bind(limit);
            sql.build_query_as().fetch_all(c).await
        })?)
    }

    /// One mail with its texts.
    pub async fn mail(&self, id: EmailId) -> Result<Option<MailView>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        Ok(on!(Conn: &mut conn, |c| {
            let sql = format!("SELECT {LINE}, text_body, html_body FROM email WHERE id = $1");
            sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id.0).fetch_optional(c).await
        })?)
    }

    /// Sends a mail once more, as it was written then. The same `key` again is the same mail.
    ///
    /// [`StoreError::Declined`] (`link_revoked`) when the link in it opens nothing any more.
    pub async fn resend_mail(&self, id: EmailId, key: &str, actor: &Actor) -> Result<EmailId, StoreError> {
        let shared = &self.shared;
        let mail = self.mail(id).await?.ok_or(StoreError::NotFound("mail"))?;
        let mut changes = Changes::new(shared);
        let mut tx = shared.pools.begin().await?;
        let order: Vec<OrderId> = mail.line.order_id.map(OrderId).into_iter().collect();
        let orders = change::find_for_update(&mut tx, &order).await?;
        let order = orders.first();
        let opens = |token: &str, order: &OrderRow| {
            shared.letterhead.links.signer.verify(order.order.id, order.link_epoch, token)
        };
        if let Some(order) = order
            && tokens(&mail.text_body).next().is_some()
            && !tokens(&mail.text_body).any(|token| opens(token, order))
        {
            let message = "the link in this mail was revoked: it would open nothing";
            return Err(StoreError::declined(RefusalCode::LinkRevoked, message));
        }
        // Two who wish the same at once come one after the other.
        let lock = tx.for_update();
        on!(&mut tx, |c| {
            let mut sql = sqlx::QueryBuilder::new("SELECT id FROM email WHERE id = ");
            sql.push_bind(id.0).push(lock);
            sql.build().execute(c).await.map(drop)
        })?;
        let dedupe_key = format!("again:{id}:{key}");
        let again =
            changes.resend(&mail, dedupe_key.clone(), order.is_some_and(|order| order.order.frozen))?;
        let detail = json!({ "mail": id, "kind": mail.line.kind });
        let known: Option<(Uuid,)> = on!(&mut tx, |c| {
            sqlx::query_as("SELECT id FROM email WHERE dedupe_key = $1")
                .bind(dedupe_key)
                .fetch_optional(c)
                .await
        })?;
        if let Some((known,)) = known {
            return Ok(EmailId(known));
        }
        changes.audit(actor, Action::MailResent, again.0, detail);
        let committed = changes.flush(&mut tx).await?;
        tx.commit().await?;
        shared.wake.send(committed);
        Ok(again)
    }
}

/// What may be the tokens of links in a text; customers write into it, too.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let end = |c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c));
    text.split("token=").skip(1).filter_map(move |rest| rest.split(end).next())
}
