//! `/admin/analytics`: the shop in figures, day by day.

use super::{
    chart::{Chart, Data, Place, Series, Unit, grouped},
    desk::ReadOnlyDesk,
    frame::{Console, Section, show},
};
use crate::{Api, contract::faults, csv::Csv, envelope::ApiError, extract::Params};
use askama::Template;
use axum::{extract::State, response::Response};
use chrono::NaiveDate;
use galley_domain::money::Currency;
use galley_store::{Analytics, DayFigures};
use std::{cmp::Reverse, collections::BTreeMap};

/// How many days can be looked at.
const SPANS: [u16; 3] = [7, 30, 90];
const SPAN_DEFAULT: u16 = 30;
/// Most currencies that have a chart; the file has all.
const CURRENCIES_MAX: usize = 4;

#[derive(Template)]
#[template(path = "console/analytics.html")]
struct AnalyticsPage<'a> {
    console: Console<'a>,
    spans: Vec<(u16, bool)>,
    span: u16,
    orders: i64,
    figures: Vec<Figure>,
    charts: Vec<Chart>,
}

struct Figure {
    label: &'static str,
    value: String,
    more: String,
}

/// What came in each day and what was left of it, by currency, the one with the greatest figures first.
type Revenue = Vec<(Currency, BTreeMap<NaiveDate, (i64, i64)>)>;

fn revenue(found: &Analytics) -> Revenue {
    let mut revenue: BTreeMap<Currency, BTreeMap<_, _>> = BTreeMap::new();
    for day in &found.revenue {
        let days = revenue.entry(day.currency).or_default();
        days.insert(day.day, (day.gross_minor, day.net_minor()));
    }
    let mut revenue: Revenue = revenue.into_iter().collect();
    revenue.sort_by_key(|(_, days)| Reverse(days.values().map(|day| day.0).sum::<i64>()));
    revenue
}

fn sum(found: &Analytics, of: impl Fn(&DayFigures) -> i64) -> i64 {
    found.days.iter().map(of).sum()
}

/// Tenths of a percent; none of nothing.
fn share(part: i64, whole: i64) -> Option<String> {
    let permille = (part * 1_000).checked_div(whole)?;
    Some(format!("{}.{} %", permille / 10, permille % 10))
}

fn none() -> String {
    "–".to_owned()
}

fn figures(found: &Analytics, revenue: &Revenue) -> Vec<Figure> {
    let (orders, ready) = (sum(found, |day| day.orders), sum(found, |day| day.ready));
    let failed = sum(found, |day| day.failed);
    let time = |ms: Option<i64>| ms.map_or_else(none, |ms| Unit::Time.in_full(ms));
    let mut figures = vec![Figure { label: "Orders", value: grouped(orders), more: String::new() }];
    for (currency, days) in revenue {
        let (gross, net) = days.values().fold((0, 0), |sum, day| (sum.0 + day.0, sum.1 + day.1));
        let money = Unit::Money(*currency);
        let more = format!("{} came in", money.in_full(gross));
        figures.push(Figure { label: "Revenue, net", value: money.in_full(net), more });
    }
    figures.push(Figure {
        label: "Texts finished",
        value: share(ready, ready + failed).unwrap_or_else(none),
        more: format!("{} of {}", grouped(ready), grouped(ready + failed)),
    });
    figures.push(Figure {
        label: "Time to ready, median",
        value: time(found.time_to_ready.p50_ms),
        more: format!("95 of 100 within {}", time(found.time_to_ready.p95_ms)),
    });
    let revisions: i64 = (0..).zip(&found.revisions).map(|(times, orders)| times * orders).sum();
    let hundredths = (revisions * 100).checked_div(found.revisions.iter().sum());
    figures.push(Figure {
        label: "Revisions per order",
        value: hundredths.map_or_else(none, |of| format!("{}.{:02}", of / 100, of % 100)),
        more: format!("{} in all", grouped(revisions)),
    });
    let ai = &found.ai;
    figures.push(Figure {
        label: "Tokens per order",
        value: (ai.prompt_tokens + ai.completion_tokens).checked_div(ai.orders).map_or_else(none, grouped),
        more: format!("{} sent, {} received", grouped(ai.prompt_tokens), grouped(ai.completion_tokens)),
    });
    if let (Some(all), Some(each)) = (ai.cost_micros, ai.cost_micros_per_order()) {
        let more = format!("{} in all, as the AI service bills", Unit::Micros.in_full(all));
        figures.push(Figure { label: "AI cost per order", value: Unit::Micros.in_full(each), more });
    }
    figures
}

/// A number of each day.
fn series(found: &Analytics, name: &'static str, of: impl Fn(&DayFigures) -> Option<i64>) -> Series {
    Series { name, values: found.days.iter().map(of).collect() }
}

/// What is drawn day by day.
fn by_day(found: &Analytics, title: &str, about: &str, unit: Unit, series: Vec<Series>) -> Data {
    let place = |day: &DayFigures| Place {
        short: day.day.format("%-d %b").to_string(),
        long: day.day.format("%-d %b %Y").to_string(),
    };
    Data {
        id: title.to_lowercase().replace(' ', "-"),
        title: title.to_owned(),
        about: about.to_owned(),
        places_are: "Day",
        places: found.days.iter().map(place).collect(),
        series,
        unit,
        layered: false,
    }
}

