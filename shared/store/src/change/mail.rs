//! The log of mails. A mail is queued once, by its dedupe key, and rendered then.

use super::{Circumstance, OrderRow};
use crate::{
    db::{Tx, on},
    error::StoreError,
    mail_log::MailView,
    shared::Shared,
};
use chrono::{DateTime, Utc};
use galley_content::mail::{MailFacts, RenderedMail, render};
use galley_domain::mail::MailKind;
use std::collections::HashSet;
use uuid::Uuid;

pub(crate) struct MailRow {
    pub(super) id: Uuid,
    pub(super) order_id: Option<Uuid>,
    pub(super) kind: MailKind,
    pub(super) dedupe_key: String,
    pub(super) recipient: String,
    pub(super) content: RenderedMail,
    pub(super) at: DateTime<Utc>,
}

impl MailRow {
    /// The mail of one kind about an order, as it stands after the change; `None` for a mail to
    /// staff of a shop that named no address for them.
    pub(super) fn of_order(
        shared: &Shared,
        row: &OrderRow,
        kind: MailKind,
        how: &Circumstance<'_>,
        at: DateTime<Utc>,
    ) -> Option<Self> {
        let letterhead = &shared.letterhead;
        let recipient = match kind {
            MailKind::ReadyForReview => letterhead.staff_email.clone()?,
            _ => row.email.clone(),
        };
        let link = letterhead.links.url(row.order.id, row.link_epoch);
        let content = render(&MailFacts {
            kind,
            shop_name: &letterhead.shop_name,
            order_id: row.order.id,
            brief: &row.brief,
            amount: Some(row.amount),
            link: link.as_str(),
            reason: how.reason,
            notes: how.notes,
            public_url: how.public_url,
            report: how.version.map(|version| &version.report),
        });
        Some(Self {
            id: shared.clock.new_id(),
            order_id: Some(row.order.id.0),
            kind,
            // One per event: the same kind may be right again after another revision.
            dedupe_key: format!("{}:{kind}:{}", row.order.id, row.events),
            recipient,
            content,
            at,
        })
    }
}

impl MailRow {
    /// A mail as it was written before, under a new name.
    pub(super) fn again(
        shared: &Shared,
        mail: &MailView,
        dedupe_key: String,
        at: DateTime<Utc>,
    ) -> Result<Self, StoreError> {
        let line = &mail.line;
        Ok(Self {
            id: shared.clock.new_id(),
            order_id: line.order_id,
            kind: line.kind.parse().map_err(|error| StoreError::corrupt("mail", error))?,
            dedupe_key,
            recipient: line.recipient.clone(),
            content: RenderedMail {
                subject: line.subject.clone(),
                text: mail.text_body.clone(),
                html: mail.html_body.clone(),
            },
            at,
        })
    }
}

/// Inserts mails that are not in the log yet; returns the ids of those that were new.
pub(super) async fn insert(tx: &mut Tx, rows: &[MailRow]) -> Result<HashSet<Uuid>, StoreError> {
    if rows.is_empty() {
        return Ok(HashSet::new());
    }
    // Sorted: alerts are the one thing that batches beside each other may both want to write.
    let mut rows: Vec<&MailRow> = rows.iter().collect();
    rows.sort_by(|one, other| one.dedupe_key.cmp(&other.dedupe_key));
    let ids: Vec<(Uuid,)> = on!(tx, |c| {
        let mut sql = sqlx::QueryBuilder::new(
            "INSERT INTO email (id, order_id, kind, dedupe_key, recipient, subject, text_body, html_body, \
             state, created_at) ",
        );
        sql.push_values(&rows, |mut value, row| {
            value.push_bind(row.id).push_bind(row.order_id).push_bind(row.kind.as_str());
            value.push_bind(&row.dedupe_key).push_bind(&row.recipient).push_bind(&row.content.subject);
            value
                .push_bind(&row.content.text)
                .push_bind(&row.content.html)
                .push_bind("queued")
                .push_bind(row.at);
        });
        sql.push(" ON CONFLICT (dedupe_key) DO NOTHING RETURNING id");
        sql.build_query_as().fetch_all(c).await
    })?;
    Ok(ids.into_iter().map(|(id,)| id).collect())
}
