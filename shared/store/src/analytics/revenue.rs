//! Money by day and currency.

use super::{Span, date, day, first_id};
use crate::{
    db::{Conn, on},
    error::StoreError,
};
use chrono::{NaiveDate, TimeDelta};
use galley_domain::money::Currency;
use std::collections::BTreeMap;

/// How long before it was lost a dispute may have been opened, in days: banks decide within months.
const DISPUTE_DAYS_MAX: i64 = 180;

/// What came in and went back on one day in one currency, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayRevenue {
    /// The day, in UTC.
    pub day: NaiveDate,
    /// The currency.
    pub currency: Currency,
    /// Paid for orders of this day.
    pub gross_minor: i64,
    /// Given back on this day of what was paid for orders of any day: refunds that the gateway accepted,
    /// and disputes that were lost.
    pub returned_minor: i64,
}

impl DayRevenue {
    /// What is left.
    pub const fn net_minor(&self) -> i64 {
        self.gross_minor - self.returned_minor
    }
}

type Sums = Vec<(i64, String, i64)>;

pub(super) async fn read(conn: &mut Conn, span: &Span) -> Result<Vec<DayRevenue>, StoreError> {
    let mut days: BTreeMap<(i64, String), (i64, i64)> = BTreeMap::new();
    for (day, currency, minor) in gross(conn, span).await? {
        days.entry((day, currency)).or_default().0 = minor;
    }
    for (day, currency, minor) in returned(conn, span).await? {
        days.entry((day, currency)).or_default().1 = minor;
    }
    let revenue = |((day, currency), (gross_minor, returned_minor)): ((i64, String), _)| {
        let currency = currency.parse().map_err(|error| StoreError::corrupt("order", error))?;
        Ok(DayRevenue { day: date(day), currency, gross_minor, returned_minor })
    };
    days.into_iter().map(revenue).collect()
}

async fn gross(conn: &mut Conn, span: &Span) -> Result<Sums, StoreError> {
    let sql = format!(
        "SELECT {day} AS day, o.currency, CAST(SUM(o.amount_minor) AS BIGINT) FROM orders o \
         WHERE o.id >= $1 AND o.created_at >= $2 GROUP BY 1, 2",
        day = day(conn, "o.created_at"),
    );
    Ok(on!(Conn: conn, |c| {
        let query = sqlx::query_as(sqlx::AssertSqlSafe(sql));
        query.bind(first_id(span.from())).bind(span.from()).fetch_all(c).await
    })?)
}

/// Only of payments that became an order: what a second payment of the same checkout brought, and what
/// went back of it, is no revenue.
async fn returned(conn: &mut Conn, span: &Span) -> Result<Sums, StoreError> {
    let sql = format!(
        "SELECT g.day, g.currency, CAST(SUM(g.minor) AS BIGINT) FROM (\
         SELECT {refunded} AS day, o.currency, r.amount_minor AS minor FROM refund r \
         JOIN payment p ON p.id = r.payment_id JOIN orders o ON o.id = p.order_id \
         WHERE r.id >= $1 AND r.created_at >= $2 AND r.state IN ('pending', 'succeeded') \
         UNION ALL SELECT {lost} AS day, o.currency, d.amount_minor AS minor FROM dispute d \
         JOIN payment p ON p.id = d.payment_id JOIN orders o ON o.id = p.order_id \
         WHERE d.id >= $3 AND d.updated_at >= $2 AND d.state = 'lost' AND d.amount_minor IS NOT NULL) AS g \
         GROUP BY g.day, g.currency",
        refunded = day(conn, "r.created_at"),
        lost = day(conn, "d.updated_at"),
    );
    Ok(on!(Conn: conn, |c| {
        sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(first_id(span.from()))
            .bind(span.from())
            .bind(first_id(span.from() - TimeDelta::days(DISPUTE_DAYS_MAX)))
            .fetch_all(c)
            .await
    })?)
}
