//! What members of staff did that is no line of an order's history.
//!
//! A line is written by [`Changes::audit`](crate::change::Changes::audit), in the transaction of
//! what it records: there is none without the other.

use crate::{
    Store,
    db::{Tx, on},
    error::StoreError,
    shared::Shared,
    text::clean,
};
use chrono::{DateTime, Utc};
use galley_domain::actor::Actor;
use serde_json::Value;
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

macro_rules! actions {
    ($($name:ident = $text:literal,)+) => {
        /// What was done. The names are on disk.
        #[derive(Clone, Copy, Debug)]
        pub(crate) enum Action {
            $($name,)+
        }

        /// The names of all actions that are written down.
        pub const AUDIT_ACTIONS: &[&str] = &[$($text,)+];

        impl Action {
            const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }
    };
}

actions! {
    PaymentReleased = "payment_released",
    PaymentDismissed = "payment_dismissed",
    RefundRequested = "refund_requested",
    ArticleWithdrawn = "article_withdrawn",
    ArticleRestored = "article_restored",
    ProductChanged = "product_changed",
    MailResent = "mail_resent",
    ArticleImported = "article_imported",
    SettingsChanged = "settings_changed",
    KindPaused = "kind_paused",
    KindResumed = "kind_resumed",
    JobRetried = "job_retried",
    JobHastened = "job_hastened",
    JobCancelled = "job_cancelled",
    StaffAdded = "staff_added",
    StaffLoggedIn = "staff_logged_in",
    StaffRoleChanged = "staff_role_changed",
    StaffPasswordChanged = "staff_password_changed",
    StaffDisabled = "staff_disabled",
    StaffEnabled = "staff_enabled",
    TokenCreated = "token_created",
    TokenRevoked = "token_revoked",
}

/// Something that a member of staff did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    /// Its id; later ones are greater.
    pub id: Uuid,
    /// Who, as [`Actor::label`] writes it.
    pub actor: String,
    /// One of [`AUDIT_ACTIONS`], or one of a later version.
    pub action: String,
    /// To what: a payment, a member of staff, a token.
    pub subject_id: Uuid,
    /// The reason and what came of it; of staff and tokens the name and the role; never an address.
    pub detail: Value,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// A line that is still to be written.
pub(crate) struct Row {
    id: Uuid,
    actor: String,
    action: Action,
    subject: Uuid,
    detail: Value,
    at: DateTime<Utc>,
}

impl Row {
    pub(crate) fn new(
        shared: &Shared,
        actor: &Actor,
        action: Action,
        subject: Uuid,
        detail: Value,
        at: DateTime<Utc>,
    ) -> Self {
        Self { id: shared.clock.new_id(), actor: actor.label(), action, subject, detail, at }
    }
}

pub(crate) async fn insert(tx: &mut Tx, rows: &[Row]) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    on!(tx, |c| {
        let mut sql = sqlx::QueryBuilder::new(
            "INSERT INTO audit_event (id, actor, action, subject_id, detail, created_at) ",
        );
        sql.push_values(rows, |mut value, row| {
            value.push_bind(row.id).push_bind(&row.actor).push_bind(row.action.as_str());
            value.push_bind(row.subject).push_bind(Json(&row.detail)).push_bind(row.at);
        });
        sql.build().execute(c).await.map(drop)
    })?;
    Ok(())
}

/// Which lines are wanted.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Only by this one, as [`Actor::label`] writes it.
    pub actor: Option<String>,
    /// Only of this action.
    pub action: Option<String>,
    /// Only older ones than the line with this id.
    pub before: Option<Uuid>,
}

#[derive(FromRow)]
struct Written {
    id: Uuid,
    actor: String,
    action: String,
    subject_id: Uuid,
    detail: Json<Value>,
    created_at: DateTime<Utc>,
}

impl Store {
    /// What was done to a subject, newest first, at most `limit` lines.
    pub async fn audit_of(&self, subject: Uuid, limit: i64) -> Result<Vec<AuditEvent>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        let rows: Vec<Written> = on!(Conn: &mut conn, |c| {
            sqlx::query_as(
                "SELECT id, actor, action, subject_id, detail, created_at FROM audit_event \
                 WHERE subject_id = $1 ORDER BY id DESC LIMIT $2",
            )
            .bind(subject)
            .bind(limit)
            .fetch_all(c)
            .await
        })?;
        Ok(rows.into_iter().map(AuditEvent::from).collect())
    }

    /// What was done, newest first, at most `limit` lines.
    pub async fn audit_trail(&self, filter: &AuditFilter, limit: i64) -> Result<Vec<AuditEvent>, StoreError> {
        let AuditFilter { actor, action, before } = filter;
        let mut conn = self.shared.pools.reader().await?;
        let rows: Vec<Written> = on!(Conn: &mut conn, |c| {
            let mut sql = sqlx::QueryBuilder::new(
                "SELECT id, actor, action, subject_id, detail, created_at FROM audit_event WHERE id < ",
            );
            sql.push_bind(before.unwrap_or(Uuid::max()));
            if let Some(actor) = actor {
                sql.push(" AND actor = ").push_bind(clean(actor));
            }
            if let Some(action) = action {
                sql.push(" AND action = ").push_bind(clean(action));
            }
            sql.push(" ORDER BY id DESC LIMIT ").push_bind(limit);
            sql.build_query_as().fetch_all(c).await
        })?;
        Ok(rows.into_iter().map(AuditEvent::from).collect())
    }
}

impl From<Written> for AuditEvent {
    fn from(row: Written) -> Self {
        let Written { id, actor, action, subject_id, detail, created_at } = row;
        Self { id, actor, action, subject_id, detail: detail.0, created_at }
    }
}
