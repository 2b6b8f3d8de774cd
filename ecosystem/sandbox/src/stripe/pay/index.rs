use super::html;
use crate::{
    html::escape,
    stripe::{money::formatted, server::Till, world::StripeSession},
};
use axum::{extract::State, http::StatusCode, response::Response};
use std::fmt::Write;

/// How many sessions the index shows.
const SHOWN: usize = 50;

/// `GET /`: what this is, what happened, and where to look.
pub(in crate::stripe) async fn index(State(till): State<Till>) -> Response {
    let control = &till.control;
    let counters = control.counters();
    let mut body = format!(
        "<h1>The sandbox's Stripe</h1>\
         <p class=\"quiet\">SANDBOX: a stand-in for Stripe. No money moves, and all is forgotten when it stops.</p>\
         <dl><dt>Requests</dt><dd>{}</dd><dt>Being answered</dt><dd>{} (at most {})</dd>\
         <dt>Refused</dt><dd>{}</dd><dt>Events</dt><dd>{}, {} delivered, {} given up</dd></dl>",
        counters.requests,
        counters.in_flight,
        counters.in_flight_max,
        counters.refused,
        counters.events,
        counters.delivered,
        counters.given_up,
    );
    let faults = control.faults();
    if faults.is_empty() {
        body.push_str(
            "<p>It behaves. To change that: <code>POST /_control</code> with <code>{\"mode\":\"hang\"}</code>.</p>",
        );
    } else {
        body.push_str("<p>It misbehaves on command:</p><ul>");
        for fault in faults {
            let text = serde_json::to_string(&fault).unwrap_or_default();
            // Writing to a String cannot fail.
            let _ = write!(body, "<li><code>{}</code></li>", escape(&text));
        }
        body.push_str("</ul><p><code>DELETE /_control</code> ends it.</p>");
    }
    body.push_str(&sessions(&control.newest_sessions(SHOWN)));
    body.push_str(
        "<p class=\"quiet\"><a href=\"/_control/world\">Everything it knows</a> · \
         <a href=\"/_control/requests\">what it was asked</a></p>",
    );
    html(StatusCode::OK, "The sandbox's Stripe", &body)
}

fn sessions(sessions: &[StripeSession]) -> String {
    if sessions.is_empty() {
        return "<p>No sessions yet. They appear here when the shop makes them.</p>".to_owned();
    }
    let mut rows = String::new();
    for session in sessions {
        let bought: Vec<&str> = session.line_items.iter().map(|item| item.name.as_str()).collect();
        // Writing to a String cannot fail.
        let _ = write!(
            rows,
            "<tr><td><a href=\"/pay/{}\">{}</a><br><span class=\"quiet\">{}</span></td>\
             <td class=\"number\">{}</td><td>{}, {}</td></tr>",
            escape(&session.id),
            escape(&bought.join(", ")),
            escape(session.email.as_deref().unwrap_or("(no address)")),
            escape(&formatted(session.amount_total, &session.currency)),
            session.status.as_str(),
            session.payment_status.as_str(),
        );
    }
    format!("<h2>The last sessions</h2><table><tbody>{rows}</tbody></table>")
}
