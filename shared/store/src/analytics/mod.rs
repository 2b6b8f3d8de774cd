//! How the shop is doing, day by day, in UTC.
//!
//! Everything is counted by the database, from the rows of the days that are asked for and no others:
//! ids are `UUIDv7` and so ordered by time, and the first id that a day could have bounds a range of the
//! primary key. The instants in the rows then say which day it is.

mod ai;
mod days;
mod revenue;

pub use ai::AiUse;
pub use days::{DayFigures, TimeToReady};
pub use revenue::DayRevenue;

use crate::{
    Store,
    db::{Conn, on},
    error::StoreError,
};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use uuid::Uuid;

/// Most days that are told at once.
const DAYS_MAX: u16 = 90;
/// Numbers of revisions from here on are told together.
const REVISIONS_MAX: i64 = 10;

/// The last days of a shop, today among them.
#[derive(Clone, Debug, Default)]
pub struct Analytics {
    /// Each day, oldest first, those on which nothing happened too.
    pub days: Vec<DayFigures>,
    /// How long orders of these days took until their first text was ready.
    pub time_to_ready: TimeToReady,
    /// Money by day and currency, oldest first; only where some moved.
    pub revenue: Vec<DayRevenue>,
    /// How many orders of these days that have a text were revised so often, from 0 up to the most that
    /// there was; 10 stands for 10 and more.
    pub revisions: Vec<i64>,
    /// What the AI service took for the texts of these days.
    pub ai: AiUse,
}

/// The days that are asked for.
pub(crate) struct Span {
    first: NaiveDate,
    days: u16,
}

impl Span {
    fn until(now: DateTime<Utc>, days: u16) -> Self {
        let days = days.clamp(1, DAYS_MAX);
        let today = now.date_naive();
        Self { first: today.checked_sub_days(Days::new(u64::from(days) - 1)).unwrap_or(today), days }
    }

    fn from(&self) -> DateTime<Utc> {
        self.first.and_time(NaiveTime::MIN).and_utc()
    }

    fn days(&self) -> impl Iterator<Item = NaiveDate> {
        self.first.iter_days().take(usize::from(self.days))
    }
}

/// The least id that can be drawn at an instant.
fn first_id(at: DateTime<Utc>) -> Uuid {
    let millis = u64::try_from(at.timestamp_millis()).unwrap_or(0);
    Uuid::from_u128(u128::from(millis) << 80)
}

/// The SQL of the day on which a column's instant is, in days from 1970.
fn day(conn: &Conn, column: &str) -> String {
    format!("{} / 86400", conn.seconds(column))
}

/// A day of [`day`].
fn date(day: i64) -> NaiveDate {
    DateTime::from_timestamp(day * 86_400, 0).unwrap_or_default().date_naive()
}

impl Store {
    /// What happened on the last `days` days, at most 90 of them.
    pub async fn analytics(&self, days: u16) -> Result<Analytics, StoreError> {
        let span = Span::until(self.shared.clock.now(), days);
        let mut conn = self.shared.pools.reader().await?;
        let mut figures = days::read(&mut conn, &span).await?;
        let ai = ai::read(&mut conn, &span, &mut figures).await?;
        Ok(Analytics {
            days: figures,
            time_to_ready: days::time_to_ready(&mut conn, &span).await?,
            revenue: revenue::read(&mut conn, &span).await?,
            revisions: revisions(&mut conn, &span).await?,
            ai,
        })
    }
}

/// Only orders that had a second run are looked into: the others were not revised.
async fn revisions(conn: &mut Conn, span: &Span) -> Result<Vec<i64>, StoreError> {
    let rows: Vec<(i64, i64)> = on!(Conn: conn, |c| {
        sqlx::query_as(
            "SELECT r.times, COUNT(*) FROM (SELECT CASE WHEN o.run = 1 THEN 0 ELSE (SELECT COUNT(*) \
             FROM order_event e WHERE e.order_id = o.id AND e.kind = 'revision_requested') END AS times \
             FROM orders o WHERE o.id >= $1 AND o.created_at >= $2 AND o.current_version >= 1) AS r \
             GROUP BY r.times ORDER BY r.times",
        )
        .bind(first_id(span.from()))
        .bind(span.from())
        .fetch_all(c)
        .await
    })?;
    let most = rows.last().map_or(0, |(times, _)| (*times).min(REVISIONS_MAX));
    let mut orders = vec![0; usize::try_from(most).unwrap_or(0) + 1];
    for (times, count) in rows {
        if let Some(place) = usize::try_from(times.min(most)).ok().and_then(|place| orders.get_mut(place)) {
            *place += count;
        }
    }
    Ok(orders)
}
