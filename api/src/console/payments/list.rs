//! `GET /admin/payments`: a page of them, those in review unless another state is chosen.

use super::words::{State, payment_state, why};
use crate::{
    Api,
    admin::page::Page,
    console::{
        desk::ReadOnlyDesk,
        frame::{Console, Section, show},
    },
    contract::faults,
    csv::{CSV_ROWS_MAX, Csv},
    envelope::ApiError,
    extract::Params,
    moment::Moment,
};
use askama::Template;
use axum::{extract::State as Shared, response::Response};
use chrono::{DateTime, Utc};
use galley_domain::{money::Money, payment::PaymentState};
use galley_store::PaymentView;

/// Chosen to see payments of every state.
const ALL: &str = "all";

#[derive(Template)]
#[template(path = "console/payments.html")]
struct Payments<'a> {
    console: Console<'a>,
    choices: Vec<Choice>,
    rows: Vec<Row>,
    next: Option<String>,
    /// The same as a file.
    csv: String,
    /// What will appear here.
    nothing: &'static str,
}

struct Choice {
    value: &'static str,
    label: &'static str,
    chosen: bool,
}

struct Row {
    id: String,
    paid: Moment,
    amount: String,
    email: String,
    gateway: &'static str,
    state: State,
    /// Why it waits, or what came back.
    remark: String,
}

impl Row {
    fn of(view: &PaymentView, now: DateTime<Utc>) -> Self {
        let remark = match (view.review_reason.filter(|_| view.state == PaymentState::NeedsReview), view) {
            (Some(reason), _) => why(reason).to_owned(),
            (None, view) if view.disputed => "Disputed".to_owned(),
            (None, view) if view.refunded_minor > 0 => {
                format!("{} returned", money(view, view.refunded_minor))
            }
            _ => String::new(),
        };
        Self {
            id: view.id.to_string(),
            paid: Moment::new(view.paid_at, now),
            amount: amount(view),
            email: view.email.clone().unwrap_or_default(),
            gateway: view.gateway.as_str(),
            state: payment_state(view.state),
            remark,
        }
    }
}

/// A sum in the payment's currency.
pub(super) fn money(view: &PaymentView, minor: i64) -> String {
    let currency = view.currency.as_deref().and_then(|code| code.parse().ok());
    currency.map_or_else(|| minor.to_string(), |currency| Money { minor, currency }.to_string())
}

/// What was paid.
pub(super) fn amount(view: &PaymentView) -> String {
    view.amount_minor.map_or_else(|| "unknown".to_owned(), |minor| money(view, minor))
}

#[utoipa::path(
    get,
    path = "/admin/payments",
    operation_id = "showPayments",
    tag = "console",
    summary = "Payments, newest first; those in review unless another state is chosen.",
    params(
        ("state" = Option<String>, Query, nullable = false, description = "A state, or `all`"),
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
pub(crate) async fn payments(
    Shared(api): Shared<Api>,
    desk: ReadOnlyDesk,
    params: Params,
) -> Result<Response, ApiError> {
    let named = params.get("state").unwrap_or(PaymentState::NeedsReview.as_str());
    let state: Option<PaymentState> = named.parse().ok();
    if params.get("format") == Some("csv") {
        return Ok(csv(&api.store.payments(state, None, CSV_ROWS_MAX).await?));
    }
    let page = Page::of(&params)?;
    let mut views = api.store.payments(state, page.before, page.limit()).await?;
    let next = page.cut(&mut views, |view| view.id).map(|last| {
        format!("/admin/payments?state={}&before={last}", state.map_or(ALL, PaymentState::as_str))
    });
    let now = api.store.clock().now();
    show(&Payments {
        console: Console::new(&api, &desk, Section::Payments).await?,
        choices: choices(state),
        rows: views.iter().map(|view| Row::of(view, now)).collect(),
        next,
        csv: format!("/admin/payments?state={}&format=csv", state.map_or(ALL, PaymentState::as_str)),
        nothing: match state {
            Some(PaymentState::NeedsReview) => {
                "Nothing waits for you. Payments that cannot become an order by themselves will be here."
            }
            _ => "No such payments yet. Each payment that a gateway tells us of will be here.",
        },
    })
}

fn csv(views: &[PaymentView]) -> Response {
    let mut csv =
        Csv::new(&["paid", "payment", "amount", "state", "customer", "gateway", "order", "returned"]);
    for view in views {
        csv.row(&[
            view.paid_at.to_rfc3339(),
            view.payment_ref.clone(),
            amount(view),
            view.state.to_string(),
            view.email.clone().unwrap_or_default(),
            view.gateway.to_string(),
            view.order_id.map(|id| id.to_string()).unwrap_or_default(),
            money(view, view.refunded_minor),
        ]);
    }
    csv.answer("payments")
}

fn choices(chosen: Option<PaymentState>) -> Vec<Choice> {
    let mut choices: Vec<Choice> =
        [PaymentState::NeedsReview, PaymentState::Paid, PaymentState::Duplicate, PaymentState::Dismissed]
            .into_iter()
            .map(|state| Choice {
                value: state.as_str(),
                label: payment_state(state).word,
                chosen: chosen == Some(state),
            })
            .collect();
    choices.push(Choice { value: ALL, label: "All", chosen: chosen.is_none() });
    choices
}
