//! Pages for people: the hosted pay page, and an index of the sessions.

mod index;
mod page;

pub(super) use index::index;

use super::{
    api::Form,
    server::{Line, Till},
    world::{StripeRefusal, StripeSession},
};
use crate::html::page;
use axum::{
    extract::{ConnectInfo, Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use page::Notice;
use percent_encoding::{CONTROLS, utf8_percent_encode};

/// Forms may lead to the shop's pages, so there is no rule for them.
const POLICY: &str = "script-src 'none'; object-src 'none'; base-uri 'none'";

fn html(status: StatusCode, title: &str, body: &str) -> Response {
    let headers = [(header::CONTENT_SECURITY_POLICY, POLICY), (header::REFERRER_POLICY, "no-referrer")];
    (status, headers, Html(page(title, body))).into_response()
}

/// `GET /pay/{session}`.
pub(super) async fn show(
    State(till): State<Till>,
    ConnectInfo(line): ConnectInfo<Line>,
    Path(id): Path<String>,
) -> Response {
    if till.control.is_down() {
        return line.cut();
    }
    match till.control.session(&id) {
        Some(session) => page::session(&session, None),
        None => missing(),
    }
}

/// `POST /pay/{session}`: the button that was pressed is in `do`.
pub(super) async fn act(
    State(till): State<Till>,
    ConnectInfo(line): ConnectInfo<Line>,
    Path(id): Path<String>,
    body: String,
) -> Response {
    if till.control.is_down() {
        return line.cut();
    }
    let done = match Form::read(&body).get("do") {
        Some("pay") => till.control.pay(&id).map(|session| onward(&session)),
        Some("transfer") => till.control.pay_later(&id).map(|session| {
            money_comes(&till, session.id.clone());
            onward(&session)
        }),
        Some("decline") => {
            till.control.fail(&id).map(|session| page::session(&session, Some(Notice::Declined)))
        }
        Some("expire") => till.control.expire(&id).map(|session| page::session(&session, None)),
        _ => return html(StatusCode::BAD_REQUEST, "Not understood", "<h1>There is no such button</h1>"),
    };
    done.unwrap_or_else(|refusal| match (refusal, till.control.session(&id)) {
        (StripeRefusal::NoSuch { .. }, _) | (_, None) => missing(),
        (_, Some(session)) => page::session(&session, Some(Notice::TooLate)),
    })
}

/// To the shop's page for those who have paid.
fn onward(session: &StripeSession) -> Response {
    let url = session.success_location();
    let location = utf8_percent_encode(&url, CONTROLS).to_string();
    match HeaderValue::from_str(&location) {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        Err(_) => page::session(session, None),
    }
}

/// The money of a bank transfer arrives by itself, after its time.
fn money_comes(till: &Till, session: String) {
    let (control, transfer) = (till.control.clone(), till.options.transfer);
    let coming = async move {
        tokio::time::sleep(transfer).await;
        // Somebody may have let it arrive, or fail, before.
        let _ = control.money_arrives(&session);
    };
    tokio::spawn(till.stop.clone().run_until_cancelled_owned(coming));
}

fn missing() -> Response {
    let body = "<h1>No such session</h1><p>It was never here, or the sandbox has been started anew since. \
                <a href=\"/\">All sessions</a></p>";
    html(StatusCode::NOT_FOUND, "No such session", body)
}
