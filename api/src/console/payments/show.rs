//! `GET /admin/payments/{paymentId}`: all that is known of a payment, and what can be decided.

use super::{
    brief::{Entry, entries},
    list::{amount, money},
    words::{State, payment_state, refund_state, why},
};
use crate::{
    Api,
    console::{
        desk::{Desk, Needs, ReadOnlyDesk},
        frame::{Console, Section, show},
    },
    contract::faults,
    envelope::{ApiError, ErrorDetail},
    extract::{Named, Params},
    moment::Moment,
};
use askama::Template;
use axum::{extract::State as Shared, response::Response};
use chrono::{DateTime, Utc};
use galley_domain::{id::PaymentId, payment::PaymentState};
use galley_store::{PaymentView, RefundView};

#[derive(Template)]
#[template(path = "console/payment.html")]
struct Payment<'a> {
    console: Console<'a>,
    /// What went wrong with what was sent.
    note: Option<&'a str>,
    id: String,
    amount: String,
    state: State,
    paid: Moment,
    /// Label and value.
    facts: Vec<(&'static str, String)>,
    order: Option<String>,
    /// Why it waits, and what was found.
    review: Option<(&'static str, String)>,
    /// The form of the brief; none where it was agreed on.
    brief: Vec<Entry>,
    email: String,
    email_error: Option<&'a str>,
    reason: String,
    reason_error: Option<&'a str>,
    refunds: Vec<Refund>,
    /// What may still go back, as its field wants it.
    left: Option<String>,
    amount_error: Option<&'a str>,
    /// Sending the form twice is one refund.
    key: String,
    disputed: bool,
}

struct Refund {
    asked: Moment,
    amount: String,
    by: String,
    reason: String,
    state: State,
    detail: String,
}

impl Refund {
    fn of(view: &RefundView, payment: &PaymentView, now: DateTime<Utc>) -> Self {
        Self {
            asked: Moment::new(view.created_at, now),
            amount: money(payment, view.amount_minor),
            by: view.actor.strip_prefix("staff:").unwrap_or(&view.actor).to_owned(),
            reason: view.reason.clone(),
            state: refund_state(view.state),
            detail: view.detail.clone().unwrap_or_default(),
        }
    }
}

/// What was sent and could not be done.
#[derive(Default)]
pub(super) struct Refused<'a> {
    pub(super) note: Option<&'a str>,
    pub(super) wrong: &'a [ErrorDetail],
    pub(super) sent: Option<&'a Params>,
}

impl<'a> Refused<'a> {
    fn error(&self, field: &str) -> Option<&'a str> {
        self.wrong.iter().find(|wrong| wrong.field == field).map(|wrong| wrong.message.as_str())
    }

    fn typed(&self, field: &str) -> Option<String> {
        self.sent.and_then(|sent| sent.get(field)).map(str::to_owned)
    }
}

#[utoipa::path(
    get,
    path = "/admin/payments/{paymentId}",
    operation_id = "showPaymentAtDesk",
    tag = "console",
    summary = "A payment, and what can be decided about it.",
    params(("paymentId" = String, Path, format = "uuid", description = "The payment")),
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        (status = 303, description = "To the login."),
        faults::OfStaffLook,
    ),
    security(("staffSession" = [])),
)]
pub(crate) async fn payment(
    Shared(api): Shared<Api>,
    desk: ReadOnlyDesk,
    Named(id): Named<PaymentId>,
    params: Params,
) -> Result<Response, ApiError> {
    let done = match params.get("done") {
        Some("refunded") => Some("The refund is on its way to the gateway."),
        Some("dismissed") => Some("The payment was set aside. Its money is where it was."),
        _ => None,
    };
    page(&api, &desk, id, done, &Refused::default()).await
}

/// The payment's page, with what could not be done.
pub(super) async fn page<N: Needs>(
    api: &Api,
    desk: &Desk<N>,
    id: PaymentId,
    done: Option<&'static str>,
    refused: &Refused<'_>,
) -> Result<Response, ApiError> {
    let view = api.store.payment(id).await?.ok_or_else(ApiError::not_found)?;
    let refunds = api.store.refunds_of(id).await?;
    let now = api.store.clock().now();
    let in_review = view.state == PaymentState::NeedsReview;
    let open: i64 =
        refunds.iter().filter(|refund| refund.state.is_open()).map(|refund| refund.amount_minor).sum();
    let left = view.amount_minor.map(|paid| paid - view.refunded_minor - open).filter(|left| *left > 0);
    let left = left.map(|left| money(&view, left)).and_then(|left| Some(left.split_once(' ')?.0.to_owned()));
    show(&Payment {
        console: Console::new(api, desk, Section::Payments).await?.done(done),
        note: refused.note,
        id: view.id.to_string(),
        amount: amount(&view),
        state: payment_state(view.state),
        paid: Moment::new(view.paid_at, now),
        facts: facts(&view),
        order: view.order_id.map(|order| order.to_string()),
        review: view
            .review_reason
            .filter(|_| in_review)
            .map(|reason| (why(reason), view.review_detail.clone().unwrap_or_default())),
        brief: if in_review && view.brief.is_none() {
            entries(&view.metadata, refused.sent.filter(|sent| sent.get("product").is_some()), refused.wrong)
        } else {
            Vec::new()
        },
        email: refused.typed("email").or_else(|| view.email.clone()).unwrap_or_default(),
        email_error: refused.error("email"),
        reason: refused.typed("reason").unwrap_or_default(),
        reason_error: refused.error("reason"),
        refunds: refunds.iter().map(|refund| Refund::of(refund, &view, now)).collect(),
        left,
        amount_error: refused.error("amount"),
        key: refused.typed("key").unwrap_or_else(|| api.store.clock().new_id().simple().to_string()),
        disputed: view.disputed,
    })
}

fn facts(view: &PaymentView) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("Gateway", view.gateway.to_string()),
        ("Payment at the gateway", view.payment_ref.clone()),
        ("Session at the gateway", view.session_ref.clone().unwrap_or_default()),
        ("Our checkout", view.checkout_id.to_string()),
        ("E-mail", view.email.clone().unwrap_or_default()),
    ];
    if let Some(brief) = &view.brief {
        facts.push(("Ordered", format!("{}: {}", brief.product, brief.topic)));
    }
    if view.refunded_minor > 0 {
        facts.push(("Returned", money(view, view.refunded_minor)));
    }
    facts.retain(|(_, value)| !value.is_empty());
    facts
}
