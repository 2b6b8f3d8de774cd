//! What texts took of the AI service.

use super::{DayFigures, Span, date, day, first_id};
use crate::{
    db::{Conn, on},
    error::StoreError,
};
use chrono::NaiveDate;
use sqlx::FromRow;
use std::collections::HashMap;

/// What the AI service took for texts that were made, repairs included. What runs took that made none is
/// not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AiUse {
    /// Texts, revisions too.
    pub texts: i64,
    /// Orders that they were made for.
    pub orders: i64,
    /// Tokens sent.
    pub prompt_tokens: i64,
    /// Tokens received.
    pub completion_tokens: i64,
    /// Millionths of the billing currency; `None` where prices are not configured.
    pub cost_micros: Option<i64>,
}

impl AiUse {
    /// What an order cost on average.
    pub fn cost_micros_per_order(&self) -> Option<i64> {
        self.cost_micros?.checked_div(self.orders)
    }
}

#[derive(FromRow)]
struct Row {
    day: i64,
    texts: i64,
    orders: i64,
    prompt_tokens: i64,
    completion_tokens: i64,
    cost_micros: Option<i64>,
}

impl Row {
    const fn usage(&self) -> AiUse {
        AiUse {
            texts: self.texts,
            orders: self.orders,
            prompt_tokens: self.prompt_tokens,
            completion_tokens: self.completion_tokens,
            cost_micros: self.cost_micros,
        }
    }
}

/// Fills the days in, and tells of all together.
pub(super) async fn read(
    conn: &mut Conn,
    span: &Span,
    figures: &mut [DayFigures],
) -> Result<AiUse, StoreError> {
    let day = day(conn, "created_at");
    let rows = usage(conn, span, &day).await?;
    let rows: HashMap<NaiveDate, AiUse> = rows.iter().map(|row| (date(row.day), row.usage())).collect();
    for figures in figures {
        figures.ai = rows.get(&figures.day).copied().unwrap_or_default();
    }
    // An order may have texts of several days.
    let all = usage(conn, span, "CAST(0 AS BIGINT)").await?;
    Ok(all.first().map(Row::usage).unwrap_or_default())
}

/// Only what workers made: a version that somebody went back to repeats where it came from.
async fn usage(conn: &mut Conn, span: &Span, day: &str) -> Result<Vec<Row>, StoreError> {
    let sum = |field: &str| format!("CAST(SUM(CAST(provenance ->> '{field}' AS BIGINT)) AS BIGINT)");
    let sql = format!(
        "SELECT {day} AS day, COUNT(*) AS texts, COUNT(DISTINCT order_id) AS orders, \
         coalesce({sent}, 0) AS prompt_tokens, coalesce({made}, 0) AS completion_tokens, {cost} AS cost_micros \
         FROM content_version WHERE id >= $1 AND created_at >= $2 AND made_by = 'system' AND number > 0 \
         GROUP BY 1",
        sent = sum("promptTokens"),
        made = sum("completionTokens"),
        cost = sum("costMicros"),
    );
    Ok(on!(Conn: conn, |c| {
        let query = sqlx::query_as(sqlx::AssertSqlSafe(sql));
        query.bind(first_id(span.from())).bind(span.from()).fetch_all(c).await
    })?)
}
