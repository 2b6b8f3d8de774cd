//! `GET /admin/orders/export.csv`: the orders that a filter means, for a spreadsheet.

use crate::{
    Api,
    admin::orders::filter::filter,
    console::desk::ReadOnlyDesk,
    contract::faults,
    csv::{CSV_ROWS_MAX, Csv},
    envelope::ApiError,
    extract::Params,
};
use axum::{extract::State, response::Response};
use chrono::SecondsFormat;
use galley_store::{OrderListPage, OrderSummary};

/// Orders read at a time.
const PAGE: i64 = 500;
const HEADS: [&str; 11] = [
    "Order", "Paid", "Product", "Topic", "Customer", "Amount", "Currency", "Status", "Version", "Reason",
    "Leads to",
];

#[utoipa::path(
    get,
    path = "/admin/orders/export.csv",
    operation_id = "exportOrders",
    tag = "console",
    summary = "Orders for a spreadsheet, up to 10,000.",
    params(
        ("status" = Option<String>, Query, nullable = false, description = "Only those"),
        ("product" = Option<String>, Query, nullable = false, description = "Only those"),
        ("q" = Option<String>, Query, nullable = false, description = "As in the list"),
        ("from" = Option<String>, Query, nullable = false, description = "Paid on this day or later"),
        ("to" = Option<String>, Query, nullable = false, description = "Paid on this day or before"),
        ("sort" = Option<String>, Query, nullable = false, description = "`oldest` turns the list round"),
    ),
    responses(
        (status = 200, description = "A file.", body = String, content_type = "text/csv"),
        (status = 303, description = "To the login."),
        faults::OfStaffList,
    ),
    security(("staffSession" = [])),
)]
pub(crate) async fn export(
    State(api): State<Api>,
    _: ReadOnlyDesk,
    params: Params,
) -> Result<Response, ApiError> {
    let mut wrong = Vec::new();
    let filter = filter(&params, &mut wrong);
    if !wrong.is_empty() {
        return Err(ApiError::invalid(wrong));
    }
    let oldest_first = params.get("sort") == Some("oldest");
    let mut page = OrderListPage { oldest_first, after: None, limit: PAGE };
    let (mut csv, mut written) = (Csv::new(&HEADS), 0);
    loop {
        let orders = api.store.orders(&filter, page).await?;
        for order in &orders {
            csv.row(&cells(order));
        }
        let read = i64::try_from(orders.len()).unwrap_or(PAGE);
        written += read;
        page.after = orders.last().map(|order| order.id);
        if written >= CSV_ROWS_MAX || read < PAGE {
            return Ok(csv.answer("orders"));
        }
    }
}

fn cells(order: &OrderSummary) -> [String; 11] {
    let amount = order.amount.to_string();
    let (amount, currency) = amount.split_once(' ').unwrap_or((&amount, ""));
    [
        order.id.to_string(),
        order.created_at.to_rfc3339_opts(SecondsFormat::Secs, true),
        order.brief.product.to_string(),
        order.brief.topic.clone(),
        order.email.clone(),
        amount.to_owned(),
        currency.to_owned(),
        order.status.to_string(),
        order.current_version.map(|number| number.to_string()).unwrap_or_default(),
        order.reason.clone().unwrap_or_default(),
        order.brief.link.as_ref().map(|link| link.target_url.to_string()).unwrap_or_default(),
    ]
}
