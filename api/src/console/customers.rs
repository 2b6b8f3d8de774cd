//! `/admin/customers`: who ordered, and how much.

use super::{
    desk::ReadOnlyDesk,
    frame::{Console, Section, show},
};
use crate::{
    Api,
    admin::{customers::address, page::Page},
    contract::faults,
    csv::{CSV_ROWS_MAX, Csv},
    envelope::ApiError,
    extract::Params,
    moment::Moment,
};
use askama::Template;
use axum::{extract::State, response::Response};
use galley_store::CustomerLine;
use url::form_urlencoded::byte_serialize;

#[derive(Template)]
#[template(path = "console/customers.html")]
struct Customers<'a> {
    console: Console<'a>,
    email: String,
    rows: Vec<Row>,
    next: Option<String>,
}

struct Row {
    email: String,
    /// The address as it stands in a query.
    query: String,
    orders: i64,
    last: Option<Moment>,
    first: Moment,
}

#[utoipa::path(
    get,
    path = "/admin/customers",
    operation_id = "showCustomers",
    tag = "console",
    summary = "Customers, newest first.",
    params(
        ("email" = Option<String>, Query, nullable = false, format = "email", description = "Only the one of it"),
        ("before" = Option<String>, Query, nullable = false, format = "uuid", description = "Only older ones"),
        ("format" = Option<String>, Query, nullable = false, description = "`csv` for a file"),
    ),
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        (status = 303, description = "To the login."),
        faults::OfStaffList,
    ),
    security(("staffSession" = [])),
)]
pub(crate) async fn customers(
    State(api): State<Api>,
    desk: ReadOnlyDesk,
    params: Params,
) -> Result<Response, ApiError> {
    if params.get("format") == Some("csv") {
        return Ok(csv(&api.store.customers(address(&params).as_deref(), None, CSV_ROWS_MAX).await?));
    }
    let page = Page::of(&params)?;
    let mut lines = api.store.customers(address(&params).as_deref(), page.before, page.limit()).await?;
    let next = page.cut(&mut lines, |line| line.id).map(|last| format!("/admin/customers?before={last}"));
    let now = api.store.clock().now();
    let row = |line: &CustomerLine| Row {
        email: line.email.clone(),
        query: byte_serialize(line.email.as_bytes()).collect(),
        orders: line.orders,
        last: line.last_order_at.map(|at| Moment::new(at, now)),
        first: Moment::new(line.created_at, now),
    };
    show(&Customers {
        console: Console::new(&api, &desk, Section::Customers).await?,
        email: params.get("email").unwrap_or_default().to_owned(),
        rows: lines.iter().map(row).collect(),
        next,
    })
}

fn csv(lines: &[CustomerLine]) -> Response {
    let mut csv = Csv::new(&["email", "orders", "last order", "first seen"]);
    for line in lines {
        csv.row(&[
            line.email.clone(),
            line.orders.to_string(),
            line.last_order_at.map(|at| at.to_rfc3339()).unwrap_or_default(),
            line.created_at.to_rfc3339(),
        ]);
    }
    csv.answer("customers")
}
