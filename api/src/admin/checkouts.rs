//! `GET /api/v1/admin/checkout-sessions`.

use super::{ReadOnlyStaff, page::Page};
use crate::{
    Api,
    amount::Amount,
    contract::{faults, mirror},
    envelope::{ApiError, Success},
    extract::Params,
};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use galley_domain::payment::Gateway;
use galley_store::CheckoutLine;
use serde::Serialize;
use utoipa::ToSchema;

/// A checkout as staff see it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CheckoutSession)]
struct CheckoutBody<'a> {
    #[schema(format = "uuid")]
    session_id: String,
    #[schema(value_type = mirror::Gateway)]
    gateway: Gateway,
    /// The gateway's id; null before it has made the page.
    #[schema(required = true)]
    session_ref: Option<&'a str>,
    /// `creating`, `open`, `processing`, `paid`, `failed` or `expired`
    state: &'static str,
    /// What it costs; only of ours.
    #[schema(required = true)]
    price: Option<Amount>,
    #[schema(required = true)]
    email: Option<&'a str>,
    /// When the gateway is asked next how it stands.
    #[schema(required = true)]
    next_poll_at: Option<DateTime<Utc>>,
    #[schema(required = true, format = "uuid")]
    order_id: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl<'a> CheckoutBody<'a> {
    fn of(line: &'a CheckoutLine) -> Self {
        Self {
            session_id: line.id.to_string(),
            gateway: line.gateway,
            session_ref: line.external_id.as_deref(),
            state: line.state.as_str(),
            price: line.price.map(Amount::of),
            email: line.email.as_deref(),
            next_poll_at: line.next_poll_at,
            order_id: line.order_id.map(|id| id.to_string()),
            created_at: line.created_at,
            updated_at: line.updated_at,
        }
    }
}

/// Checkouts, newest first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CheckoutList<'a> {
    checkout_sessions: Vec<CheckoutBody<'a>>,
    /// Send it as `before` to get the next page; null on the last.
    #[schema(required = true, format = "uuid")]
    next: Option<String>,
}

/// Whether only those are asked for whose money may still come.
pub(crate) fn open(params: &Params) -> Result<bool, ApiError> {
    let mut wrong = Vec::new();
    let open: Option<bool> = params.parsed("open", "Give true or false.", &mut wrong);
    if wrong.is_empty() { Ok(open.unwrap_or_default()) } else { Err(ApiError::invalid(wrong)) }
}

#[utoipa::path(
    get,
    path = "/api/v1/admin/checkout-sessions",
    operation_id = "listCheckoutSessions",
    tag = "admin",
    summary = "Checkouts, newest first.",
    description = "Needs the role `read-only`.",
    params(
        ("open" = Option<bool>, Query, nullable = false, description = "Only those whose money may still come"),
        ("before" = Option<String>, Query, nullable = false, format = "uuid", description = "Only older ones"),
        ("limit" = Option<i64>, Query, nullable = false, minimum = 1, maximum = 200, description = "50 unless given"),
    ),
    responses((status = 200, description = "A page of them.", body = Success<CheckoutList<'_>>), faults::OfStaffList),
    security(("staffToken" = [])),
)]
pub(crate) async fn list_checkouts(
    State(api): State<Api>,
    _: ReadOnlyStaff,
    params: Params,
) -> Result<Response, ApiError> {
    let (open, page) = (open(&params)?, Page::of(&params)?);
    let mut lines = api.store.checkouts(open, page.before, page.limit()).await?;
    let next = page.cut(&mut lines, |line| line.id).map(|id| id.to_string());
    let list = CheckoutList { checkout_sessions: lines.iter().map(CheckoutBody::of).collect(), next };
    Ok(Success::new(list).into_response())
}
