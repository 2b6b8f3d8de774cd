use super::server::Office;
use crate::html::{escape, page};
use axum::{extract::State, response::Html};
use std::fmt::Write;

/// `GET /`: what this is, and what it has been doing.
pub(super) async fn show(State(office): State<Office>) -> Html<String> {
    let counters = office.control.counters();
    let mut body = format!(
        "<h1>The sandbox's writer</h1>\
         <p class=\"quiet\">SANDBOX: a stand-in for an AI service. It puts articles together from phrases.</p>\
         <dl><dt>Requests</dt><dd>{}</dd><dt>Being answered</dt><dd>{}</dd><dt>Refused</dt><dd>{}</dd></dl>",
        counters.calls, counters.in_flight, counters.refused,
    );
    let faults = office.control.faults();
    if faults.is_empty() {
        body.push_str("<p>It behaves. To change that: <code>POST /_control</code> with <code>{\"mode\":\"hang\"}</code>.</p>");
    } else {
        body.push_str("<p>It misbehaves on command:</p><ul>");
        for fault in faults {
            let text = serde_json::to_string(&fault).unwrap_or_default();
            // Writing to a String cannot fail.
            let _ = write!(body, "<li><code>{}</code></li>", escape(&text));
        }
        body.push_str("</ul><p><code>DELETE /_control</code> ends it.</p>");
    }
    Html(page("The sandbox's writer", &body))
}
