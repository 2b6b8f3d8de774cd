//! `GET /api/v1/admin/analytics`.

use super::ReadOnlyStaff;
use crate::{
    Api,
    amount::Amount,
    contract::faults,
    envelope::{ApiError, Success},
    extract::Params,
};
use axum::extract::State;
use chrono::NaiveDate;
use galley_domain::money::Money;
use galley_store::{AiUse, Analytics, DayFigures, DayRevenue, TimeToReady};
use serde::Serialize;
use utoipa::ToSchema;

/// How many days are told of unless the caller says.
const DAYS_DEFAULT: u16 = 30;
/// How many are told of at most.
const DAYS_MAX: u16 = 90;

/// How long orders took until their first text was ready; null where none was.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TimeToReady)]
struct TimeToReadyBody {
    /// Half of them took no longer.
    #[schema(required = true)]
    p50_ms: Option<i64>,
    /// Of a hundred 95 took no longer.
    #[schema(required = true)]
    p95_ms: Option<i64>,
}

impl From<TimeToReady> for TimeToReadyBody {
    fn from(time: TimeToReady) -> Self {
        Self { p50_ms: time.p50_ms, p95_ms: time.p95_ms }
    }
}

/// What texts took of the AI service, repairs included.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AiUse)]
struct AiUseBody {
    /// Revisions too.
    texts: i64,
    /// Orders that they were made for.
    orders: i64,
    prompt_tokens: i64,
    completion_tokens: i64,
    /// Millionths of the billing currency; null where prices are not configured.
    #[schema(required = true)]
    cost_micros: Option<i64>,
    /// The same on average.
    #[schema(required = true)]
    cost_micros_per_order: Option<i64>,
}

impl From<AiUse> for AiUseBody {
    fn from(ai: AiUse) -> Self {
        Self {
            texts: ai.texts,
            orders: ai.orders,
            prompt_tokens: ai.prompt_tokens,
            completion_tokens: ai.completion_tokens,
            cost_micros: ai.cost_micros,
            cost_micros_per_order: ai.cost_micros_per_order(),
        }
    }
}

/// Orders that were paid on one day, and what has become of them until now.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DayFigures)]
struct DayBody {
    /// In UTC.
    #[schema(value_type = String, format = Date)]
    day: NaiveDate,
    orders: i64,
    /// Those that have a text.
    ready: i64,
    /// Those whose text could not be made, and that nobody has started again.
    failed: i64,
    time_to_ready: TimeToReadyBody,
    /// Of texts that were made on this day.
    ai: AiUseBody,
}

impl From<DayFigures> for DayBody {
    fn from(day: DayFigures) -> Self {
        Self {
            day: day.day,
            orders: day.orders,
            ready: day.ready,
            failed: day.failed,
            time_to_ready: day.time_to_ready.into(),
            ai: day.ai.into(),
        }
    }
}

/// Money of one day in one currency.
#[derive(Serialize, ToSchema)]
#[schema(as = DayRevenue)]
struct RevenueBody {
    /// In UTC.
    #[schema(value_type = String, format = Date)]
    day: NaiveDate,
    /// Paid for orders of this day.
    gross: Amount,
    /// Given back on this day, for orders of any day: refunds, and disputes that were lost.
    returned: Amount,
    /// What is left; below zero where more went back than came in.
    net: Amount,
}

impl From<DayRevenue> for RevenueBody {
    fn from(day: DayRevenue) -> Self {
        let amount = |minor| Amount::of(Money { minor, currency: day.currency });
        Self {
            day: day.day,
            gross: amount(day.gross_minor),
            returned: amount(day.returned_minor),
            net: amount(day.net_minor()),
        }
    }
}

/// The last days of the shop.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Analytics)]
pub(crate) struct AnalyticsBody {
    /// Oldest first; the last one is today.
    days: Vec<DayBody>,
    /// Of all these days together.
    time_to_ready: TimeToReadyBody,
    /// Oldest first; only where money moved.
    revenue: Vec<RevenueBody>,
    /// How many orders were revised never, once, twice and so on; the eleventh number is of those that
    /// were revised ten times or more.
    revisions: Vec<i64>,
    /// Of all these days together.
    ai: AiUseBody,
}

impl From<Analytics> for AnalyticsBody {
    fn from(found: Analytics) -> Self {
        Self {
            days: found.days.into_iter().map(DayBody::from).collect(),
            time_to_ready: found.time_to_ready.into(),
            revenue: found.revenue.into_iter().map(RevenueBody::from).collect(),
            revisions: found.revisions,
            ai: found.ai.into(),
        }
    }
}

#[utoipa::path(
    get,
    path = "/api/v1/admin/analytics",
    operation_id = "getAnalytics",
    tag = "admin",
    summary = "Orders, revenue, time to ready, revisions and AI use of the last days.",
    description = "Needs the role `read-only`. Days are those of UTC.",
    params((
        "days" = Option<i64>,
        Query,
        nullable = false,
        minimum = 1,
        maximum = 90,
        description = "30 unless given",
    )),
    responses((status = 200, description = "In figures.", body = Success<AnalyticsBody>), faults::OfStaffList),
    security(("staffToken" = [])),
)]
pub(crate) async fn get_analytics(
    State(api): State<Api>,
    _: ReadOnlyStaff,
    params: Params,
) -> Result<Success<AnalyticsBody>, ApiError> {
    let message = "Give a whole number from 1 to 90.";
    let mut wrong = Vec::new();
    let days = params.parsed("days", message, &mut wrong).unwrap_or(DAYS_DEFAULT);
    if !wrong.is_empty() || !(1..=DAYS_MAX).contains(&days) {
        return Err(ApiError::invalid_field("days", message));
    }
    Ok(Success::new(api.store.analytics(days).await?.into()))
}