fn charts(found: &Analytics, revenue: &Revenue) -> Vec<Chart> {
    let orders = vec![series(found, "Orders", |day| Some(day.orders))];
    let mut charts =
        vec![by_day(found, "Orders", "Orders that were paid, by day.", Unit::Count, orders).bars()];
    for (currency, days) in revenue.iter().take(CURRENCIES_MAX) {
        let money = |day: &DayFigures| days.get(&day.day).copied().unwrap_or_default();
        let both = vec![
            series(found, "Gross", |day| Some(money(day).0)),
            series(found, "Net", |day| Some(money(day).1)),
        ];
        let title = format!("Revenue in {currency}");
        let about = "What came in by day, and what was left of it after what went back on that day.";
        let money = Data { layered: true, ..by_day(found, &title, about, Unit::Money(*currency), both) };
        charts.push(money.bars());
    }
    let took = vec![
        series(found, "Half within", |day| day.time_to_ready.p50_ms),
        series(found, "95 of 100 within", |day| day.time_to_ready.p95_ms),
    ];
    let about = "From the payment until the first text was ready, by the day of the payment.";
    charts.push(by_day(found, "Time to ready", about, Unit::Time, took).lines());
    let outcome = vec![
        series(found, "Ready", |day| Some(day.ready)),
        series(found, "Could not be made", |day| Some(day.failed)),
    ];
    let about =
        "Orders whose text is ready and orders whose text could not be made, by the day of the payment.";
    charts.push(by_day(found, "Texts", about, Unit::Count, outcome).bars());
    charts.push(revisions(found).bars());
    if found.ai.cost_micros.is_some() {
        let cost = vec![series(found, "Cost", |day| day.ai.cost_micros_per_order())];
        let about = "What the AI service cost for an order on average, by the day on which texts were made.";
        charts.push(by_day(found, "AI cost per order", about, Unit::Micros, cost).bars());
    }
    let tokens = vec![series(found, "Tokens", |day| Some(day.ai.prompt_tokens + day.ai.completion_tokens))];
    let about = "Tokens sent to and received from the AI service, by the day on which texts were made.";
    charts.push(by_day(found, "AI tokens", about, Unit::Count, tokens).bars());
    charts
}

/// How many orders were revised how often.
fn revisions(found: &Analytics) -> Data {
    let last = found.revisions.len().saturating_sub(1);
    let place = |times: usize| {
        let more = if times == last && times >= 10 { " or more" } else { "" };
        let (short, noun) = (format!("{times}{}", if more.is_empty() { "" } else { "+" }), "time");
        let plural = if times == 1 && more.is_empty() { "" } else { "s" };
        Place { short, long: format!("{times}{more} {noun}{plural}") }
    };
    Data {
        id: "revisions".to_owned(),
        title: "Revisions per order".to_owned(),
        about: "How many orders with a text were revised never, once, twice and so on.".to_owned(),
        places_are: "Revised",
        places: (0..found.revisions.len()).map(place).collect(),
        series: vec![Series { name: "Orders", values: found.revisions.iter().copied().map(Some).collect() }],
        unit: Unit::Count,
        layered: false,
    }
}

fn csv(found: &Analytics, revenue: &Revenue) -> Response {
    let fixed = ["day", "orders", "ready", "failed", "p50 ms", "p95 ms", "texts", "prompt tokens"];
    let mut header: Vec<String> = fixed.map(str::to_owned).to_vec();
    header.extend(["completion tokens", "cost micros"].map(str::to_owned));
    header.extend(
        revenue
            .iter()
            .flat_map(|(currency, _)| ["gross", "net"].map(|what| format!("{what} minor {currency}"))),
    );
    let mut csv = Csv::new(&header.iter().map(String::as_str).collect::<Vec<_>>());
    let known = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
    for day in &found.days {
        let ai = &day.ai;
        let counts = [day.orders, day.ready, day.failed].map(|count| count.to_string());
        let mut cells = vec![day.day.to_string()];
        cells.extend(counts);
        cells.extend([known(day.time_to_ready.p50_ms), known(day.time_to_ready.p95_ms)]);
        cells.extend([ai.texts, ai.prompt_tokens, ai.completion_tokens].map(|count| count.to_string()));
        cells.push(known(ai.cost_micros));
        for (_, days) in revenue {
            let (gross, net) = days.get(&day.day).copied().unwrap_or_default();
            cells.extend([gross.to_string(), net.to_string()]);
        }
        csv.row(&cells);
    }
    csv.answer("analytics")
}

#[utoipa::path(
    get,
    path = "/admin/analytics",
    operation_id = "showAnalytics",
    tag = "console",
    summary = "The last days in figures and charts. Needs the role `read-only`.",
    params(
        ("days" = Option<i64>, Query, nullable = false, description = "7, 30 or 90; 30 unless given"),
        ("format" = Option<String>, Query, nullable = false, description = "`csv` for a file"),
    ),
    responses(
        (status = 200, description = "The page.", body = String, content_type = "text/html"),
        (status = 303, description = "To the login."),
        faults::OfStaffList,
    ),
    security(("staffSession" = [])),
)]
pub(crate) async fn show_analytics(
    State(api): State<Api>,
    desk: ReadOnlyDesk,
    params: Params,
) -> Result<Response, ApiError> {
    let mut wrong = Vec::new();
    let span = params.parsed("days", "Choose 7, 30 or 90.", &mut wrong).unwrap_or(SPAN_DEFAULT);
    if !wrong.is_empty() || !SPANS.contains(&span) {
        return Err(ApiError::invalid_field("days", "Choose 7, 30 or 90."));
    }
    let found = api.store.analytics(span).await?;
    let revenue = revenue(&found);
    if params.get("format") == Some("csv") {
        return Ok(csv(&found, &revenue));
    }
    show(&AnalyticsPage {
        console: Console::new(&api, &desk, Section::Analytics).await?,
        spans: SPANS.iter().map(|days| (*days, *days == span)).collect(),
        span,
        orders: sum(&found, |day| day.orders),
        figures: figures(&found, &revenue),
        charts: charts(&found, &revenue),
    })
}
