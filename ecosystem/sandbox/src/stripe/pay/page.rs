use super::html;
use crate::{
    html::escape,
    stripe::{
        money::formatted,
        session::PaymentStatus,
        world::{SessionStatus, StripeSession},
    },
};
use axum::{http::StatusCode, response::Response};
use std::fmt::Write;

const STYLE: &str = "<style>\
    .mark{background:#b45309;color:#fff;padding:8px 12px;border-radius:6px;font-weight:600}\
    .notice{border:1px solid #b91c1c;border-radius:6px;padding:8px 12px}\
    .total{font-size:24px;font-variant-numeric:tabular-nums}\
    form{display:grid;gap:12px;margin:24px 0;max-width:420px}\
    button{font:inherit;padding:12px 16px;border-radius:6px;border:1px solid var(--line);\
    background:transparent;color:inherit;text-align:left;cursor:pointer}\
    button.main{background:var(--accent);color:var(--paper);border-color:var(--accent);font-weight:600}\
    </style>";

const MARK: &str = "<p class=\"mark\" role=\"note\">SANDBOX: a stand-in for Stripe. No money moves.</p>";

/// What has just happened, beside the state.
#[derive(Clone, Copy, Debug)]
pub(super) enum Notice {
    /// The card was declined.
    Declined,
    /// The session was over when the button was pressed.
    TooLate,
}

/// The page of a session.
pub(super) fn session(session: &StripeSession, notice: Option<Notice>) -> Response {
    let mut body = format!("{STYLE}{MARK}");
    match notice {
        Some(Notice::Declined) => body.push_str(
            "<p class=\"notice\" role=\"alert\">Your card was declined. You have not been charged; you can \
             try again.</p>",
        ),
        Some(Notice::TooLate) => body.push_str(
            "<p class=\"notice\" role=\"alert\">That came too late: this session was over already.</p>",
        ),
        None => {}
    }
    let title = match session.status {
        SessionStatus::Open => "Checkout",
        SessionStatus::Complete => "You have paid",
        SessionStatus::Expired => "This session has expired",
    };
    // Writing to a String cannot fail.
    let _ = write!(body, "<h1>{title}</h1>{}", bought(session));
    body.push_str(&match session.status {
        SessionStatus::Open => buttons(session),
        SessionStatus::Complete => complete(session),
        SessionStatus::Expired => expired(session),
    });
    html(StatusCode::OK, title, &body)
}

fn bought(session: &StripeSession) -> String {
    let mut rows = String::new();
    let mut row = |name: &str, quantity: &str, amount: i64| {
        let amount = formatted(amount, &session.currency);
        // Writing to a String cannot fail.
        let _ = write!(
            rows,
            "<tr><td>{}</td><td class=\"quiet\">{quantity}</td><td class=\"number\">{}</td></tr>",
            escape(name),
            escape(&amount),
        );
    };
    for item in &session.line_items {
        row(&item.name, &format!("× {}", item.quantity), item.unit_amount.saturating_mul(item.quantity));
    }
    if session.amount_shipping != 0 {
        row("Shipping", "", session.amount_shipping);
    }
    if session.amount_tax != 0 {
        row("Tax", "", session.amount_tax);
    }
    let email = session.email.as_deref().unwrap_or("(no address)");
    format!(
        "<table><tbody>{rows}</tbody></table><p class=\"total\">{}</p>\
         <dl><dt>E-mail</dt><dd>{}</dd><dt>Session</dt><dd>{}</dd></dl>",
        escape(&formatted(session.amount_total, &session.currency)),
        escape(email),
        escape(&session.id),
    )
}

fn buttons(session: &StripeSession) -> String {
    let amount = escape(&formatted(session.amount_total, &session.currency));
    format!(
        "<form method=\"post\" action=\"/pay/{}\">\
         <button class=\"main\" name=\"do\" value=\"pay\">Pay {amount}</button>\
         <button name=\"do\" value=\"transfer\">Pay by bank transfer (arrives in a minute)</button>\
         <button name=\"do\" value=\"decline\">The card is declined</button>\
         <button name=\"do\" value=\"expire\">Let it expire</button></form>{}",
        escape(&session.id),
        leave(session),
    )
}

fn complete(session: &StripeSession) -> String {
    let money = match session.payment_status {
        PaymentStatus::Paid => "The money has arrived.",
        PaymentStatus::Unpaid => "The money is on its way, or will not come.",
        PaymentStatus::NoPaymentRequired => "There was nothing to pay.",
    };
    let back = link(&session.success_location(), "Back to the shop");
    format!("<p>{money}</p>{back}")
}

fn expired(session: &StripeSession) -> String {
    format!("<p>It cannot be paid any more. Nothing was charged.</p>{}", leave(session))
}

fn leave(session: &StripeSession) -> String {
    session.cancel_url.as_deref().map(|url| link(url, "Leave without paying")).unwrap_or_default()
}

/// A link to a page of the shop; an address that is none for the web is no link.
fn link(url: &str, text: &str) -> String {
    if url.starts_with("https://") || url.starts_with("http://") {
        format!("<p><a href=\"{}\">{text}</a></p>", escape(url))
    } else {
        String::new()
    }
}
