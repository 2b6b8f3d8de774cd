//! `GET /api/v1/admin/customers`.

use super::{ReadOnlyStaff, page::Page};
use crate::{
    Api,
    contract::faults,
    envelope::{ApiError, Success},
    extract::Params,
};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use galley_domain::payment::parse_email;
use galley_store::CustomerLine;
use serde::Serialize;
use utoipa::ToSchema;

/// A customer with what they ordered.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Customer)]
struct CustomerBody<'a> {
    #[schema(format = "uuid")]
    customer_id: String,
    email: &'a str,
    /// How many orders they have.
    orders: i64,
    /// When the newest of them was paid.
    #[schema(required = true)]
    last_order_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

impl<'a> CustomerBody<'a> {
    fn of(line: &'a CustomerLine) -> Self {
        Self {
            customer_id: line.id.to_string(),
            email: &line.email,
            orders: line.orders,
            last_order_at: line.last_order_at,
            created_at: line.created_at,
        }
    }
}

/// Customers, newest first.
#[derive(Serialize, ToSchema)]
struct CustomerList<'a> {
    customers: Vec<CustomerBody<'a>>,
    /// Send it as `before` to get the next page; null on the last.
    #[schema(required = true, format = "uuid")]
    next: Option<String>,
}

/// The address that is asked for, as we keep addresses. What is no address is nobody's.
pub(crate) fn address(params: &Params) -> Option<String> {
    params.get("email").map(|text| parse_email(text).unwrap_or_else(|| text.to_owned()))
}

#[utoipa::path(
    get,
    path = "/api/v1/admin/customers",
    operation_id = "listCustomers",
    tag = "admin",
    summary = "Customers, newest first.",
    description = "Needs the role `read-only`.",
    params(
        ("email" = Option<String>, Query, nullable = false, format = "email", description = "Only the one of it"),
        ("before" = Option<String>, Query, nullable = false, format = "uuid", description = "Only older ones"),
        ("limit" = Option<i64>, Query, nullable = false, minimum = 1, maximum = 200, description = "50 unless given"),
    ),
    responses((status = 200, description = "A page of them.", body = Success<CustomerList<'_>>), faults::OfStaffList),
    security(("staffToken" = [])),
)]
pub(crate) async fn list_customers(
    State(api): State<Api>,
    _: ReadOnlyStaff,
    params: Params,
) -> Result<Response, ApiError> {
    let page = Page::of(&params)?;
    let mut lines = api.store.customers(address(&params).as_deref(), page.before, page.limit()).await?;
    let next = page.cut(&mut lines, |line| line.id).map(|id| id.to_string());
    let list = CustomerList { customers: lines.iter().map(CustomerBody::of).collect(), next };
    Ok(Success::new(list).into_response())
}
