use super::{
    action::SslcommerzActionError,
    answer::if_down,
    desk::Desk,
    money,
    pay::{Made, Outcome},
    sign::{read, value},
};
use crate::html::{escape, page};
use axum::{
    body::Bytes,
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use std::{fmt::Write, sync::Arc};

const TITLE: &str = "SANDBOX payment";
const NO_MONEY: &str = "<p><strong>SANDBOX</strong>: a stand-in for SSLCommerz. No money moves here.</p>";
const LEAVE: &str = "leave";

/// What a customer may do, and what the button says.
const BUTTONS: [(&str, &str); 6] = [
    ("valid", "Pay"),
    ("risky", "Pay (risky)"),
    ("failed", "Fail"),
    ("cancel", "Cancel"),
    (LEAVE, "Leave"),
    ("double", "Pay twice"),
];

/// `GET /_pay/{sessionkey}`: the pay page; with `?outcome=…` it does at once what a button does.
pub(super) async fn show(
    State(desk): State<Arc<Desk>>,
    Path(key): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    if let Some(down) = if_down(&desk, &format!("GET /_pay/{key}?{query}")).await {
        return down;
    }
    match value(&read(query.as_bytes()), "outcome") {
        "" => pay_page(&desk, &key),
        outcome => act(&desk, &key, outcome).await,
    }
}

/// `POST /_pay/{sessionkey}`: a button was pressed.
pub(super) async fn press(State(desk): State<Arc<Desk>>, Path(key): Path<String>, body: Bytes) -> Response {
    let text = format!("POST /_pay/{key} {}", String::from_utf8_lossy(&body));
    if let Some(down) = if_down(&desk, &text).await {
        return down;
    }
    act(&desk, &key, value(&read(&body), "outcome")).await
}

fn pay_page(desk: &Desk, key: &str) -> Response {
    let found = desk.world().sessions.iter().find(|session| session.key == key).cloned();
    let Some(session) = found else { return unknown() };
    let order = &session.order;
    let mut body = format!(
        "<h1>{TITLE}</h1>{NO_MONEY}<dl><dt>Store</dt><dd>{}</dd><dt>Transaction</dt><dd>{}</dd>\
         <dt>Amount</dt><dd>{} {}</dd><dt>Charged</dt><dd>{} BDT</dd></dl><form method=\"post\">",
        escape(&desk.options.store_id),
        escape(&order.tran_id),
        money::write(order.price.requested),
        order.price.currency,
        money::write(order.price.amount),
    );
    for (outcome, words) in BUTTONS {
        // Writing to a String cannot fail.
        let _ = write!(body, "<p><button name=\"outcome\" value=\"{outcome}\">{words}</button></p>");
    }
    body.push_str("</form>");
    Html(page(TITLE, &body)).into_response()
}

async fn act(desk: &Arc<Desk>, key: &str, outcome: &str) -> Response {
    let known = desk.world().sessions.iter().any(|session| session.key == key);
    if !known {
        return unknown();
    }
    if outcome == LEAVE {
        let words = "You have left without paying; the shop hears nothing. The pay page is still open.";
        return message(StatusCode::OK, words);
    }
    let Some(outcome) = Outcome::read(outcome) else {
        let words = "An outcome is one of valid, risky, failed, cancel, double, leave.";
        return message(StatusCode::BAD_REQUEST, words);
    };
    match desk.attempt(key, outcome).await {
        Ok(made) => way_back(&made),
        Err(SslcommerzActionError::AlreadyPaid(_)) => {
            message(StatusCode::CONFLICT, "This session is paid already.")
        }
        Err(_) => unknown(),
    }
}

/// Sends the browser back to the shop by POST, as the real gateway does; a redirect could not
/// carry the fields.
fn way_back(made: &Made) -> Response {
    let mut body = format!(
        "<h1>{TITLE}</h1>{NO_MONEY}<form id=\"back\" method=\"post\" action=\"{}\">",
        escape(&made.back_to)
    );
    for (name, value) in &made.form {
        // Writing to a String cannot fail.
        let _ = write!(body, "<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(name), escape(value));
    }
    body.push_str(
        "<p><button>Back to the shop</button></p></form>\
         <script>document.getElementById(\"back\").submit()</script>",
    );
    Html(page(TITLE, &body)).into_response()
}

fn unknown() -> Response {
    message(StatusCode::NOT_FOUND, "There is no such session.")
}

fn message(status: StatusCode, words: &str) -> Response {
    let body = format!("<h1>{TITLE}</h1>{NO_MONEY}<p>{}</p>", escape(words));
    (status, Html(page(TITLE, &body))).into_response()
}
