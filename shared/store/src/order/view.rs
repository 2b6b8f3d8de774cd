//! An order as its page shows it.

use super::VersionView;
use crate::{
    Store,
    change::Notice,
    db::{Conn, on},
    error::StoreError,
    job::JobView,
};
use chrono::{DateTime, Utc};
use galley_domain::{
    brief::Brief,
    id::OrderId,
    money::Money,
    order::{Failure, OrderStatus},
};
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

/// An order with its newest version and the jobs of its current run.
#[derive(Clone, Debug)]
pub struct OrderView {
    /// Its id.
    pub id: OrderId,
    /// Where it stands.
    pub status: OrderStatus,
    /// The furthest step reached, 2 to 5.
    pub step: i32,
    /// The current run.
    pub run: i32,
    /// What was ordered.
    pub brief: Brief,
    /// What was paid.
    pub amount: Money,
    /// A dispute is open.
    pub frozen: bool,
    /// It is being published.
    pub publishing: bool,
    /// Why it is FAILED.
    pub failure: Option<Failure>,
    /// The same in words for the customer.
    pub reason: Option<String>,
    /// Something to read on top of the page.
    pub notice: Option<Notice>,
    /// When it was paid.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// The newest version.
    pub version: Option<VersionView>,
    /// The content jobs of the current run.
    pub jobs: Vec<JobView>,
}

#[derive(FromRow)]
pub(super) struct Row {
    status: String,
    step: i32,
    run: i32,
    brief: Json<Brief>,
    amount_minor: i64,
    currency: String,
    frozen: bool,
    publishing: bool,
    failure: Option<String>,
    reason: Option<String>,
    notice: Option<Json<Notice>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    current_version: Option<i32>,
}

/// Three short queries rather than one join: the version's texts would be repeated per job.
pub(super) async fn find(conn: &mut Conn, id: OrderId) -> Result<Option<OrderView>, StoreError> {
    let row: Option<Row> = on!(Conn: &mut *conn, |c| {
        sqlx::query_as(
            "SELECT status, step, run, brief, amount_minor, currency, frozen, publishing, failure, reason, \
             notice, created_at, updated_at, current_version FROM orders WHERE id = $1",
        )
        .bind(id.0)
        .fetch_optional(c)
        .await
    })?;
    let Some(row) = row else { return Ok(None) };
    let version = match row.current_version {
        Some(number) => super::version::find(conn, id, number).await?,
        None => None,
    };
    let jobs: Vec<JobView> = on!(Conn: &mut *conn, |c| {
        sqlx::query_as(
            "SELECT id, kind, state, attempt, max_attempts, run_at, error, created_at, started_at, finished_at \
             FROM job WHERE order_id = $1 AND run = $2 AND queue = 'content' ORDER BY id",
        )
        .bind(id.0)
        .bind(row.run)
        .fetch_all(c)
        .await
    })?;
    row.view(id, version, jobs).map(Some)
}

impl Row {
    pub(super) fn view(
        self,
        id: OrderId,
        version: Option<VersionView>,
        jobs: Vec<JobView>,
    ) -> Result<OrderView, StoreError> {
        let unreadable = |error| StoreError::corrupt("order", error);
        Ok(OrderView {
            id,
            status: self.status.parse().map_err(unreadable)?,
            step: self.step,
            run: self.run,
            brief: self.brief.0,
            amount: Money {
                minor: self.amount_minor,
                currency: self.currency.parse().map_err(|error| StoreError::corrupt("order", error))?,
            },
            frozen: self.frozen,
            publishing: self.publishing,
            failure: self.failure.map(|name| name.parse()).transpose().map_err(unreadable)?,
            reason: self.reason,
            notice: self.notice.map(|notice| notice.0),
            created_at: self.created_at,
            updated_at: self.updated_at,
            version,
            jobs,
        })
    }
}

impl Store {
    /// An order with its newest version and its jobs; `None` if there is no such order.
    pub async fn order_view(&self, id: OrderId) -> Result<Option<OrderView>, StoreError> {
        find(&mut self.shared.pools.reader().await?, id).await
    }

    /// The history of an order, oldest first: kind, status afterwards, actor, instant.
    pub async fn history(
        &self,
        id: OrderId,
    ) -> Result<Vec<(String, String, String, DateTime<Utc>)>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        Ok(on!(Conn: &mut conn, |c| {
            sqlx::query_as(
                "SELECT kind, to_status, actor, created_at FROM order_event WHERE order_id = $1 ORDER BY sequence",
            )
            .bind(id.0)
            .fetch_all(c)
            .await
        })?)
    }

    /// The order that a checkout of the gateway became, if it did.
    pub async fn find_order_of_session(&self, external_id: &str) -> Result<Option<OrderId>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        let row: Option<(Uuid,)> = on!(Conn: &mut conn, |c| {
            sqlx::query_as(
                "SELECT p.order_id FROM checkout_session s JOIN payment p ON p.checkout_session_id = s.id \
                 WHERE s.external_id = $1 AND p.order_id IS NOT NULL AND p.state <> 'duplicate'",
            )
            .bind(external_id)
            .fetch_optional(c)
            .await
        })?;
        Ok(row.map(|(id,)| OrderId(id)))
    }
}
