//! `GET /payment/success`: where gateways send customers who have paid, and storefronts theirs.

use super::{
    checkout::seen,
    cookie,
    facts::{again_href, noun},
    frame::{Frame, page, see_other},
    steps::{Step, steps_before},
};
use crate::{
    Api, checkout::find, contract::faults, envelope::ApiError, extract::Params,
    purchase::session::notice_waiting,
};
use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use galley_domain::payment::{CheckoutState, SessionStatus};
use galley_store::CheckoutView;
use url::form_urlencoded::Serializer;

/// How often a browser without scripts asks, in seconds.
const WAITING_SECONDS: u32 = 3;
/// Where the session's id may stand: ours and other people's front ends call it differently.
const NAMES: [&str; 2] = ["session_id", "stripe_session_id"];

/// The money is in, and a person has to look at it.
const IN_REVIEW: &str =
    "Your payment has arrived. Somebody is looking at your order; you’ll hear from us within a day.";
/// Somebody has looked at it, and it became no order.
const SET_ASIDE: &str =
    "Your payment has arrived, but could not become an order. We’ll write to you about it.";

/// What to say of money that is in, and of which there is no order.
pub(super) const fn without_order(view: &CheckoutView) -> &'static str {
    if view.in_review { IN_REVIEW } else { SET_ASIDE }
}

#[derive(Template)]
#[template(path = "success.html")]
struct Success<'a> {
    frame: Frame<'a>,
    /// For the script: which session, and what the page says of it. Nothing when nothing more will come.
    watched: Option<Watched<'a>>,
    title: &'static str,
    line: String,
    steps: Vec<Step>,
    action: Option<Action>,
    /// A quieter thing to do.
    aside: Option<Action>,
}

struct Watched<'a> {
    session: &'a str,
    seen: String,
}

struct Action {
    label: &'static str,
    href: String,
}

/// Coming here proves nothing: this page only tells what the gateway has told us. An unknown session is
/// no error, since its money may be on its way.
#[utoipa::path(
    get,
    path = "/payment/success",
    operation_id = "showPayment",
    tag = "pages",
    summary = "Where customers come back to from paying; tells how the payment stands until it is in.",
    params(
        ("session_id" = Option<String>, Query, nullable = false, description = "Ours, or the gateway's"),
        ("stripe_session_id" = Option<String>, Query, nullable = false, description = "The same, as storefronts call it"),
        ("token" = Option<String>, Query, nullable = false, description = "Opens the checkout; becomes a cookie"),
    ),
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        (status = 303, description = "The same without the token in its address."),
        faults::OfStore,
    ),
)]
pub(crate) async fn success(
    State(api): State<Api>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let named: Vec<&str> = NAMES.iter().filter_map(|name| params.get(name)).collect();
    let mut found = None;
    for name in &named {
        found = find(&api, name).await?.map(|view| (*name, view));
        if found.is_some() {
            break;
        }
    }
    let shown = match &found {
        None => waiting(&api, named.first().copied(), "open".to_owned(), None),
        Some((_, view)) if cookie::is_opened_by_address(&api, view, &params) => {
            let query = Serializer::new(String::new()).append_pair(NAMES[0], &view.id.to_string()).finish();
            let clean = format!("/payment/success?{query}");
            return see_other(&clean, Some(cookie::with_token(&api, view.id)?));
        }
        Some((name, view)) => {
            notice_waiting(&api, view).await;
            told(&api, name, view, cookie::is_opened_by_cookie(&api, view, &headers))
        }
    };
    page(StatusCode::OK, &shown, true)
}

/// The money may still come.
fn waiting<'a>(api: &'a Api, session: Option<&'a str>, seen: String, aside: Option<Action>) -> Success<'a> {
    let mut frame = Frame::private(api);
    frame.again = session.map(|_| WAITING_SECONDS);
    Success {
        frame,
        watched: session.map(|session| Watched { session, seen }),
        title: "We’re confirming your payment",
        line: "This usually takes a few seconds. You can close this page: once the money is in, we start \
               and mail you the link to your order."
            .to_owned(),
        steps: steps_before(None, None),
        action: None,
        aside,
    }
}

/// What is known, and of the order only to its customer.
fn told<'a>(api: &'a Api, name: &'a str, view: &CheckoutView, customer: bool) -> Success<'a> {
    let brief = view.brief.as_ref().filter(|_| customer);
    let end = |title, line: String, action| Success {
        frame: Frame::private(api),
        // Late money still changes what failed.
        watched: (view.state != CheckoutState::Paid || view.in_review)
            .then(|| Watched { session: name, seen: seen(view) }),
        title,
        line,
        steps: steps_before(brief, Some(view)),
        action,
        aside: None,
    };
    let again = || Some(Action { label: "Order again", href: again_href(brief) });
    match SessionStatus::from(view.state) {
        SessionStatus::Open => {
            let payable = customer && view.state == CheckoutState::Open;
            let back =
                Action { label: "Not paid yet? Back to the payment", href: format!("/checkout/{}", view.id) };
            waiting(api, Some(name), seen(view), payable.then_some(back))
        }
        SessionStatus::Success => match view.order.filter(|_| customer) {
            Some((order, epoch)) => {
                let line = format!(
                    "Thank you. We are working on your {}, and have mailed you this link.",
                    noun(brief)
                );
                let open = Action { label: "Open your order", href: api.links.url(order, epoch).into() };
                end("Your payment has arrived", line, Some(open))
            }
            None if view.order.is_some() => {
                let line = "Thank you. We have mailed you the link to your order.".to_owned();
                end("Your payment has arrived", line, None)
            }
            None => end("Thank you", without_order(view).to_owned(), None),
        },
        SessionStatus::Failure => {
            let line = "Nothing was ordered. If your money arrives after all, we start at once and mail you.";
            end("The payment didn’t go through", line.to_owned(), again())
        }
        SessionStatus::Timeout => {
            let line = "Nothing was ordered. If you have paid all the same, we start when the money is here, \
                        and mail you.";
            end("The time to pay has run out", line.to_owned(), again())
        }
    }
}
