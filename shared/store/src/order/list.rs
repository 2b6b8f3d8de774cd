//! Orders as staff list them: filtered, searched, page by page.

use super::search::OrderSearch;
use crate::{
    Store,
    change::Notice,
    db::{Conn, on},
    error::StoreError,
};
use chrono::{DateTime, Utc};
use galley_domain::{
    brief::{Brief, ProductKind},
    id::{CustomerId, OrderId, PaymentId},
    money::Money,
    order::{AskedBy, Failure, OrderStatus},
};
use sqlx::{FromRow, QueryBuilder, types::Json};
use uuid::Uuid;

/// Which orders are meant; what is left out excludes none.
#[derive(Clone, Debug, Default)]
pub struct OrderFilter {
    /// Only those that stand so.
    pub status: Option<OrderStatus>,
    /// Only those of this product.
    pub product: Option<ProductKind>,
    /// Only those paid at this instant or later.
    pub from: Option<DateTime<Utc>>,
    /// Only those paid before this instant.
    pub to: Option<DateTime<Utc>>,
    /// Only those that are being published, or only those that are not.
    pub publishing: Option<bool>,
    /// Only those that this finds.
    pub search: Option<OrderSearch>,
}

/// A page of a list that goes by id, and ids go by time.
#[derive(Clone, Copy, Debug)]
pub struct OrderListPage {
    /// Oldest first; else newest first.
    pub oldest_first: bool,
    /// Only what comes behind this one.
    pub after: Option<OrderId>,
    /// At most this many.
    pub limit: i64,
}

impl OrderListPage {
    /// The newest `limit`.
    pub const fn newest(limit: i64) -> Self {
        Self { oldest_first: false, after: None, limit }
    }
}

