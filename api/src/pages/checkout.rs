//! `GET /checkout/{sessionId}`: what was ordered, and the button to pay for it.

use super::{
    cookie,
    facts::{Fact, again_href, facts, gateway_name, noun},
    frame::{Frame, page, see_other},
    steps::{Step, steps_before},
    success::without_order,
};
use crate::{
    Api,
    checkout::find,
    contract::faults,
    envelope::ApiError,
    error_code::ErrorCode,
    extract::{Named, Params},
    purchase::session::notice_waiting,
};
use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use galley_domain::{
    id::CheckoutSessionId,
    payment::{CheckoutState, SessionStatus},
};
use galley_store::CheckoutView;

/// How often a browser asks while the gateway's page is being made, in seconds.
const PREPARING_SECONDS: u32 = 2;
/// How often one without scripts asks while the money is on its way.
const PROCESSING_SECONDS: u32 = 30;

#[derive(Template)]
#[template(path = "checkout.html")]
struct Checkout<'a> {
    frame: Frame<'a>,
    /// For the script: which checkout, and what the page says of it.
    session: String,
    seen: String,
    /// After how many seconds the page is loaded anew, whatever the script sees.
    reload: Option<u32>,
    title: &'a str,
    lines: Vec<String>,
    steps: Vec<Step>,
    action: Option<Action>,
    facts: Vec<Fact>,
    product: &'a str,
    price: Option<String>,
}

/// The one thing to do here.
struct Action {
    label: String,
    href: String,
}

#[utoipa::path(
    get,
    path = "/checkout/{sessionId}",
    operation_id = "showCheckout",
    tag = "pages",
    summary = "What was ordered, and the button to pay for it.",
    description = "Opens by the cookie that ordering set, or by `?token=`, which becomes that cookie.",
    params(
        ("sessionId" = String, Path, format = "uuid", description = "Our id of the checkout"),
        ("token" = Option<String>, Query, nullable = false, description = "Opens the checkout"),
    ),
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        (status = 303, description = "The same without the token in its address."),
        faults::OfSession,
    ),
)]
pub(crate) async fn checkout(
    State(api): State<Api>,
    Named(id): Named<CheckoutSessionId>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let view = find(&api, &id.to_string()).await?.ok_or_else(closed)?;
    if cookie::is_opened_by_address(&api, &view, &params) {
        return see_other(&format!("/checkout/{id}"), Some(cookie::with_token(&api, id)?));
    }
    if !cookie::is_opened_by_cookie(&api, &view, &headers) {
        return Err(closed());
    }
    notice_waiting(&api, &view).await;
    page(StatusCode::OK, &shown(&api, &view), true)
}

/// Unknown, or not theirs.
fn closed() -> ApiError {
    let message = "The address of this checkout isn’t complete, or it was opened in another browser. \
                   If you have paid, the link to your order is in our mail; if not, you can order again.";
    ApiError::new(ErrorCode::NotFound, message)
}

fn shown<'a>(api: &'a Api, view: &'a CheckoutView) -> Checkout<'a> {
    let mut frame = Frame::private(api);
    frame.again = match view.state {
        CheckoutState::Creating => Some(PREPARING_SECONDS),
        CheckoutState::Processing => Some(PROCESSING_SECONDS),
        _ => None,
    };
    let (title, lines, action) = words(api, view);
    Checkout {
        frame,
        session: view.id.to_string(),
        seen: seen(view),
        reload: (view.state == CheckoutState::Creating).then_some(PREPARING_SECONDS),
        title,
        lines,
        steps: steps_before(view.brief.as_ref(), Some(view)),
        action,
        facts: facts(view),
        product: view.title.as_deref().unwrap_or("Order"),
        price: view.price.map(|price| price.to_string()),
    }
}

/// What a page says of a checkout, as the script compares it: `status`, or `status+review`.
pub(super) fn seen(view: &CheckoutView) -> String {
    let review = if view.in_review { "+review" } else { "" };
    format!("{}{review}", SessionStatus::from(view.state))
}

type Words = (&'static str, Vec<String>, Option<Action>);

fn words(api: &Api, view: &CheckoutView) -> Words {
    let noun = noun(view.brief.as_ref());
    let again = || Some(Action { label: "Order again".to_owned(), href: again_href(view.brief.as_ref()) });
    match view.state {
        CheckoutState::Creating => (
            "We are preparing your payment",
            vec!["This takes a few seconds. The page goes on by itself.".to_owned()],
            None,
        ),
        CheckoutState::Open => {
            let pay = view.url.as_ref().map(|url| Action {
                label: view.price.map_or_else(|| "Pay".to_owned(), |price| format!("Pay {price}")),
                href: url.clone(),
            });
            let where_to = format!("You pay on {}’s page and come back here.", gateway_name(view.gateway));
            let next = format!("Once the money is in, we start on your {noun} and mail you.");
            ("Your order is ready to be paid", vec![where_to, next], pay)
        }
        CheckoutState::Processing => (
            "Your payment is on its way",
            vec![
                "Your bank has taken it on. With some ways to pay that takes a few days.".to_owned(),
                format!("We start on your {noun} as soon as the money is here, and mail you. You can close this page."),
            ],
            None,
        ),
        CheckoutState::Paid => paid(api, view),
        CheckoutState::Failed if view.url.is_none() => (
            "The payment could not be started",
            vec!["The payment service did not take this order. Nothing was charged.".to_owned()],
            again(),
        ),
        CheckoutState::Failed => (
            "The payment didn’t go through",
            vec!["Nothing was ordered. If your money arrives after all, we start at once and mail you.".to_owned()],
            again(),
        ),
        CheckoutState::Expired => (
            "The time to pay has run out",
            vec!["Nothing was ordered. If you have paid all the same, we start when the money is here, and mail you.".to_owned()],
            again(),
        ),
    }
}

fn paid(api: &Api, view: &CheckoutView) -> Words {
    match view.order {
        Some((order, epoch)) => (
            "Your payment has arrived",
            vec![format!(
                "We are working on your {}, and have mailed you this link.",
                noun(view.brief.as_ref())
            )],
            Some(Action { label: "Open your order".to_owned(), href: api.links.url(order, epoch).into() }),
        ),
        None => ("Thank you", vec![without_order(view).to_owned()], None),
    }
}
