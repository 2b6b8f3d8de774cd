//! `/admin/checkouts`: who is about to pay, and what became of those who were.

use super::{
    desk::{ReadOnlyDesk, ReviewerDesk},
    frame::{Console, Section, show},
};
use crate::{
    Api,
    admin::{checkouts::open, page::Page},
    contract::faults,
    envelope::ApiError,
    extract::Params,
    moment::Moment,
    pages::see_other,
};
use askama::Template;
use axum::{extract::State, response::Response};
use galley_domain::payment::CheckoutState;
use galley_store::CheckoutLine;

#[derive(Template)]
#[template(path = "console/checkouts.html")]
struct Checkouts<'a> {
    console: Console<'a>,
    open: bool,
    rows: Vec<Row>,
    next: Option<String>,
}

struct Row {
    opened: Moment,
    title: String,
    price: String,
    email: String,
    gateway: &'static str,
    session: String,
    /// The class of its dot, and the word.
    state: (&'static str, &'static str),
    asked_next: Option<Moment>,
    order: Option<String>,
}

const fn state(state: CheckoutState) -> (&'static str, &'static str) {
    match state {
        CheckoutState::Creating => ("busy", "Its page is being made"),
        CheckoutState::Open => ("busy", "Waiting for payment"),
        CheckoutState::Processing => ("busy", "Payment on its way"),
        CheckoutState::Paid => ("ok", "Paid"),
        CheckoutState::Failed => ("bad", "Failed"),
        CheckoutState::Expired => ("quiet", "Expired"),
    }
}

#[utoipa::path(
    get,
    path = "/admin/checkouts",
    operation_id = "showCheckouts",
    tag = "console",
    summary = "Checkouts, newest first.",
    params(
        ("open" = Option<bool>, Query, nullable = false, description = "Only those whose money may still come"),
        ("before" = Option<String>, Query, nullable = false, format = "uuid", description = "Only older ones"),
    ),
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        (status = 303, description = "To the login."),
        faults::OfStaffList,
    ),
    security(("staffSession" = [])),
)]
pub(crate) async fn checkouts(
    State(api): State<Api>,
    desk: ReadOnlyDesk,
    params: Params,
) -> Result<Response, ApiError> {
    let (open, page) = (open(&params)?, Page::of(&params)?);
    let mut lines = api.store.checkouts(open, page.before, page.limit()).await?;
    let next = page.cut(&mut lines, |line| line.id);
    let now = api.store.clock().now();
    let row = |line: &CheckoutLine| Row {
        opened: Moment::new(line.created_at, now),
        title: line.title.clone().unwrap_or_else(|| "From a storefront".to_owned()),
        price: line.price.map(|price| price.to_string()).unwrap_or_default(),
        email: line.email.clone().unwrap_or_default(),
        gateway: line.gateway.as_str(),
        session: line.external_id.clone().unwrap_or_else(|| line.id.to_string()),
        state: state(line.state),
        asked_next: line.next_poll_at.map(|at| Moment::new(at, now)),
        order: line.order_id.map(|id| id.to_string()),
    };
    let done = params.get("done").map(|_| "The gateways were asked how their checkouts stand.");
    show(&Checkouts {
        console: Console::new(&api, &desk, Section::Settings).await?.done(done),
        open,
        rows: lines.iter().map(row).collect(),
        next: next.map(|last| format!("/admin/checkouts?open={open}&before={last}")),
    })
}

#[utoipa::path(
    post,
    path = "/admin/checkouts/reconcile",
    operation_id = "sendReconciliation",
    tag = "console",
    summary = "Asks the gateways now how their checkouts stand. Needs the role `reviewer`.",
    responses((status = 303, description = "Back to the checkouts."), faults::OfStaff),
    security(("staffSession" = [])),
)]
pub(crate) async fn reconcile(State(api): State<Api>, _: ReviewerDesk) -> Result<Response, ApiError> {
    api.payments.reconcile.run_now().await;
    see_other("/admin/checkouts?done=1", None)
}