/// An order as staff see it, without its texts.
#[derive(Clone, Debug)]
pub struct OrderSummary {
    /// Its id.
    pub id: OrderId,
    /// Its payment.
    pub payment_id: PaymentId,
    /// Who ordered it.
    pub customer_id: CustomerId,
    /// Their address.
    pub email: String,
    /// What was ordered.
    pub brief: Brief,
    /// What was paid.
    pub amount: Money,
    /// Where it stands.
    pub status: OrderStatus,
    /// The current run.
    pub run: i32,
    /// The newest version's number; `None` before the first.
    pub current_version: Option<i32>,
    /// An approved version is on its way to being published.
    pub publishing: bool,
    /// A dispute is open.
    pub frozen: bool,
    /// A refund was asked for and has not come to an end.
    pub refund_open: bool,
    /// Who asked for the current run.
    pub asked_by: AskedBy,
    /// Why it is FAILED.
    pub failure: Option<Failure>,
    /// The same in words for the customer.
    pub reason: Option<String>,
    /// What the customer reads on top of the order's page.
    pub notice: Option<Notice>,
    /// How many lines its history has.
    pub events: i32,
    /// When it was paid.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

const COLUMNS: &str = "SELECT o.id, o.payment_id, o.customer_id, o.email, o.brief, o.amount_minor, o.currency, \
     o.status, o.run, o.current_version, o.publishing, o.frozen, o.refund_open, o.asked_by, o.failure, o.reason, \
     o.notice, o.events, o.created_at, o.updated_at FROM orders o WHERE ";

#[derive(FromRow)]
struct Row {
    id: Uuid,
    payment_id: Uuid,
    customer_id: Uuid,
    email: String,
    brief: Json<Brief>,
    amount_minor: i64,
    currency: String,
    status: String,
    run: i32,
    current_version: Option<i32>,
    publishing: bool,
    frozen: bool,
    refund_open: bool,
    asked_by: String,
    failure: Option<String>,
    reason: Option<String>,
    notice: Option<Json<Notice>>,
    events: i32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<Row> for OrderSummary {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let unreadable = |error| StoreError::corrupt("order", error);
        Ok(Self {
            id: OrderId(row.id),
            payment_id: PaymentId(row.payment_id),
            customer_id: CustomerId(row.customer_id),
            email: row.email,
            brief: row.brief.0,
            amount: Money {
                minor: row.amount_minor,
                currency: row.currency.parse().map_err(|error| StoreError::corrupt("order", error))?,
            },
            status: row.status.parse().map_err(unreadable)?,
            run: row.run,
            current_version: row.current_version,
            publishing: row.publishing,
            frozen: row.frozen,
            refund_open: row.refund_open,
            asked_by: row.asked_by.parse().map_err(unreadable)?,
            failure: row.failure.map(|name| name.parse()).transpose().map_err(unreadable)?,
            reason: row.reason,
            notice: row.notice.map(|notice| notice.0),
            events: row.events,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// What a filter asks for, ready to be put into a statement.
pub(super) struct Terms<'a> {
    filter: &'a OrderFilter,
    article: Option<Uuid>,
    bytewise: &'static str,
}

impl<'a> Terms<'a> {
    pub(super) async fn of(conn: &mut Conn, filter: &'a OrderFilter) -> Result<Self, StoreError> {
        let article = match &filter.search {
            Some(search) => search.article(conn).await?,
            None => None,
        };
        Ok(Self { filter, article, bytewise: conn.bytewise() })
    }

    /// Adds them to a statement that ends in `WHERE` and calls the orders `o`.
    ///
    /// An id holds the instant at which the order was made, so a stretch of time is a stretch of the
    /// primary key, or of the index over status and id.
    pub(super) fn restrict<DB>(&self, sql: &mut QueryBuilder<DB>)
    where
        DB: sqlx::Database,
        for<'b> String: sqlx::Encode<'b, DB> + sqlx::Type<DB>,
        for<'b> Uuid: sqlx::Encode<'b, DB> + sqlx::Type<DB>,
        for<'b> bool: sqlx::Encode<'b, DB> + sqlx::Type<DB>,
        for<'b> i64: sqlx::Encode<'b, DB> + sqlx::Type<DB>,
    {
        let filter = self.filter;
        sql.push("o.id >= ").push_bind(filter.from.map_or_else(Uuid::nil, first_id));
        if let Some(to) = filter.to {
            sql.push(" AND o.id < ").push_bind(first_id(to));
        }
        if let Some(status) = filter.status {
            sql.push(" AND o.status = ").push_bind(status.as_str().to_owned());
        }
        if let Some(product) = filter.product {
            sql.push(" AND o.product = ").push_bind(product.as_str().to_owned());
        }
        if let Some(publishing) = filter.publishing {
            sql.push(" AND o.publishing = ").push_bind(publishing);
        }
        if let Some(search) = &filter.search {
            sql.push(" AND ");
            search.restrict(sql, self.article, self.bytewise);
        }
    }
}

/// The least id that is made at `at` or later.
fn first_id(at: DateTime<Utc>) -> Uuid {
    let millis = u64::try_from(at.timestamp_millis()).unwrap_or(0);
    Uuid::from_u128(u128::from(millis) << 80)
}

pub(super) async fn find(conn: &mut Conn, id: OrderId) -> Result<Option<OrderSummary>, StoreError> {
    let row: Option<Row> = on!(Conn: conn, |c| {
        let query = sqlx::query_as(sqlx::AssertSqlSafe(format!("{COLUMNS} o.id = $1")));
        query.bind(id.0).fetch_optional(c).await
    })?;
    row.map(OrderSummary::try_from).transpose()
}

impl Store {
    /// A page of the orders that `filter` means.
    pub async fn orders(
        &self,
        filter: &OrderFilter,
        page: OrderListPage,
    ) -> Result<Vec<OrderSummary>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        let terms = Terms::of(&mut conn, filter).await?;
        let (behind, direction) =
            if page.oldest_first { (" AND o.id > ", "") } else { (" AND o.id < ", " DESC") };
        let rows: Vec<Row> = on!(Conn: &mut conn, |c| {
            let mut sql = QueryBuilder::new(COLUMNS);
            terms.restrict(&mut sql);
            if let Some(after) = page.after {
                sql.push(behind).push_bind(after.0);
            }
            sql.push(" ORDER BY o.id").push(direction).push(" LIMIT ").push_bind(page.limit);
            sql.build_query_as().fetch_all(c).await
        })?;
        rows.into_iter().map(OrderSummary::try_from).collect()
    }

    /// How many orders `filter` means, counted up to `limit`.
    pub async fn count_orders(&self, filter: &OrderFilter, limit: i64) -> Result<i64, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        let terms = Terms::of(&mut conn, filter).await?;
        let (count,): (i64,) = on!(Conn: &mut conn, |c| {
            let mut sql = QueryBuilder::new("SELECT COUNT(*) FROM (SELECT 1 FROM orders o WHERE ");
            terms.restrict(&mut sql);
            sql.push(" LIMIT ").push_bind(limit).push(") AS found");
            sql.build_query_as().fetch_one(c).await
        })?;
        Ok(count)
    }

    /// One order, without its texts.
    pub async fn order_summary(&self, id: OrderId) -> Result<Option<OrderSummary>, StoreError> {
        find(&mut self.shared.pools.reader().await?, id).await
    }
}
