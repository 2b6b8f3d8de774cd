//! Orders by the day on which they were paid.

use super::{AiUse, Span, date, day, first_id};
use crate::{
    db::{Conn, on},
    error::StoreError,
};
use chrono::NaiveDate;
use sqlx::FromRow;
use std::collections::HashMap;

/// How long it took from the payment until the first text was ready, in milliseconds; `None` where none
/// was. Of 20 orders, `p95_ms` is what the second slowest took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeToReady {
    /// Half of the orders took no longer.
    pub p50_ms: Option<i64>,
    /// Of a hundred orders 95 took no longer.
    pub p95_ms: Option<i64>,
}

/// A day's orders, and what has become of them until now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DayFigures {
    /// The day, in UTC.
    pub day: NaiveDate,
    /// Orders that were paid.
    pub orders: i64,
    /// Of them: those that have a text.
    pub ready: i64,
    /// Of them: those whose text could not be made, and that nobody has started again.
    pub failed: i64,
    /// Of them: how long it took until the text was there.
    pub time_to_ready: TimeToReady,
    /// What the AI service took for texts that were made on this day, whenever they were ordered.
    pub ai: AiUse,
}

#[derive(FromRow)]
struct Row {
    day: i64,
    orders: i64,
    ready: i64,
    failed: i64,
    p50: Option<i64>,
    p95: Option<i64>,
}

/// Percentiles are exact: the least value with so many hundredths of all at or below it.
pub(super) async fn read(conn: &mut Conn, span: &Span) -> Result<Vec<DayFigures>, StoreError> {
    let day = day(conn, "o.created_at");
    let rows = figures(conn, span, &day).await?;
    let rows: HashMap<NaiveDate, Row> = rows.into_iter().map(|row| (date(row.day), row)).collect();
    let figures = |day| match rows.get(&day) {
        None => DayFigures { day, ..DayFigures::default() },
        Some(row) => DayFigures {
            day,
            orders: row.orders,
            ready: row.ready,
            failed: row.failed,
            time_to_ready: row.time_to_ready(),
            ai: AiUse::default(),
        },
    };
    Ok(span.days().map(figures).collect())
}

/// Of all days together: percentiles of days do not add up.
pub(super) async fn time_to_ready(conn: &mut Conn, span: &Span) -> Result<TimeToReady, StoreError> {
    let rows = figures(conn, span, "CAST(0 AS BIGINT)").await?;
    Ok(rows.first().map(Row::time_to_ready).unwrap_or_default())
}

impl Row {
    fn time_to_ready(&self) -> TimeToReady {
        TimeToReady { p50_ms: self.p50, p95_ms: self.p95 }
    }
}

async fn figures(conn: &mut Conn, span: &Span, day: &str) -> Result<Vec<Row>, StoreError> {
    let sql = format!(
        "WITH made AS (SELECT {day} AS day, o.current_version, o.status, o.failure, {ready} - {paid} AS ms \
         FROM orders o LEFT JOIN content_version v ON v.order_id = o.id AND v.number = 1 \
         WHERE o.id >= $1 AND o.created_at >= $2), \
         placed AS (SELECT day, ms, row_number() OVER (PARTITION BY day ORDER BY ms) AS place, \
         COUNT(*) OVER (PARTITION BY day) AS times FROM made WHERE ms IS NOT NULL), \
         took AS (SELECT day, MIN(CASE WHEN place * 100 >= times * 50 THEN ms END) AS p50, \
         MIN(CASE WHEN place * 100 >= times * 95 THEN ms END) AS p95 FROM placed GROUP BY day) \
         SELECT made.day, COUNT(*) AS orders, \
         COUNT(CASE WHEN current_version >= 1 THEN 1 END) AS ready, \
         COUNT(CASE WHEN status = 'FAILED' AND failure = 'exhausted' THEN 1 END) AS failed, took.p50, took.p95 \
         FROM made LEFT JOIN took ON took.day = made.day GROUP BY made.day, took.p50, took.p95",
        ready = conn.millis("v.created_at"),
        paid = conn.millis("o.created_at"),
    );
    Ok(on!(Conn: conn, |c| {
        let query = sqlx::query_as(sqlx::AssertSqlSafe(sql));
        query.bind(first_id(span.from())).bind(span.from()).fetch_all(c).await
    })?)
}
