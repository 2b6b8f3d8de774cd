//! `GET /api/v1/admin/payments`.

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
use galley_domain::{
    brief::Brief,
    money::{Currency, Money},
    payment::{Gateway, PaymentState, ReviewReason},
};
use galley_store::PaymentView;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A payment as staff see it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Payment)]
pub(super) struct PaymentBody<'a> {
    #[schema(format = "uuid")]
    payment_id: String,
    #[schema(value_type = mirror::Gateway)]
    gateway: Gateway,
    /// The gateway's id of the payment.
    payment_ref: &'a str,
    /// Our id of the checkout.
    #[schema(format = "uuid")]
    session_id: String,
    /// The gateway's id of the session.
    #[schema(required = true)]
    session_ref: Option<&'a str>,
    #[schema(required = true, format = "uuid")]
    order_id: Option<String>,
    /// All that was paid; null when the gateway did not say.
    #[schema(required = true)]
    amount: Option<Amount>,
    #[schema(value_type = mirror::PaymentState)]
    state: PaymentState,
    /// The rule that it met.
    #[schema(required = true, value_type = Option<mirror::ReviewReason>)]
    review_reason: Option<ReviewReason>,
    /// What was found.
    #[schema(required = true)]
    review_detail: Option<&'a str>,
    #[schema(required = true)]
    email: Option<&'a str>,
    /// What a storefront wrote into its session.
    metadata: &'a BTreeMap<String, String>,
    /// What was agreed on; only of our own checkouts.
    #[schema(required = true, value_type = Option<mirror::Brief>)]
    brief: Option<&'a Brief>,
    /// What has gone back, in minor units.
    refunded_minor: i64,
    /// A dispute over it is open, or was lost.
    disputed: bool,
    paid_at: DateTime<Utc>,
}

impl<'a> PaymentBody<'a> {
    pub(super) fn of(view: &'a PaymentView) -> Self {
        let currency = view.currency.as_deref().and_then(|code| code.parse::<Currency>().ok());
        let amount = view.amount_minor.zip(currency).map(|(minor, currency)| Money { minor, currency });
        Self {
            payment_id: view.id.to_string(),
            gateway: view.gateway,
            payment_ref: &view.payment_ref,
            session_id: view.checkout_id.to_string(),
            session_ref: view.session_ref.as_deref(),
            order_id: view.order_id.map(|id| id.to_string()),
            amount: amount.map(Amount::of),
            state: view.state,
            review_reason: view.review_reason,
            review_detail: view.review_detail.as_deref(),
            email: view.email.as_deref(),
            metadata: &view.metadata,
            brief: view.brief.as_ref(),
            refunded_minor: view.refunded_minor,
            disputed: view.disputed,
            paid_at: view.paid_at,
        }
    }
}

/// Payments, newest first.
#[derive(Serialize, ToSchema)]
struct PaymentList<'a> {
    payments: Vec<PaymentBody<'a>>,
    /// Send it as `before` to get the next page; null on the last.
    #[schema(required = true, format = "uuid")]
    next: Option<String>,
}

#[utoipa::path(
    get,
    path = "/api/v1/admin/payments",
    operation_id = "listPayments",
    tag = "admin",
    summary = "Payments, newest first.",
    description = "Needs the role `read-only`.",
    params(
        ("state" = Option<mirror::PaymentState>, Query, nullable = false, description = "Only those"),
        ("before" = Option<String>, Query, nullable = false, format = "uuid", description = "Only older ones"),
        (
            "limit" = Option<i64>,
            Query,
            nullable = false,
            minimum = 1,
            maximum = 200,
            description = "50 unless given",
        ),
    ),
    responses((status = 200, description = "A page of them.", body = Success<PaymentList<'_>>), faults::OfStaffList),
    security(("staffToken" = [])),
)]
pub(crate) async fn list_payments(
    State(api): State<Api>,
    _: ReadOnlyStaff,
    params: Params,
) -> Result<Response, ApiError> {
    let mut wrong = Vec::new();
    let states: Vec<_> = PaymentState::ALL.iter().map(|state| state.as_str()).collect();
    let state = params.parsed("state", &format!("Choose one of: {}.", states.join(", ")), &mut wrong);
    let page = Page::read(&params, &mut wrong);
    if !wrong.is_empty() {
        return Err(ApiError::invalid(wrong));
    }
    let mut views = api.store.payments(state, page.before, page.limit()).await?;
    let next = page.cut(&mut views, |view| view.id).map(|id| id.to_string());
    let list = PaymentList { payments: views.iter().map(PaymentBody::of).collect(), next };
    Ok(Success::new(list).into_response())
}
